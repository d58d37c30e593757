"""The constructions that this repository ships: what fills models/, proofs/ and encodings/.

A place is one file here with a function that writes one folder of models/ (networks,
``claims.toml``, ``README.md``), and one entry in :data:`PLACES`. Writing the same folder twice
must give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import (
    definition_1,
    gadgets,
    lemma_1,
    lemma_2,
    lemma_3,
    monotone,
    proposition_1,
    theorem_1,
    theorem_2,
    theorem_3,
    theorem_4,
)

# the name of a folder in models/ -> the function that writes it
PLACES: dict[str, Callable[[Path], None]] = {
    "definition-1": definition_1.write,
    "proposition-1": proposition_1.write,
    "lemma-1": lemma_1.write,
    "lemma-2": lemma_2.write,
    "lemma-3": lemma_3.write,
    "theorem-1": theorem_1.write,
    "theorem-2": theorem_2.write,
    "theorem-3": theorem_3.write,
    "theorem-4": theorem_4.write,
    "gadgets": gadgets.write,
    "monotone": monotone.write,
}
