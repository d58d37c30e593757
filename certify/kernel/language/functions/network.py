"""A network of the claims file, by name; in canonical form, by digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...data.exact import Batch
from ...data.network import Network
from .base import Function


@dataclass(frozen=True)
class NetworkFunction(Function):
    """The function that a network computes."""

    network: Network

    @property
    def outputs(self) -> int:
        return self.network.outputs

    def canonical(self) -> Any:
        return {"network": self.network.digest}

    def networks(self) -> Iterator[Network]:
        yield self.network

    def misfit(self, dimension: int) -> str | None:
        if dimension != self.network.inputs:
            return f"the network takes {self.network.inputs} inputs, but points have {dimension}"
        return None

    def evaluate(self, points: Batch) -> Batch:
        return self.network.evaluate(points)

    def lower(self, dimension: int) -> Network:
        return self.network
