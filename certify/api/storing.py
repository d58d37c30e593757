"""Where a claim's certificate stands in a folder: names that no two claims share.

The claim NAME has the file NAME.cert.json. Where that belongs to another claim or to another
network already, or differs from another's by case alone, a digest of the claim and its networks
follows the name; so it does where the name is too long for a file. What belongs to another claim
is never replaced.
"""

from __future__ import annotations

import fcntl
import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from ..claims.toml import NamedClaim
from ..kernel import certificate as certificates
from ..kernel.certificate import Certificate, canonical
from ..kernel.check import bind
from ..kernel.verdict import Budget, Decline, Malformed

ENDS = (".cert.json", ".cert.json.gz")
LONG = 150  # bytes of a name that stands in a file's name as it is
OWNED = Budget(bytes=1 << 26)  # of a file that is asked whose it is; a longer one is not ours
TEMPORARY = ".part"


@dataclass(frozen=True)
class Place:
    """The files of one claim in one folder."""

    folder: Path
    goal: NamedClaim

    @cached_property
    def identity(self) -> str:
        """The claim's digest; with that of its ONNX files' bytes, which a certificate binds too."""
        bound = sorted(bind(self.goal.claim, self.goal.networks).values())
        if not any(network.source for network in self.goal.networks.values()):
            return self.goal.claim.digest
        return sha256("\n".join([self.goal.claim.digest, *bound]).encode()).hexdigest()

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The names of its files without their ends, the plainest first."""
        name = self.goal.name
        short = name.encode()[:LONG].decode(errors="ignore")
        marked = (f"{short}-{self.identity[:16]}", f"{short}-{self.identity}")
        return (name, *marked) if short == name else marked

    def candidates(self) -> list[Path]:
        """Where its certificate may be, those that can be of no other claim first."""
        stems = [*self.stems[-2:], *self.stems[:-2]]
        return [self.folder / f"{stem}{end}" for stem in stems for end in ENDS]

    @property
    def journal(self) -> Path:
        """The file in which a search keeps what it has done."""
        return self.folder / f"{self.stems[0]}.journal"

    def keep(self, certificate: Certificate) -> Path:
        """Write the certificate. Raises OSError; then nothing has changed."""
        draft, zipped = certificates.draft(certificate, self.folder)
        try:
            with _alone(self.folder):
                return certificates.publish(draft, zipped, self.free())
        finally:
            draft.unlink(missing_ok=True)

    def free(self) -> Path:
        """The plainest name that is nobody else's, as a path that ends in .cert.json."""
        around: dict[str, set[str]] = {}
        for entry in os.listdir(self.folder):
            around.setdefault(_folded(entry), set()).add(entry)
        for stem in self.stems:
            names = {f"{stem}{end}" for end in ENDS}
            held = set().union(*(around.get(_folded(name), set()) for name in names))
            if held <= names and all(self.owns(self.folder / name) for name in held):
                break
        return self.folder / f"{stem}{ENDS[0]}"

    def owns(self, path: Path) -> bool:
        """Does the file say that it is a certificate of this claim about these networks?"""
        try:
            header = certificates.load(path, OWNED).header
            recorded = header["networks"].values()
            bound = bind(self.goal.claim, self.goal.networks).values()
            return canonical(header["claim"]) == self.goal.claim.canonical and (
                sorted(map(str, recorded)) == sorted(bound)
            )
        except (OSError, Malformed, Decline, KeyError, AttributeError, RecursionError):
            return False


def unwritable(folder: Path) -> str:
    """Why no file can be made in the folder, which is made if it is not there; "" if one can."""
    probe = folder / f".certify-{os.urandom(8).hex()}{TEMPORARY}"  # threads ask at once, too
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"certify")
        probe.unlink()
    except OSError as error:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
        return f"{folder}: {error.strerror or error}"
    except ValueError as error:  # a NUL in the name
        return f"{str(folder)!r}: {error}"
    return ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other process chooses a name in the folder meanwhile, where the file system has locks."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _folded(name: str) -> str:
    """The name as a file system that ignores case and forms of letters has it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
