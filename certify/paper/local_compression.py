"""Definition 2, losslessly: which windows of a network can be written as fewer layers.

Definition 2 asks for an approximation over the induced distribution; an equality on all of
ℝⁿ is one for every distribution, with ε = 0. Windows are (i, i + t]: layers i + 1 … i + t.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from .. import api
from ..claims import build
from ..claims.toml import ClaimsFile
from ..errors import CertifyError
from ..kernel.data.network import Network
from ..kernel.data.numbers import format_rational
from ..kernel.verdict import Budget, Decline
from ..networks.files import save
from .rewriting import Rewriting, largest_norm


@dataclass(frozen=True)
class Window:
    """The layers (start, stop] of a network, and what was found for them.

    ``shortest`` is the least depth that rewriting reached; ``network`` has exactly the
    depth asked for and equals the layers on all of ℝⁿ, which ``verdict`` shows by the kernel.
    Both of the last are None where nothing was found, which proves nothing.
    """

    start: int
    stop: int
    shortest: int | None
    network: Network | None = field(default=None, repr=False)
    verdict: api.Verdict | None = field(default=None, repr=False)
    reason: str = ""

    @property
    def name(self) -> str:
        """window-START-STOP."""
        return f"window-{self.start}-{self.stop}"

    @property
    def found(self) -> bool:
        """Did the kernel accept that a network of the depth asked for is equal?"""
        return self.verdict is not None and self.verdict.proved

    @property
    def lambda_squared(self) -> Fraction | None:
        """The largest ‖W‖_F² among the layers of the network found (Λ′² of Definition 2)."""
        return None if self.network is None else largest_norm(self.network)

    def to_json(self) -> dict[str, Any]:
        """The window as one JSON object."""
        norm = self.lambda_squared
        return {
            "name": self.name,
            "layers": [self.start, self.stop],
            "found": self.found,
            "shortest": self.shortest,
            "lambda_squared": None if norm is None else format_rational(norm),
            "widths": [layer.width for layer in self.network.layers] if self.network else None,
            "verdict": None if self.verdict is None else self.verdict.to_json(),
            "reason": self.reason or None,
        }


def windows(
    network: Network,
    window: int,
    layers: int,
    *,
    activation: str = "mixed",
    output: Path | None = None,
    budget: Budget | None = None,
) -> list[Window]:
    """For each window of ``window`` layers, an equal network of ``layers`` layers if found.

    With ``activation`` "uniform" each layer of it is all ReLU or all identity (Definition 1).
    With ``output`` the networks, a claims file and its certificates are written there.
    Raises CertifyError where no window fits in the network, or ``layers`` is not below
    ``window``.
    """
    if not 1 <= window <= network.depth:
        raise CertifyError(f"no window of {window} layers in a network of depth {network.depth}")
    if not 1 <= layers < window:
        raise CertifyError(f"{layers} layers are no compression of {window}")
    if activation not in ("mixed", "uniform"):
        raise CertifyError(f"activation is mixed or uniform, not {activation!r}")
    limits = budget or Budget()
    found = [
        _search(network, start, start + window, layers, activation == "uniform", limits)
        for start in range(network.depth - window + 1)
    ]
    file = None if output is None else _files(network, found, output)
    result = []
    for entry in found:
        if entry.network is not None:
            goal: Any = _claim(network, entry) if file is None else file.claim(entry.name)
            verdict = api.prove(goal, output=output, budget=limits)
            entry = replace(entry, verdict=verdict, reason=verdict.reason)
        result.append(entry)
    return result


def _search(
    network: Network, start: int, stop: int, layers: int, uniform: bool, budget: Budget
) -> Window:
    try:
        rewriting = Rewriting(network.slice(start, stop), budget.points)
        shortest = rewriting.layers(uniform)
        if shortest > layers:
            reason = f"rewriting reaches {shortest} layers"
            return Window(start, stop, shortest, reason=reason)
        return Window(start, stop, shortest, rewriting.network(layers, uniform))
    except Decline as error:
        return Window(start, stop, None, reason=f"rewriting {error}")


def _claim(network: Network, entry: Window) -> Any:
    whole = build.space(network.layers[entry.start].columns)
    return build.equals(build.slice(network, entry.start, entry.stop), entry.network, whole)


def _files(network: Network, found: list[Window], output: Path) -> ClaimsFile | None:
    """The networks found and a claim for each, as files; None where nothing was found."""
    networks, claims = ['network = "network.json"'], []
    output.mkdir(parents=True, exist_ok=True)
    for entry in found:
        if entry.network is None:
            continue
        save(entry.network, output / f"{entry.name}.json")
        networks.append(f'{entry.name} = "{entry.name}.json"')
        claims.append(
            f"""
[[claim]]
name = "{entry.name}"
kind = "equals"
left = {{ slice = {{ of = "network", layers = [{entry.start}, {entry.stop}] }} }}
right = "{entry.name}"
on = {{ space = {network.layers[entry.start].columns} }}
source = "Definition 2: layers ({entry.start}, {entry.stop}] as {entry.network.depth} layers"
"""
        )
    if not claims:
        return None
    save(network, output / "network.json")
    path = output / "claims.toml"
    path.write_text("\n".join(["[networks]", *networks, *claims]), encoding="utf-8")
    return ClaimsFile(path)
