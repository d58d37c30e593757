"""The commands. Each is a thin layer over :mod:`certify.api`; heavy modules load on demand."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any, NoReturn

import click

from . import api
from .claims.toml import ClaimsFile, NamedClaim
from .errors import INTERNAL, USAGE, CertifyError
from .kernel.exact import ZERO, format_rational
from .kernel.kinds.pointwise import Output
from .kernel.verdict import Budget, Decline, Malformed, shorten
from .paper import Window
from .prove import Progress

NETWORKS = (".onnx", ".json", ".nnet")
PROPERTIES = (".vnnlib", ".vnnlib.gz")
FORMATS = ("smt2", "vnnlib", "alethe", *api.FILES)
PROVE_CODES = {"proved": 0, "refuted": 1}
CHECK_CODES = {"proved": 0, "refuted": 0, "rejected": 1, "declined": 2}


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
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
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


def fail(message: str) -> NoReturn:
    """One line on standard error, exit 64."""
    print(f"certify: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(USAGE)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="certify", prog_name="certify")
def commands() -> None:
    """Claims about neural networks, with certificates that a small kernel re-checks.

    Wherever CLAIMS.toml NAME stands, NETWORK.onnx PROPERTY.vnnlib may stand.
    """


def budgeted(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options --max-points, --max-bits, --max-bytes and --json."""
    default = Budget()
    for option, value, text in (
        ("--max-bytes", default.bytes, "bytes of a decompressed certificate"),
        ("--max-bits", default.bits, "bits of one number"),
        ("--max-points", default.points, "points, states or regions evaluated"),
    ):
        command = click.option(option, default=value, show_default=True, help=text)(command)
    return click.option("--json", "as_json", is_flag=True, help="one JSON object")(command)


def legacy(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option --declare-fun."""
    text = "in VNN-LIB, take (declare-fun X_0 () Real) for (declare-const X_0 Real)"
    return click.option("--declare-fun", is_flag=True, help=text)(command)


def budget_of(options: dict[str, Any]) -> Budget:
    """Take the budget out of a command's options."""
    names = ("max_points", "max_bits", "max_bytes")
    values = [options.pop(name) for name in names]
    if any(value < 1 for value in values):
        raise CertifyError("a budget must be positive")
    return Budget(*values)


def goals(
    targets: Sequence[str], every: bool = False, declare_fun: bool = False
) -> tuple[list[NamedClaim], Path]:
    """The claims that the arguments name, and the folder where they stand."""
    if not targets:
        raise CertifyError("name a claims file, or a network and a property")
    first = targets[0]
    if first.removesuffix(".gz").endswith(NETWORKS):
        from .claims.vnnlib import property_claim

        if len(targets) < 2 or not targets[-1].endswith(PROPERTIES):
            raise CertifyError(f"{first}: a network needs a property: NETWORK.onnx PROPERTY.vnnlib")
        path = Path(targets[-1])
        networks = [Path(t) for t in targets[:-1]]
        return [property_claim(networks, path, declare_fun=declare_fun)], path.parent
    file = ClaimsFile(Path(first))
    names = list(targets[1:]) or (list(file) if every else [])
    if not names:
        raise CertifyError(f"{first}: name a claim of this file")
    return [file.claim(name) for name in names], Path(first).parent


@contextmanager
def working(name: str) -> Iterator[Callable[[Progress], None] | None]:
    """A moving line on a terminal while work goes on; nothing when piped.

    It shows the share of the domain that is closed once the search says so.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    text = TextColumn("{task.description}")
    columns = (SpinnerColumn(), text, BarColumn(20), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{name}: searching", total=None)

        def show(p: Progress) -> None:
            line = f"{name}: {100 * p.closed:.1f} %, {p.leaves:,} regions closed, {p.open:,} open"
            bar.update(task, total=1.0, completed=p.closed, description=line)

        yield show


def print_json(value: Any) -> None:
    """One JSON object on one line."""
    print(json.dumps(value, ensure_ascii=False))


def styled(verdict: str, width: int = 0) -> str:
    """The verdict in its colour on a terminal."""
    colours = {"proved": "green", "refuted": "cyan", "unknown": "yellow", "rejected": "red"}
    text = verdict.ljust(width)
    return click.style(text, fg=colours.get(verdict)) if sys.stdout.isatty() else text


@commands.command()
@click.argument("targets", nargs=-1, required=True, metavar="CLAIMS.toml [NAME]...")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="folder for certificates")
@click.option("--method", default="auto", show_default=True, help="one prover instead of all")
@click.option("--timeout", default=300.0, show_default=True, help="seconds for each claim")
@click.option("--workers", default=1, show_default=True, help="processes of one search")
@click.option("--format", "form", type=click.Choice(["text", "vnncomp"]), default="text")
@legacy
@budgeted
def prove(
    targets: tuple[str, ...],
    output: Path | None,
    method: str,
    timeout: float,
    workers: int,
    form: str,
    declare_fun: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Search for certificates; the kernel checks each before its claim is called proved.

    Exit 0: every claim proved. 1: one refuted. 2: one unknown and none refuted.
    """
    budget = budget_of(options)
    if not timeout > 0 or workers < 1:
        raise CertifyError("--timeout and --workers must be positive")
    claims, folder = goals(targets, every=True, declare_fun=declare_fun)
    results = []
    for goal in claims:
        with working(goal.name) as progress:
            result = api.prove(
                goal,
                method=method,
                timeout=timeout,
                workers=workers,
                output=output or folder,
                budget=budget,
                progress=progress,
            )
        results.append(result)
        if form == "vnncomp":
            print(competition_text(goal, result, declare_fun), flush=True)
        elif not as_json:
            print(prove_line(result), flush=True)
            if replay := float_replay(targets, goal, result):
                print(f"  {replay}", flush=True)
    if as_json:
        print_json({"verdicts": [result.to_json() for result in results]})
    verdicts = {result.verdict for result in results}
    return 1 if "refuted" in verdicts else 0 if verdicts == {"proved"} else 2


def witness_of(result: api.Verdict) -> list[str] | None:
    """The point of a witness certificate."""
    if not result.refuted or result.rule != "witness" or result.certificate is None:
        return None
    point: list[str] | None = result.certificate.header["body"].get("point")
    return point


def float_replay(targets: Sequence[str], goal: NamedClaim, result: api.Verdict) -> str:
    """What onnxruntime computes at a witness against a property of one ONNX file."""
    point = witness_of(result)
    if point is None or len(targets) != 2 or not targets[0].endswith(".onnx"):
        return ""
    if not isinstance(goal.claim, Output):
        return ""
    from .networks.replay import replayed

    return replayed(Path(targets[0]), goal.claim, point)


def competition_text(goal: NamedClaim, result: api.Verdict, declare_fun: bool) -> str:
    """The result and the counterexample as VNN-COMP reads them."""
    from .claims.vnncomp import result_text
    from .claims.vnnlib import read_property
    from .kernel.exact import parse_rational

    witness = witness_of(result)
    if witness is None or not isinstance(goal.claim, Output):
        return result_text(result.verdict)
    point = tuple(parse_rational(text) for text in witness)
    found = None
    if goal.path is not None and goal.path.name.endswith(PROPERTIES):
        found = read_property(goal.path, list(goal.networks.values()), declare_fun=declare_fun)
    return result_text(result.verdict, point, goal.claim.network(point), found)


def prove_line(result: api.Verdict) -> str:
    """A line for a person: name, verdict, rule, times, file or reason."""
    head = f"{result.name}: {styled(result.verdict)}"
    times = f"found in {result.seconds:.2f} s, checked in {result.check_seconds:.2f} s"
    line = f"{head} by {result.rule}, {times}, {result.bytes:,} bytes: {result.path}"
    if result.path is None:
        line = f"{head} ({result.reason})" if result.reason else head
    return f"{line}\n  {result.note}" if result.note else line


@commands.command()
@click.argument("targets", nargs=-1, required=True, metavar="CLAIMS.toml NAME CERTIFICATE")
@legacy
@budgeted
def check(targets: tuple[str, ...], declare_fun: bool, as_json: bool, **options: Any) -> int:
    """Let the kernel check one certificate. Exit 0 accepted, 1 rejected, 2 declined.

    On acceptance prints one line: PROVED or REFUTED, and the claim's SHA-256.
    """
    budget = budget_of(options)
    if len(targets) < 3:
        raise CertifyError("usage: certify check CLAIMS.toml NAME CERTIFICATE")
    [goal], _ = goals(targets[:-1], declare_fun=declare_fun)
    result = api.check(goal, Path(targets[-1]), budget=budget)
    if as_json:
        print_json(result.to_json())
    elif result.verdict in ("proved", "refuted"):
        print(f"{result.verdict.upper()} {result.claim}")
    if result.reason:
        print(f"certify: {result.verdict}: {result.reason}", file=sys.stderr)
    return CHECK_CODES[result.verdict]


@commands.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@budgeted
def verify(paths: tuple[Path, ...], as_json: bool, **options: Any) -> int:
    """Check the certificate of every claim found, with the kernel alone.

    Exit 0 if every verdict is the expected one, 1 if not.
    """
    rows = []
    for row in api.verify(list(paths) or [Path(".")], budget_of(options)):
        rows.append(row)
        if not as_json:
            print(verify_line(row), flush=True)
    wrong = [row for row in rows if not row.expected]
    if as_json:
        verdicts = [
            {"place": r.place, "expect": r.expect, "as_expected": r.expected, **r.verdict.to_json()}
            for r in rows
        ]
        print_json({"verdicts": verdicts, "as_expected": not wrong})
    else:
        seconds = sum(row.verdict.check_seconds for row in rows)
        ending = "all as expected" if not wrong else f"{len(wrong)} NOT as expected"
        print(f"{len(rows)} claims checked by the kernel in {seconds:.1f} s: {ending}")
    return 1 if wrong else 0


def verify_line(row: api.Checked) -> str:
    """place, claim, verdict, rule, check time, certificate size."""
    result = row.verdict
    cells = f"{row.place:<14} {result.name:<34} {styled(result.verdict, 9)} {result.rule:<13}"
    line = f"{cells} {result.check_seconds * 1000:8.1f} ms {result.bytes:>9,} bytes"
    if row.expected:
        return line
    expected = f"expected {row.expect}" if row.expect else "unexpected"
    return f"{line}  NOT AS EXPECTED ({expected}{'; ' + result.reason if result.reason else ''})"


@commands.command()
@click.argument("targets", nargs=-1, required=True, metavar="CLAIMS.toml NAME...")
@click.option("--samples", type=int, help="samples, at most  [default: 2^20]")
@click.option("--confidence", default="0.95", show_default=True, help="of the interval")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda")
@click.option("--seed", default=0, show_default=True, help="of the samples")
@click.option("--sequential", is_flag=True, help="stop as soon as the claim is decided")
@click.option(
    "--precision",
    default="auto",
    show_default=True,
    help="auto, float32 or float64; float16, bfloat16 or int8 where exact",
)
@click.option("--workers", type=int, help="threads  [default: one for each core or GPU]")
@click.option("--timeout", default=10.0, show_default=True, help="seconds for the exact ways")
@click.option("--plot", type=click.Path(path_type=Path), help="SVG file of the interval")
@budgeted
def estimate(
    targets: tuple[str, ...], timeout: float, plot: Path | None, as_json: bool, **options: Any
) -> int:
    """Estimate a mean: an interval with a confidence, never a proof.

    What the exact ways say is printed above it: fold, enumerate in the kernel, enumerate
    outside of it.
    """
    budget = budget_of(options)
    claims, _ = goals(targets, every=True)
    if plot is not None and len(claims) != 1:
        raise CertifyError("--plot draws one claim: name it")
    for goal in claims:
        with interval_bar(goal.name, options["samples"]) as progress:
            result = api.estimate(goal, progress=progress, **options)
        ways = api.exact_ways(goal, timeout, budget)
        if as_json:
            ladder = [str(way) for way in ways]
            print_json({"name": goal.name, **result.to_json(), "ladder": ladder})
        else:
            for way in ways:
                print(f"{goal.name}: {way}")
            print(f"{goal.name}: {result}")
            print(f"  by {result.method} from {result.samples:,} samples, seed {result.seed}")
            if result.rounding:
                print(f"  the forward pass is rounded: at most {float(result.rounding):.3g} of it")
            for note in result.notes:
                print(f"  {note}")
        if plot is not None:
            from .estimate.plot import write

            write(result.history, result.bound, f"{goal.name}: {result}", plot)
    return 0


@contextmanager
def interval_bar(name: str, samples: int | None) -> Iterator[Callable[[Any], None] | None]:
    """A progress bar with the current interval on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from .estimate.run import SAMPLES

    shown = "[{task.fields[low]:.6g}, {task.fields[high]:.6g}]"
    columns = (TextColumn(name), BarColumn(), TextColumn(shown), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=samples or SAMPLES, low=0.0, high=0.0)
        yield lambda p: bar.update(
            task, completed=p.samples, low=float(p.lower), high=float(p.upper)
        )


@commands.command("eval")
@click.argument("network", type=click.Path(path_type=Path))
@click.option("--at", "point", required=True, help='the point, such as "1,-1,1/2"')
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
def evaluate(network: Path, point: str, as_json: bool) -> int:
    """The exact outputs of a network at one point."""
    from .kernel.exact import format_rational, parse_number
    from .networks.files import load

    loaded = load(network)
    values = loaded([parse_number(text.strip()) for text in point.split(",")])
    texts = [format_rational(value) for value in values]
    if as_json:
        print_json({"network": str(network), "at": point.split(","), "outputs": texts})
    else:
        print(",".join(texts))
    return 0


@commands.command()
@click.argument("targets", nargs=-1, required=True, metavar="CLAIMS.toml NAME [CERTIFICATE]")
@click.option("--to", type=click.Choice(FORMATS), default="smt2", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="a file, or a new folder")
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
def encode(targets: tuple[str, ...], to: str, output: Path | None, as_json: bool) -> int:
    """The negated claim as text for other solvers; unsatisfiable iff the claim is true.

    With a certificate, a proof of that for other checkers: alethe from one of rule clauses; from
    one of rule regions aptp, its tree of ReLU splits, and vipr, a proof of each leaf. The last two
    are written to a folder of files.
    """
    certificate = targets[-1] if to not in ("smt2", "vnnlib") and len(targets) > 2 else None
    [goal, *others], _ = goals(targets[:-1] if certificate else targets)
    if others:
        raise CertifyError("usage: certify encode CLAIMS.toml NAME [CERTIFICATE]")
    if to in api.FILES:
        return _encode_files(goal, to, certificate, output, as_json)
    text = api.encode(goal, to, certificate)
    if output is not None:
        output.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"name": goal.name, "to": to, "text": text})
    elif output is None:
        print(text, end="")
    return 0


def _encode_files(
    goal: NamedClaim, to: str, certificate: str | None, output: Path | None, as_json: bool
) -> int:
    """Write all files to a new folder, or none."""
    if output is None:
        raise CertifyError(f"{to} is a folder of files: name it with -o")
    if output.exists():
        raise CertifyError(f"{output}: exists already")
    draft, names = output.with_name(f"{output.name}.part"), []
    draft.mkdir(parents=True)
    try:
        for name, text in api.encode_files(goal, to, certificate):
            (draft / name).write_text(text, encoding="utf-8")
            names.append(name)
        draft.rename(output)
    finally:
        rmtree(draft, ignore_errors=True)
    if as_json:
        print_json({"name": goal.name, "to": to, "files": names})
    return 0


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
def show(file: Path, as_json: bool) -> int:
    """A network, a claims file or a certificate, in words."""
    from .show import describe

    description = describe(file)
    if as_json:
        print_json(description.data)
    else:
        print("\n".join(description.lines))
    return 0


@commands.command()
@click.argument("network", type=click.Path(path_type=Path))
@click.option("--window", required=True, type=int, help="layers in a window")
@click.option("--layers", required=True, type=int, help="layers to write each window in")
@click.option(
    "--activation",
    type=click.Choice(["mixed", "uniform"]),
    default="mixed",
    show_default=True,
    help="uniform: every layer found is all ReLU or all identity",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="folder for what is found")
@budgeted
def windows(network: Path, output: Path | None, as_json: bool, **options: Any) -> int:
    """Find windows of a network that are, losslessly, networks of fewer layers.

    With -o the networks, a claims file and its certificates are written. Exit 0 if one
    window was found at least, 1 if none.
    """
    from .networks.files import load
    from .paper import windows as search

    budget = budget_of(options)
    found = search(load(network), output=output, budget=budget, **options)
    if as_json:
        print_json({"windows": [entry.to_json() for entry in found]})
    else:
        for entry in found:
            print(window_line(entry))
        count = sum(entry.found for entry in found)
        print(f"{count} of {len(found)} windows are losslessly {options['layers']} layers")
    return 0 if any(entry.found for entry in found) else 1


def window_line(entry: Window) -> str:
    """(i, i + t], and the network found for it or the reason for none."""
    head = f"layers ({entry.start}, {entry.stop}]:"
    if not entry.found or entry.network is None or entry.verdict is None:
        return f"{head} none found ({entry.reason})"
    shape = " → ".join(str(n) for n in (entry.network.inputs, *widths(entry.network)))
    norm = shorten(format_rational(entry.lambda_squared or ZERO), 40)
    return f"{head} {shape}, ‖W‖_F² ≤ {norm}, {styled('proved')} by {entry.verdict.rule}"


class Gadgets(click.Group):
    """One command for each gadget of the gallery, made from its table entry."""

    def list_commands(self, context: click.Context) -> list[str]:
        from .networks.gadgets import GADGETS

        return list(GADGETS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        from .networks.gadgets import GADGETS
        from .networks.gadgets._options import boolean

        gadget = GADGETS.get(name)
        if gadget is None:
            return None

        def build(output: Path, as_json: bool, **options: Any) -> int:
            from .networks.files import save

            network = gadget.build(**{k: v for k, v in options.items() if v is not None})
            save(network, output)
            if as_json:
                print_json({"file": str(output), "digest": network.digest, "depth": network.depth})
            else:
                shape = " → ".join(str(n) for n in (network.inputs, *widths(network)))
                print(f"{output}: {shape}, {network.depth} layers")
            return 0

        parameters: list[click.Parameter] = [
            click.Option(
                [f"--{p.name.replace('_', '-')}"],
                required=p.required,
                is_flag=p.parse is boolean,
                default=None,
                help=p.help,
                metavar=None if p.parse is boolean else "VALUE",
            )
            for p in gadget.parameters
        ]
        parameters += [
            click.Option(["-o", "--output"], required=True, type=click.Path(path_type=Path)),
            click.Option(["--json", "as_json"], is_flag=True, help="one JSON object"),
        ]
        return click.Command(name, params=parameters, callback=build, help=gadget.summary)


def widths(network: Any) -> Iterable[int]:
    """The width of every layer."""
    return (layer.width for layer in network.layers)


@commands.command(cls=Gadgets)
def gadget() -> None:
    """Build a construction of the gallery as a network file."""
