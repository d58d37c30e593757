"""Reads Activation Pattern Tree Proofs, from the format's description and nothing else.

A strict reader: every line must be a declaration or an assertion of a kind that APTPchecker
knows, names count without gaps, and every number is a finite decimal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from certify.kernel.data.network import Network

DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
Term = Any  # a symbol, or a tuple of terms


class Wrong(Exception):
    """The text is no APTP file."""


@dataclass
class Proof:
    """The box, the patterns as signed numbers of neurons, and rows (weights, b): weights·y ≤ b."""

    inputs: int = 0
    outputs: int = 0
    neurons: int = 0
    low: dict[int, Fraction] = field(default_factory=dict)
    high: dict[int, Fraction] = field(default_factory=dict)
    patterns: list[list[int]] = field(default_factory=list)
    rows: list[tuple[dict[int, int], Fraction]] = field(default_factory=list)


def read(text: str) -> Proof:
    """The proof in a file. Raises Wrong."""
    proof = Proof()
    for term in _terms(text):
        match term:
            case ("declare-const", name, "Real"):
                if name == f"X_{proof.inputs}":
                    proof.inputs += 1
                elif name == f"Y_{proof.outputs}":
                    proof.outputs += 1
                else:
                    raise Wrong(name)
            case ("declare-pwl", name, "ReLU"):
                proof.neurons += 1
                if name != f"N_{proof.neurons}":
                    raise Wrong(name)
            case ("assert", ("or", *clauses)):
                if proof.patterns:
                    raise Wrong("two trees")
                proof.patterns = [_pattern(proof, clause) for clause in clauses]
            case ("assert", (("<=" | ">=") as relation, str() as left, str() as right)):
                _compare(proof, relation, left, right)
            case _:
                raise Wrong(term)
    every = set(range(proof.inputs))
    if not (proof.patterns and proof.rows and set(proof.low) == set(proof.high) == every):
        raise Wrong("no tree, no property, or an input without its two ends")
    return proof


def _terms(text: str) -> list[Term]:
    stack: list[list[Term]] = [[]]
    for token in re.findall(r"[()]|[^\s()]+", re.sub(r";.*", "", text)):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = tuple(stack.pop())
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    [found] = stack
    return found


def _pattern(proof: Proof, clause: Term) -> list[int]:
    word, *literals = clause
    if word != "and" or not literals:
        raise Wrong(clause)
    found = []
    for relation, name, zero in literals:
        number = int(name.removeprefix("N_"))
        if zero != "0" or relation not in ("<", ">=") or not 1 <= number <= proof.neurons:
            raise Wrong(clause)
        found.append(number if relation == ">=" else -number)
    return found


def _compare(proof: Proof, relation: str, left: str, right: str) -> None:
    index = int(left[2:])
    if left == f"X_{index}" and index < proof.inputs:
        side = proof.low if relation == ">=" else proof.high
        if index in side:
            raise Wrong(f"{left} has two such ends")
        side[index] = _number(right)
    elif left == f"Y_{index}" and index < proof.outputs:
        sign = 1 if relation == "<=" else -1
        if right.startswith("Y_"):
            proof.rows.append(({index: sign, int(right[2:]): -sign}, Fraction(0)))
        else:
            proof.rows.append(({index: sign}, sign * _number(right)))
    else:
        raise Wrong(left)


def _number(text: str) -> Fraction:
    if not DECIMAL.fullmatch(text):
        raise Wrong(text)
    return Fraction(text)


def covers(proof: Proof) -> bool:
    """Is every assignment of signs to the neurons in some pattern? By splitting on a neuron."""
    open_: list[list[list[int]]] = [proof.patterns]
    while open_:
        patterns = open_.pop()
        if not patterns:
            return False
        if [] in patterns:
            continue
        k = abs(patterns[0][0])
        open_ += [
            [[v for v in p if v != sign * k] for p in patterns if -sign * k not in p]
            for sign in (1, -1)
        ]
    return True


def satisfiable(proof: Proof, network: Network) -> list[bool]:
    """For each pattern: does a point of the box have it and satisfy every row? Exact, by z3."""
    import z3

    def exact(value: Fraction) -> Any:
        return z3.RealVal(f"{value.numerator}/{value.denominator}")

    x = [z3.Real(f"x{i}") for i in range(proof.inputs)]
    solver = z3.SolverFor("QF_LRA")
    for i, variable in enumerate(x):
        solver.add(exact(proof.low[i]) <= variable, variable <= exact(proof.high[i]))
    arguments: list[Any] = []
    values: list[Any] = x
    for k, layer in enumerate(network.layers):
        after = []
        for i, (row, bias, cut) in enumerate(zip(layer.rows, layer.bias, layer.relu, strict=True)):
            z = z3.Real(f"z{k}_{i}")
            solver.add(z == z3.Sum([exact(v) * values[c] for c, v in row]) + exact(bias))
            if cut:
                arguments.append(z)
            after.append(z3.If(z >= 0, z, exact(Fraction(0))) if cut else z)
        values = after
    for weights, bound in proof.rows:
        solver.add(z3.Sum([w * values[i] for i, w in weights.items()]) <= exact(bound))
    found = []
    for pattern in proof.patterns:
        literals = [arguments[k - 1] >= 0 if k > 0 else arguments[-k - 1] < 0 for k in pattern]
        answer = solver.check(*literals)
        if answer == z3.unknown:
            raise Wrong("z3 does not know")
        found.append(answer == z3.sat)
    return found
