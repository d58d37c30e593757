"""Provers: search by any means. Nothing here is trusted; the kernel checks what it finds."""

from __future__ import annotations

from .found import Answer, Found, Options, Unknown
from .strategy import METHODS, search

__all__ = ["METHODS", "Answer", "Found", "Options", "Unknown", "search"]
