"""z3's own refutation as steps for the kernel: its clause log, read and replayed.

With ``sat.euf``, ``sat.smt`` and the tactic ``smt`` as default, z3 reports each clause that it
infers together with a hint: ``rup``, or ``farkas`` and ``bound`` with multipliers and literals.
The lemma of a hint is added first, exactly; then the clause itself by unit propagation. Nothing
else is taken from z3, so a hint of another kind, or one that is wrong, only costs the proof.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ..encode.smt import terms
from ..kernel.encoding import Encoding
from ..kernel.exact import ONE, ZERO
from .propagation import Propagation
from .refutation import Refutation
from .relaxation import combination
from .split import OutOfTime

PARAMETERS = {
    "sat.euf": True,
    "sat.smt": True,
    "tactic.default_tactic": "smt",
    # without these two z3 reasons through equalities, whose steps are not linear
    "smt.arith.propagate_eqs": False,
    "smt.arith.eager_eq_axioms": False,
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
        return [k for k in literals if k], pairs

    def literal(self, handle: Any, context: Any) -> int:
        """The literal of a term; 0 where it is a constant. Raises NoLog."""
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
            return self.proof.literal(row.items(), constant, strict) or 0
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


def record(encoding: Encoding, proof: Refutation, seconds: float) -> list[Step]:
    """z3's steps on the encoding, in its order. Raises NoLog."""
    import z3

    for name, value in PARAMETERS.items():
        z3.set_param(name, value)
    reals, clauses = terms(encoding)
    solver, reader = z3.Solver(), Reader(proof, reals)
    solver.set("timeout", max(1, int(seconds * 1000)))
    steps: list[Step] = []
    trouble: list[str] = []

    def note(hint: Any, _dependencies: Any, clause: Any) -> None:
        try:
            steps.append(reader.step(hint, clause))
        except NoLog as error:
            trouble.append(str(error))
        except Exception as error:  # a callback's own error would be printed and lost
            trouble.append(f"{type(error).__name__}: {error}")

    watch = z3.OnClause(solver, note)
    solver.add(clauses)
    answer = solver.check()
    del watch
    if trouble:
        raise NoLog(trouble[0])
    if answer != z3.unsat:
        raise NoLog(f"with its log z3 says {answer}: {solver.reason_unknown()}")
    return steps


def replay(proof: Refutation, steps: list[Step], stop: Callable[[], bool]) -> Refutation:
    """The refutation that the steps make. Raises NoLog, OutOfTime."""
    state = Propagation(proof)
    seen: set[frozenset[int]] = set()
    for number, (clause, pairs) in enumerate(steps):
        if number % 64 == 0 and stop():
            raise OutOfTime
        if state.close():
            return proof
        lemma = frozenset(-k for k, _ in pairs)
        if lemma and (lemma in seen or _lemma(state, pairs)):
            seen.add(lemma)
            if lemma <= {*clause, *(k for k in lemma if state.value[k] is False)}:
                continue  # the lemma says what the clause says
        state.room(clause)
        if not state.close() and not any(state.value[k] for k in clause):
            _by_propagation(state, clause)
    if not state.close():
        raise NoLog("the log does not end in the empty clause")
    return proof


def _lemma(state: Propagation, pairs: list[tuple[int, Fraction]]) -> bool:
    """Add the Farkas lemma of a hint: by its multipliers where they are right, else by others."""
    merged: dict[int, Fraction] = {}
    for literal, multiplier in pairs:
        merged[literal] = merged.get(literal, ZERO) + multiplier
    found = list(merged.items())
    if not contradictory(state.proof, found):
        found = combination(state.proof, list(merged)) or []
    if found:
        state.attach(state.proof.farkas(found))
    return bool(found)


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


def _by_propagation(state: Propagation, clause: list[int]) -> None:
    """Add a clause that unit propagation derives; others are passed over."""
    wanted = set(clause)
    for literal in clause:
        if state.value[literal] is not None:
            continue
        state.decide(-literal)
        state.propagate()
        # a literal that is forced to be true closes the clause; the first one, whose reasons
        # do not rest on another
        forced = next((k for k in state.trail[state.marks[0] :] if k in wanted), 0)
        if state.conflict or forced:
            decided = {-state.trail[mark] for mark in state.marks}
            kept = [k for k in dict.fromkeys(clause) if k in decided]
            number = state.conflict or state.reason[forced]
            if not state.conflict:
                kept.append(forced)
            hints = state.hints(number, kept)
            state.conflict = 0
            state.back_to(0)
            if len(hints) > 1:
                state.attach(state.proof.rup(kept, hints))
            return
    state.back_to(0)
