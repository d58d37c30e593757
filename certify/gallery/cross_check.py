"""Other solvers on the texts of encodings/, compared with the verdicts that claims expect."""

from __future__ import annotations

import tomllib
from pathlib import Path

from ..bench import child
from ..bench.solvers import cvc5_answer, z3_answer

# a text says that the claim fails somewhere, so a true claim's text has no solution
ANSWERS = {"proved": "unsat", "refuted": "sat"}
SOLVERS = {"z3": z3_answer, "cvc5": cvc5_answer}
LIMIT = 20.0  # seconds for each solver and text


def agree(claims: Path, texts: Path) -> bool:
    """False where a solver contradicts ``expect``, or answers with an error.

    A solver that is late or says unknown contradicts nothing, and is shown.
    """
    document = tomllib.loads(claims.read_text(encoding="utf-8"))
    expected = {c["name"]: c.get("expect", "proved") for c in document.get("claim", [])}
    good = True
    for path in sorted(texts.glob("*.smt2")):
        wanted = ANSWERS.get(expected.get(path.stem, ""))
        text, answers = path.read_text(encoding="utf-8"), []
        for name, solve in SOLVERS.items():
            row = child(path.stem, name, solve, text, imports=[name], limit=LIMIT)
            answers.append(f"{name} {row['answer']}")
            settled = row["answer"] in ANSWERS.values()
            fine = row["answer"] in ("unknown", "no answer") or (settled and wanted is None)
            good = good and (fine or row["answer"] == wanted)
        verdict = expected.get(path.stem, "no such claim")
        good = good and path.stem in expected
        print(f"{texts.name}/{path.stem}: {verdict}; {', '.join(answers)}")
    return good
