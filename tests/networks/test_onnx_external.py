"""External tensor data: read from beside the model, and never from elsewhere."""

# ruff: noqa: E501  (a table reads best with one case on a line)

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from certify.kernel.verdict import Malformed
from certify.networks.files import load
from certify.networks.onnx import external as onnx_external
from certify.networks.onnx.read import read_onnx

WEIGHT = np.arange(12, dtype=np.float32).reshape(3, 4) / 4
BIAS = np.array([1, -2, 0.5, 0.25], dtype=np.float32)


def pointing(entries: dict[str, str], tensor: Any = None) -> bytes:
    """A model y = x·w + b whose w lies elsewhere."""
    w = numpy_helper.from_array(WEIGHT, "w") if tensor is None else tensor
    w.ClearField("raw_data")
    w.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        w.external_data.add(key=key, value=value)
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w", "b"], ["y"], "gemm")],
        "test",
        [helper.make_tensor_value_info("x", 1, [1, 3])],
        [helper.make_tensor_value_info("y", 1, [1, 4])],
        [w, numpy_helper.from_array(BIAS, "b")],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    return model.SerializeToString()


def written(folder: Path, name: str = "n.onnx", **entries: str) -> Path:
    """The model beside its data, which lie from byte 8 on."""
    (folder / "w.bin").write_bytes(b"\xff" * 8 + WEIGHT.tobytes() + b"\xff" * 4)
    path = folder / name
    path.write_bytes(pointing({"location": "w.bin", "offset": "8", "length": "48"} | entries))
    return path


def test_read_as_onnxruntime_reads_it(models: Any, tmp_path: Path) -> None:
    path = written(tmp_path)
    x = np.array([[1, -2, 3]], dtype=np.float32)
    expected = models.exactly(models.onnxruntime_says(str(path), x))
    assert list(load(path)(models.exactly(x))) == expected
    (tmp_path / "n.onnx.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert load(tmp_path / "n.onnx.gz") == load(path)


def test_what_onnx_itself_writes(models: Any, tmp_path: Path) -> None:
    """One file for all tensors, as torch writes it, attributes of nodes included."""
    model = onnx.load_model_from_string(models.model(
        [helper.make_node("Constant", [], ["c"], "c", value=numpy_helper.from_array(BIAS * 3, "k")),
         helper.make_node("MatMul", ["x", "w"], ["h"], "h"),
         helper.make_node("Add", ["h", "c"], ["y"], "y")],
        (1, 3), {"w": WEIGHT}))  # fmt: skip
    onnx.save(model, tmp_path / "inside.onnx")
    onnx.save_model(
        model,
        tmp_path / "n.onnx",
        save_as_external_data=True,
        location="n.onnx.data",
        size_threshold=0,
        convert_attribute=True,
    )
    stored = onnx.load(str(tmp_path / "n.onnx"), load_external_data=False)
    assert stored.graph.initializer[0].external_data
    assert load(tmp_path / "n.onnx") == load(tmp_path / "inside.onnx")


def test_the_digest_binds_the_data(tmp_path: Path) -> None:
    path = written(tmp_path)
    first = load(path)
    data = bytearray((tmp_path / "w.bin").read_bytes())
    data[12] ^= 1
    (tmp_path / "w.bin").write_bytes(bytes(data))
    second = load(path)
    assert first.digest != second.digest
    assert first.source == second.source  # that of the model's own bytes


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = written(tmp_path, location="deep/link.bin")
    (tmp_path / "deep" / "link.bin").symlink_to(tmp_path / "w.bin")
    linked = load(path)
    assert linked == load(written(tmp_path))
    (tmp_path / "folder").symlink_to(tmp_path / "deep")
    assert load(written(tmp_path, location="folder/link.bin")) == linked


def test_the_model_may_be_named_through_a_link(tmp_path: Path) -> None:
    """The folder is that of the name given, links resolved for the folder alone."""
    (tmp_path / "real").mkdir()
    path = written(tmp_path / "real")
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    assert load(tmp_path / "alias" / "n.onnx") == load(path)


def test_bytes_alone_have_no_folder(tmp_path: Path) -> None:
    data = written(tmp_path).read_bytes()
    with pytest.raises(Malformed, match=r"tensor 'w': external tensor data, and no folder .*embed"):
        read_onnx(data)
    assert read_onnx(data, folder=tmp_path) == load(tmp_path / "n.onnx")


OUTSIDE = "not a plain path relative to the model's folder, and never opened"
REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "parent": ({"location": "../secret.bin"}, OUTSIDE),
    "parent in the middle": ({"location": "deep/../../secret.bin"}, OUTSIDE),
    "absolute": ({"location": "/etc/passwd"}, OUTSIDE),
    "Windows": ({"location": "..\\secret.bin"}, OUTSIDE),
    "drive": ({"location": "C:\\w.bin"}, OUTSIDE),
    "empty": ({"location": ""}, OUTSIDE),
    "dot": ({"location": "."}, OUTSIDE),
    "NUL": ({"location": "w.bin\0.txt"}, OUTSIDE),
    "twice a slash": ({"location": "deep//w.bin"}, OUTSIDE),
    "a link outside": ({"location": "out.bin"}, "leads outside of the model's folder"),
    "a link to a folder outside": ({"location": "away/secret.bin"}, "leads outside of the model's folder"),
    "a link to a device": ({"location": "zero"}, "leads outside of the model's folder"),
    "a link to itself": ({"location": "loop"}, "cannot be read"),
    "a pipe": ({"location": "pipe"}, "not a file"),
    "a folder": ({"location": "deep"}, "not a file"),
    "no such file": ({"location": "absent"}, "no such file in the model's folder"),
    "below a file": ({"location": "w.bin/w"}, "cannot be read"),
    "a long name": ({"location": "w" * 5000}, "cannot be read"),
    "past the end": ({"offset": "16"}, "48 bytes from 16 on do not fit a file of 60"),
    "a huge offset": ({"offset": "9" * 18}, "do not fit a file of 60"),
    "an offset past 64 bits": ({"offset": "9" * 30}, "is not a count of bytes"),
    "a negative offset": ({"offset": "-8"}, "'-8' is not a count of bytes"),
    "another digit": ({"offset": "\u0668"}, "is not a count of bytes"),
    "a length too small": ({"length": "44"}, "44 bytes, and the tensor has 48"),
    "a length too large": ({"length": "52"}, "52 bytes, and the tensor has 48"),
    "an unknown key": ({"basepath": "/etc"}, "'basepath' is unknown"),
}  # fmt: skip


@pytest.mark.parametrize("label", REFUSED)
def test_refused(tmp_path: Path, label: str) -> None:
    entries, message = REFUSED[label]
    folder = tmp_path / "model"
    (folder / "deep").mkdir(parents=True)
    (tmp_path / "secret.bin").write_bytes(b"\xff" * 8 + WEIGHT.tobytes() + b"\xff" * 4)
    (folder / "out.bin").symlink_to(tmp_path / "secret.bin")
    (folder / "away").symlink_to(tmp_path)
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    path = written(folder, **entries)
    start = time.monotonic()
    with pytest.raises(Malformed) as caught:
        load(path)
    assert time.monotonic() - start < 5
    line = str(caught.value)
    assert message in line
    assert "tensor 'w'" in line
    assert line.count("external data") == 1
    assert "\n" not in line
    assert len(line) < 500


def external(**fields: Any) -> Any:
    tensor = numpy_helper.from_array(WEIGHT, "w")
    for key, value in fields.items():
        setattr(tensor, key, value)
    return tensor


def huge(tensor: Any) -> None:
    del tensor.dims[:]
    tensor.dims.extend([1 << 40, 1 << 40])


EDITS: dict[str, tuple[Callable[[Any], None], str]] = {
    "huge dimensions": (huge, "external data: too large in all"),
    "text": (lambda t: setattr(t, "data_type", TensorProto.STRING), "external data of text"),
    "no such type": (lambda t: setattr(t, "data_type", 999), "tensors of type 999 are not supported"),
    "data in the model too": (lambda t: t.float_data.append(1), "data in the model too"),
    "an entry twice": (lambda t: t.external_data.add(key="location", value="w.bin"), "'location' is unknown, or there twice"),
}  # fmt: skip


@pytest.mark.parametrize("label", EDITS)
def test_refused_tensor(tmp_path: Path, label: str) -> None:
    edit, message = EDITS[label]
    tensor = external()
    edit(tensor)
    path = written(tmp_path)
    path.write_bytes(pointing({"location": "w.bin", "offset": "8", "length": "48"}, tensor))
    with pytest.raises(Malformed) as caught:
        load(path)
    assert message in str(caught.value)


def test_without_a_length_the_tensor_ends_where_the_file_does(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = load(path)
    path.write_bytes(pointing({"location": "w.bin", "offset": "8"}))
    with pytest.raises(Malformed, match="48 bytes from 8 on do not fit a file of 60"):
        load(path)
    (tmp_path / "w.bin").write_bytes(b"\xff" * 8 + WEIGHT.tobytes())
    assert load(path) == whole


def test_all_that_is_read_is_bounded(tmp_path: Path) -> None:
    """Many tensors may point to the same bytes: each counts."""
    path = written(tmp_path)
    assert read_onnx(path.read_bytes(), folder=tmp_path, max_external=48)
    with pytest.raises(Malformed, match="too large in all"):
        read_onnx(path.read_bytes(), folder=tmp_path, max_external=47)


def test_a_large_file_of_which_little_is_needed(tmp_path: Path) -> None:
    path = written(tmp_path, offset=str(1 << 40))
    with (tmp_path / "w.bin").open("r+b") as file:  # a hole, not a terabyte
        file.seek(1 << 40)
        file.write(WEIGHT.tobytes())
    found = load(path)
    assert found == load(written(tmp_path))


def test_a_link_put_there_in_the_meantime_is_not_followed(tmp_path: Path) -> None:
    """The resolved path is opened without following links, whatever it has become."""
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "w.bin").write_bytes(b"secret")
    (tmp_path / "in" / "w.bin").symlink_to(tmp_path / "out" / "w.bin")
    (tmp_path / "in" / "deep").symlink_to(tmp_path / "out")
    for parts in (["w.bin"], ["deep", "w.bin"]):
        with pytest.raises(OSError):
            onnx_external._open(str(tmp_path / "in"), parts)


@pytest.mark.parametrize("name", ["n.onnx", "n.json", "n.onnx.gz", "n.nnet"])
def test_a_pipe_instead_of_a_network_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    start = time.monotonic()
    with pytest.raises(Malformed, match="not a file"):
        load(tmp_path / name)
    assert time.monotonic() - start < 5
