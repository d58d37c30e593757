"""Random torch modules are read as they compute, or refused: never otherwise, never a traceback."""

from __future__ import annotations

import random
from fractions import Fraction as Q

import pytest

from certify.networks.reading import Reading

torch = pytest.importorskip("torch")

import random_modules  # noqa: E402  (needs torch)

from certify.kernel.verdict import Malformed  # noqa: E402
from certify.networks.torch.read import from_torch  # noqa: E402

SILENT = Reading(replay=False, say=lambda text: None)


def outcome(seed: int) -> str:
    """What becomes of one module: equal, refused, or the difference."""
    module = random_modules.Program(seed)
    draw = random.Random(-seed)
    points = [[draw.randint(-6, 6) / 2 for _ in range(4)] for _ in range(3)]
    try:
        theirs = [random_modules.truth(module, point) for point in points]
    except RuntimeError:  # the program does not run
        theirs = None
    try:
        network = from_torch(module, (4,), SILENT)
    except Malformed as error:
        if "\n" in str(error):
            return f"different: {seed} prints lines"
        return f"refused: {error}" if theirs else "no program"
    if theirs is None:
        return "no program in doubles"
    mine = [list(network(list(map(Q, point)))) for point in points]
    if mine != [list(map(Q, values)) for values in theirs]:
        return f"different: {seed}"
    if from_torch(module, (4,)) != network:  # the replay says so too
        return f"changed: {seed}"
    return "equal"


def campaign(seeds: range) -> dict[str, int]:
    """How many of each outcome."""
    found: dict[str, int] = {}
    for seed in seeds:
        kind = outcome(seed)
        found[kind] = found.get(kind, 0) + 1
    return found


def check(found: dict[str, int]) -> None:
    wrong = [kind for kind in found if kind.startswith(("different", "changed"))]
    assert not wrong, wrong
    assert found["equal"] > sum(found.values()) / 2, found


def test_sixty_modules() -> None:
    check(campaign(range(60)))


@pytest.mark.slow
def test_two_thousand_modules() -> None:
    check(campaign(range(2000)))
