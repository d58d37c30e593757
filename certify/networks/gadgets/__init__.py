"""The gallery of constructions: one file each, and one entry each in GADGETS."""

from __future__ import annotations

from . import (
    balanced,
    delays,
    extrema,
    formula,
    interpolation,
    noisy_parity,
    parity,
    products,
    radial,
    random_layers,
    sawtooth,
    sorting,
    symmetric,
    theorem3,
    tower,
)
from ._options import Gadget, Parameter

__all__ = ["GADGETS", "Gadget", "Parameter"]

GADGETS: dict[str, Gadget] = {
    gadget.name: gadget
    for gadget in (
        parity.GADGET,
        balanced.GADGET,
        noisy_parity.GADGET,
        symmetric.GADGET,
        tower.GADGET,
        delays.GADGET,
        products.GADGET,
        extrema.MAXIMUM,
        extrema.MINIMUM,
        extrema.ABSOLUTE,
        sorting.GADGET,
        formula.GADGET,
        sawtooth.GADGET,
        interpolation.GADGET,
        radial.GADGET,
        theorem3.DEEP,
        theorem3.SHALLOW,
        random_layers.GADGET,
    )
}
