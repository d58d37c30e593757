"""The norm report of a network: exact Frobenius norms, certified spectral bounds, denominators."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import certify
from certify.networks.builder import Sequential, linear, relu
from certify.networks.gadgets.tower import tower
from certify.show import describe

NETWORK = Sequential(
    linear([["3/5", "-4/5"], ["4/5", "3/5"]]),
    relu([[1, 0], [0, 1], [1, 1]], ["-7/1024", 0, 0]),
    linear([[0, 2, 0]]),
)


def report(network: certify.Network, folder: Path) -> tuple[list[str], dict[str, object]]:
    certify.save(network, folder / "network.json")
    found = describe(folder / "network.json")
    return found.lines, found.data


def test_a_network_in_full(tmp_path: Path) -> None:
    """Norms √2, 2, 2 by Frobenius, and 1, √3, 2 as operators."""
    lines, data = report(NETWORK, tmp_path)
    assert lines[2:] == [
        "  layer 1: 2 → 2, linear, ‖W‖_F² = 2",
        "  layer 2: 2 → 3, ReLU, ‖W‖_F² = 4",
        "  layer 3: 3 → 1, linear, ‖W‖_F² = 4",
        "least Λ for this representation: 2 (Λ² = 4)",
        "Lipschitz by Frobenius norms: 5.656854… (squared: 32)",
        "Lipschitz by spectral norms: at most 3.464102",
        "weights and biases from -4/5 to 2, up to 11 bits, denominators up to 1024",
    ]
    assert data["lipschitz_squared_by_spectral_norms"] == "12"
    assert data["largest_denominator"] == "1024"


def test_the_spectral_bound_is_never_below_the_norm(tmp_path: Path) -> None:
    """[[1, 1], [1, 0]] has norm (1 + √5)/2, whose square is no rational."""
    lines, data = report(linear([[1, 1], [1, 0]]), tmp_path)
    square = Fraction(str(data["lipschitz_squared_by_spectral_norms"]))
    assert 0 < square**2 - 3 * square + 1 < Fraction(1, 10**8)
    assert "Lipschitz by spectral norms: at most 1.618034" in lines


def test_sizes_past_any_float(tmp_path: Path) -> None:
    lines, _ = report(tower(3, 10, 400), tmp_path)
    assert "Lipschitz by Frobenius norms: about 1.00000e400 (squared: about 1.00000e800)" in lines


def test_wide_layers_have_no_spectral_report(tmp_path: Path) -> None:
    wide = linear([{i: 1} for i in range(65)], inputs=65)
    assert not [line for line in report(wide, tmp_path)[0] if "spectral" in line]


@pytest.mark.parametrize("text", ["{}", '{"format":"certify-certificate-1"}', '{"rule":"fold"}'])
def test_what_is_no_certificate_is_not_shown_as_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.cert.json").write_text(text)
    with pytest.raises(certify.CertifyError, match="not a certificate"):
        describe(tmp_path / "x.cert.json")
