"""Write the schemas anew, beside this file."""

from __future__ import annotations

import json
from pathlib import Path

from . import NAMES, evidence, language

MAKERS = {
    "claims": language.claims_file,
    "certificate": evidence.certificate,
    "network": evidence.network,
}


def made(name: str) -> str:
    """The text of a schema's file, made from the tables."""
    return json.dumps(MAKERS[name](), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in NAMES:
        Path(__file__).with_name(f"{name}.json").write_text(made(name), encoding="utf-8")
