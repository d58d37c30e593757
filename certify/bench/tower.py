"""Theorem 1 where doubles overflow: the tower of (Λ, d) = (15, 300) separates by exactly 2."""

from __future__ import annotations

from . import Row, child

CASES = ((3, 4), (5, 8), (9, 40), (15, 300))


def theorem_1(scale: int, depth: int) -> Row:
    """Every claim of the theorem's first part for this tower, proved and checked."""
    import certify
    from certify.networks.gadgets.parity import parity
    from certify.networks.gadgets.tower import tower

    n = (scale**2 + 3) // 4
    network, eta = tower(n + 1, scale, depth), f"{scale}^-{depth}"
    along, base = [0] * n + [1], certify.embed(certify.cube(n), [0])
    perturbed = certify.uniform(certify.perturb(base, along, eta, certify.parity(range(n))))
    student = parity(n + 1, range(n))
    verdicts = [
        certify.prove(claim)
        for claim in (
            certify.member(network, depth, lambda_=scale),
            certify.separates(network, base, along, eta, 2),
            certify.compression(network, student, perturbed, 3, "=", 0, lambda_=scale),
        )
    ]
    return {
        "answer": ", ".join(verdict.verdict for verdict in verdicts),
        "prove": sum(verdict.seconds for verdict in verdicts),
        "check": sum(verdict.check_seconds for verdict in verdicts),
        "bytes": sum(verdict.bytes for verdict in verdicts),
    }


def rows(limit: float) -> list[Row]:
    """One row for each tower of the paper's table."""
    ready = ["certify", "certify.prove.strategy", "certify.networks.gadgets"]
    return [
        child(
            f"Λ = {scale}, d = {depth}",
            "certify",
            theorem_1,
            scale,
            depth,
            imports=ready,
            limit=limit,
        )
        for scale, depth in CASES
    ]
