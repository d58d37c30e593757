"""What the functions of a claim read of a product set, for rule fold."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ...data import exact
from ...data.exact import Batch
from ...data.linear import combine, dot
from ...data.network import Row, affine_layer
from ...language.factored import Factored, checked_signs
from ...language.functions.base import Features, Function
from ...verdict import Reject


@dataclass(frozen=True)
class Plan:
    """What the functions of a claim read of z. Derived from the claim alone.

    ``functions`` are the signs of the stream's shifts, then the terms. ``linear`` are their
    functionals over z, and ``places`` adds for each its constant and its response to each
    shift. ``parities`` and ``counts`` are sets of z-coordinates with what fixed coordinates
    contribute: a sign, or a number of +1.
    """

    stream: Factored
    features: tuple[Features, ...]
    linear: tuple[Row, ...]
    places: tuple[tuple[Fraction, tuple[Fraction, ...]], ...]
    parities: tuple[tuple[tuple[int, ...], int], ...]
    counts: tuple[tuple[tuple[int, ...], int], ...]

    def evaluate(
        self, states: list[list[int]], rank: int, denominator: int, maps: tuple[Row, ...]
    ) -> list[Batch]:
        """The values of the terms at the states."""
        shifts = self.stream.shifts
        known = exact.compact([s[:rank] for s in states], denominator, rank)
        linear = parity = count = 0
        at_parity, at_count = rank, rank + len(self.parities)
        results: list[Batch] = []
        for number, features in enumerate(self.features):
            rows, bias = [], []
            for i in range(linear, linear + len(features.linear)):
                constant, response = self.places[i]
                extra = [(rank + k, v) for k, v in enumerate(response) if v]
                rows.append(maps[i] + tuple(e for e in extra if e[0] < known.width))
                bias.append(constant)
            discrete = []
            for state in states:
                own = []
                for i in range(parity, parity + len(features.parities)):
                    own.append(self.parities[i][1] * (1 - 2 * state[at_parity + i]))
                for i in range(count, count + len(features.counts)):
                    own.append(self.counts[i][1] + state[at_count + i])
                discrete.append(own)
            width = len(features.parities) + len(features.counts)
            values = exact.join(
                [
                    exact.apply(affine_layer(known.width, rows, bias).integers, known),
                    exact.compact(discrete, 1, width),
                ],
                len(states),
            )
            linear += len(features.linear)
            parity += len(features.parities)
            count += len(features.counts)
            result = features.finish(values)
            if number < len(shifts):
                known = exact.join([known, checked_signs(result)], len(states))
            else:
                results.append(result)
        return results


def make_plan(stream: Factored, terms: list[Function]) -> Plan:
    """Push the features of every function through the stream's affine map."""
    features: list[Features] = []
    linear: list[Row] = []
    places: list[tuple[Fraction, tuple[Fraction, ...]]] = []
    parities: list[tuple[tuple[int, ...], int]] = []
    counts: list[tuple[tuple[int, ...], int]] = []
    views = [(shift.sign, shift.rows, shift.offset, False) for shift in stream.shifts]
    views += [(term, stream.rows, stream.offset, True) for term in terms]
    for function, rows, offset, shifted in views:
        seen = function.features(len(rows))
        if seen is None:
            raise Reject("fold.features", "/rule", "a function of the claim needs all of x")
        features.append(seen)
        vectors = [shift.vector for shift in stream.shifts] if shifted else []
        for row in seen.linear:
            linear.append(combine(row, rows))
            places.append((dot(row, offset), tuple(dot(row, v) for v in vectors)))
        for over in seen.parities:
            free, fixed = _coordinates(stream, over, rows, offset, vectors)
            parities.append((free, -1 if fixed.count(-1) % 2 else 1))
        for over in seen.counts:
            free, fixed = _coordinates(stream, over, rows, offset, vectors)
            counts.append((free, fixed.count(1)))
    return Plan(
        stream, tuple(features), tuple(linear), tuple(places), tuple(parities), tuple(counts)
    )


def _coordinates(
    stream: Factored,
    over: tuple[int, ...],
    rows: tuple[Row, ...],
    offset: tuple[Fraction, ...],
    vectors: list[tuple[Fraction, ...]],
) -> tuple[tuple[int, ...], list[int]]:
    """The z-coordinates that the coordinates ``over`` of x are, and the fixed ones' values."""
    free: list[int] = []
    fixed: list[int] = []
    for i in over:
        if any(vector[i] for vector in vectors):
            raise Reject("fold.moved", "/rule", f"x{i} is read as +-1 and is perturbed")
        if not rows[i] and abs(offset[i]) == 1:
            fixed.append(int(offset[i]))
        elif len(rows[i]) == 1 and rows[i][0][1] == 1 and not offset[i]:
            free.append(rows[i][0][0])
        else:
            raise Reject("fold.coordinate", "/rule", f"x{i} is not one coordinate of the product")
    return tuple(free), fixed
