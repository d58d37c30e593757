"""Files: suffixes, compression, budgets, and one clear line for each that cannot be read."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from certify.kernel.data.network import Network, affine_layer, identity_layer, sparse
from certify.kernel.verdict import Malformed
from certify.networks.files import load, save

THIRD = Network(1, (affine_layer(1, [sparse([Fraction(1, 3)])], None, True), identity_layer(1)))
HALF = Network(1, (affine_layer(1, [sparse([Fraction(1, 2)])], None, [True]), identity_layer(1)))


@pytest.mark.parametrize("name", ["n.json", "n.json.gz", "n.onnx", "n.onnx.gz"])
def test_saved_and_loaded(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    save(HALF, path)
    assert load(path) == HALF
    assert load(str(path)).digest == HALF.digest
    first = path.read_bytes()
    save(HALF, path)
    assert path.read_bytes() == first
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_too_long_to_be_read_back_is_not_written(tmp_path: Path, sign: int) -> None:
    """Of 4,300 digits and one more: the limit of what is read."""
    for value in (Fraction(sign * (10**4300 - 1)), Fraction(sign, 10**4299 + 1)):
        network = Network(1, (affine_layer(1, [((0, value),)], [value]),))
        save(network, tmp_path / "n.json")
        assert load(tmp_path / "n.json") == network
    for value in (Fraction(sign * 10**4300), Fraction(sign, 10**4300 + 1)):
        for row, bias in ((((0, value),), [Fraction(0)]), ((), [value])):
            network = Network(1, (affine_layer(1, [row], bias),))
            with pytest.raises(Malformed, match=r"layer 1: a number of \d+ bits is too long"):
                save(network, tmp_path / "long.json")
    assert os.listdir(tmp_path) == ["n.json"]


def test_json_holds_what_onnx_cannot(tmp_path: Path) -> None:
    save(THIRD, tmp_path / "n.json")
    assert load(tmp_path / "n.json") == THIRD
    with pytest.raises(Malformed, match=r"n\.onnx: layer 1, row 0: 1/3 is not a float64"):
        save(THIRD, tmp_path / "n.onnx")
    assert os.listdir(tmp_path) == ["n.json"]


def test_dense_json_with_bare_integers(tmp_path: Path) -> None:
    text = {
        "format": "certify-network-1",
        "inputs": 2,
        "layers": [
            {"weight": [[1, "-1/3"], ["1/2", 0]], "bias": [0, "1"], "relu": [1]},
            {
                "weight": {"rows": 1, "columns": 2, "entries": [[0, 1, "2"]]},
                "bias": ["3*2^-2"],
                "relu": False,
            },
        ],
    }
    (tmp_path / "n.json").write_text(json.dumps(text))
    network = load(tmp_path / "n.json")
    assert network([2, 3]) == (Fraction(19, 4),)
    assert network.layers[0].relu == (False, True)


def refusal(path: Path, **options: Any) -> str:
    """The one line, found in bounded time."""
    start = time.monotonic()
    with pytest.raises(Malformed) as caught:
        load(path, **options)
    assert time.monotonic() - start < 20
    line = str(caught.value)
    assert str(path) in line
    assert "\n" not in line
    assert len(line) < len(str(path)) + 300
    return line.replace(f"{path}: ", "")


def test_missing_and_unreadable(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.json") == "no such file"
    assert refusal(tmp_path / "none.onnx.gz") == "no such file"
    (tmp_path / "folder.onnx").mkdir()
    assert refusal(tmp_path / "folder.onnx") == "cannot be read: Is a directory"
    (tmp_path / "n.txt").write_text("{}")
    assert "ends in none of" in refusal(tmp_path / "n.txt")
    with pytest.raises(Malformed, match="not a file name"):
        load("a\0.json")


def test_save_refuses_other_suffixes_and_places(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="ends in none of"):
        save(HALF, tmp_path / "n.pt")
    with pytest.raises(Malformed, match=r"written as \.json or \.onnx"):
        save(HALF, tmp_path / "n.nnet")
    with pytest.raises(Malformed, match="cannot be written"):
        save(HALF, tmp_path / "missing" / "n.json")
    assert os.listdir(tmp_path) == []


def test_bad_gzip(tmp_path: Path) -> None:
    path = tmp_path / "n.json.gz"
    path.write_bytes(b"plain")
    assert "cannot be read" in refusal(path)
    save(HALF, path)
    path.write_bytes(path.read_bytes()[:-9])
    assert "cannot be read" in refusal(path)


@pytest.mark.parametrize("kind", ["json", "onnx", "nnet"])
def test_gzip_bomb(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"bomb.{kind}.gz"
    path.write_bytes(gzip.compress(bytes(1 << 27)))
    assert path.stat().st_size < 1 << 18
    assert refusal(path) == "more than 67108864 bytes"


def test_a_smaller_budget(tmp_path: Path) -> None:
    path = tmp_path / "n.json"
    save(HALF, path)
    assert refusal(path, max_bytes=100) == "more than 100 bytes"


def layer(**changes: Any) -> str:
    parts = {"weight": [["1"]], "bias": ["0"], "relu": False} | changes
    return json.dumps({"format": "certify-network-1", "inputs": 1, "layers": [parts]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("\udce9", "not UTF-8"),
        ("[]", "/: expected an object"),
        ('{"format": "certify-network-1", "inputs": 1}', "/: missing key 'layers'"),
        ('{"format": "certify-network-2", "inputs": 1, "layers": []}', "/format: expected one of"),
        ('{"format": "certify-network-1", "inputs": 1, "layers": []}', "/layers: a network needs"),
        (layer(extra=1), "/layers/0: unknown key 'extra'"),
        (layer(weight=[[1.5]]), "1.5 is not an exact number"),
        (layer(weight=[[float("nan")]]), "NaN is not an exact number"),
        (layer(weight=[[float("inf")]]), "Infinity is not an exact number"),
        (layer(weight=[["nan"]]), "/layers/0/weight/0/0: 'nan' is not a number"),
        (layer(weight=[["1/0"]]), "/layers/0/weight/0/0: '1/0' is not a number"),
        (layer(weight=[["\u0661"]]), "is not a number"),
        (layer(weight=[[True]]), "/layers/0/weight/0/0: expected a number"),
        (layer(weight=[["1", "2"]]), "/layers/0/weight/0: expected 1 entries, found 2"),
        (
            layer(weight={"rows": 1 << 20, "columns": 1, "entries": []}),
            "/layers/0/bias: expected 1048576 entries, found 1",
        ),
        (
            layer(weight={"rows": 1 << 25, "columns": 1, "entries": []}),
            "too large: needs 33554432 rows",
        ),
        (layer(bias=[]), "/layers/0/bias: expected 1 entries, found 0"),
        (layer(relu=[0, 0]), "/layers/0/relu: an index stands twice"),
        (layer(relu=[1]), "/layers/0/relu: a component outside"),
        (layer(weight=[["9" * 100_000]]), "too large"),
        (layer(weight=[["1*2^1000000"]]), "too large"),
        (layer().replace('"0"', "9" * 100_000), "too large"),
        (layer().replace('"relu"', '"bias": ["1"], "relu"'), "key 'bias' twice"),
        ("[" * 100_000, "JSON nested more than 200 deep"),
    ],
)
def test_bad_json(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "n.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert message in refusal(path)


def test_json_needs_no_heavy_imports(tmp_path: Path) -> None:
    save(HALF, tmp_path / "n.json")
    program = (
        "import sys; from certify.networks.files import load; load(sys.argv[1]); "
        "print([m for m in ('numpy', 'onnx', 'torch', 'google.protobuf') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "n.json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert found.stdout == "[]\n"
