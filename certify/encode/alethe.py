"""A refutation by rule clauses as an Alethe proof, for checkers that know nothing of this one.

The proof is one of the SMT-LIB 2 text of the same claim (``encode/smt``). A Farkas step becomes
``la_generic``, with the definitions that it rests on as further literals, which are resolved away;
a RUP step becomes a ``resolution`` with its pivots. Source: "The Alethe Proof Format: A
Specification and Reference".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from ..kernel.data.network import Row
from ..kernel.data.numbers import ONE, ZERO
from ..kernel.language.claim import Pointwise
from ..kernel.rules.clauses.encoding import Clause, Form, Inequality, encode
from ..kernel.verdict import Budget
from .smt import comparison, linear, number

Step = list[Any]  # a step of the certificate, as JSON


def export(claim: Pointwise, steps: Iterable[Step], limit: int | None = None) -> str:
    """The proof that the steps of an accepted certificate make. Raises as ``encode`` does.

    The steps are taken for right: let the kernel check the certificate first.
    """
    proof = _Proof(claim, Budget().points if limit is None else limit)
    lines = list(proof.lines(steps))
    assumed = [line for line in lines if line.startswith("(assume ")]
    derived = [line for line in lines if not line.startswith("(assume ")]
    return "".join(f"{line}\n" for line in [*assumed, *derived])


class _Proof:
    """Terms of the atoms by literal, and clauses by number with the names of their steps."""

    def __init__(self, claim: Pointwise, limit: int) -> None:
        self.encoding = encode(claim, limit)
        self.terms = [""]  # of literal k, over all variables
        self.rows: list[dict[int, Fraction]] = [{}]  # the same as left side minus right side
        self.scales = [ONE]  # what the inequality of the kernel is of that row
        forms = self.encoding.forms
        for atom in self.encoding.atoms:
            boolean = atom.inequality is None
            self.terms.append(atom.name if boolean else comparison(self.encoding, atom))
            self.rows.append(dict(atom.shown))
            self.scales.append(_scale(atom.inequality, atom.shown, forms))
        self.clauses: list[Clause] = [(), *self.encoding.clauses]
        self.names: dict[int, str] = {}  # of clauses that the proof has already
        self.defined: set[int] = set()  # variables whose definition it has assumed

    def lines(self, steps: Iterable[Step]) -> Iterator[str]:
        """The commands of the proof."""
        for step in steps:
            if step[0] == "atom":
                self._atom(*step[2:])
            elif step[0] == "farkas":
                yield from self._farkas(step[1], [(k, Fraction(m)) for k, m in step[2]])
            else:
                yield from self._rup(step[1], tuple(step[2]), step[3])

    def _atom(self, row: list[list[int]], constant: int, strict: bool) -> None:
        terms = [(v, Fraction(c)) for v, c in row]
        left = linear(self.encoding, terms, Fraction(constant))
        self.terms.append(f"({'>' if strict else '>='} {left} 0)")
        self.rows.append(dict(terms))
        self.scales.append(ONE)

    def _farkas(self, number_: int, pairs: list[tuple[int, Fraction]]) -> Iterator[str]:
        """The lemma with the definitions of its variables, and without them."""
        clause = tuple(-k for k, _ in pairs)
        weights = [m * self.scales[abs(k)] for k, m in pairs]
        total: dict[int, Fraction] = {}
        for (literal, _), weight in zip(pairs, weights, strict=True):
            for v, c in self.rows[abs(literal)].items():
                total[v] = total.get(v, ZERO) + (weight * c if literal > 0 else -weight * c)
        used = []
        for v in reversed(range(len(self.encoding.variables))):
            variable, weight = self.encoding.variables[v], total.get(v, ZERO)
            if variable.row is None or not weight:
                continue
            used.append((v, -weight))
            for u, c in variable.row:
                total[u] = total.get(u, ZERO) + weight * c
        for v, _ in used:
            if v not in self.defined:
                self.defined.add(v)
                yield f"(assume d{v} {self._definition(v)})"
        name = f"s{number_}"
        extra = [f"(not {self._definition(v)})" for v, _ in used]
        terms = " ".join([*map(self._literal, clause), *extra])
        args = " ".join(number(w) for w in [*weights, *(w for _, w in used)])
        lemma = f"{name}.la" if used else name
        yield f"(step {lemma} (cl {terms}) :rule la_generic :args ({args}))"
        if used:
            premises = " ".join([lemma, *(f"d{v}" for v, _ in used)])
            pivots = " ".join(f"{self._definition(v)} false" for v, _ in used)
            yield self._resolution(name, clause, premises, pivots)
        self._done(number_, clause, name)

    def _rup(self, number_: int, clause: Clause, hints: Sequence[int]) -> Iterator[str]:
        """The last hint, resolved with the others from the last to the first."""
        resolvent, pivots = set(self.clauses[hints[-1]]), []
        for hint in reversed(hints[:-1]):
            literal = next(k for k in self.clauses[hint] if -k in resolvent)
            resolvent.update(self.clauses[hint])
            resolvent -= {literal, -literal}
            pivots.append(f"{self.terms[abs(literal)]} {'false' if literal > 0 else 'true'}")
        for hint in hints:
            yield from self._assume(hint)
        name = f"s{number_}"
        if pivots:
            premises = " ".join(self.names[hint] for hint in reversed(hints))
            yield self._resolution(name, clause, premises, " ".join(pivots))
        self._done(number_, clause, name if pivots else self.names[hints[0]])

    def _assume(self, number_: int) -> Iterator[str]:
        """A clause of the encoding as a clause of the proof."""
        if number_ in self.names:
            return
        clause = self.clauses[number_]
        literals = " ".join(map(self._literal, clause))
        name = self.names[number_] = f"c{number_}"
        if len(clause) == 1:
            yield f"(assume {name} {literals})"
        elif not clause:
            yield f"(assume {name}.false false)"
            yield f"(step {name}.not (cl (not false)) :rule false)"
            yield self._resolution(name, (), f"{name}.false {name}.not", "false true")
        else:
            yield f"(assume {name}.or (or {literals}))"
            yield f"(step {name} (cl {literals}) :rule or :premises ({name}.or))"

    def _done(self, number_: int, clause: Clause, name: str) -> None:
        if number_ != len(self.clauses):
            raise ValueError(f"step {number_} does not follow step {len(self.clauses) - 1}")
        self.clauses.append(clause)
        self.names[number_] = name

    def _resolution(self, name: str, clause: Clause, premises: str, pivots: str) -> str:
        head = f"(step {name} {self._cl(clause)} :rule resolution"
        return f"{head} :premises ({premises}) :args ({pivots}))"

    def _cl(self, clause: Clause) -> str:
        return f"(cl {' '.join(map(self._literal, clause))})" if clause else "(cl)"

    def _literal(self, literal: int) -> str:
        term = self.terms[abs(literal)]
        return term if literal > 0 else f"(not {term})"

    def _definition(self, variable: int) -> str:
        found = self.encoding.variables[variable]
        return f"(= {found.name} {linear(self.encoding, found.row or (), found.constant)})"


def _scale(inequality: Inequality | None, shown: Row, forms: Sequence[Form]) -> Fraction:
    """The positive factor by which the kernel's inequality is the one that is shown."""
    if inequality is None:
        return ONE
    v, c = inequality.row[0]
    return c / sum((weight * forms[u][0].get(v, ZERO) for u, weight in shown), ZERO)
