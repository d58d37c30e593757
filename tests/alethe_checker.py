"""A small checker of Alethe proofs, written from the format's own rules and nothing else.

It reads the SMT-LIB 2 problem and the proof as s-expressions, and knows ``assume``, ``or``,
``false``, ``la_generic`` over the reals, ``resolution`` with pivots, and ``weakening``.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

Term = Any  # a symbol, or a tuple of terms


class Wrong(Exception):
    """The proof is not one; the text says where."""


def read(text: str) -> list[Term]:
    """The s-expressions of a text without its comments."""
    stack: list[list[Term]] = [[]]
    for token in re.findall(r"[()]|[^\s()]+", re.sub(r";.*", "", text)):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = tuple(stack.pop())
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    [result] = stack
    return result


def expand(term: Term, macros: dict[str, Term]) -> Term:
    """The term with the problem's definitions put in."""
    if isinstance(term, str):
        return macros.get(term, term)
    return tuple(expand(part, macros) for part in term)


def assertions(problem: str) -> set[Term]:
    """What the problem asserts."""
    macros: dict[str, Term] = {}
    found = set()
    for command in read(problem):
        if command[0] == "define-fun":
            macros[command[1]] = expand(command[4], macros)
        elif command[0] == "assert":
            found.add(expand(command[1], macros))
    return found


def affine(term: Term, weight: Fraction, total: dict[str, Fraction]) -> None:
    """Add weight·term to the total; constants stand under the empty name."""
    if isinstance(term, str):
        number = re.fullmatch(r"[0-9]+(\.[0-9]+)?", term)
        key, size = ("", weight * Fraction(term)) if number else (term, weight)
        total[key] = total.get(key, Fraction(0)) + size
    elif term[0] == "+":
        for part in term[1:]:
            affine(part, weight, total)
    elif term[0] == "-":
        first = -weight if len(term) == 2 else weight
        affine(term[1], first, total)
        for part in term[2:]:
            affine(part, -weight, total)
    elif term[0] == "*":
        affine(term[2], weight * constant(term[1]), total)
    elif term[0] == "/":
        affine("1", weight * constant(term), total)
    else:
        raise Wrong(f"not linear: {term}")


def constant(term: Term) -> Fraction:
    """A number."""
    if isinstance(term, str):
        return Fraction(term)
    if term[0] == "-":
        return -constant(term[1])
    if term[0] == "/":
        return constant(term[1]) / constant(term[2])
    raise Wrong(f"not a number: {term}")


def la_generic(clause: list[Term], args: list[Term]) -> None:
    """The negated literals, each with its coefficient, add up to a contradiction."""
    if len(clause) != len(args):
        raise Wrong("another number of arguments than of literals")
    total: dict[str, Fraction] = {}
    strict = False
    for literal, argument in zip(clause, args, strict=True):
        weight, negative = constant(argument), literal[0] == "not"
        operator, left, right = literal[1] if negative else literal
        if operator == "=":
            if not negative:
                raise Wrong("a positive equation")
        elif operator in (">", ">="):
            weight = abs(weight)  # as the rule says
            strict = strict or (operator == ">") == negative
            weight = weight if negative else -weight
        else:
            raise Wrong(f"no comparison: {operator}")
        affine(left, weight, total)
        affine(right, -weight, total)
    rest = total.pop("", Fraction(0))
    if any(total.values()) or not (rest < 0 or (rest == 0 and strict)):
        raise Wrong(f"not contradictory: {total} {rest}")


def negation(term: Term) -> Term:
    """¬term, without double negations."""
    return term[1] if term[0] == "not" else ("not", term)


def resolve(clauses: list[set[Term]], args: list[Term]) -> set[Term]:
    """The first clause resolved with the others in turn; a pivot, and if it stands there."""
    if len(args) != 2 * (len(clauses) - 1) or len(clauses) < 2:
        raise Wrong("resolution: pivots and premises do not fit")
    current = set(clauses[0])
    for other, pivot, here in zip(clauses[1:], args[::2], args[1::2], strict=True):
        mine = pivot if here == "true" else negation(pivot)
        if mine not in current or negation(mine) not in other:
            raise Wrong(f"resolution: no pivot {pivot}")
        current = (current - {mine}) | (other - {negation(mine)})
    return current


def check(problem: str, proof: str) -> int:
    """Accept the proof by returning how many steps it has. Raises Wrong."""
    known, asserted = {}, assertions(problem)
    last: set[Term] | None = None
    commands = read(proof)
    for command in commands:
        if command[0] == "assume":
            _, name, term = command
            if term not in asserted:
                raise Wrong(f"{name} is not asserted")
            known[name] = {term}
            continue
        word, name, (cl, *literals), *rest = command
        options = dict(zip(rest[::2], rest[1::2], strict=True))
        rule, args = options[":rule"], list(options.get(":args", ()))
        premises = [known[p] for p in options.get(":premises", ())]
        if word != "step" or cl != "cl" or name in known:
            raise Wrong(f"not a step: {name}")
        clause = set(literals)
        if rule == "la_generic":
            la_generic(literals, args)
        elif rule == "resolution":
            fine = resolve(premises, args) == clause
        elif rule == "or":
            [[term]] = premises
            fine = term[0] == "or" and list(term[1:]) == literals
        elif rule == "false":
            fine = literals == [("not", "false")]
        elif rule == "weakening":
            [only] = premises
            fine = only < clause
        else:
            raise Wrong(f"no rule {rule}")
        if rule != "la_generic" and not fine:
            raise Wrong(f"{name}: {rule} gives something else")
        known[name] = last = clause
    if last != set():
        raise Wrong("the last clause is not empty")
    return len(commands)
