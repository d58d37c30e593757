"""What a property of VNN-LIB 2.0 declares of a network is compared with the network's file."""

from __future__ import annotations

import gzip
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from certify import cli
from certify.claims.vnnlib import parse_property, property_claim
from certify.encode.vnnlib import to_vnnlib
from certify.errors import CertifyError
from certify.kernel.data.network import Network, affine_layer
from certify.kernel.language.functions import NetworkFunction
from certify.kernel.language.kinds.pointwise import Within
from certify.kernel.language.sets.convex import Box
from certify.kernel.verdict import Malformed
from certify.networks.files import load, save
from certify.networks.onnx.signature import Port, load_signature
from certify.networks.reading import Reading

QUIET = Reading().quiet()
BOUNDS = "(assert (and (>= X[0,0] -1) (<= X[0,0] 1) (>= X[0,1] -1) (<= X[0,1] 1)))"
KINDS = {
    "float16": TensorProto.FLOAT16,
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
}


def model(
    path: Path,
    *,
    dtype: str = "float32",
    inputs: list[int | str | None] | None = None,
    outputs: list[int | str | None] | None = None,
    names: tuple[str, str] = ("x", "y"),
) -> Path:
    """y = x·(1, -1), a MatMul that makes "h", and an Identity."""
    kind = KINDS[dtype]
    weights = numpy_helper.from_array(np.array([[1], [-1]], dtype=dtype), "w")
    shape = inputs if inputs is not None else [1, 2]
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", [names[0], "w"], ["h"], name="product"),
            helper.make_node("Identity", ["h"], [names[1]]),
        ],
        "g",
        [
            helper.make_tensor_value_info(names[0], kind, shape),
            helper.make_tensor_value_info("w", kind, [2, 1]),
        ],
        [helper.make_tensor_value_info(names[1], kind, outputs)],
        [weights],
    )
    opset = [helper.make_opsetid("", 13)]
    made = helper.make_model(graph, ir_version=8, opset_imports=opset)
    data = made.SerializeToString()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def query(
    first: str = "Real [1,2]", last: str = "Real [1,1]", hidden: str = "", rest: str = ""
) -> str:
    text = f"(declare-input X {first})\n{hidden}\n(declare-output Y {last})"
    rest = rest or BOUNDS + "(assert (>= Y[0,0] 2.0))"
    return f"(vnnlib-version <2.0>)\n(declare-network N\n{text})\n{rest}\n"


def claim(net: Path, text: str, reading: Reading = QUIET) -> object:
    path = net.parent / "p.vnnlib"
    path.write_text(text)
    return property_claim([net], path, reading).claim


def refused(net: Path, text: str, reading: Reading = QUIET) -> str:
    with pytest.raises(CertifyError) as caught:
        claim(net, text, reading)
    message = str(caught.value)
    assert "\n" not in message
    return message.split(": ", 1)[1]


class TestNames:
    def test_as_in_the_file(self, tmp_path: Path) -> None:
        net = model(tmp_path / "n.onnx")
        named = query('Real [1,2] "x"', 'Real [1,1] "y"', '(declare-hidden H Real [1,1] "h")')
        assert claim(net, named) == claim(net, query())
        zipped = model(tmp_path / "n.onnx.gz")
        assert claim(zipped, named) == claim(net, query())

    @pytest.mark.parametrize(
        ("first", "last", "hidden", "message"),
        [
            ('Real [1,2] "zzz"', 'Real [1,1] "y"', "", 'line 3: X is declared as "zzz"; '
             'the network\'s input is "x"'),
            ('Real [1,2] "y"', 'Real [1,1] "x"', "", 'line 3: X is declared as "y"; '
             'the network\'s input is "x"'),
            ('Real [1,2] "x"', 'Real [1,1] "nope"', "", 'line 5: Y is declared as "nope"; '
             'the network\'s output is "y"'),
            ('Real [1,2] "w"', "Real [1,1]", "", 'line 3: X is declared as "w"; '
             'the network\'s input is "x"'),
            ('Real [1,2] "X"', "Real [1,1]", "", 'line 3: X is declared as "X"; '
             'the network\'s input is "x"'),
            ("Real [1,2]", "Real [1,1]", '(declare-hidden H Real [1,1] "k")',
             'line 4: H: the network has no node "k"'),
        ],
    )  # fmt: skip
    def test_other_names(
        self, first: str, last: str, hidden: str, message: str, tmp_path: Path
    ) -> None:
        assert refused(model(tmp_path / "n.onnx"), query(first, last, hidden)) == message

    def test_a_hidden_node_may_go_by_its_own_name(self, tmp_path: Path) -> None:
        hidden = '(declare-hidden H Real [1,1] "product")'
        claim(model(tmp_path / "n.onnx"), query(hidden=hidden))

    def test_a_file_without_names(self, tmp_path: Path) -> None:
        save(load(model(tmp_path / "n.onnx")), tmp_path / "n.json")
        notes: list[str] = []
        named = query('Real [1,2] "x"', 'Real [1,1] "nope"')
        claim(tmp_path / "n.json", named, Reading(say=notes.append))
        assert ["ONNX names of X, Y were not compared" in note for note in notes] == [True]
        notes.clear()
        claim(tmp_path / "n.json", query(), Reading(say=notes.append))
        assert not notes

    def test_each_of_two_networks(self, tmp_path: Path) -> None:
        first = model(tmp_path / "f.onnx")
        second = model(tmp_path / "g.onnx", names=("a", "b"))
        text = """(vnnlib-version <2.0>)
(declare-network f (declare-input X Real [1,2] "x") (declare-output Y Real [1,1] "y"))
(declare-network g {} (declare-input Z Real [1,2] "{}") (declare-output W Real [1,1]))
(assert (> Y[0,0] W[0,0]))
"""
        path = tmp_path / "p.vnnlib"
        path.write_text(text.format("", "a"))
        property_claim([first, second], path, QUIET)
        with pytest.raises(CertifyError, match=r'Z is declared as "a"; .* input is "x"'):
            property_claim([first, first], path, QUIET)
        path.write_text(text.format("(equal-to f)", "x"))
        property_claim([first], path, QUIET)
        path.write_text(text.format("(equal-to f)", "a"))
        with pytest.raises(CertifyError, match=r'Z is declared as "a"; .* input is "x"'):
            property_claim([first], path, QUIET)


class TestShapes:
    @pytest.mark.parametrize(
        ("inputs", "outputs", "first", "last", "message"),
        [
            ([1, 2], [1, 1], "[1,2]", "[1,1]", ""),
            (["batch", 2], ["batch", 1], "[1,2]", "[1,1]", ""),
            ([1, 2], None, "[1,2]", "[1,1]", ""),
            ([1, 2], [1, 1], "[2,1]", "[1,1]", "X has shape [2,1]; the network's input has [1,2]"),
            ([1, 2], [1, 1], "[2]", "[1]", ""),
            (["batch", 2], ["batch", 1], "[2]", "[1]", ""),
            ([1, 1, 2], [1, 1, 1], "[2]", "[1,1]", "X has shape [2]; the network's input has "
             "[1,1,2]"),
            ([1, 2], [1, 1], "[1,1,2]", "[1,1]", "X has shape [1,1,2]; the network's input has "
             "[1,2]"),
            ([1, 2], [1, 1], "[1,2]", "[]", "Y has shape []; the network's output has [1,1]"),
            (["batch", 2], [1, 1], "[2,1]", "[1,1]", "X has shape [2,1]; the network's input has "
             "[?,2]"),
            ([1, 2], [1, None], "[1,2]", "[1,1,1]", "Y has shape [1,1,1]; the network's output "
             "has [1,?]"),
            ([1, 2], [1, 1], "[1,3]", "[1,1]", "X has 3 elements; the network's number of inputs "
             "is 2"),
        ],
    )  # fmt: skip
    def test_shapes(
        self,
        inputs: list[int | str | None],
        outputs: list[int | str | None] | None,
        first: str,
        last: str,
        message: str,
        tmp_path: Path,
    ) -> None:
        net = model(tmp_path / "n.onnx", inputs=inputs, outputs=outputs)
        text = query(f"Real {first}", f"Real {last}", rest="(assert (<= 0 1))")
        if not message:
            claim(net, text)
        else:
            assert message in refused(net, text)

    def test_what_is_encoded_is_read_beside_onnx_files(self, tmp_path: Path) -> None:
        names = [tmp_path / f"{name}.onnx" for name in "fg"]
        for factor, path in enumerate(names, start=1):
            layer = affine_layer(2, [((0, Fraction(factor)),), ((1, Fraction(1)),)])
            save(Network(2, (layer,)), path)
        functions = [NetworkFunction(load(path)) for path in names]
        box = Box((Fraction(0),) * 2, (Fraction(1),) * 2)
        path = tmp_path / "p.vnnlib"
        path.write_text(to_vnnlib(Within(*functions, box, Fraction(1), "linf")))
        assert property_claim(names, path, QUIET).claim.on == box


class TestElements:
    @pytest.mark.parametrize("dtype", KINDS)
    def test_floats_are_read_as_reals_where_asked(self, dtype: str, tmp_path: Path) -> None:
        net = model(tmp_path / "n.onnx", dtype=dtype)
        text = query(f"{dtype} [1,2]", f"{dtype} [1,1]")
        message = refused(net, text)
        assert message == f"line 3: element type {dtype} is read only with --reals, as exact reals"
        notes: list[str] = []
        assert claim(net, text, Reading(reals=True, say=notes.append)) == claim(net, query())
        [note] = notes
        assert f"element type {dtype} is read as Real" in note

    def test_another_type_than_the_network_s(self, tmp_path: Path) -> None:
        net = model(tmp_path / "n.onnx", dtype="float32")
        reals = Reading(reals=True).quiet()
        for element in ("float64", "float16", "bfloat16", "double"):
            text = query(f"{element} [1,2]", "float32 [1,1]")
            message = f"X is declared {element}; the network's input is float32"
            assert message in refused(net, text, reals)
        claim(net, query("float [1,2]", "Real [1,1]"), reals)

    @pytest.mark.parametrize("element", ["int64", "bool", "uint8", "complex64", "string", "R"])
    def test_no_reals(self, element: str, tmp_path: Path) -> None:
        net = model(tmp_path / "n.onnx")
        message = refused(net, query(f"{element} [1,2]"), Reading(reals=True).quiet())
        assert message == f"line 3: element type {element}: only Real is read"

    def test_command(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        net = model(tmp_path / "n.onnx")
        prop = tmp_path / "p.vnnlib"
        prop.write_text(query("float32 [1,2]", "float32 [1,1]"))
        arguments = ["prove", str(net), str(prop), "--format", "vnncomp"]
        for flags, code in ([], 64), (["--reals"], 1):
            with pytest.raises(SystemExit) as stop:
                cli.main([*arguments, *flags])
            assert stop.value.code == code
            out, err = capsys.readouterr()
            assert "--reals" in err if code == 64 else err.count("read as Real") == 1
            assert out.startswith("sat\nX Real [1,2]\n1.0\n-1.0\n") == (code == 1)


class TestSignature:
    def test_an_onnx_file(self, tmp_path: Path) -> None:
        found = load_signature(model(tmp_path / "N.ONNX", inputs=["b", 2], dtype="float64"))
        assert found is not None
        assert found.inputs == (Port("x", "float64", (None, 2)),)
        assert found.outputs == (Port("y", "float64", None),)
        assert found.made == {"product", "h", "y"}

    def test_shapes_are_those_of_onnx_itself(self, tmp_path: Path) -> None:
        path = model(tmp_path / "n.onnx", outputs=[1, 1])
        value = onnx.load(path).graph.input[0].type.tensor_type
        found = load_signature(path)
        assert found is not None
        assert found.inputs[0].shape == tuple(d.dim_value for d in value.shape.dim)

    def test_other_files(self, tmp_path: Path) -> None:
        assert load_signature(tmp_path / "n.json") is None
        (tmp_path / "bad.onnx").write_bytes(b"\xff\xff")
        with pytest.raises(Malformed, match="not an ONNX file"):
            load_signature(tmp_path / "bad.onnx")


class TestVersion1:
    """The numbers of X_i and Y_j are those of the network: none too many, too few, or twice."""

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            ("X_0 X_1 Y_0", ""),
            ("Y_0 X_1 X_0", ""),
            ("X_0 Y_0", "X_1 is not declared: the network's number of inputs is 2"),
            ("X_0 X_1", "Y_0 is not declared: the network's number of outputs is 1"),
            ("X_0 X_1 X_2 Y_0", "X_2 does not exist: the network's number of inputs is 2"),
            ("X_0 X_2 Y_0", "X_2 does not exist: the network's number of inputs is 2"),
            ("X_0 X_1 Y_0 Y_1", "Y_1 does not exist: the network's number of outputs is 1"),
            ("X_0 X_1 Y_1", "Y_1 does not exist: the network's number of outputs is 1"),
            ("X_0 X_1 X_1 Y_0", "X_1 is declared twice"),
            ("X_0 X_1 Y_0 Y_0", "Y_0 is declared twice"),
            ("X_00 X_1 Y_0", "'X_00' is neither an input X_i nor an output Y_i"),
            ("x_0 X_1 Y_0", "'x_0' is neither an input X_i nor an output Y_i"),
        ],
    )
    def test_names(self, names: str, message: str, tmp_path: Path) -> None:
        network = load(model(tmp_path / "n.onnx"))
        text = "".join(f"(declare-const {name} Real)" for name in names.split())
        text += "(assert (<= 0 1))"
        if not message:
            parse_property(text, [network], QUIET)
            return
        with pytest.raises(CertifyError) as caught:
            parse_property(text, [network], QUIET)
        assert message in str(caught.value)
