"""The SMT-LIB 2 texts of encodings/: one for each claim that is expressible and small."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from ..claims.toml import ClaimsFile
from ..encode.smt import text
from ..kernel.language.claim import Pointwise
from ..kernel.language.kinds import KINDS
from ..kernel.language.kinds.classes import Lipschitz
from ..kernel.rules.clauses.encoding import Inexpressible
from ..kernel.verdict import Decline

LARGEST = 200_000  # bytes; a longer text is made on demand by `certify encode`


def texts(claims: Path) -> Iterator[tuple[str, str, str]]:
    """(name, text, "") for each claim of a file, or (name, "", why there is none)."""
    file = ClaimsFile(claims)
    document = tomllib.loads(claims.read_text(encoding="utf-8"))
    for name, kind in ((claim["name"], claim["kind"]) for claim in document.get("claim", [])):
        if not issubclass(KINDS[kind], Pointwise | Lipschitz):  # its networks need no reading
            yield name, "", f"a claim of kind {kind}: it is not about single points"
            continue
        goal = file.claim(name)
        try:
            found = text(goal.claim, name, goal.networks, limit=LARGEST)
        except Inexpressible as error:
            yield name, "", str(error)
        except Decline as error:
            yield name, "", f"too large: {error}"
        else:
            size = len(found.encode())
            yield (name, found, "") if size <= LARGEST else (name, "", f"{size:,} bytes")


def write(claims: Path, folder: Path) -> bool:
    """Write the texts of a claims file to a folder, and remove those whose claim is gone."""
    wanted = set()
    for name, found, reason in texts(claims) if claims.exists() else ():
        if reason:
            print(f"{folder.name}/{name}: left out: {reason}")
            continue
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{name}.smt2"
        target.write_text(found, encoding="utf-8")
        wanted.add(target)
    for path in folder.glob("*.smt2"):
        if path not in wanted:
            path.unlink()
    print(f"{folder.name}: {len(wanted)} texts")
    return True
