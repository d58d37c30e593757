"""Activation Pattern Tree Proofs: trees of splits by neurons, for NeuralSAT's APTPchecker.

A file has a box of inputs, one disjunct of the negated claim, and the leaves as patterns:
``(< N_3 0)`` where the third ReLU is inactive, counted from 1 through the layers, and
``(>= N_3 0)`` where it is active. It holds no multipliers: a checker solves each leaf again, as
a mixed-integer programme beside the ONNX file.

Splits at inputs are no part of the format. Those above all neurons leave boxes, which cover the
claim's own: each has its file. Below a neuron, a pattern stays whole where the tree splits at
an input, and a checker has to find that split or others. A strict row stands as if it were not:
the file shows more than the claim then, and is false where the claim is tight. Comments in the
file say where either is so.

Source: "Generating and Checking DNN Verification Proofs" and the reader of its APTPchecker
(github.com/dynaroars/aptpchecker), which takes finite decimals, and no empty pattern.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby

from ..kernel.data.network import Network
from ..kernel.data.numbers import format_rational
from ..kernel.language.claim import Constraint, Disjunct, Pointwise
from ..kernel.language.functions import NetworkFunction
from ..kernel.language.kinds.pointwise import Output
from ..kernel.language.sets.base import identity_rows
from ..kernel.rules.regions.system import Neuron
from ..kernel.verdict import Malformed
from .tree import Cut, Leaf, Phase, Split, leaves
from .vnnlib import coprime_to_ten, number

Box = list[tuple[Fraction, Fraction]]
Pattern = tuple[Phase, ...]


def export(claim: Pointwise, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, APTP text) for each box and disjunct, from the lines of an accepted certificate.

    Raises Malformed, which names the part of the claim or of the tree that APTP cannot say.
    """
    network, box, disjuncts = _parts(claim)
    neurons = _numbered(network)
    goals = [_goal(disjunct, len(box)) for disjunct in disjuncts]
    for count, (cuts, inside) in enumerate(groupby(leaves(lines), _cuts), start=1):
        sides = _assertions(_within(box, cuts))
        tree = _tree(list(inside), len(cuts), neurons)
        for case, goal in enumerate(goals, start=1):
            name = f"box{count}" if len(goals) == 1 else f"box{count}-{case}"
            parts = _declarations(network, len(neurons)), sides, tree, goal
            text = "\n\n".join("\n".join(part) for part in parts)
            yield f"{name}.aptp", f"; claim {claim.digest}\n; network {network.digest}\n{text}\n"


def _parts(claim: Pointwise) -> tuple[Network, Box, tuple[Disjunct, ...]]:
    """The network, the box and the disjuncts of the negated claim."""
    if not isinstance(claim, Output) or not isinstance(claim.network, NetworkFunction):
        raise Malformed("", "APTP speaks of the outputs of one network")
    domain = claim.domain.polyhedron()
    if (
        domain is None
        or domain.rows
        or any(domain.offset)
        or domain.matrix != identity_rows(domain.parameters)
    ):
        raise Malformed("", "APTP has boxes only, and the set is none")
    pairs = zip(domain.lower, domain.upper, strict=True)
    box = [(low, high) for low, high in pairs if low is not None and high is not None]
    return claim.network.network, box, claim.negation()


def _numbered(network: Network) -> dict[Neuron, int]:
    """The ReLUs, as an ONNX file's reader counts them."""
    found: dict[Neuron, int] = {}
    for k, layer in enumerate(network.layers):
        if not any(layer.relu):
            continue
        if not all(layer.relu):
            raise Malformed("", f"APTP knows no layer that is a ReLU in part: layer {k + 1}")
        if layer.lowered:
            raise Malformed("", f"layer {k + 1} comes from {layer.lowered}: APTP has ReLUs only")
        for i in range(layer.width):
            found[k, i] = len(found) + 1
    if not found:
        raise Malformed("", "the network has no ReLU, and APTP no empty pattern")
    return found


def _cuts(leaf: Leaf) -> tuple[Cut, ...]:
    """The splits at inputs above all neurons."""
    found = []
    for split in leaf.splits:
        if isinstance(split, Phase):
            break
        found.append(split)
    return tuple(found)


def _within(box: Box, cuts: Iterable[Cut]) -> Box:
    ends = list(box)
    for cut in cuts:
        low, high = ends[cut.parameter]
        ends[cut.parameter] = (cut.at, high) if cut.above else (low, cut.at)
    return ends


def _declarations(network: Network, neurons: int) -> list[str]:
    return [
        *(f"(declare-const X_{i} Real)" for i in range(network.inputs)),
        *(f"(declare-const Y_{i} Real)" for i in range(network.outputs)),
        *(f"(declare-pwl N_{i} ReLU)" for i in range(1, neurons + 1)),
    ]


def _assertions(box: Box) -> list[str]:
    return [
        f"(assert ({relation} X_{i} {_decimal(end)}))"
        for i, ends in enumerate(box)
        for relation, end in zip((">=", "<="), ends, strict=True)
    ]


def _tree(inside: Sequence[Leaf], cuts: int, neurons: dict[Neuron, int]) -> list[str]:
    """The patterns. A tree of a single one is split at the first neuron."""
    found: dict[Pattern, bool] = {}  # and whether the certificate splits it further
    for leaf in inside:
        pattern = _phases(leaf.splits[cuts:])
        found[pattern] = len(leaf.splits) > cuts + len(pattern)
    note = [f"; split further, at inputs, in the certificate: {sum(found.values())} patterns"]
    if list(found) == [()]:
        first = min(neurons)
        found = {(Phase(first, active),): False for active in (False, True)}
    lines = [f"    (and {_literals(pattern, neurons)})" for pattern in found]
    return [*(note if any(found.values()) else ()), "(assert (or", *lines, "))"]


def _phases(splits: Sequence[Split]) -> Pattern:
    """The splits by neurons, up to the first at an input."""
    found = []
    for split in splits:
        if isinstance(split, Cut):
            break
        found.append(split)
    return tuple(found)


def _literals(pattern: Sequence[Phase], neurons: dict[Neuron, int]) -> str:
    return " ".join(f"({'>=' if p.active else '<'} N_{neurons[p.neuron]} 0)" for p in pattern)


def _goal(disjunct: Disjunct, inputs: int) -> list[str]:
    """What no point of the box satisfies."""
    strict = any(constraint.strict for constraint in disjunct)
    note = ["; strict in the claim, which APTP cannot say"] if strict else []
    return [*note, *(_row(constraint, inputs) for constraint in disjunct)]


def _row(constraint: Constraint, inputs: int) -> str:
    """row + constant ≥ 0 as a comparison of two outputs, or of an output and a number."""
    terms = dict(constraint.row)
    if all(c >= inputs for c in terms):
        match sorted((v, c - inputs) for c, v in terms.items()):
            case [(weight, y)]:
                relation = ">=" if weight > 0 else "<="
                return f"(assert ({relation} Y_{y} {_decimal(-constraint.constant / weight)}))"
            case [(minus, lower), (plus, upper)] if minus == -plus and not constraint.constant:
                return f"(assert (<= Y_{lower} Y_{upper}))"
    raise Malformed("", "APTP compares two outputs, or an output and a number; the claim does not")


def _decimal(value: Fraction) -> str:
    if coprime_to_ten(value.denominator) != 1:
        raise Malformed("", f"APTP has decimals only, and {format_rational(value)} is none")
    return number(value)
