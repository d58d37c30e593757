"""Names of claims: text of any script that can stand in a file's name and stays in its folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path


def is_name(text: object) -> bool:
    """Can it name a claim? Printable, no part of a path, no option, not hidden, no blank ends."""
    return (
        isinstance(text, str)
        and text.isprintable()
        and not any(mark in text for mark in "/\\")
        and text.strip() == text
        and text[:1] not in ("", ".", "-")
    )


def named_after(paths: Sequence[Path]) -> tuple[str, list[str]]:
    """The name of a claim about files, and a name for each of them, all different."""
    stems = [stem(path) for path in paths]
    unique = [s if stems.count(s) == 1 else f"{s}-{k}" for k, s in enumerate(stems, start=1)]
    return "-".join(stems), unique


def stem(path: Path) -> str:
    """The file's name without suffixes; with a digest where characters had to be changed."""
    whole = path.name
    text = Path(whole[:-3] if whole.lower().endswith(".gz") else whole).stem
    shown = "".join(c if c.isprintable() and c != "\\" else "_" for c in text)
    shown = shown.strip().lstrip(".-") or "unnamed"
    if shown == text:
        return text
    return f"{shown}-{sha256(os.fsencode(whole)).hexdigest()[:8]}"
