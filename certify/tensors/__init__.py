"""Functions of claims on very many points at once, by torch: integers where that is proven.

Not trusted: ``enumerated`` and ``estimated`` verdicts rest on it, proofs never do. A tensor
comes with a :class:`~certify.tensors.enclosure.Known`: its values are integers times a unit, and
every partial sum that led to them was below the limit of its type; or else it carries a bound
on its error.
"""
