""".nnet files: decimals exact, as Marabou reads them, and normalised where asked."""

from __future__ import annotations

import gzip
import itertools
from fractions import Fraction as Q
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.kernel.data.network import Network, affine_layer, sparse
from certify.kernel.verdict import Malformed
from certify.networks.files import load
from certify.networks.nnet import read_nnet
from certify.networks.reading import Reading

TEXT = """// a comment
// another
2,2,1,3,
2,3,1,
0,
-1.0,-1.0,
1.0,1.0,
0.5,-0.25,10.0,
2,4.0,3,
0.1,-2e-1,
1.25E+1,0,
+3,.0
0.1,
-0.2,
0.3,
1,-1,0.5,
1e-3,
""".replace(".0\n0.1,", "0.0\n0.1,", 1)


def exact() -> Network:
    hidden = [[Q(1, 10), Q(-1, 5)], [Q(25, 2), Q(0)], [Q(3), Q(0)]]
    return Network(
        2,
        (
            affine_layer(2, map(sparse, hidden), [Q(1, 10), Q(-1, 5), Q(3, 10)], True),
            affine_layer(3, [sparse([Q(1), Q(-1), Q(1, 2)])], [Q(1, 1000)]),
        ),
    )


def test_decimals_are_exact() -> None:
    assert read_nnet(TEXT.encode()) == exact()
    assert read_nnet(TEXT.replace("\n", "\r\n").encode()) == exact()
    assert read_nnet(TEXT.encode() + b"\n \n") == exact()
    assert read_nnet(TEXT.replace("comment", "café").encode()) == exact()


def test_normalisation_is_two_diagonal_layers() -> None:
    plain, scaled = read_nnet(TEXT.encode()), read_nnet(TEXT.encode(), Reading(normalise=True))
    assert scaled.layers[1:-1] == plain.layers
    assert scaled.layers[0] == affine_layer(
        2, [((0, Q(1, 2)),), ((1, Q(1, 4)),)], [Q(-1, 4), Q(1, 16)]
    )
    assert scaled.layers[-1] == affine_layer(1, [((0, Q(3)),)], [Q(10)])
    for x in itertools.product([Q(-1), Q(1, 3), Q(7)], repeat=2):
        inner = [(x[0] - Q(1, 2)) / 2, (x[1] + Q(1, 4)) / 4]
        assert scaled(x) == (3 * plain(inner)[0] + 10,)


def test_by_suffix(tmp_path: Path) -> None:
    (tmp_path / "n.nnet").write_text(TEXT)
    (tmp_path / "n.nnet.gz").write_bytes(gzip.compress(TEXT.encode()))
    assert load(tmp_path / "n.nnet") == load(tmp_path / "n.nnet.gz") == exact()
    assert load(tmp_path / "n.nnet", Reading(normalise=True)).depth == 4


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-1000, max_value=1000)
)
def test_any_decimal(value: object) -> None:
    text = f"1,1,1,1,\n1,1,\n0,\n0,\n0,\n0,0,\n1,1,\n{value},\n0,\n"
    [layer] = read_nnet(text.encode()).layers
    assert layer.rows == (sparse([Q(str(value))]),)


LINES = TEXT.splitlines()


def changed(number: int, line: str | None) -> bytes:
    """The text with one line replaced or left out."""
    lines = [*LINES[: number - 1], *([] if line is None else [line]), *LINES[number:]]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1: expected 4 numbers, found 1"),
        (b"// only a comment", "line 0: the file ends here"),
        (changed(3, "2,2,1,"), "line 3: expected 4 numbers, found 3"),
        (changed(3, "2.5,2,1,3,"), "line 3: expected integers"),
        (changed(3, "0,2,1,3,"), "line 3: 0 layers"),
        (changed(3, "1000000000,2,1,3,"), "line 3: 1000000000 layers"),
        (changed(4, "2,3,2,"), "line 4: widths [2, 3, 2] from 2 inputs to 1 outputs"),
        (changed(4, "2,0,1,"), "line 4: widths [2, 0, 1]"),
        (changed(4, "2,99999999,1,"), "line 4: more than 8388608 weights"),
        (changed(4, "2,3,3,1,"), "line 4: expected 3 numbers, found 4"),
        (changed(10, "0.1,-0.2,0.3,"), "line 10: expected 2 numbers, found 3"),
        (changed(10, "0.1,nan,"), "line 10: 'nan' is not a decimal"),
        (changed(10, "0.1,inf,"), "line 10: 'inf' is not a decimal"),
        (changed(10, "0.1,0x1p3,"), "line 10: '0x1p3' is not a decimal"),
        (changed(10, "0.1,1_0,"), "line 10: '1_0' is not a decimal"),
        (changed(10, "0.1,\u0661,"), "is not a decimal"),
        (changed(10, "0.1,,"), "line 10: '' is not a decimal"),
        (changed(10, "0.1,1e999,"), "line 10: '1e999' is not a decimal that a double could hold"),
        (changed(10, "0.1,1e99999999,"), "line 10: '1e99999999' is not a decimal"),
        (changed(10, "0.1," + "9" * 100_000 + ","), "is not a decimal"),
        (changed(13, None), "line 15: expected 1 numbers, found 3"),
        (changed(17, None), "line 16: the file ends here"),
        (TEXT.encode() + b"0.5,\n", "line 18: more lines than the header says"),
    ],
)
def test_refused(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_nnet(data)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("number", "line", "message"),
    [(9, "2,0,3,", "a range is 0"), (8, "0.5,1,", "means and ranges need 3 entries")],
)
def test_header_that_cannot_normalise(number: int, line: str, message: str) -> None:
    data = changed(number, line)
    assert read_nnet(data) == exact()
    with pytest.raises(Malformed, match=message):
        read_nnet(data, Reading(normalise=True))


def test_marabou_reads_the_same(field_networks: Path) -> None:
    """Marabou's own reader, in doubles, on every .nnet network of the field."""
    reader = pytest.importorskip("maraboupy.MarabouNetworkNNet")
    found = sorted(field_networks.rglob("*.nnet"))
    assert found
    for path in found:
        network = load(path)
        theirs = reader.MarabouNetworkNNet(str(path))
        assert [len(b) for b in theirs.biases] == [layer.width for layer in network.layers]
        for layer, weights, biases in zip(
            network.layers, theirs.weights, theirs.biases, strict=True
        ):
            assert [float(b) for b in layer.bias] == list(biases)
            dense = [[0.0] * layer.columns for _ in layer.rows]
            for r, row in enumerate(layer.rows):
                for c, v in row:
                    dense[r][c] = float(v)
            assert dense == [list(row) for row in weights]
