"""``python -m certify.gallery models|proofs|table|encodings|cross-check [PLACE…]``.

Run from the top of the checkout: rebuild a folder of evidence, or let other solvers read it.
``table`` writes models/README.md, and so does ``proofs`` where no place is named.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ..api.storing import Place
from ..claims.toml import ClaimsFile
from . import PLACES, cross_check, table
from . import encodings as texts

MODELS, PROOFS, ENCODINGS = Path("models"), Path("proofs"), Path("encodings")

TIMEOUT = 200  # seconds for each claim; generous, since a rebuilt folder must not depend on it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step on the named places, or on all; 0 when every one of them went well."""
    parser = argparse.ArgumentParser(prog="python -m certify.gallery", description=__doc__)
    parser.add_argument("step", choices=[*STEPS, "table"])
    parser.add_argument("place", nargs="*")
    options = parser.parse_args(arguments)
    known = sorted({*PLACES, *(path.parent.name for path in MODELS.glob("*/claims.toml"))})
    unknown = [place for place in options.place if place not in known]
    if unknown:
        parser.error(f"no place is named {unknown[0]!r}; known: {', '.join(known) or 'none'}")
    results: list[bool] = []
    if options.step in STEPS:
        results = [STEPS[options.step](place) for place in options.place or known]
    if options.step == "table" or (options.step == "proofs" and not options.place):
        table.write(MODELS)
    return 0 if all(results) else 1


def models(place: str) -> bool:
    """Write models/PLACE again; a place without a function here is left as it is."""
    if place not in PLACES:
        print(f"{place}: written by hand, left as it is")
        return True
    folder = MODELS / place
    folder.mkdir(parents=True, exist_ok=True)
    PLACES[place](folder)
    print(f"{place}: {len(list(folder.iterdir()))} files")
    return True


def proofs(place: str) -> bool:
    """Find every certificate of models/PLACE again, into proofs/PLACE.

    Refuted and unknown claims are no failure here: ``make verify`` compares with ``expect``.
    """
    claims = MODELS / place / "claims.toml"
    if not claims.exists():
        print(f"{place}: no claims")
        return True
    file = ClaimsFile(claims)
    homes = [Place(PROOFS / place, file.claim(name)) for name in file]
    known = {path for home in homes for path in home.candidates() if home.owns(path)}
    for path in (PROOFS / place).glob("*.cert.json*"):
        if path not in known:
            path.unlink()  # its claim is gone or changed, and verify would say so
    done = certify("prove", str(claims), "-o", str(PROOFS / place), "--timeout", str(TIMEOUT))
    print(f"{place}:\n{done.stdout.rstrip()}")
    if done.returncode not in (0, 1, 2):
        print(f"{place}: certify prove ended with {done.returncode}: {done.stderr.strip()}")
        return False
    return True


def encodings(place: str) -> bool:
    """Write encodings/PLACE/NAME.smt2 again for every claim that is expressible and small."""
    return texts.write(MODELS / place / "claims.toml", ENCODINGS / place)


def cross(place: str) -> bool:
    """z3 and cvc5 on every text of encodings/PLACE against what the claim expects."""
    return cross_check.agree(MODELS / place / "claims.toml", ENCODINGS / place)


def certify(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, as a user would run it."""
    return subprocess.run(
        [sys.executable, "-m", "certify", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


STEPS: dict[str, Callable[[str], bool]] = {
    "models": models,
    "proofs": proofs,
    "encodings": encodings,
    "cross-check": cross,
}

if __name__ == "__main__":
    sys.exit(main())
