"""The commands. Each is a thin layer over :mod:`certify.api`; heavy modules load on demand."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from ..errors import INTERNAL, USAGE, CertifyError
from ..kernel.verdict import Decline, Malformed
from .estimates import estimate
from .networks import evaluate, gadget, windows
from .proofs import check, prove, verify
from .texts import encode, show

__all__ = ["commands", "main"]


@click.group(
    commands=[prove, check, verify, estimate, evaluate, encode, show, windows, gadget],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="certify", prog_name="certify")
def commands() -> None:
    """Claims about neural networks, with certificates that a small kernel re-checks.

    Wherever CLAIMS.toml NAME stands, NETWORK.onnx PROPERTY.vnnlib may stand.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit: 64 for usage and unreadable input, 70 for an error of ours."""
    try:
        code = commands.main(args=arguments, prog_name="certify", standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as error:
        sys.exit(USAGE if error.exit_code == 2 else error.exit_code)
    except click.ClickException as error:
        fail(error.format_message())
    except (CertifyError, Malformed) as error:
        fail(str(error))
    except Decline as error:
        fail(f"too large: {error}")
    except (click.Abort, KeyboardInterrupt) as error:
        stopped(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        fail(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))
    except Exception as error:  # the last line of defence: one line, and a code of its own
        if os.environ.get("CERTIFY_DEBUG"):
            raise
        print(f"certify: internal error: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(INTERNAL)


def stopped(error: BaseException) -> NoReturn:
    """Ctrl-C: one line on standard error that says what is kept, exit 130."""
    kept = str(error) or str(error.__cause__ or "")  # click puts its Abort around it
    print(f"certify: interrupted: {kept or 'nothing was kept'}", file=sys.stderr)
    sys.exit(130)


def fail(message: str) -> NoReturn:
    """One line on standard error, exit 64."""
    print(f"certify: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(USAGE)
