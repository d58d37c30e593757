"""The kinds of claim, in one table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...data.decode import MAX_DEPTH, Node
from ..claim import Claim
from .averages import Expectation, MeanSquare
from .classes import Compression, Excludes, Lipschitz, Member
from .learner import Learner
from .pointwise import Equals, Output, Separates, Within

KINDS: dict[str, type[Claim]] = {
    cls.kind: cls
    for cls in (
        Equals,
        Within,
        Separates,
        Output,
        Member,
        Lipschitz,
        Expectation,
        MeanSquare,
        Compression,
        Learner,
        Excludes,
    )
}


MAX_NESTING = MAX_DEPTH - 20


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def read(node: Node) -> Claim:
    """A claim from its keys, ``kind`` among them. Raises Malformed with the path.

    Claims that are nested deeper than a certificate may be are refused; so nothing that walks
    a claim comes near the limit of Python's stack.
    """
    level, depth = [node.value], 0
    while level := [v for value in level for v in _inside(value)]:
        depth += 1
        if depth > MAX_NESTING:
            node.fail(f"nested more than {MAX_NESTING} deep")
    if not isinstance(node.value, dict) or "kind" not in node.value:
        node.fail("missing key 'kind'")
    name = node.value["kind"]
    if not isinstance(name, str) or name not in KINDS:
        node.fail(f"no kind {name!r} (kinds: {', '.join(KINDS)})")
    cls = KINDS[name]
    required, optional = cls.keys()
    nodes = node.object(("kind", *required), optional)
    return cls.read(nodes, node)
