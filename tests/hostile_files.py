"""Small files that declare far more than they hold, for every reader; each is made by a line.

``FILES`` maps a name to what makes the file's bytes. The name's end says which reader it meets.
Every number, count, name and nesting level that a format has is blown up once at least.
"""

# ruff: noqa: E501  (a table reads best with one case on a line)

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

KB = 1 << 10
MB = 1 << 20


def primes(count: int) -> list[int]:
    """Odd numbers without a common factor, about: enough that denominators multiply."""
    found, k = [], 10**9 + 7
    while len(found) < count:
        if pow(2, k - 1, k) == 1:
            found.append(k)
        k += 2
    return found


def _square(n: int) -> list[list[int]]:
    chance = random.Random(1)
    return [[chance.randrange(10**9) for _ in range(n)] for _ in range(n)]


def claim(
    on: str, left: str = "{ project = [0] }", right: str = "{ project = [0] }", head: str = ""
) -> bytes:
    return f'{head}\n[[claim]]\nname = "c"\nkind = "equals"\nleft = {left}\nright = {right}\non = {on}\n'.encode()


def output(
    holds: str, on: str = "{ cube = 1 }", head: str = 'networks = { n = "n.json" }'
) -> bytes:
    return f'{head}\n[[claim]]\nname = "c"\nkind = "output"\nnetwork = "n"\non = {on}\nholds = "{holds}"\n'.encode()


def mean(over: str, of: str = "[{ project = [0] }]") -> bytes:
    return f'[[claim]]\nname = "c"\nkind = "expectation"\nof = {of}\nover = {over}\nrelation = "<"\nvalue = 1\n'.encode()


def member(extra: str) -> bytes:
    return f'networks = {{ n = "n.json" }}\n[[claim]]\nname = "c"\nkind = "member"\nnetwork = "n"\n{extra}\n'.encode()


def network(*layers: dict[str, Any], inputs: int = 1) -> bytes:
    return json.dumps(
        {"format": "certify-network-1", "inputs": inputs, "layers": list(layers)},
        separators=(",", ":"),
    ).encode()


def layer(weight: Any, bias: list[str] | None = None, relu: Any = False) -> dict[str, Any]:
    rows = weight["rows"] if isinstance(weight, dict) else len(weight)
    return {
        "weight": weight,
        "bias": ["0"] * min(rows, 200_000) if bias is None else bias,
        "relu": relu,
    }


def sparse(rows: int, columns: int, entries: list[Any]) -> dict[str, Any]:
    return {"rows": rows, "columns": columns, "entries": entries}


def nest(text: str, opening: str, closing: str, depth: int) -> str:
    return opening * depth + text + closing * depth


def wide(fill: str, count: int) -> str:
    return ", ".join([fill] * count)


TOML: dict[str, Callable[[], bytes]] = {
    "power.toml": lambda: claim('{ points = [["9999999999^100000"]] }'),
    "powers.toml": lambda: claim(f'{{ points = [{", ".join(f"""["{2 * k + 3}^30000"]""" for k in range(20_000))}] }}'),
    "exponents.toml": lambda: claim(f'{{ points = [{", ".join(f"""["{k + 1}e-90000"]""" for k in range(20_000))}] }}'),
    "digits.toml": lambda: claim(f'{{ points = [["{"9" * 900_000}"]] }}'),
    "hex.toml": lambda: claim(f'{{ points = [[0x{"f" * 900_000}]] }}'),
    "long-fractions.toml": lambda: claim(f'{{ points = [{", ".join(f"""["1/{10**4200 + k}"]""" for k in range(200))}] }}'),
    "long-box.toml": lambda: claim(f'{{ box = {{ lower = [{wide(chr(34) + "-1/" + "7" * 4200 + chr(34), 100)}], upper = [{wide(chr(34) + "1/" + "9" * 4200 + chr(34), 100)}] }} }}'),
    "rows.toml": lambda: claim("{ cube = 50 }", *[f"{{ product = [{wide('{linear={matrix={rows=131072,columns=1,entries=[]}}}', 50)}] }}"] * 2),
    "columns.toml": lambda: claim("{ cube = 1 }", *["{linear={matrix={rows=1,columns=1000000000,entries=[]}}}"] * 2),
    "cubes.toml": lambda: claim(f"{{ product = [{wide('{cube=131072}', 8)}] }}"),
    "spaces.toml": lambda: claim(f"{{ product = [{wide('{space=131072}', 8)}] }}"),
    "many-cubes.toml": lambda: claim(f"{{ product = [{wide('{cube=1}', 60_000)}] }}"),
    "embed.toml": lambda: claim(f"{{ embed = {{ set = {{ cube = 150 }}, matrix = {_square(150)} }} }}"),
    "embed-tall.toml": lambda: claim("{ embed = { set = { cube = 1 }, matrix = { rows = 1048576, columns = 1, entries = [[0,0,1]] } } }"),
    "embeds.toml": lambda: claim(nest("{ cube = 1000 }", "{ embed = { pad = [0], set = ", " } }", 150)),
    "perturb.toml": lambda: claim(f"{{ perturb = {{ set = {{ embed = {{ set = {{ cube = 16 }}, pad = [{wide('0', 100_000)}] }} }}, along = [{wide('1', 100_016)}], eta = 1, sign = {{ parity = [0] }} }} }}"),
    "perturbs.toml": lambda: claim(nest("{ cube = 12 }", "{ perturb = { along = [1,1,1,1,1,1,1,1,1,1,1,1], eta = 1, sign = { constant = [1] }, set = ", " } }", 50)),
    "grid.toml": lambda: claim(f"{{ grid = [{wide('[0,1,2,3]', 60_000)}] }}"),
    "nested-sets.toml": lambda: claim(nest("{ cube = 1 }", "{ product = [", "] }", 20_000)),
    "nested-functions.toml": lambda: claim("{ cube = 1 }", nest("{ project = [0] }", "{ compose = [{ project = [0] }, ", "] }", 175)),
    "nested-arrays.toml": lambda: claim("{ points = " + nest("0", "[", "]", 100_000) + " }"),
    "dotted.toml": lambda: ("a." * 200_000 + "b = 1\n").encode(),
    "many-tables.toml": lambda: b"".join(f"[a{k}.b.c.d]\n".encode() for k in range(50_000)),
    "many-claims.toml": lambda: b"".join(f'[[claim]]\nname = "c{k}"\nkind = "equals"\nleft = {{ project = [0] }}\nright = {{ project = [0] }}\non = {{ cube = 1 }}\n'.encode() for k in range(9_000)),
    "long-name.toml": lambda: b'[[claim]]\nname = "' + b"a" * 900_000 + b'"\nkind = "equals"\n',
    "long-kind.toml": lambda: b'[[claim]]\nname = "c"\nkind = "' + b"a" * 900_000 + b'"\n',
    "long-key.toml": lambda: b'[[claim]]\nname = "c"\nkind = "equals"\n' + b"a" * 900_000 + b" = 1\n",
    "long-string.toml": lambda: b'x = "' + "\U0001f600".encode() * 220_000 + b'"\n',
    "many-parts.toml": lambda: claim("{ cube = 40000 }", *[f"{{ product = [{wide('{project=[0]}', 20_000)}] }}"] * 2),
    "many-networks.toml": lambda: claim("{ cube = 30000 }", *[f'{{ product = [{wide(chr(34) + "n" + chr(34), 30_000)}] }}'] * 2, head='networks = { n = "n.json" }'),
    "big-products.toml": lambda: claim("{ space = 131072 }", *[f'{{ product = [{wide(chr(34) + "big" + chr(34), 2000)}] }}'] * 2, head='networks = { big = "dense.json" }'),
    "project.toml": lambda: claim("{ cube = 131072 }", *[f"{{ project = [{wide('0', 200_000)}] }}"] * 2),
    "constant.toml": lambda: claim("{ cube = 20 }", *[f"{{ constant = [{wide(chr(34) + '2^-9000' + chr(34), 40_000)}] }}"] * 2),
    "expression.toml": lambda: claim("{ cube = 2 }", *['{ expression = "' + "+".join(f"{k + 3}^-20000*x0" for k in range(5_000)) + '" }'] * 2),
    "expression-sum.toml": lambda: claim("{ cube = 2 }", *['{ expression = "' + "+".join(f"1/{k}*x0" for k in primes(6_000)) + '" }'] * 2),
    "expression-nested.toml": lambda: claim("{ cube = 2 }", *['{ expression = "' + nest("x0", "abs(", ")", 20_000) + '" }'] * 2),
    "expression-max.toml": lambda: claim("{ cube = 2 }", *['{ expression = "' + "max(x0," * 90 + "x1" + ")" * 90 + '" }'] * 2),
    "expression-wide.toml": lambda: claim("{ cube = 2 }", *['{ expression = "max(' + ",".join(f"x{k % 2}*{k}" for k in range(8_000)) + ')" }'] * 2),
    "expression-index.toml": lambda: claim("{ cube = 2 }", *['{ expression = "x999999" }'] * 2),
    "parity.toml": lambda: claim("{ cube = 100000 }", *[f"{{ parity = {list(range(100_000))} }}"] * 2),
    "symmetric.toml": lambda: claim("{ cube = 20000 }", *[f"{{ symmetric = {{ over = {list(range(20_000))}, values = {['2^-5000'] * 20_001} }} }}"] * 2),
    "flip.toml": lambda: claim("{ cube = 1 }", f"{{ flip = {{ of = {{ project = [0] }}, points = [{', '.join(f'[{k}]' for k in range(100_000))}] }} }}"),
    "holds-power.toml": lambda: output(" + ".join(f"{k + 3}^20000*y0" for k in range(5_000)) + " < 0"),
    "holds-sum.toml": lambda: output(" + ".join(f"1/{k}*y0" for k in primes(20_000)) + " < 0"),
    "holds-disjuncts.toml": lambda: output(" and ".join(["(y0 < 1 or y0 > 2)"] * 12 + ["y0 < 3"] * 60_000)),
    "holds-ands.toml": lambda: output(" or ".join(["(y0 < 1 and y0 > 2)"] * 12 + ["y0 < 3"] * 60_000)),
    "holds-nested.toml": lambda: output(nest("y0 < 1", "(", ")", 200_000)),
    "holds-not.toml": lambda: output("not " * 200_000 + "y0 < 1"),
    "holds-many.toml": lambda: output(" or ".join(f"y0 < {k}" for k in range(60_000))),
    "holds-index.toml": lambda: output("y999999 < 1"),
    "polytope.toml": lambda: output("y0 < 1", f"{{ polytope = {{ le = {[[random.Random(i).randint(-99, 99), 50] for i in range(60_000)]} }} }}"),
    "polytope-primes.toml": lambda: output("y0 < 1", "{ polytope = { le = [" + ",".join(f'["1/{k}", "1/{k + 2}"]' for k in primes(20_000)) + "] } }"),
    "weighted.toml": lambda: mean("{ weighted = [" + ",".join(f'[[{i}], "1/{k}"]' for i, k in enumerate(primes(20_000))) + "] }"),
    "weighted-many.toml": lambda: mean("{ weighted = [" + ",".join(f'[[{i}], "1/40000"]' for i in range(40_000)) + "] }"),
    "means.toml": lambda: mean(f"{{ product = [{wide('{ uniform = { cube = 1 } }', 30_000)}] }}"),
    "of.toml": lambda: mean("{ uniform = { cube = 16 } }", f"[{wide('{ project = [0] }', 40_000)}]"),
    "gaussian.toml": lambda: mean(f"{{ gaussian = {{ mean = [{wide('0', 100_000)}], variance = [{wide('1', 100_000)}] }} }}"),
    "depth.toml": lambda: member('depth = 1\nlambda = "9^90000"'),
    "depths.toml": lambda: member("depth = 9999999999999999999999\nlambda = 1"),
    "excludes.toml": lambda: b'[[claim]]\nname = "c"\nkind = "excludes"\ntarget = { project = [0] }\non = { cube = 1 }\ndepth = 1000000000\nlambda = "3/2"\n',
    "table.toml": lambda: claim('{ points = "t.csv" }'),
    "table-npy.toml": lambda: claim('{ points = "t.npy" }'),
    "table-shape.toml": lambda: claim('{ points = "shape.npy" }'),
    "table-wide.toml": lambda: claim('{ points = "wide.csv" }'),
    "table-cell.toml": lambda: claim('{ points = "cell.csv" }'),
    "loop.toml": lambda: claim("{ cube = 1 }", '"n"', '"n"', head='networks = { n = "loop.toml" }'),
    "nul.toml": lambda: claim("{ cube = 1 }", '"n"', '"n"', head='networks = { n = "a\\u0000b.json" }'),
    "empty.toml": lambda: b"",
    "binary.toml": lambda: bytes(range(256)) * 4000,
}  # fmt: skip

BESIDE: dict[str, Callable[[], bytes]] = {  # what the claims above name
    "n.json": lambda: network(layer([["1"]])),
    "dense.json": lambda: network(layer([["1"] * 300] * 300, relu=True), inputs=300),
    "t.csv": lambda: b"1e99999\n" * 100_000,
    "wide.csv": lambda: b"1," * 450_000 + b"1\n",
    "cell.csv": lambda: b"9" * 900_000 + b"\n",
    "t.npy": lambda: _npy((100_000,)),
    "shape.npy": lambda: _npy((1 << 40,)),
}  # fmt: skip


def _npy(shape: tuple[int, ...]) -> bytes:
    import numpy

    stream = io.BytesIO()
    head = {"descr": "<i8", "fortran_order": False, "shape": shape}
    numpy.lib.format.write_array_header_1_0(stream, head)
    return stream.getvalue() + bytes(800_000)


NETWORKS: dict[str, Callable[[], bytes]] = {
    "dyadic.json": lambda: network(layer([["1*2^-100000"] * 20_000]), inputs=20_000),
    "dyadic-layers.json": lambda: network(*[layer([["1*2^-3000"]])] * 10_000),
    "primes.json": lambda: network(layer(sparse(1, 20_000, [[0, i, f"1/{p}"] for i, p in enumerate(primes(20_000))])), inputs=20_000),
    "prime-layers.json": lambda: network(*[layer([[f"1/{p}"]]) for p in primes(12_000)]),
    "prime-rows.json": lambda: network(layer([[f"1/{p}"] for p in primes(20_000)])),
    "digits.json": lambda: network(layer([["9" * 900_000]])),
    "integer.json": lambda: b'{"format":"certify-network-1","inputs":' + b"9" * 900_000 + b',"layers":[]}',
    "inputs.json": lambda: network(layer(sparse(1, 1 << 30, []), ["0"]), inputs=1 << 30),
    "inputs-million.json": lambda: network(layer(sparse(1, 1 << 20, []), ["0"]), inputs=1 << 20),
    "rows.json": lambda: network(layer(sparse(1 << 30, 1, []), ["0"])),
    "rows-million.json": lambda: network(layer(sparse(1 << 20, 1, []), ["0"])),
    "rows-wide.json": lambda: network(layer(sparse(200_000, 1, [])), layer(sparse(1, 200_000, []), ["0"])),
    "layers.json": lambda: network(*[layer([["1"]])] * 15_000),
    "relus.json": lambda: network(*[layer([["1"]], relu=True)] * 15_000),
    "growing.json": lambda: network(*[layer([["3"]])] * 15_000),
    "long-weights.json": lambda: network(*[layer([["1/" + "7" * 4200]])] * 200),
    "long-matrix.json": lambda: network(layer([[f"1/{10**4200 + 3 * i + j}" for j in range(14)] for i in range(14)]), inputs=14),
    "square.json": lambda: network(layer([[str((i * j) % 7 - 3) for j in range(400)] for i in range(400)]), inputs=400),
    "nested.json": lambda: b"[" * 900_000,
    "objects.json": lambda: b'{"a":' * 180_000,
    "lists.json": lambda: b"[" + b"[]," * 300_000 + b"[]]",
    "dicts.json": lambda: b"[" + b"{}," * 300_000 + b"{}]",
    "keys.json": lambda: b"{" + b",".join(b'"%d":0' % k for k in range(90_000)) + b"}",
    "long-key.json": lambda: b'{"' + b"k" * 900_000 + b'":1}',
    "string.json": lambda: b'"' + "\U0001f600".encode() * 220_000 + b'"',
    "escapes.json": lambda: b'"' + b"\\u0001" * 150_000 + b'"',
    "open.json": lambda: b'"' + b"\\" * 900_000,
    "zeros.json.gz": lambda: gzip.compress(bytes(900 * MB // 8), 6),
    "spaces.json.gz": lambda: gzip.compress(b" " * (100 * MB)),
    "lists.json.gz": lambda: gzip.compress(b"[" + b"[]," * (20 * MB) + b"[]]"),
    "strings.json.gz": lambda: gzip.compress(b"[" + b'"ab",' * (12 * MB) + b'""]'),
    "ones.json.gz": lambda: gzip.compress(b"[" + b"[0]," * (15 * MB) + b"[0]]"),
    "astral.json.gz": lambda: gzip.compress('"\U0001f600'.encode() + b"a" * (60 * MB) + b'"'),
    "numbers.json.gz": lambda: gzip.compress(b'{"format":"certify-network-1","inputs":1,"layers":[{"weight":[' + b'["7/3"],' * (2 * MB) + b'["1"]],"bias":["0"],"relu":false}]}'),
    "cut.json.gz": lambda: gzip.compress(b"a" * MB)[:-9],
    "head.nnet": lambda: b"10000,1,1,1,\n" + b"8388607," * 10_001 + b"\n",
    "widths.nnet": lambda: b"1,8388607,1,8388607,\n8388607,1,\n0,\n0,\n0,\n0,\n0,\n0,\n",
    "numbers.nnet": lambda: b"1,1,1,1,\n1,1,\n0\n0\n0\n0,0\n1,1\n" + b"1e999\n" * 2,
    "long.nnet": lambda: b"1,1,1,1,\n1,1,\n0\n0\n0\n0,0\n1,1\n" + b"9" * 900_000 + b"\n0\n",
    "comments.nnet": lambda: b"//\n" * 300_000,
    "exponents.nnet": lambda: b"1,20000,1,20000,\n20000,1,\n0\n0\n0\n0\n1\n" + b"1e-999," * 20_000 + b"\n0\n",
    "empty.nnet": lambda: b"",
}  # fmt: skip


def onnx_network(name: str) -> bytes:
    """A model that declares far more than it holds."""
    import onnx
    from onnx import TensorProto, helper

    F, I = TensorProto.FLOAT, TensorProto.INT64  # noqa: E741
    info = helper.make_tensor_value_info

    def model(
        nodes: list[Any], constants: list[Any] | None = None, size: Any = 4, shape: Any = None
    ) -> bytes:
        if constants is None:
            constants = []
        graph = helper.make_graph(
            nodes, "g", [info("x", F, shape or [1, size])], [info("y", F, None)], constants
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        return bytes(made.SerializeToString())

    node, tensor = helper.make_node, helper.make_tensor
    match name:
        case "input.onnx":
            return model([node("Relu", ["x"], ["y"])], size=1 << 40)
        case "input-million.onnx":
            return model([node("Relu", ["x"], ["y"])], size=1 << 19)
        case "dims.onnx":
            return model([node("Relu", ["x"], ["y"])], shape=[1] * 100_000)
        case "expand.onnx":
            return model([node("Expand", ["x", "s"], ["y"])], [tensor("s", I, [2], [1 << 40, 4])])
        case "expands.onnx":
            nodes = [
                node("Expand", [f"x{k}" if k else "x", "s"], [f"x{k + 1}"]) for k in range(2000)
            ]
            return model(
                [*nodes, node("Relu", ["x2000"], ["y"])], [tensor("s", I, [2], [100_000, 4])]
            )
        case "reshape.onnx":
            return model(
                [node("Reshape", ["x", "s"], ["y"])], [tensor("s", I, [3], [1 << 40, 1 << 40, -1])]
            )
        case "reshape-dims.onnx":
            return model(
                [node("Reshape", ["x", "s"], ["y"])], [tensor("s", I, [1000], [1] * 999 + [4])]
            )
        case "pad.onnx":
            return model(
                [node("Pad", ["x", "s"], ["y"])], [tensor("s", I, [4], [0, 1 << 40, 0, 1 << 40])]
            )
        case "concat.onnx":
            nodes = [
                node("Concat", [f"x{k}" if k else "x"] * 50, [f"x{k + 1}"], axis=1)
                for k in range(20)
            ]
            return model([*nodes, node("Relu", ["x20"], ["y"])])
        case "doubling.onnx":
            nodes = [
                node("Concat", [f"x{k}" if k else "x"] * 2, [f"x{k + 1}"], axis=1)
                for k in range(60)
            ]
            return model([*nodes, node("Relu", ["x60"], ["y"])])
        case "constants.onnx":
            nodes = [node("Concat", [f"c{k}"] * 2, [f"c{k + 1}"], axis=0) for k in range(60)]
            return model(
                [*nodes, node("Add", ["x", "c60"], ["y"])], [tensor("c0", F, [1, 4], [1.0] * 4)]
            )
        case "squares.onnx":
            nodes = [node("Mul", [f"c{k}"] * 2, [f"c{k + 1}"]) for k in range(40)]
            return model(
                [*nodes, node("Add", ["x", "c40"], ["y"])], [tensor("c0", F, [1, 4], [1.1] * 4)]
            )
        case "matmul.onnx":
            return model(
                [node("MatMul", ["c", "d"], ["e"]), node("Add", ["x", "e"], ["y"])],
                [tensor("c", F, [3000, 1], [1.0] * 3000), tensor("d", F, [1, 3000], [1.0] * 3000)],
            )
        case "matmuls.onnx":
            nodes = [node("MatMul", [f"c{k}"] * 2, [f"c{k + 1}"]) for k in range(20)]
            return model(
                [*nodes, node("Add", ["x", "c20"], ["y"])],
                [tensor("c0", F, [200, 200], [1.1] * 40_000)],
            )
        case "conv.onnx":
            return model(
                [node("Conv", ["x", "w"], ["y"], pads=[1 << 30] * 4)],
                [tensor("w", F, [1, 1, 1, 1], [1.0])],
                shape=[1, 1, 4, 4],
            )
        case "conv-kernel.onnx":
            return model(
                [
                    node(
                        "Conv", ["x", "w"], ["y"], dilations=[1 << 40, 1], pads=[100, 100, 100, 100]
                    )
                ],
                [tensor("w", F, [1, 1, 3, 3], [1.0] * 9)],
                shape=[1, 1, 4, 4],
            )
        case "conv-wide.onnx":
            return model(
                [node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])],
                [tensor("w", F, [300, 3, 3, 3], [1.0] * 8100)],
                shape=[1, 3, 200, 200],
            )
        case "pool.onnx":
            return model(
                [
                    node(
                        "MaxPool", ["x"], ["y"], kernel_shape=[1 << 30, 1 << 30], pads=[1 << 29] * 4
                    )
                ],
                shape=[1, 1, 4, 4],
            )
        case "pool-large.onnx":
            return model(
                [node("MaxPool", ["x"], ["y"], kernel_shape=[60, 60])], shape=[1, 1, 200, 200]
            )
        case "average.onnx":
            return model(
                [
                    node(
                        "AveragePool",
                        ["x"],
                        ["y"],
                        kernel_shape=[3, 3],
                        strides=[1, 1],
                        pads=[1 << 30] * 4,
                    )
                ],
                shape=[1, 1, 4, 4],
            )
        case "gather.onnx":
            return model(
                [node("Gather", ["x", "i"], ["y"], axis=1)],
                [tensor("i", I, [100_000], [0] * 100_000)],
            )
        case "slice.onnx":
            names = ["s", "e", "a", "t"]
            values = [0, 1 << 62, 1, 1]
            return model(
                [node("Slice", ["x", *names], ["y"])],
                [tensor(n, I, [1], [v]) for n, v in zip(names, values, strict=True)],
            )
        case "split.onnx":
            return model(
                [
                    node(
                        "Split", ["x"], [f"y{k}" for k in range(50_000)], axis=1, num_outputs=50_000
                    ),
                    node("Relu", ["y0"], ["y"]),
                ]
            )
        case "transpose.onnx":
            return model([node("Transpose", ["x"], ["y"], perm=list(range(100_000)))])
        case "range.onnx":
            made = [tensor("a", I, [], [0]), tensor("b", I, [], [1 << 50]), tensor("d", I, [], [1])]
            return model(
                [node("Range", ["a", "b", "d"], ["r"]), node("Gather", ["x", "r"], ["y"], axis=1)],
                made,
            )
        case "shape-fill.onnx":
            return model(
                [node("ConstantOfShape", ["s"], ["c"]), node("Add", ["x", "c"], ["y"])],
                [tensor("s", I, [2], [1 << 30, 1 << 30])],
            )
        case "tile.onnx":
            return model([node("Tile", ["x", "s"], ["y"])], [tensor("s", I, [2], [1 << 40, 1])])
        case "resize.onnx":
            return model(
                [node("Resize", ["x", "", "", "s"], ["y"], mode="nearest")],
                [tensor("s", I, [4], [1, 1, 1 << 20, 1 << 20])],
                shape=[1, 1, 4, 4],
            )
        case "chain.onnx":
            nodes = [node("Relu", [f"x{k}" if k else "x"], [f"x{k + 1}"]) for k in range(9_000)]
            return model([*nodes, node("Relu", ["x9000"], ["y"])])
        case "adds.onnx":
            nodes = [node("Add", [f"x{k}" if k else "x"] * 2, [f"x{k + 1}"]) for k in range(9_000)]
            return model([*nodes, node("Relu", ["x9000"], ["y"])])
        case "name.onnx":
            return model([node("Relu", ["x"], ["y"], name="n" * 900_000)])
        case "operator.onnx":
            return model([node("R" * 900_000, ["x"], ["y"])])
        case "tensor.onnx":
            c = tensor("c", F, [1], [1.0])
            c.dims[0] = 1 << 40
            return model([node("Add", ["x", "c"], ["y"])], [c])
        case "tensor-zero.onnx":
            c = tensor("c", F, [1], [1.0])
            c.dims.append(0)
            c.dims.append(1 << 60)
            return model([node("Add", ["x", "c"], ["y"])], [c])
        case "tensors.onnx":
            return model(
                [node("Relu", ["x"], ["y"])],
                [tensor(f"c{k}", F, [1], [1.0]) for k in range(30_000)],
            )
        case "subnormal.onnx":
            return model(
                [node("MatMul", ["x", "w"], ["y"])],
                [tensor("w", TensorProto.DOUBLE, [300, 300], [5e-324] * 90_000)],
                size=300,
            )
        case "zeros.onnx.gz":
            w = onnx.numpy_helper.from_array(
                __import__("numpy").zeros((4000, 4000), "float32"), "w"
            )
            return gzip.compress(model([node("MatMul", ["x", "w"], ["y"])], [w], size=4000))
        case "ones.onnx.gz":
            w = onnx.numpy_helper.from_array(__import__("numpy").ones((2000, 4000), "float32"), "w")
            return gzip.compress(model([node("MatMul", ["x", "w"], ["y"])], [w], size=2000))
        case "nested.onnx":
            return b"\x3a\xff\xff\xff\x7f" * 180_000
        case "bytes.onnx":
            return random.Random(1).randbytes(900_000)
    raise ValueError(name)


ONNX = [
    "input.onnx", "input-million.onnx", "dims.onnx", "expand.onnx", "expands.onnx", "reshape.onnx", "reshape-dims.onnx", "pad.onnx",
    "concat.onnx", "doubling.onnx", "constants.onnx", "squares.onnx", "matmul.onnx", "matmuls.onnx", "conv.onnx", "conv-kernel.onnx",
    "conv-wide.onnx", "pool.onnx", "pool-large.onnx", "average.onnx", "gather.onnx", "slice.onnx", "split.onnx", "transpose.onnx",
    "range.onnx", "shape-fill.onnx", "tile.onnx", "resize.onnx", "chain.onnx", "adds.onnx", "name.onnx", "operator.onnx", "tensor.onnx",
    "tensor-zero.onnx", "tensors.onnx", "subnormal.onnx", "zeros.onnx.gz", "ones.onnx.gz", "nested.onnx", "bytes.onnx",
]  # fmt: skip
for _name in ONNX:
    NETWORKS[_name] = lambda name=_name: onnx_network(name)  # type: ignore[misc]


def declared(*assertions: str, inputs: int = 1) -> bytes:
    heads = [f"(declare-const X_{i} Real)" for i in range(inputs)] + ["(declare-const Y_0 Real)"]
    return "\n".join([*heads, *(f"(assert {text})" for text in assertions)]).encode()


BOX = ("(>= X_0 0)", "(<= X_0 1)")

PROPERTIES: dict[str, Callable[[], bytes]] = {
    "power.vnnlib": lambda: declared(*BOX, "(>= Y_0 1e99999)"),
    "digits.vnnlib": lambda: declared(*BOX, f"(>= Y_0 {'9' * 900_000})"),
    "decimals.vnnlib": lambda: declared(*BOX, f"(>= Y_0 0.{'1' * 900_000})"),
    "index.vnnlib": lambda: declared(*BOX, "(>= Y_99999999999999999999 1)"),
    "nested.vnnlib": lambda: declared(*BOX, nest("(>= Y_0 1)", "(and ", ")", 100_000)),
    "parens.vnnlib": lambda: b"(" * 900_000,
    "sums.vnnlib": lambda: declared(*BOX, f"(>= (+ {' '.join(['Y_0'] * 200_000)}) 1)"),
    "products.vnnlib": lambda: declared(*BOX, f"(>= {nest('Y_0', '(* 1.5e30 ', ')', 5_000)} 1)"),
    "ors.vnnlib": lambda: declared(*BOX, f"(or {' '.join(f'(and (>= Y_0 {k}) (<= X_0 0.5))' for k in range(20_000))})"),
    "cases.vnnlib": lambda: declared(*BOX, *[f"(or (>= Y_0 {k}) (<= Y_0 -{k}))" for k in range(20_000)]),
    "input-cases.vnnlib": lambda: declared(*BOX, *[f"(or (>= X_0 0.{k}) (<= X_0 0.{k}1))" for k in range(10_000)]),
    "chain.vnnlib": lambda: declared("(>= X_0 0)", "(<= X_0 1)", *[f"(<= X_{i + 1} X_{i})" for i in reversed(range(7_000))], *[f"(>= X_{i + 1} -1)" for i in range(7_000)], "(>= Y_0 1)", inputs=7_001),
    "equal.vnnlib": lambda: declared("(>= X_0 0)", "(<= X_0 1)", *[f"(= X_{i + 1} X_{i})" for i in reversed(range(9_000))], "(>= Y_0 1)", inputs=9_001),
    "simplex.vnnlib": lambda: _simplex(),
    "inputs.vnnlib": lambda: declared(*BOX, "(>= Y_0 1)", inputs=30_000),
    "asserts.vnnlib": lambda: declared(*BOX, *["(>= Y_0 1)"] * 60_000),
    "symbol.vnnlib": lambda: b"(assert (>= " + b"Y" * 900_000 + b" 1))",
    "comment.vnnlib": lambda: b";" + b"a" * 900_000,
    "string.vnnlib": lambda: b'(assert "' + b"a" * 900_000,
    "zeros.vnnlib.gz": lambda: gzip.compress(b"(" * (60 * MB)),
    "spaces.vnnlib.gz": lambda: gzip.compress(b" " * (200 * MB)),
    "symbols.vnnlib.gz": lambda: gzip.compress(b"(a)" * (18 * MB)),
    "cut.vnnlib.gz": lambda: gzip.compress(declared(*BOX))[:-5],
}  # fmt: skip


def _simplex(n: int = 30, m: int = 240) -> bytes:
    chance = random.Random(1)
    start = [chance.randint(5, 50) for _ in range(n)]
    texts = []
    for _ in range(m):
        row = [chance.randint(-99, 99) for _ in range(n)]
        bound = sum(a * b for a, b in zip(row, start, strict=True)) + chance.randint(0, 3)
        texts.append(f"(<= (+ {' '.join(f'(* {v} X_{i})' for i, v in enumerate(row))}) {bound})")
    return declared(*texts, "(>= Y_0 100000)", inputs=n)


def certificate(rule: str, body: Any, verdict: str = "proved", claim_: Any = None) -> bytes:
    value = {
        "format": "certify-certificate-1",
        "claim": claim_,
        "networks": {},
        "verdict": verdict,
        "rule": rule,
        "body": body,
    }
    return json.dumps(value, separators=(",", ":")).encode()


EQUALS = {
    "kind": "equals",
    "left": {"constant": ["0"]},
    "right": {"constant": ["0"]},
    "on": {"cube": 12},
}


def _big(chance: random.Random) -> str:
    return f"1/{chance.randrange(10**4298, 10**4299)}"


def _fold(n: int) -> bytes:
    chance = random.Random(1)
    basis = [[_big(chance) for _ in range(12)] for _ in range(n)]
    return certificate("fold", {"basis": basis, "maps": [["0"] * n] * 2}, claim_=EQUALS)


HEAD = b'{"format":"certify-certificate-1","claim":{},"networks":{},"verdict":"proved","rule":"enumerate","body":'

CERTIFICATES: dict[str, Callable[[], bytes]] = {  # of the claim ``equals.toml``
    "fold.cert.json": lambda: _fold(14),
    "fold-states.cert.json": lambda: certificate("fold", {"basis": [[str(3**k) for k in range(12)]] * 13, "maps": [["0"] * 13] * 2}, claim_=EQUALS),
    "fold-rows.cert.json": lambda: certificate("fold", {"basis": {"rows": 1 << 20, "columns": 12, "entries": []}, "maps": []}, claim_=EQUALS),
    "regions-bits.cert.json": lambda: certificate("regions", {"bits": 1 << 40, "tree": {}}, claim_=EQUALS),
    "point.cert.json": lambda: certificate("witness", {"point": [f"1/{p}" for p in primes(20_000)]}, "refuted", EQUALS),
    "point-dyadic.cert.json": lambda: certificate("witness", {"point": ["1*2^-100000"] * 12}, "refuted", EQUALS),
    "clauses.cert.json": lambda: certificate("clauses", {"steps": [["atom", k, [[0, 1]], 0, False] for k in range(20_000)]}, claim_=EQUALS),
    "rule.cert.json": lambda: certificate("r" * 900_000, {}, claim_=EQUALS),
    "keys.cert.json": lambda: certificate("enumerate", {"k" * 900_000: 1}, claim_=EQUALS),
    "claim.cert.json": lambda: certificate("enumerate", {}, claim_={"a": ["b"] * 150_000}),
    "nested.cert.json": lambda: b'{"a":' * 180_000,
    "lines.cert.json": lambda: HEAD + b'"lines"}\n' + b"{}\n" * 300_000,
    "line.cert.json": lambda: HEAD + b'"lines"}\n' + b"[" * 900_000,
    "empty.cert.json": lambda: b"",
    "object.cert.json": lambda: b"{}",
    "emoji.cert.json.gz": lambda: gzip.compress(HEAD + b'"' + "\U0001f600".encode() + b"a" * (80 * MB) + b'"}', 6),
    "lists.cert.json.gz": lambda: gzip.compress(HEAD + b"[" + b"[]," * (20 * MB) + b"[]]}"),
    "lines.cert.json.gz": lambda: gzip.compress(HEAD + b'"lines"}\n' + b"{}\n" * (30 * MB)),
    "long-lines.cert.json.gz": lambda: gzip.compress(HEAD + b'"lines"}\n' + b"[" + b"0," * (30 * MB) + b"0]\n"),
    "newlines.cert.json.gz": lambda: gzip.compress(HEAD + b'"lines"}\n' + b"\n" * (500 * MB)),
    "cut.cert.json.gz": lambda: gzip.compress(HEAD)[:-4],
    "text.cert.json.gz": lambda: b"not gzip",
}  # fmt: skip

JOURNALS: dict[str, Callable[[bytes], bytes]] = {
    "splits": lambda head: (
        head + b'{"splits":{' + b",".join(b'"%d":[0,0.5]' % k for k in range(60_000)) + b"}}\n"
    ),
    "nested": lambda head: head + b"[" * 900_000 + b"\n",
    "long": lambda head: head + b"a" * 900_000,
    "lines": lambda head: head + b"\n" * 900_000,
    "other": lambda head: b"{" * 900_000,
}


def write(folder: Path, files: dict[str, Callable[[], bytes]]) -> None:
    """All of them into the folder."""
    for name, make in files.items():
        (folder / name).write_bytes(make())
