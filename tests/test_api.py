"""The Python interface: the same claims, verdicts and certificates as the commands."""

from __future__ import annotations

import copy
from fractions import Fraction
from pathlib import Path

import pytest

import certify
from certify.networks.files import save
from certify.networks.gadgets.parity import parity
from certify.networks.gadgets.tower import tower

TOML = """
[networks]
net = "net.json"
tower = "tower.json"

[[claim]]
name = "equals"
kind = "equals"
left = "net"
right = { parity = [0, 1, 2] }
on = { cube = 3 }

[[claim]]
name = "output"
kind = "output"
network = "net"
on = { box = { lower = [-1, -1, -1], upper = [1, 1, 1] } }
holds = "y0 <= 7"

[[claim]]
name = "separates"
kind = "separates"
network = "tower"
on = { embed = { set = { cube = 2 }, pad = [0] } }
along = [0, 0, 1]
eta = "3^-4"
delta = 2

[[claim]]
name = "member"
kind = "member"
network = "net"
lambda = "3.25"
depth = 3

[[claim]]
name = "mse"
kind = "mse"
left = "tower"
right = { parity = [0, 1] }
relation = "="
epsilon = 0

[claim.over.uniform.perturb]
set = { embed = { set = { cube = 2 }, pad = [0] } }
along = [0, 0, 1]
eta = "3^-4"
sign = { parity = [0, 1] }

[[claim]]
name = "excludes"
kind = "excludes"
target = { parity = [0, 1] }
on = { cube = 2 }
lambda = 1
depth = 3

[[claim]]
name = "compression"
kind = "compression"
left = { parity = [0, 1, 2] }
right = "net"
over = { uniform = { cube = 3 } }
lambda = 3
depth = 3
relation = "<="
epsilon = 0

[[claim]]
name = "expectation"
kind = "expectation"
of = ["net", { symmetric = { over = [0], values = ["1/2", -1] } }]
over = { product = [{ weighted = [[[1], "1/3"], [[-1], "2/3"]] }, { uniform = { cube = 2 } }] }
relation = ">="
value = "-1e-3"
"""

NET, TOWER = parity(3), tower(3, 3, 4)
BASE = certify.embed(certify.cube(2), pad=[0])
AXIS = [0, 0, 1]


def in_python() -> dict[str, object]:
    """The claims of TOML, written in Python."""
    return {
        "equals": certify.equals(NET, certify.parity([0, 1, 2]), on=certify.cube(3)),
        "output": certify.output(NET, certify.box([-1] * 3, [1] * 3), "y0 <= 7"),
        "separates": certify.separates(TOWER, BASE, AXIS, Fraction(1, 81), 2),
        "member": certify.member(NET, 3, lambda_="13/4"),
        "mse": certify.mse(
            TOWER,
            certify.parity([0, 1]),
            certify.uniform(certify.perturb(BASE, AXIS, "1/81", certify.parity([1, 0]))),
            "=",
            0,
        ),
        "excludes": certify.excludes(certify.parity([0, 1]), certify.cube(2), 3, lambda_=1),
        "compression": certify.compression(
            certify.parity(range(3)), NET, certify.uniform(certify.cube(3)), 3, "<=", 0, lambda_=3
        ),
        "expectation": certify.expectation(
            [NET, certify.symmetric([0], [Fraction(1, 2), -1])],
            certify.product(
                certify.weighted([([-1], "2/3"), ([1], "1/3")]), certify.uniform(certify.cube(2))
            ),
            ">=",
            "-0.001",
        ),
    }


@pytest.fixture
def file(tmp_path: Path) -> certify.ClaimsFile:
    """The claims file with its networks."""
    save(NET, tmp_path / "net.json")
    save(TOWER, tmp_path / "tower.json")
    (tmp_path / "claims.toml").write_text(TOML)
    return certify.ClaimsFile(tmp_path / "claims.toml")


@pytest.mark.parametrize("name", list(in_python()))
def test_python_and_toml_say_the_same(file: certify.ClaimsFile, name: str) -> None:
    assert in_python()[name].digest == file.claim(name).claim.digest  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name in in_python() if name != "output"])
def test_proved_in_python_checks_against_the_file(
    file: certify.ClaimsFile, name: str, tmp_path: Path
) -> None:
    """A certificate found from the file is good for the claim in Python, and so again."""
    goal = file.claim(name)
    found = certify.prove(goal, output=tmp_path)
    assert found.verdict == "proved", found.reason
    assert found.path == tmp_path / f"{name}.cert.json"
    again = certify.check(in_python()[name], found.path)  # type: ignore[arg-type]
    assert (again.verdict, again.claim) == ("proved", goal.claim.digest)
    own = certify.prove(in_python()[name])  # type: ignore[arg-type]
    assert own.certificate is not None and found.certificate is not None
    assert own.certificate.header["body"] == found.certificate.header["body"]


def test_a_certificate_in_memory() -> None:
    claim = certify.equals(NET, certify.parity([0, 1, 2]), on=certify.cube(3))
    verdict = certify.prove(claim)
    assert verdict.proved and not verdict.refuted
    assert verdict.certificate is not None
    assert certify.check(claim, verdict.certificate).proved
    broken = copy.deepcopy(verdict.certificate.header)
    broken["body"] = {"trust": "me"}
    rejected = certify.check(claim, type(verdict.certificate)(broken))
    assert rejected.verdict == "rejected"
    assert rejected.reason.startswith("certificate.malformed at /body: unknown key 'trust'")


def test_verify_yields_rows(file: certify.ClaimsFile, tmp_path: Path) -> None:
    for name in file:
        if name != "output":
            certify.prove(file.claim(name), output=tmp_path)
    rows = list(certify.verify([tmp_path]))
    assert [row.verdict.name for row in rows] == list(file)
    assert {row.verdict.name: row.expected for row in rows}.pop("output") is False
    assert sum(row.expected for row in rows) == len(rows) - 1


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: certify.member(NET, 3, lambda_=0.1), "a float (0.1) is not exact"),
        (lambda: certify.equals(NET, certify.parity([0]), on=certify.cube(4)), "takes 3 inputs"),
        (lambda: certify.equals(NET, NET, on=certify.cube(0)), "expected at least 1"),
        (lambda: certify.excludes(certify.parity([0]), certify.cube(2), 3), "give lambda"),
        (lambda: certify.separates(TOWER, BASE, [0, 0, 0], 1, 1), "zero vector"),
        (lambda: certify.equals(NET, "net", on=certify.cube(3)), "no network named 'net'"),
    ],
)
def test_errors_name_the_key(build: object, message: str) -> None:
    with pytest.raises(certify.CertifyError, match=message.replace("(", r"\(").replace(")", r"\)")):
        build()  # type: ignore[operator]


def test_a_torch_module_is_a_network() -> None:
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Linear(2, 1))
    with torch.no_grad():
        module[0].weight.copy_(torch.tensor([[0.5, 0.0], [0.0, -0.25]]))
        module[0].bias.zero_()
        module[2].weight.copy_(torch.tensor([[1.0, 1.0]]))
        module[2].bias.fill_(0.125)
    formula = certify.expression("relu(x0 / 2) + relu(-1 * x1 / 4) + 0.125")
    assert certify.prove(certify.equals(module, formula, on=certify.space(2))).proved


def test_all_is_what_it_says() -> None:
    """Every public name exists, and nothing public is left out."""
    import types

    public = {
        name
        for name, value in vars(certify).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    public -= {"annotations", "Any", "TYPE_CHECKING"}
    assert public <= set(certify.__all__)
    assert all(getattr(certify, name) is not None for name in certify.__all__)
