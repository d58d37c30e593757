"""Which literals contradict each other: one linear programme, kept warm, its answer made exact.

HiGHS in floats points to a few inequalities; their exact combination is then solved for. Where
floats mislead, or HiGHS is not installed, the exact simplex method decides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from ...kernel.rules.clauses.encoding import Inequality
from ..linear import simplex
from ..linear.highs import silent_model
from .refutation import Refutation

CAP = 1e4  # the largest slack of strict inequalities that is looked for
TINY = 1e-9

Multipliers = list[tuple[int, Fraction]]


class Relaxation:
    """The inequalities of literals over the free variables, without the clauses."""

    def __init__(self, refutation: Refutation) -> None:
        self.refutation = refutation
        free = [i for i, v in enumerate(refutation.encoding.variables) if v.row is None]
        self.column = {v: i for i, v in enumerate(free, start=1)}
        self.rows: dict[int, int] = {}  # literal → row of the programme
        self.active: set[int] = set()
        self.model = silent_model()
        if self.model is None:
            return
        import highspy

        self.infinity = highspy.kHighsInf
        self.status = highspy.HighsModelStatus
        self.model.setOptionValue("presolve", "off")
        self.model.setOptionValue("threads", 1)
        self.model.addVar(-self.infinity, CAP)  # column 0: the slack
        self.model.changeColCost(0, -1.0)
        for _ in free:
            self.model.addVar(-self.infinity, self.infinity)

    def contradiction(self, literals: Collection[int]) -> Multipliers | dict[int, float]:
        """Farkas multipliers of some of the literals; or values that satisfy all of them.

        Booleans are passed over. Values are floats, and strict inequalities as slack as can be.
        """
        wanted = {k for k in literals if self.refutation.inequalities[abs(k)] is not None}
        if self.model is None:
            return self._exactly(wanted)
        self._activate(wanted)
        self.model.run()
        status, slack = self.model.getModelStatus(), -CAP
        if status == self.status.kInfeasible:
            _, has_ray, ray = self.model.getDualRay()
            weights = ray if has_ray else ()
        elif status == self.status.kOptimal:
            solution = self.model.getSolution()
            slack = solution.col_value[0]
            if slack > TINY:
                return {v: solution.col_value[i] for v, i in self.column.items()}
            weights = solution.row_dual
        else:
            weights = ()
        largest = max((abs(w) for w in weights), default=0.0)
        support = [k for k, i in self.rows.items() if k in wanted and len(weights) > i]
        support = [k for k in support if abs(weights[self.rows[k]]) > TINY * largest]
        found = combination(self.refutation, support)
        if found is not None:
            return found
        if slack > -TINY:
            solution = self.model.getSolution()
            return {v: solution.col_value[i] for v, i in self.column.items()}
        return self._exactly(wanted)

    def extreme(self, row: Sequence[tuple[int, Fraction]], literals: Collection[int]) -> float:
        """The largest value of row·variables under the literals, about; infinite if unbounded."""
        self._activate({k for k in literals if self.refutation.inequalities[abs(k)] is not None})
        self.model.changeColCost(0, 0.0)
        self.model.changeColBounds(0, 0.0, CAP)
        for v, c in row:
            self.model.changeColCost(self.column[v], -float(c))
        self.model.run()
        optimal = self.model.getModelStatus() == self.status.kOptimal
        value = -self.model.getInfo().objective_function_value if optimal else float("inf")
        for v, _ in row:
            self.model.changeColCost(self.column[v], 0.0)
        self.model.changeColBounds(0, -self.infinity, CAP)
        self.model.changeColCost(0, -1.0)
        return value

    def solve(self, literals: Collection[int]) -> Multipliers | dict[int, Fraction]:
        """The exact answer: Farkas multipliers, or exact values that satisfy every literal."""
        known = [k for k in sorted(literals) if self.refutation.inequalities[abs(k)] is not None]
        answer = simplex.solve([_says(self.refutation, k) for k in known])
        if isinstance(answer, simplex.Solution):
            return answer.values
        return [(known[i], m) for i, m in answer.multipliers]

    def _exactly(self, literals: Collection[int]) -> Multipliers | dict[int, float]:
        answer = self.solve(literals)
        if isinstance(answer, dict):
            return {v: float(x) for v, x in answer.items()}
        return answer

    def _activate(self, wanted: set[int]) -> None:
        for literal in self.active - wanted:
            self.model.changeRowBounds(self.rows[literal], -self.infinity, self.infinity)
        for literal in wanted - self.active:
            inequality = _says(self.refutation, literal)
            scale = max(abs(c) for _, c in inequality.row)
            bound = -(inequality.constant / scale)
            if literal in self.rows:
                self.model.changeRowBounds(self.rows[literal], bound, self.infinity)
                continue
            columns = [self.column[v] for v, _ in inequality.row]
            values = [c / scale for _, c in inequality.row]
            if inequality.strict:
                columns, values = [0, *columns], [-1.0, *values]
            self.rows[literal] = len(self.rows)
            self.model.addRow(bound, self.infinity, len(columns), columns, values)
        self.active = wanted


def _says(refutation: Refutation, literal: int) -> Inequality:
    inequality = refutation.inequality(literal)
    if inequality is None:
        raise ValueError(f"literal {literal} is a Boolean")
    return inequality


def combination(refutation: Refutation, literals: Sequence[int]) -> Multipliers | None:
    """Exact positive multipliers of some of the literals that contradict each other, or None."""
    import flint

    says = [_says(refutation, k) for k in literals]
    places = {v: i for i, v in enumerate(sorted({v for q in says for v, _ in q.row}))}
    if not literals or not places:
        return None
    matrix = flint.fmpz_mat(len(places), len(says))
    for j, inequality in enumerate(says):
        for v, c in inequality.row:
            matrix[places[v], j] = c
    kernel, nullity = matrix.nullspace()
    if nullity != 1:
        answer = simplex.solve(says) if nullity else None
        if not isinstance(answer, simplex.Conflict):
            return None
        return [(literals[i], m) for i, m in answer.multipliers]
    weights = [int(kernel[j, 0]) for j in range(len(says))]
    if any(w < 0 for w in weights):
        weights = [-w for w in weights]
    if any(w < 0 for w in weights):
        return None
    constant = sum(w * q.constant for w, q in zip(weights, says, strict=True))
    strict = any(w and q.strict for w, q in zip(weights, says, strict=True))
    if constant > 0 or (constant == 0 and not strict):
        return None
    return [(k, Fraction(w)) for k, w in zip(literals, weights, strict=True) if w]
