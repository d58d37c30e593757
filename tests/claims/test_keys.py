"""Keys of a claims file with very many dots: tomllib takes the square of their number."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from certify.claims.toml import PARTS, ClaimsFile
from certify.errors import CertifyError


@pytest.mark.parametrize("part", ["a.", '"a" . ', "'a'\t."])
@pytest.mark.parametrize("count", [PARTS, 100_000])
def test_many_parts(tmp_path: Path, part: str, count: int) -> None:
    path = tmp_path / "c.toml"
    path.write_text(f"{part * count}b = 1\n")
    started = time.process_time()
    with pytest.raises(CertifyError, match="a key of more than 100 parts with dots between"):
        ClaimsFile(path)
    assert time.process_time() - started < 2


def test_fewer_parts(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("a." * (PARTS - 1) + "b = 1\n")
    with pytest.raises(CertifyError, match="unknown key 'a'"):
        ClaimsFile(path)
