"""z3's own refutation as steps for the kernel: its clause log, read and replayed.

With ``sat.euf``, ``sat.smt`` and the tactic ``smt`` as default, z3 reports each clause that it
infers together with a hint: ``rup``, or ``farkas`` and ``bound`` with multipliers and literals.
The lemma of a hint is added first, exactly; then the clause itself by unit propagation. Nothing
else is taken from z3, so a hint of another kind, or one that is wrong, only costs the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cache
from typing import Any

from ...encode.smt import terms
from ...kernel.data.numbers import ONE, ZERO
from ...kernel.rules.clauses.builder import FALSE, TRUE
from ...kernel.rules.clauses.encoding import Encoding
from ..clock import milliseconds
from .cdcl import OutOfTime
from .propagation import Propagation
from .refutation import Refutation
from .theory import Relaxation, combination

PARAMETERS = {
    "sat.euf": True,
    "sat.smt": True,
    "tactic.default_tactic": "smt",
    # without these two z3 reasons through equalities, whose steps are not linear
    "smt.arith.propagate_eqs": False,
    "smt.arith.eager_eq_axioms": False,
    # and without these four it refutes another problem than the one that it was given
    "smt.elim_unconstrained": False,
    "smt.bound_simplifier": False,
    "smt.propagate_values": False,
    "smt.solve_eqs": False,
}
LEMMAS = {"farkas", "bound"}
Step = tuple[list[int], list[tuple[int, Fraction]]]  # a clause; multipliers of literals, or none


class NoLog(Exception):
    """z3 did not refute, or its log does not replay; the text says why."""


class Reader:
    """z3's terms as literals of the refutation, each term read once."""

    def __init__(self, proof: Refutation, reals: dict[int, Any]) -> None:
        self.proof = proof
        self.reals = {term.get_id(): v for v, term in reals.items()}
        self.booleans = {
            atom.name: k
            for k, atom in enumerate(proof.encoding.atoms, start=1)
            if atom.inequality is None
        }
        # by the number of a term, which stays its own as long as the term is kept here
        self.literals: dict[int, tuple[Any, int]] = {}
        self.numbers: dict[int, tuple[Any, Fraction]] = {}

    def step(self, hint: Any, clause: Any) -> Step:
        """One entry of the log. Raises NoLog."""
        import z3

        context = clause.ctx.ref()
        literals = [
            self.literal(z3.Z3_ast_vector_get(context, clause.vector, i), clause.ctx)
            for i in range(len(clause))
        ]
        pairs: list[tuple[int, Fraction]] = []
        if hint is not None and hint.decl().name() in LEMMAS:
            parts = [z3.Z3_get_app_arg(context, hint.ast, i) for i in range(hint.num_args())]
            for multiplier, term in zip(parts[::2], parts[1::2], strict=False):
                pairs.append((self.literal(term, hint.ctx), self.number(multiplier, hint.ctx)))
        if TRUE in literals:
            return [TRUE], []
        return [k for k in literals if k != FALSE], [(k, m) for k, m in pairs if k != TRUE]

    def literal(self, handle: Any, context: Any) -> int:
        """The literal of a term, TRUE and FALSE for constants. Raises NoLog."""
        import z3

        number = z3.Z3_get_ast_id(context.ref(), handle)
        if number not in self.literals:
            term = z3.BoolRef(handle, context)
            self.literals[number] = (term, self._read(term))
        return self.literals[number][1]

    def number(self, handle: Any, context: Any) -> Fraction:
        """The size of a multiplier."""
        import z3

        number = z3.Z3_get_ast_id(context.ref(), handle)
        if number not in self.numbers:
            term = z3.ArithRef(handle, context)
            size = abs(Fraction(z3.Z3_get_numeral_string(context.ref(), handle)))
            self.numbers[number] = (term, size)
        return self.numbers[number][1]

    def _read(self, term: Any) -> int:
        import z3

        kind = term.decl().kind()
        if kind in (z3.Z3_OP_TRUE, z3.Z3_OP_FALSE):
            return TRUE if kind == z3.Z3_OP_TRUE else FALSE
        if kind == z3.Z3_OP_NOT:
            return -self._read(term.arg(0))
        if kind == z3.Z3_OP_UNINTERPRETED and term.decl().name() in self.booleans:
            return self.booleans[term.decl().name()]
        strict = kind in (z3.Z3_OP_LT, z3.Z3_OP_GT)
        if strict or kind in (z3.Z3_OP_LE, z3.Z3_OP_GE):
            sign = ONE if kind in (z3.Z3_OP_GE, z3.Z3_OP_GT) else -ONE
            row: dict[int, Fraction] = {}
            constant = self._linear(term.arg(0), sign, row)
            constant += self._linear(term.arg(1), -sign, row)
            found = self.proof.literal(row.items(), constant, strict)
            if found is None:
                return TRUE if constant > 0 or (constant == 0 and not strict) else FALSE
            return found
        raise NoLog(f"a step about {term.sexpr()[:60]}")

    def _linear(self, term: Any, weight: Fraction, row: dict[int, Fraction]) -> Fraction:
        """Add weight·term to the row; returns its constant part."""
        import z3

        if z3.is_rational_value(term):
            return weight * term.as_fraction()
        kind = term.decl().kind()
        if kind == z3.Z3_OP_ADD:
            return sum((self._linear(part, weight, row) for part in term.children()), ZERO)
        if kind == z3.Z3_OP_UMINUS:
            return self._linear(term.arg(0), -weight, row)
        if kind == z3.Z3_OP_SUB:
            first, *others = term.children()
            rest = sum((self._linear(part, -weight, row) for part in others), ZERO)
            return self._linear(first, weight, row) + rest
        if kind == z3.Z3_OP_MUL and z3.is_rational_value(term.arg(0)) and term.num_args() == 2:
            return self._linear(term.arg(1), weight * term.arg(0).as_fraction(), row)
        if term.get_id() in self.reals:
            v = self.reals[term.get_id()]
            row[v] = row.get(v, ZERO) + weight
            return ZERO
        raise NoLog(f"a step about {term.sexpr()[:60]}")


def record(
    encoding: Encoding,
    proof: Refutation,
    seconds: float,
    parameters: Mapping[str, Any] = PARAMETERS,
) -> list[Step]:
    """z3's steps on the encoding, in its order. Raises NoLog."""
    import z3

    steps: list[Step] = []
    trouble: list[str] = []

    def note(hint: Any, _dependencies: Any, clause: Any) -> None:
        try:
            steps.append(reader.step(hint, clause))
        except NoLog as error:
            trouble.append(str(error))
        except Exception as error:  # a callback's own error would be printed and lost
            trouble.append(f"{type(error).__name__}: {error}")

    for name, value in parameters.items():
        with suppress(z3.Z3Exception):  # another version may not know it
            z3.set_param(name, value)
    try:
        reals, clauses = terms(encoding)
        solver, reader = z3.Solver(), Reader(proof, reals)
        solver.set("timeout", milliseconds(seconds))
        watch = z3.OnClause(solver, note)
        solver.add(clauses)
        answer = solver.check()
        del watch
    finally:
        z3.reset_params()
    if trouble:
        raise NoLog(trouble[0])
    if answer != z3.unsat:
        raise NoLog(f"with its log z3 says {answer}: {solver.reason_unknown()}")
    return steps


def replay(proof: Refutation, steps: list[Step], stop: Callable[[], bool]) -> Refutation:
    """The refutation that the steps make. Raises NoLog, OutOfTime.

    Forward, every clause is believed, until level 0 contradicts itself; backward, each clause
    that is needed is shown by those before it, as drat-trim does.
    """
    state = Propagation(proof)
    relaxation = cache(lambda: Relaxation(proof))  # most logs need none
    order, lemmas = _believe(state, steps)
    if not state.conflict:
        found = relaxation().contradiction(state.trail)
        if not isinstance(found, list):
            raise NoLog("the log does not end in the empty clause")
        state.attach(proof.farkas(found))
    needed: set[int] = set()
    for count, number in enumerate([0, *reversed(order)]):
        if count % 64 == 0 and stop():
            raise OutOfTime
        state.detach(number)
        if state.conflict:  # level 0 contradicts itself without the clauses from here on
            hints = state.hints(state.conflict, ())
            proof.end = proof.rup((), hints)
            needed = set(hints)
        elif number in needed and number in lemmas:
            _lemma(proof, number, lemmas[number])
        elif number in needed:
            hints = _derive(state, relaxation, proof.clauses[number])
            proof.explain(number, hints)
            needed.update(hints)
    return proof


def _believe(
    state: Propagation, steps: list[Step]
) -> tuple[list[int], dict[int, list[tuple[int, Fraction]]]]:
    """Add the clauses of a log up to the first contradiction: their numbers, and which of them
    are the lemmas of hints.
    """
    order: list[int] = []
    lemmas: dict[int, list[tuple[int, Fraction]]] = {}
    seen: set[frozenset[int]] = set()
    for clause, pairs in steps:
        lemma = frozenset(-k for k, _ in pairs)
        if lemma and lemma not in seen:
            seen.add(lemma)
            order.append(state.proof.claim(sorted(lemma, key=abs)))
            lemmas[order[-1]] = pairs
            state.attach(order[-1])
            state.propagate()
        state.room(clause)
        said = lemma and lemma <= {*clause, *(k for k in lemma if state.value[k] is False)}
        if clause and not (said or state.conflict or any(state.value[k] for k in clause)):
            order.append(state.proof.claim(list(dict.fromkeys(clause))))
            state.attach(order[-1])
            state.propagate()
        if state.conflict:
            break
    return order, lemmas


def _lemma(proof: Refutation, number: int, pairs: list[tuple[int, Fraction]]) -> None:
    """Show the lemma of a hint: by its multipliers where they are right, else by others.

    Raises NoLog where there are none.
    """
    merged: dict[int, Fraction] = {}
    for literal, multiplier in pairs:
        merged[literal] = merged.get(literal, ZERO) + multiplier
    if contradictory(proof, list(merged.items())):
        proof.explain_lemma(number, merged.items())
        return
    found = combination(proof, list(merged))
    if found is None:
        raise NoLog("a lemma of the log is none")
    proof.explain(number, [proof.farkas(found)])


def contradictory(proof: Refutation, pairs: list[tuple[int, Fraction]]) -> bool:
    """Do the inequalities, multiplied and added, say 0 > 0 or 0 ≥ a positive number?"""
    total: dict[int, Fraction] = {}
    constant, strict = ZERO, False
    for literal, multiplier in pairs:
        inequality = proof.inequality(literal)
        if inequality is None or multiplier <= 0:
            return False
        for v, c in inequality.row:
            total[v] = total.get(v, ZERO) + multiplier * c
        constant += multiplier * inequality.constant
        strict = strict or inequality.strict
    return not any(total.values()) and (constant < 0 or (constant == 0 and strict))


def _derive(
    state: Propagation, relaxation: Callable[[], Relaxation], clause: Sequence[int]
) -> list[int]:
    """The hints of a clause that follows by unit propagation, or by that and one Farkas lemma.

    Raises NoLog where it does not.
    """
    for literal in clause:
        if state.value[literal] is None:
            state.decide(-literal)
    state.propagate()
    # a literal of the clause that is true besides, by the clauses that force it, is a conflict
    forced = next((k for k in state.trail if k in clause), 0)
    if not state.conflict and not forced:
        found = relaxation().contradiction(state.trail)
        if not isinstance(found, list):
            raise NoLog("a clause of the log does not follow")
        state.attach(state.proof.farkas(found))
    hints = state.hints(state.reason[forced] if forced else state.conflict, clause)
    state.conflict = 0
    state.back_to(0)
    return hints
