"""What kills onnxruntime kills no command: native code on a file's data runs in a child."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from certify.networks.apart import Failed, apart
from certify.networks.onnx.read import read_onnx

MAIN = "from certify.cli import main; main()"
PROPERTY = """(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)
(assert (and (<= 0 X_0) (<= X_0 1) (<= 0 X_1) (<= X_1 1)))(assert (> Y_0 0))"""


def kill(number: int) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


@pytest.mark.parametrize(
    ("work", "kind", "text"),
    [
        (kill(signal.SIGSEGV), "Died", "SIGSEGV"),
        (kill(signal.SIGFPE), "Died", "SIGFPE"),
        (lambda: ctypes.string_at(0), "Died", "SIGSEGV"),
        (lambda: os._exit(0), "Died", "exit 0"),
        (lambda: os._exit(3), "Died", "exit 3"),
        (lambda: 1 // 0, "ZeroDivisionError", "division"),
        (lambda: threading.Lock(), "TypeError", "pickle"),
        (lambda: sys.exit(5), "Died", "exit 1"),
    ],
)
def test_what_goes_wrong_is_told(work: Callable[[], object], kind: str, text: str) -> None:
    with pytest.raises(Failed, match=text) as caught:
        apart(work)
    assert caught.value.kind == kind


def children() -> set[str]:
    """The processes that this one started, with those that ended and are not waited for."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {child for task in tasks for child in task.read_text(encoding="ascii").split()}


def test_what_it_returns(capfd: pytest.CaptureFixture[str]) -> None:
    """More than a pipe holds, and nothing of what it prints; no child is left."""
    before = children()
    found = apart(lambda: (os.write(1, b"noise"), os.write(2, b"noise"), np.arange(10**6))[2])
    assert np.array_equal(found, np.arange(10**6))
    assert capfd.readouterr() == ("", "")
    assert children() <= before


def test_from_many_threads() -> None:
    found: list[int] = []
    work = [
        threading.Thread(target=lambda k=k: found.append(apart(lambda: k * k))) for k in range(12)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join(60)
    assert sorted(found) == [k * k for k in range(12)]


def ints(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


UNNAMED = helper.make_node("Split", ["c"], ["", "b"], "part", axis=0)
# nodes beside y = x₀ + x₁ + b (b = 6), and constants; each ends an onnxruntime 1.18 to 1.27 that
# is handed the file, or may
KILLERS: dict[str, list[Any]] = {
    "an output without a name": [UNNAMED],
    "a dead division by zero": [helper.make_node("Div", ["one", "zero"], ["d"], "dead")],
    "a dead remainder by zero": [helper.make_node("Mod", ["one", "zero"], ["d"], "dead")],
    "a dead division that overflows": [helper.make_node("Div", ["least", "minus"], ["d"], "dead")],
    "a dead remainder that overflows": [helper.make_node("Mod", ["least", "minus"], ["d"], "dead")],
    "dead, an output without a name": [helper.make_node("Split", ["c"], ["", "d"], axis=0)],
}


def killer(label: str) -> bytes:
    constants = {"w": np.ones((2, 1), np.float32), "c": np.array([5, 6], np.float32)}
    constants |= {"one": ints(1), "zero": ints(0), "least": ints(-(1 << 63)), "minus": ints(-1)}
    nodes = [*KILLERS[label], helper.make_node("MatMul", ["x", "w"], ["h"])]
    if KILLERS[label] != [UNNAMED]:
        constants["b"] = np.array([6], np.float32)
    nodes.append(helper.make_node("Add", ["h", "b"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])],
        [numpy_helper.from_array(v, k) for k, v in constants.items()],
    )
    opset = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


@pytest.mark.parametrize("label", KILLERS)
def test_a_model_that_would_kill_the_runtime(label: str, recwarn: pytest.WarningsRecorder) -> None:
    """It is read, and replayed: only what the output depends on is run. y = 1 + 2 + 6."""
    onnx.checker.check_model(onnx.load_from_string(killer(label)))
    assert read_onnx(killer(label))([1, 2]) == (9,)
    assert not [w for w in recwarn if "replayed" in str(w.message)]


@pytest.mark.parametrize("label", list(KILLERS)[:2])
def test_the_commands_live(label: str, tmp_path: Path) -> None:
    """The witness is replayed on the file itself, whatever comes of it."""
    (tmp_path / "n.onnx").write_bytes(killer(label))
    (tmp_path / "p.vnnlib").write_text(PROPERTY)
    for arguments, code in ((("show", "n.onnx"), 0), (("prove", "n.onnx", "p.vnnlib"), 1)):
        done = subprocess.run(
            [sys.executable, "-c", MAIN, *arguments], cwd=tmp_path, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (code, "")


def test_the_remainder_that_is_undefined_in_c() -> None:
    model = onnx.load_from_string(killer("a dead remainder that overflows"))
    cast = helper.make_node("Cast", ["d"], ["f"], to=1)
    model.graph.node.insert(1, cast)
    model.graph.node[-1].input[1] = "f"
    with pytest.raises(Exception, match="the least int64 divided by -1"):
        read_onnx(model.SerializeToString())
