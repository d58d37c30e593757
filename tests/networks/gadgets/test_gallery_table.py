"""The table of gadgets: text of options in, the same network as the function out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from certify.kernel.data.network import Network
from certify.kernel.verdict import Malformed
from certify.networks.builder import delay
from certify.networks.gadgets import GADGETS, _options
from certify.networks.gadgets.balanced import balanced_parity
from certify.networks.gadgets.extrema import absolute, maximum, minimum
from certify.networks.gadgets.formula import formula
from certify.networks.gadgets.interpolation import interpolation
from certify.networks.gadgets.noisy_parity import noisy_parity
from certify.networks.gadgets.parity import parity
from certify.networks.gadgets.radial import radial
from certify.networks.gadgets.random_layers import random_layers
from certify.networks.gadgets.sawtooth import sawtooth
from certify.networks.gadgets.sorting import sorting
from certify.networks.gadgets.symmetric import symmetric
from certify.networks.gadgets.theorem3 import deep, shallow
from certify.networks.gadgets.tower import tower

F = Fraction
G = random_layers((2, 3, 3, 1))
CASES: list[tuple[str, dict[str, Any], Network]] = [
    ("parity", {"inputs": "5", "over": "0,2-4"}, parity(5, (0, 2, 3, 4))),
    ("parity", {"inputs": "3", "wide": "true"}, parity(3, wide=True)),
    ("balanced-parity", {"inputs": "4", "bound": "5/2"}, balanced_parity(4, bound="5/2")),
    (
        "noisy-parity",
        {"inputs": "5", "over": "0,2-4", "noise": "1,2", "wrong": "2"},
        noisy_parity(5, (0, 2, 3, 4), (1, 2), (2,)),
    ),
    ("symmetric", {"values": "0,1/2, 2^-2"}, symmetric([0, "1/2", "1/4"])),
    ("tower", {"inputs": "3", "scale": "1.5", "depth": "4"}, tower(3, "3/2", 4)),
    ("delay", {"width": "2", "layers": "3", "relu_only": "true"}, delay(2, 3, True)),
    ("product", {"factors": (G, G)}, shallow(G, 2)),
    ("max", {"inputs": "5"}, maximum(5)),
    ("min", {"inputs": "5", "relu_only": "true"}, minimum(5, True)),
    ("abs", {}, absolute(1)),
    ("sort", {"inputs": "4"}, sorting(4)),
    ("formula", {"text": "x0 and not x2", "signs": "true"}, formula("x0 and not x2", signs=True)),
    ("sawtooth", {"folds": "3"}, sawtooth(3)),
    (
        "interpolation",
        {"breakpoints": "0:0, 1/2:1", "right": "-2"},
        interpolation([(0, 0), ("1/2", 1)], 0, -2),
    ),
    (
        "radial",
        {"inputs": "2", "radius": "2", "steps": "4", "profile": "0:1,1:0"},
        radial(2, 2, 4, [(0, 1), (1, 0)]),
    ),
    ("theorem3-deep", {"gadget": G, "depth": "5"}, deep(G, 5)),
    ("theorem3-shallow", {"gadget": G, "copies": "2"}, shallow(G, 2)),
    ("random", {"widths": "2,3,3,1"}, G),
]


@pytest.mark.parametrize(("name", "options", "expected"), CASES)
def test_text_of_options(name: str, options: dict[str, Any], expected: Network) -> None:
    assert GADGETS[name].build(**options) == expected


def test_every_gadget_is_built_here_and_describes_itself() -> None:
    assert {name for name, _, _ in CASES} == set(GADGETS)
    for name, gadget in GADGETS.items():
        assert gadget.name == name
        assert gadget.summary
        assert gadget.make.__doc__
        assert all(parameter.help for parameter in gadget.parameters)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("parity", {}, "parity: option 'inputs' must be given"),
        ("parity", {"inputs": "3", "size": "4"}, "unknown option 'size'"),
        ("parity", {"inputs": "three"}, "parity: inputs: 'three' is not an integer"),
        ("parity", {"inputs": "3", "wide": "yes"}, "neither true nor false"),
        ("parity", {"inputs": "3", "over": "2-1"}, "not an increasing range"),
        ("tower", {"inputs": "3", "scale": "1/0", "depth": "2"}, "divides by zero"),
        ("interpolation", {"breakpoints": "0,1"}, "'0' is not a pair"),
        ("sawtooth", {"folds": "٣"}, "not an integer"),
        ("sawtooth", {"folds": ""}, "not an integer"),
    ],
)
def test_misfits_name_the_option(name: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(Malformed, match=message):
        GADGETS[name].build(**options)


def test_parsers() -> None:
    assert _options.indices("") == ()
    assert _options.indices("3, 5-7,1") == (3, 5, 6, 7, 1)
    assert _options.numbers("1/3,-2,0.5") == (F(1, 3), F(-2), F(1, 2))
    assert _options.points("0:1, 2^-1:-3") == ((F(0), F(1)), (F(1, 2), F(-3)))
    assert _options.integer("-12") == -12
