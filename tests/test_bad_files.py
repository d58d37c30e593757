"""Bad networks and properties on the command line: one line that names the place, exit 64.

Each is a file that is good but for one thing. The readers' own tests have many more of them:
``tests/networks/test_onnx_rejects.py`` and ``tests/golden/vnnlib``.
"""

# ruff: noqa: E501  (a table reads best with one case on a line)

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper

from certify import cli
from certify.claims.toml import ClaimsFile
from certify.errors import CertifyError
from certify.networks import builder
from certify.networks.files import save

PROPERTY = """(declare-const X_0 Real)
(declare-const X_1 Real)
(declare-const Y_0 Real)
(assert (and (>= X_0 0.0) (<= X_0 1.0)))
(assert (and (>= X_1 0.0) (<= X_1 1.0)))
(assert (>= Y_0 4.0))
"""


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(list(map(str, arguments)))
    return int(stop.value.code or 0)


def good() -> Any:
    """y = relu(x₀ + 2x₁), at most 3 on the unit square."""
    folder = Path(".")
    save(builder.Sequential(builder.relu([[1, 2]]), builder.linear([[1]])), folder / "net.onnx")
    return onnx.load(folder / "net.onnx")


def value(name: str, kind: int, sizes: list[int | str]) -> Any:
    return helper.make_tensor_value_info(name, kind, sizes)


def external(model: Any) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../weights.bin"


def of_a_constant(model: Any) -> None:
    """The output is that of a ReLU on a constant."""
    output = model.graph.output[0].name
    model.graph.initializer.append(helper.make_tensor("c", TensorProto.FLOAT, [1, 1], [1.0]))
    del model.graph.node[:]
    model.graph.node.append(helper.make_node("Relu", ["c"], [output]))


NETWORKS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "dynamic shape": (lambda m: m.graph.input[0].CopyFrom(value(m.graph.input[0].name, 1, [1, "N"])), "dynamic shape: dimension 1 has no size"),
    "opset of the future": (lambda m: setattr(m.opset_import[0], "version", 99), "opset 99: supported are 7 to 26"),
    "opset of the past": (lambda m: setattr(m.opset_import[0], "version", 6), "opset 6: supported are 7 to 26"),
    "two outputs": (lambda m: m.graph.output.append(value(m.graph.node[0].output[0], 1, [1, 1])), "2 outputs"),
    "two inputs": (lambda m: m.graph.input.append(value("z", 1, [1, 2])), "2 inputs"),
    "an input that is not used": (of_a_constant, "unused: the output does not depend on it"),
    "an input of integers": (lambda m: m.graph.input[0].CopyFrom(value(m.graph.input[0].name, TensorProto.INT64, [1, 2])), "not a tensor of floats"),
    "external data": (external, "not a plain path relative to the model's folder, and never opened"),
    "an operator that is not piecewise linear": (lambda m: setattr(m.graph.node[-1], "op_type", "Sigmoid"), "(Sigmoid): operator not supported"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.vnnlib").write_text(PROPERTY)


def refusal(capsys: pytest.CaptureFixture[str], file: str, *options: str) -> str:
    """The line about that file."""
    assert run("prove", "net.onnx", "p.vnnlib", *options) == 64
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert line.startswith(f"certify: {file}: ")
    assert not list(Path(".").glob("*.cert.json*"))
    return line


def test_the_files_are_good_before_they_are_changed() -> None:
    good()
    assert run("prove", "net.onnx", "p.vnnlib") == 0


@pytest.mark.parametrize("label", NETWORKS)
def test_bad_network(label: str, capsys: pytest.CaptureFixture[str]) -> None:
    edit, message = NETWORKS[label]
    model = good()
    edit(model)
    Path("net.onnx").write_bytes(model.SerializeToString())
    assert message in refusal(capsys, "net.onnx")


# what is put in place of what, and the line about it
PROPERTIES: dict[str, tuple[str, str, str]] = {
    "an input left out": ("(declare-const X_1 Real)\n", "", "X_1"),
    "an output left out": ("(declare-const Y_0 Real)\n", "", "Y_0"),
    "an input too many": ("(declare-const Y_0", "(declare-const X_2 Real)\n(declare-const Y_0", "line 3: X_2 does not exist: the network's number of inputs is 2"),
    "declare-fun without the option": ("(declare-const X_0 Real)", "(declare-fun X_0 () Real)", "line 1: declare-fun is read only with --declare-fun"),
    "infix": ("(>= Y_0 4.0)", "(Y_0 >= 4.0)", "line 6"),
    "a product of variables": ("(>= Y_0 4.0)", "(>= (* Y_0 X_0) 4.0)", "line 6"),
    "nothing asserted": ("(assert", "; (assert", "an empty property: no assertion"),
    "not closed": ("(>= Y_0 4.0))", "(>= Y_0 4.0)", "line 6"),
    "a doubled parenthesis": ("(>= Y_0 4.0)", "((>= Y_0 4.0))", "line 6: a ( that starts with no word: (("),
    "a carriage return in a comment": ("(assert", "; a\r(assert", "a carriage return without a line feed"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("name = 1979-05-27", "/claim/0/name"),
        ('name = "c"\non = { box = { lower = [07:32:00] } }', "/claim/0/on/box/lower/0"),
        ('name = "c"\nholds = { a = 1979-05-27T07:32:00Z }', "/claim/0/holds/a"),
    ],
)
def test_dates_are_refused_in_words(line: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(f"[[claim]]\n{line}\n")
    with pytest.raises(CertifyError) as caught:
        ClaimsFile(path)
    assert f"{path}: {place}: a date or time: " in str(caught.value)
    assert "datetime" not in str(caught.value)


@pytest.mark.parametrize("label", PROPERTIES)
def test_bad_property(label: str, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, message = PROPERTIES[label]
    good()
    assert old in PROPERTY
    Path("p.vnnlib").write_text(PROPERTY.replace(old, new))
    assert message in refusal(capsys, "p.vnnlib")


def test_contradictory_outputs_are_proved_and_said_to_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    good()
    text = PROPERTY.replace("(>= Y_0 4.0)", "(and (>= Y_0 4.0) (<= Y_0 3.0))")
    Path("p.vnnlib").write_text(text)
    assert run("prove", "net.onnx", "p.vnnlib") == 0
    assert "no outputs whatever satisfy the assertions" in capsys.readouterr().out


def test_float16_is_read_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    """Half-precision weights are dyadic rationals like any other: 0.1 is 819/8192 there."""
    model = good()
    for tensor in model.graph.initializer:
        numbers = [0.1] * len(onnx.numpy_helper.to_array(tensor).ravel())
        tensor.CopyFrom(helper.make_tensor(tensor.name, TensorProto.FLOAT16, tensor.dims, numbers))
    for entry in (*model.graph.input, *model.graph.output):
        entry.type.tensor_type.elem_type = TensorProto.FLOAT16
    Path("net.onnx").write_bytes(model.SerializeToString())
    assert run("eval", "net.onnx", "--at", "1,0") == 0
    w = Fraction(819, 8192)  # every weight and bias
    assert Fraction(capsys.readouterr().out.strip()) == w * (w + w) + w
