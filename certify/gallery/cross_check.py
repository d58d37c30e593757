"""Other solvers on the texts of encodings/, compared with the verdicts that claims expect."""

from __future__ import annotations

import tomllib
from pathlib import Path

from ..bench import child
from ..bench.solvers import cvc5_answer, z3_answer

# a text says that the claim fails somewhere, so a true claim's text has no solution
ANSWERS = {"proved": "unsat", "refuted": "sat"}
SOLVERS = {"z3": z3_answer, "cvc5": cvc5_answer}
LIMIT = 60.0  # seconds for each solver and text
# texts that no solver is known to settle, and why; the kernel proves their claims by other rules
OPEN = {
    "lemma-2/parity-21-equals": "the cases of 21 bits, one by one",
    "lemma-2/parity-57-equals": "the cases of 57 bits, one by one",
    "proposition-1/random-power": "nonlinear: squares of six differences beside ReLUs",
    "proposition-1/random-product": "nonlinear: squares of six differences beside ReLUs",
}


def agree(claims: Path, texts: Path, limit: float = LIMIT) -> bool:
    """False where a solver contradicts ``expect`` or answers with an error, or where none of them
    settles a text that is not known to be open.

    A solver that is late or says unknown contradicts nothing, and is shown.
    """
    document = tomllib.loads(claims.read_text(encoding="utf-8")) if claims.exists() else {}
    expected = {c["name"]: c.get("expect", "proved") for c in document.get("claim", [])}
    good = True
    for path in sorted(texts.glob("*.smt2")):
        wanted = ANSWERS.get(expected.get(path.stem, ""))
        text, answers, open_ = path.read_text(encoding="utf-8"), [], True
        for name, solve in SOLVERS.items():
            row = child(path.stem, name, solve, text, imports=[name], limit=limit)
            answers.append(f"{name} {row['answer']}")
            settled = row["answer"] in ANSWERS.values()
            fine = row["answer"] in ("unknown", "no answer") or (settled and wanted is None)
            good = good and (fine or row["answer"] == wanted)
            open_ = open_ and not settled
        name, verdict = f"{texts.name}/{path.stem}", expected.get(path.stem, "no such claim")
        good = good and path.stem in expected and (name in OPEN or not open_)
        why = f"; open: {OPEN.get(name, 'NOT KNOWN TO BE')}" if open_ else ""
        print(f"{name}: {verdict}; {', '.join(answers)}{why}")
    return good
