"""Provers: search by any means. Nothing here is trusted; the kernel checks what it finds.

The provers are loaded by the first search, so that a check never waits for them.
"""

from __future__ import annotations

from ..kernel.language.claim import Claim
from .answers import Answer, Found, Options, Progress, Unknown

__all__ = ["Answer", "Found", "Options", "Progress", "Unknown", "search"]


def search(claim: Claim, options: Options, method: str = "auto") -> Answer:
    """The first answer of a suitable method; see :func:`certify.prove.strategy.search`."""
    from . import strategy

    return strategy.search(claim, options, method)
