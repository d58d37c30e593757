"""``verify``: every claim below a folder beside its certificate, by the kernel alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..claims.toml import ClaimsFile, NamedClaim, as_path
from ..errors import CertifyError
from ..kernel.verdict import Budget, shorten
from ..networks.reading import DEFAULT, Reading
from .checking import check
from .storing import Place
from .verdict import Verdict, limited


@dataclass(frozen=True)
class Checked:
    """A row of ``certify verify``: a claim, its verdict, and whether it is the expected one."""

    place: str
    verdict: Verdict
    expect: str

    @property
    def expected(self) -> bool:
        """Is the verdict the expected one?"""
        return self.verdict.verdict == self.expect


def claims_files(paths: Sequence[Path]) -> list[Path]:
    """The claims files at the paths: a file itself, or every claims.toml below a folder.

    Raises CertifyError where a path has none.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_file():
            files.append(path)
            continue
        found = sorted(path.rglob("claims.toml")) if path.is_dir() else []
        if not found:
            raise CertifyError(f"{path}: no claims file there")
        files += found
    return list(dict.fromkeys(files))


def proof_folders(claims: Path) -> list[Path]:
    """Where certificates of a claims file are looked for: proofs/X for models/X, then beside."""
    folder = claims.resolve().parent
    folders = [folder]
    for parent in folder.parents:
        if parent.name == "models":
            folders.insert(0, parent.parent / "proofs" / folder.relative_to(parent))
            break
    return folders


def verify(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    budget: Budget | None = None,
    reading: Reading = DEFAULT,
) -> Iterable[Checked]:
    """Check the certificate of every claim found, one row at a time. Never proves.

    A claim without a certificate is unknown; a certificate without a claim is a row whose
    verdict is "rejected". What is wrong with one file stops no other: where a claims file or a
    claim cannot be read, CertifyError is raised after all other rows.
    """
    limits = limited(budget)
    listed = [paths] if isinstance(paths, str | os.PathLike) else paths
    return _every(claims_files([as_path(path) for path in listed]), limits, reading)


def _every(files: Iterable[Path], budget: Budget, reading: Reading) -> Iterator[Checked]:
    unread: list[CertifyError] = []
    for file in files:
        try:
            claims = ClaimsFile(file, reading)
        except CertifyError as error:
            unread.append(error)
            continue
        yield from _rows(file, claims, budget, unread)
    if unread:
        raise unread[0]


def _rows(
    file: Path, claims: ClaimsFile, budget: Budget, unread: list[CertifyError]
) -> Iterator[Checked]:
    """The claims of a file, then the certificates without one; claims not read are noted."""
    place, folders = file.parent.name, proof_folders(file)
    known: set[Path] = set()
    for name in claims:
        try:
            goal = claims.claim(name)
        except CertifyError as error:
            unread.append(error)
            known.update(f / f"{name}.cert.json{end}" for f in folders for end in ("", ".gz"))
            continue
        found = [path for f in folders for path in Place(f, goal).candidates()]
        known.update(found)
        path = next((p for p in found if p.is_file()), None)
        if path is None:
            missing = Verdict(name, "unknown", reason="no certificate", claim=goal.claim.digest)
            yield Checked(place, missing, goal.expect)
        else:
            yield Checked(place, checked(goal, path, budget), goal.expect)
    others = [] if len(list(file.parent.glob("*.toml"))) > 1 else folders
    for folder in others:
        for path in sorted(folder.glob("*.cert.json*")):
            if path not in known:
                reason = "a certificate without a claim"
                yield Checked(place, Verdict(path.name, "rejected", reason=reason, path=path), "")


def checked(goal: NamedClaim, path: Path, budget: Budget) -> Verdict:
    """The kernel's verdict; "rejected" too where the file cannot be read, or a check breaks."""
    try:
        return check(goal, path, budget=budget)
    except CertifyError as error:
        reason = str(error)
    except Exception as error:  # an error of ours about one certificate: the others are checked
        reason = f"internal error: {type(error).__name__}: {shorten(error)}"
    return Verdict(goal.name, "rejected", reason=reason, path=path)
