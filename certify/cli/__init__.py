"""The commands. Each is a thin layer over :mod:`certify.api`; heavy modules load on demand."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

import click

from ..errors import INTERNAL, USAGE, CertifyError, absent
from ..kernel.verdict import Decline
from .estimates import estimate
from .language import explain, kinds
from .networks import evaluate, gadget, windows
from .proofs import check, prove, verify
from .terminal import print_json
from .texts import encode, show

__all__ = ["commands", "main"]


@click.group(
    commands=[
        prove,
        check,
        verify,
        estimate,
        evaluate,
        encode,
        show,
        windows,
        gadget,
        kinds,
        explain,
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="certify", prog_name="certify")
def commands() -> None:
    """Claims about neural networks, with certificates that a small kernel re-checks.

    Wherever CLAIMS.toml NAME stands, NETWORK.onnx PROPERTY.vnnlib may stand.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit: 64 for usage and unreadable input, 70 for an error of ours.

    With --json an error is one JSON object, too.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given[: given.index("--") if "--" in given else None]
    try:
        start = time.process_time() if arguments is None else 0.0
        code = commands.main(given, "certify", standalone_mode=False, obj=start)
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as error:
        sys.exit(USAGE if error.exit_code == 2 else error.exit_code)
    except click.ClickException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # click 8.2 and later
            print(error.format_message())
            sys.exit(0)
        fail(error.format_message(), as_json)
    except Decline as error:
        fail(f"too large: {error}", as_json)
    except CertifyError as error:
        fail(str(error), as_json)
    except (click.Abort, KeyboardInterrupt) as error:
        stopped(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        fail(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), as_json)
    except ModuleNotFoundError as error:
        fail(str(absent(error)), as_json)
    except Exception as error:  # the last line of defence: one line, and a code of its own
        if os.environ.get("CERTIFY_DEBUG"):
            raise
        fail(f"internal error: {type(error).__name__}: {error}", as_json, INTERNAL)


def stopped(error: BaseException) -> NoReturn:
    """Ctrl-C: one line on standard error that says what is kept, exit 130."""
    kept = str(error) or str(error.__cause__ or "")  # click puts its Abort around it
    print(f"certify: interrupted: {kept or 'nothing was kept'}", file=sys.stderr)
    sys.exit(130)


def fail(message: str, as_json: bool = False, code: int = USAGE) -> NoReturn:
    """One line on standard error; with --json an object on standard output."""
    line = " ".join(message.split())
    if as_json:
        print_json({"error": line, "exit_code": code})
    print(f"certify: {line}", file=sys.stderr)
    sys.exit(code)
