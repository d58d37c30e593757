"""Writes a small tree for other checkers: ``python tests/golden/make_exports.py``.

The tree is that of ``accept/regions-phases.json``: relu(s) + relu(d) ≤ 9/4 on the
square, with s = x0 + x1 and d = x0 − x1.
"""

from __future__ import annotations

import sys
from pathlib import Path

import certify

GOLDEN = Path(__file__).resolve().parent
EXPORTS = GOLDEN / "exports"


def main() -> None:
    """The files of both formats."""
    sys.path.insert(0, str(GOLDEN.parent))
    from golden_cases import read

    case = read(GOLDEN / "accept" / "regions-phases.json")
    EXPORTS.mkdir(exist_ok=True)
    for to in ("aptp", "vipr"):
        for name, text in certify.encode_files(case.claim, to, case.certificate):
            (EXPORTS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
