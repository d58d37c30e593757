"""What every test shares: settings that must precede imports, and the command line."""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# pytest-xdist already fills the cores: one thread for each library in each worker
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# Triton decides at its import whether it interprets; tests of kernels set the variable again
os.environ["TRITON_INTERPRET"] = "1"
with contextlib.suppress(ImportError):
    importlib.import_module("triton.language")
del os.environ["TRITON_INTERPRET"]

ROOT = Path(__file__).resolve().parent.parent

# the same examples on every run of CI; no deadline, since the machine may be busy
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def field_networks() -> Path:
    """Networks and properties of the field; skips where they are not at hand."""
    from certify.bench.instances import folder

    found = folder()
    if found is None:
        pytest.skip("no benchmark networks: set CERTIFY_BENCH to their folder")
    return found


@pytest.fixture(scope="session")
def certify_cli() -> Run:
    """``certify_cli(*arguments, cwd=…, env={…}, timeout=60)`` in a process of its own."""

    def run(
        *arguments: str | os.PathLike[str],
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        timeout: float = 60,
        flags: tuple[str, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *flags, "-m", "certify", *map(os.fspath, arguments)],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
