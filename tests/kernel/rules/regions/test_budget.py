"""DESIGN 4: "Work over a declared budget → Declined", for trees of regions.

A tree may ask for much with few bytes: long numbers, a system for every node, leaves that go
back over all of them. Each is charged before it is done, and memory is given back.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))
import golden_cases as golden
from random_networks import random_network

import certify
from certify.kernel.certificate import Certificate
from certify.kernel.check import check
from certify.kernel.data.decode import Node
from certify.kernel.rules.meter import Meter
from certify.kernel.rules.regions.leaf import Anchor, Region
from certify.kernel.rules.regions.query import query_of
from certify.kernel.rules.regions.tree import Tree
from certify.kernel.verdict import Budget, Declined, Reject

TREES = sorted((golden.GOLDEN / "accept").glob("regions-*.json"))
DECLINED = sorted((golden.GOLDEN / "decline").glob("regions-*.json"))


def walked(claim: Any, lines: Iterator[Node]) -> Meter:
    """The meter after a walk over the tree, with the default budget."""
    bits = next(lines).value["bits"]
    meter = Meter(Budget())
    Tree(query_of(claim), bits, meter).walk(lines)
    return meter


@pytest.mark.parametrize("path", DECLINED, ids=lambda path: path.stem)
def test_only_the_budget_is_wrong(path: Path) -> None:
    """With the default budget each declined tree is accepted."""
    case = golden.read(path)
    assert case.budget != Budget()
    assert golden.outcome(replace(case, budget=Budget())) == "proved"


@pytest.mark.parametrize("path", TREES, ids=lambda path: path.stem)
def test_a_tree_gives_back_what_it_held(path: Path) -> None:
    """After the walk nothing is held, and every node was charged."""
    case = golden.read(path)
    nodes = case.certificate.nodes()
    assert nodes is not None
    meter = walked(case.claim, nodes)
    assert meter.room == meter.memory
    assert meter.points - meter.nodes == len(list(case.certificate.lines or ())) - 1
    assert meter.work < meter.limit


def chain() -> Iterator[str]:
    """Lines without end: a little is cut off again and again, with a system for the rest."""
    yield '{"bits":128}'
    for k in count(1):
        yield f'{{"input":0,"at":"{2**k + 1}/{2 ** (k + 1)}","tighten":true}}'


@pytest.mark.parametrize(
    ("budget", "word"),
    [
        (Budget(points=100), "work"),
        (Budget(bytes=1 << 22), "memory"),
    ],
)
def test_a_chain_of_systems_ends(budget: Budget, word: str) -> None:
    """Each system costs more than a node, so the work or the memory runs out before nodes do."""
    network = random_network([2, 16, 16, 1], random.Random(5))
    claim = certify.output(network, certify.box([-1, -1], [1, 1]), "y0 <= 1000")
    networks = certify.api.named(claim).networks
    header = {
        "format": "certify-certificate-1",
        "claim": claim.to_json(),
        "networks": {name: network.binding for name, network in networks.items()},
        "verdict": "proved",
        "rule": "regions",
        "body": "lines",
    }
    read: list[str] = []

    def lines() -> Iterator[str]:
        for line in chain():
            read.append(line)
            yield line

    result = check(claim, networks, Certificate(header, lines()), budget)
    assert isinstance(result, Declined)
    assert result.budget == word
    assert 2 < len(read) < budget.points


def test_the_way_up_is_charged() -> None:
    """A leaf walks up the systems around it, one step for each."""
    case = golden.read(golden.GOLDEN / "accept" / "regions-phases.json")
    meter = Meter(Budget())
    tree = Tree(query_of(case.claim), 40, meter)
    anchor, region = tree.stack
    assert isinstance(anchor, Anchor)
    assert isinstance(region, Region)
    for _ in range(5):
        anchor = Anchor(anchor.system, 0, anchor)
    inner = replace(region, anchor=anchor)
    for up in (1, 5):
        before = meter.work
        tree.around(inner, Node(up))
        assert before - meter.work == up
    with pytest.raises(Reject):
        tree.around(inner, Node(10**9))
    assert meter.limit > meter.work > before - 100
