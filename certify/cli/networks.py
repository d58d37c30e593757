"""The commands that speak of networks alone: eval, gadget and windows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..kernel.data.network import Network
from ..kernel.data.numbers import ZERO, format_rational, parse_number
from ..kernel.verdict import shorten
from ..networks.reading import Reading
from .arguments import budget_of, budgeted, json_flag, reads
from .terminal import print_json, styled

if TYPE_CHECKING:
    from ..paper import Window


@click.command("eval")
@click.argument("network", type=click.Path(path_type=Path))
@click.option("--at", "point", required=True, help='the point, such as "1,-1,1/2"')
@reads
@json_flag
def evaluate(network: Path, point: str, reading: Reading, as_json: bool) -> int:
    """The exact outputs of a network at one point."""
    from ..networks.files import load

    loaded = load(network, reading)
    values = loaded([parse_number(text.strip()) for text in point.split(",")])
    texts = [format_rational(value) for value in values]
    if as_json:
        print_json({"network": str(network), "at": point.split(","), "outputs": texts})
    else:
        print(",".join(texts))
    return 0


@click.command()
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
@reads
@budgeted
def windows(
    network: Path, output: Path | None, reading: Reading, as_json: bool, **options: Any
) -> int:
    """Find windows of a network that are, losslessly, networks of fewer layers.

    With -o the networks, a claims file and its certificates are written. Exit 0 if one
    window was found at least, 1 if none.
    """
    from ..networks.files import load
    from ..paper import windows as search

    budget = budget_of(options)
    found = search(load(network, reading), output=output, budget=budget, **options)
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
    norm = shorten(format_rational(entry.lambda_squared or ZERO), 40)
    proved = f"{styled('proved')} by {entry.verdict.rule}"
    return f"{head} {shape(entry.network)}, ‖W‖_F² ≤ {norm}, {proved}"


class Gadgets(click.Group):
    """One command for each gadget of the gallery, made from its table entry."""

    def list_commands(self, context: click.Context) -> list[str]:
        from ..networks.gadgets import GADGETS

        return list(GADGETS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        from ..networks.gadgets import GADGETS
        from ..networks.gadgets._options import boolean

        gadget = GADGETS.get(name)
        if gadget is None:
            return None

        def build(output: Path, as_json: bool, **options: Any) -> int:
            from ..networks.files import save

            network = gadget.build(**{k: v for k, v in options.items() if v is not None})
            save(network, output)
            if as_json:
                print_json({"file": str(output), "digest": network.digest, "depth": network.depth})
            else:
                print(f"{output}: {shape(network)}, {network.depth} layers")
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


@click.command(cls=Gadgets)
def gadget() -> None:
    """Build a construction of the gallery as a network file."""


def shape(network: Network) -> str:
    """The widths from the inputs to the outputs, as 2 → 3 → 1."""
    widths = (network.inputs, *(layer.width for layer in network.layers))
    return " → ".join(map(str, widths))
