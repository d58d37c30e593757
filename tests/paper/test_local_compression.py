"""Definition 2 and Theorem 3: windows that are losslessly shallower, and windows that are not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import certify
from certify.errors import CertifyError
from certify.kernel.data.network import Network
from certify.networks.gadgets.parity import parity
from certify.networks.gadgets.radial import radial
from certify.networks.gadgets.random_layers import random_layers
from certify.networks.gadgets.theorem3 import deep
from certify.networks.gadgets.tower import tower

GADGETS = {
    "random": random_layers((3, 5, 4, 1), seed=2),
    "parity": parity(4),
    "radial": radial(2, 2, 2, [(0, 0), (1, 1), (2, 0)]),
}


@pytest.mark.parametrize("name", GADGETS)
@pytest.mark.parametrize("relu_only", [False, True])
def test_the_first_window_of_theorem_3_is_two_layers(name: str, relu_only: bool) -> None:
    """T3e: (0, 3] holds g₂∘g₁, g₁ and delays; every later window holds a whole g."""
    gadget = GADGETS[name]
    found = certify.windows(deep(gadget, 7, relu_only=relu_only), 3, 2)
    assert [(w.start, w.stop) for w in found] == [(i, i + 3) for i in range(5)]
    assert [w.found for w in found] == [True, False, False, False, False]
    first = found[0].network
    assert first is not None and first.depth == 2
    assert found[0].lambda_squared == max(layer.frobenius_squared for layer in first.layers)
    assert found[0].verdict is not None and found[0].verdict.rule == "normal-form"


def test_repaired_with_a_copy_that_starts_at_once_no_window_is_found() -> None:
    found = certify.windows(deep(GADGETS["random"], 7, first=0), 3, 2)
    assert not any(w.found for w in found)
    assert {w.shortest for w in found} == {3}


def test_one_activation_per_layer() -> None:
    """With identity delays the two layers mix ReLU and identity; with ReLU delays they do not."""
    for relu_only, found in ((False, False), (True, True)):
        network = deep(GADGETS["random"], 6, relu_only=relu_only)
        first = certify.windows(network, 3, 2, activation="uniform")[0]
        assert first.found is found
        if first.network is not None:
            claim = certify.member(
                first.network, 2, lambda_squared=first.lambda_squared, activation="uniform"
            )
            assert certify.prove(claim).proved


def test_linear_layers_merge() -> None:
    found = certify.windows(tower(4, 3, 5), 4, 1)
    assert [w.found for w in found] == [True, True]
    assert found[0].network is not None
    assert found[0].network([0, 0, 0, 1]) == (81,)


def test_a_changed_weight_is_refuted() -> None:
    network = deep(GADGETS["random"], 6)
    first = certify.windows(network, 3, 2)[0].network
    assert first is not None
    layer = first.layers[1]
    bias = (layer.bias[0] + 1, *layer.bias[1:])
    wrong = Network(first.inputs, (first.layers[0], replace(layer, bias=bias)))
    claim = certify.equals(certify.slice(network, 0, 3), wrong, certify.space(first.inputs))
    assert certify.prove(claim, timeout=20).refuted


def test_what_is_written_verifies(tmp_path: Path) -> None:
    network = deep(GADGETS["random"], 6)
    found = certify.windows(network, 3, 2, output=tmp_path)
    rows = list(certify.verify([tmp_path]))
    assert [(row.verdict.name, row.expected) for row in rows] == [("window-0-3", True)]
    assert found[0].verdict is not None and found[0].verdict.path is not None
    again = certify.windows(network, 3, 2, output=tmp_path / "again")
    for name in ("claims.toml", "window-0-3.json", "window-0-3.cert.json"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert again[0].to_json()["widths"] == found[0].to_json()["widths"]


@pytest.mark.parametrize(
    ("window", "layers", "activation", "message"),
    [
        (8, 2, "mixed", "no window of 8 layers in a network of depth 7"),
        (0, 0, "mixed", "no window of 0 layers"),
        (3, 3, "mixed", "3 layers are no compression of 3"),
        (3, 0, "mixed", "0 layers are no compression"),
        (3, 2, "sigmoid", "activation is mixed or uniform"),
    ],
)
def test_bad_windows_are_refused(window: int, layers: int, activation: str, message: str) -> None:
    with pytest.raises(CertifyError, match=message):
        certify.windows(deep(GADGETS["random"], 7), window, layers, activation=activation)


def test_the_command(tmp_path: Path, certify_cli: object) -> None:
    certify.save(deep(GADGETS["random"], 6), tmp_path / "f.json")
    result = certify_cli("windows", "f.json", "--window", "3", "--layers", "2", cwd=tmp_path)  # type: ignore[operator]
    assert result.returncode == 0, result.stderr
    assert "layers (0, 3]: 9 → " in result.stdout
    assert "layers (1, 4]: none found (rewriting reaches 3 layers)" in result.stdout
    assert result.stdout.endswith("1 of 4 windows are losslessly 2 layers\n")
    result = certify_cli(  # type: ignore[operator]
        "windows", "f.json", "--window", "3", "--layers", "1", "--json", cwd=tmp_path
    )
    assert result.returncode == 1
    assert [w["found"] for w in json.loads(result.stdout)["windows"]] == [False] * 4
    result = certify_cli("windows", "f.json", "--window", "9", "--layers", "1", cwd=tmp_path)  # type: ignore[operator]
    assert (result.returncode, result.stdout) == (64, "")
    assert result.stderr == "certify: no window of 9 layers in a network of depth 6\n"
