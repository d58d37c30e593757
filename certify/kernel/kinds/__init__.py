"""The kinds of claim, in one table."""

from __future__ import annotations

from ..claim import Claim
from ..decode import Node
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


def read(node: Node) -> Claim:
    """A claim from its keys, ``kind`` among them. Raises Malformed with the path."""
    if not isinstance(node.value, dict) or "kind" not in node.value:
        node.fail("missing key 'kind'")
    name = node.value["kind"]
    if not isinstance(name, str) or name not in KINDS:
        node.fail(f"no kind {name!r} (kinds: {', '.join(KINDS)})")
    cls = KINDS[name]
    required, optional = cls.keys()
    nodes = node.object(("kind", *required), optional)
    return cls.read(nodes, node)
