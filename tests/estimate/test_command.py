"""certify estimate, from the shell."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

CLAIMS = """
[[claim]]
name = "pair"
kind = "mse"
left = { parity = [0, 1, 2] }
right = { flip = { of = { parity = [0, 1] }, points = [[1, 1, 1, 1]] } }
over = { uniform = { cube = 4 } }
relation = "<="
epsilon = 1

[[claim]]
name = "box"
kind = "mse"
left = { expression = "max(x0, x1)" }
right = { project = [0] }
over = { uniform = { box = { lower = [0, 0], upper = [1, 1] } } }
relation = "<"
epsilon = "1/10"

[[claim]]
name = "equal"
kind = "equals"
left = { parity = [0] }
right = { parity = [0] }
on = { cube = 1 }
"""

Run = Callable[..., "object"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "claims.toml").write_text(CLAIMS)
    return tmp_path


def test_ladder_interval_and_plot(certify_cli: Run, folder: Path) -> None:
    arguments = ("claims.toml", "box", "--samples", "100000", "--plot", "box.svg")
    done = certify_cli("estimate", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    ways = [line.split(": ")[1] for line in lines[:4]]
    assert ways == ["fold", "enumerate", "enumerated", "estimated"]
    assert "at 0.95; below 1/10" in lines[3]
    assert "empirical Bernstein from 100,000 samples, seed 0" in lines[4]
    assert "rounded" in lines[5]
    assert ET.parse(folder / "box.svg").getroot().tag.endswith("svg")
    assert "proved" not in done.stdout and not done.stderr


def test_prove_offers_an_estimate_where_no_exact_way_is_left(
    certify_cli: Run, folder: Path
) -> None:
    done = certify_cli("prove", "claims.toml", "box", cwd=folder)
    assert done.returncode == 2 and done.stdout.startswith("box: unknown (")
    assert "certify estimate gives an interval" in done.stdout


def test_json(certify_cli: Run, folder: Path) -> None:
    arguments = ("claims.toml", "pair", "--json", "--sequential", "--seed", "3", "--timeout", "0")
    done = certify_cli("estimate", *arguments, cwd=folder)
    found = json.loads(done.stdout)
    assert (found["name"], found["verdict"], found["decision"]) == ("pair", "estimated", "above")
    assert found["lower"] <= 9 / 4 <= found["upper"] and found["value"] is None
    assert found["lower"] <= found["estimate"] <= found["upper"]
    assert found["method"].startswith("Clopper–Pearson") and found["samples"] == 1024
    assert found["ladder"] == []


def test_a_number_that_an_exact_way_has_is_the_answer(certify_cli: Run, folder: Path) -> None:
    """9/4 = 4·(2⁴ + 2)/2/2⁴: the two differ on half of the 16 points, and on one more."""
    arguments = ("estimate", "claims.toml", "pair")
    found = json.loads(certify_cli(*arguments, "--json", cwd=folder).stdout)
    assert found["ladder"][-1].startswith("enumerate: exactly 9/4")
    assert found["estimate"] == found["lower"] == found["upper"] == 2.25
    assert (found["value"], found["samples"], found["method"]) == ("9/4", 0, "enumerate")
    done = certify_cli(*arguments, "--plot", "pair.svg", cwd=folder)
    assert done.stdout.splitlines()[-1] == "pair: exactly 9/4 by enumerate; above 1"
    assert ET.parse(folder / "pair.svg").getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["equal"], "not about an average"),
        (["pair", "--confidence", "1.5"], "between 0 and 1"),
        (["pair", "box", "--plot", "x.svg"], "one claim"),
    ],
)
def test_bad_requests_exit_with_64(
    certify_cli: Run, folder: Path, arguments: list[str], message: str
) -> None:
    done = certify_cli("estimate", "claims.toml", *arguments, cwd=folder)
    assert done.returncode == 64
    assert message in done.stderr and len(done.stderr.splitlines()) == 1
    assert not done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--plot", "x.png"], "x.png: it writes SVG; give it a name that ends in .svg"),
        (["--plot", "nowhere/x.svg"], "nowhere/x.svg: No such file or directory"),
        (["--confidence", "nan"], "confidence 'nan' is not a number"),
    ],
)
def test_a_bad_request_fails_before_anything_is_drawn(
    certify_cli: Run, folder: Path, arguments: list[str], message: str
) -> None:
    """So many samples would take years."""
    many = ("box", "--samples", str(1 << 50))
    done = certify_cli("estimate", "claims.toml", *many, *arguments, cwd=folder)
    assert done.returncode == 64 and not done.stdout
    assert message in done.stderr and len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["claims.toml"]
