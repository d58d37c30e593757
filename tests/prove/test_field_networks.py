"""Networks of the field: the known answer, with evidence, on every instance that is not hard.

The answers come from constructions and from several other tools: see the folder's README. On the
hard instances, and there alone, there may be no answer; nowhere may it be a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import naive
import pytest
from vnnlib_truth import satisfied

import certify
from certify.bench.instances import Instance, instances
from certify.claims.vnnlib import read_property
from certify.kernel.language.claim import Pointwise
from certify.networks.reading import Reading

SECONDS = 600.0  # a busy machine may need many times what a quiet one does
PATIENCE = 60.0  # seconds where no answer is expected
QUICK = 200  # leaves of a plain search by floats up to which an instance takes about a second
# easy for a search by floats that splits inputs, and not for one that splits neurons
LONG = ("safenlp-perturbations_0-hyperrectangle_2516",)


def listed() -> Iterator[object]:
    """Every instance; those that may take longer than a second or two are slow."""
    for i in instances():
        yield pytest.param(i, id=i.id, marks=[] if quick(i) else [pytest.mark.slow])


def quick(instance: Instance) -> bool:
    if instance.id in LONG:
        return False
    if instance.difficulty == "medium":
        return instance.probe is not None and instance.probe <= QUICK
    return instance.difficulty == "easy"


@pytest.mark.parametrize("instance", list(listed()))
def test_the_known_answer(instance: Instance, tmp_path: Path) -> None:
    timeout = PATIENCE if instance.difficulty == "hard" else SECONDS
    found = certify.prove(instance.claim, timeout=timeout, output=tmp_path)
    if found.verdict == "unknown" and instance.difficulty == "hard":
        return
    assert found.verdict == instance.verdict, found.reason
    assert found.path is not None
    assert found.path.parent == tmp_path
    if found.verdict == "refuted":
        assert found.certificate is not None
        violates(instance, found.certificate.header["body"]["point"])
    if instance.difficulty == "lint":
        assert "no outputs whatever satisfy the assertions" in found.note


def violates(instance: Instance, point: list[str]) -> None:
    """The point satisfies the property's assertions, by evaluators that share no code with ours."""
    if instance.prop.suffix != ".vnnlib":  # Marabou's own property: the output is at most 0
        claim = instance.claim
        assert isinstance(claim, Pointwise)
        assert naive.network(instance.networks[0], tuple(map(Fraction, point)))[0] <= 0
        return
    found = read_property(instance.prop, instance.networks, Reading(declare_fun=True))
    x = tuple(map(Fraction, point))
    y = naive.network(instance.networks[0], x)
    at = {name: x[i] for name, i in found.inputs} | dict(zip(found.outputs, y, strict=True))
    assert satisfied(instance.prop.read_text(), at)


def test_false_by_touching_or_by_a_hair_is_never_proved(field_networks: Path) -> None:
    """ACAS Xu on a tiny box: the largest output at a corner is not exceeded by being reached."""
    [network] = [
        i.networks[0] for i in instances(("easy",)) if i.id.endswith("1_4_batch_2000-prop_3")
    ]
    corners = [tuple(Fraction((k >> i) & 1, 1 << 12) for i in range(5)) for k in range(32)]
    top = max(naive.network(network, corner)[0] for corner in corners)
    box = certify.box([0] * 5, [Fraction(1, 1 << 12)] * 5)
    hair = Fraction(1, 1 << 40)
    for holds in (f"y0 < {top}", f"y0 <= {top - hair}"):
        assert certify.prove(certify.output(network, box, holds), timeout=20).verdict == "refuted"
    room = Fraction(1, 1 << 10)
    assert certify.prove(certify.output(network, box, f"y0 <= {top + room}"), timeout=20).proved
