"""Names of claims in a claims file: any script, and nothing that is a path or an option."""

from __future__ import annotations

from pathlib import Path

import pytest

from certify.claims.toml import ClaimsFile
from certify.errors import CertifyError

TEXT = """[[claim]]
name = "{}"
kind = "equals"
left = {{ constant = [0] }}
right = {{ constant = [0] }}
on = {{ cube = 1 }}
"""


@pytest.mark.parametrize("name", ["性质", "é", "ß", "свойство", "हिन्दी", "prop 1", "a.b-2"])
def test_any_script(name: str, tmp_path: Path) -> None:
    (tmp_path / "claims.toml").write_text(TEXT.format(name), encoding="utf-8")
    assert list(ClaimsFile(tmp_path / "claims.toml").tables) == [name]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x", "-x", " x", "x\u200b"])
def test_no_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "claims.toml").write_text(TEXT.format(name), encoding="utf-8")
    with pytest.raises(CertifyError, match="name missing or not a name"):
        ClaimsFile(tmp_path / "claims.toml")
