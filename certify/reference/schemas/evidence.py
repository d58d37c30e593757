"""Certificates and networks as JSON Schema: the header, and the body that each rule reads.

What a rule reads is written here, in one table; a rule without a row is an error. A schema says
what is well formed: whether a certificate shows anything is for the kernel to say.
"""

from __future__ import annotations

from typing import Any

from ...kernel.certificate import FORMAT
from ...kernel.data import numbers
from ...kernel.rules import RULES, STREAMED
from .language import DIALECT, INDEX, Schema, array, canonical_claims, entries, exactly, ref, table

EMPTY = table({})
TRUE: Schema = {"const": True}
PART = ref("part")
EXACT, POINT, SOME_MATRIX, MULTIPLIERS = (
    ref("exact"),
    ref("point"),
    ref("some-matrix"),
    ref("multipliers"),
)
VALUE = ref("number")  # stated, so reduced
LITERAL: Schema = {"type": "integer", "not": {"const": 0}}
HELD = {"phases": MULTIPLIERS, "domain": MULTIPLIERS}  # multipliers of what holds on a region

BODIES: dict[str, Schema] = {
    "witness": {"oneOf": [table({"point": POINT}), table({"points": entries(POINT, POINT)})]},
    "enumerate": table({}, {"value": VALUE}),
    "fold": table({"basis": SOME_MATRIX, "maps": SOME_MATRIX}, {"value": VALUE}),
    "normal-form": table({}, {"point": POINT}),
    "norms": {
        "oneOf": [
            EMPTY,
            table({"depth": INDEX}),
            table({"layer": {"type": "integer", "minimum": 1}, "frobenius_squared": VALUE}),
            table({"layer": {"type": "integer", "minimum": 1}, "mixed": TRUE}),
        ]
    },
    "spectral": table(
        {
            "layers": array(
                {
                    "oneOf": [
                        {"const": "frobenius"},
                        table(
                            {"square": EXACT},
                            {"precision": {"type": "integer", "minimum": 1, "maximum": 4096}},
                        ),
                    ]
                }
            )
        }
    ),
    "arithmetic": table({"left": VALUE, "right": VALUE}),
    "squares": EMPTY,
    "regions": {"const": "lines"},
    "clauses": {
        "oneOf": [
            {"const": "lines"},
            table({"steps": array(ref("clauses-step"))}, {"point": POINT}),
        ]
    },
    "obstruction": table(
        {"moves": array(table({"coordinate": INDEX, "point": POINT, "step": EXACT}))}
    ),
    "member-equals": table({"network": ref("certify-network-1"), "member": PART, "equals": PART}),
    "conjunction": {
        "oneOf": [
            table({"part": {"type": "string"}, "refutation": PART}),
            table(dict.fromkeys(("member", "mse"), PART)),
            table(dict.fromkeys(("margin", "member", "separates", "mse", "density", "tv"), PART)),
        ]
    },
}


def certificate() -> Schema:
    """A certificate, or the first line of one whose body is "lines"."""
    _complete()
    digest = "[0-9a-f]{64}"
    return {
        "$schema": DIALECT,
        "$id": "urn:certify:certificate",
        "title": f"A certificate: {FORMAT}",
        "description": "Of a certificate in JSON Lines, its first line. #/$defs has the others: "
        "regions-header, then regions-node; or clauses-header, then clauses-step.",
        **table(
            {
                "format": {"const": FORMAT},
                "claim": ref("claim"),
                "networks": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "string",
                        "pattern": f"^{digest}(/onnx:{digest})?$",
                    },
                },
                "verdict": {"enum": ["proved", "refuted"]},
                "rule": {"enum": list(RULES)},
                "body": {"description": "what the rule needs; see #/$defs"},
            }
        ),
        "allOf": _by_rule(BODIES),
        "$defs": {
            **canonical_claims(),
            **_evidence(),
            **_lines(),
            "part": {**table({"rule": {"enum": list(RULES)}, "body": {}}), "allOf": _parts()},
            "certify-network-1": _network(),
        },
    }


def network() -> Schema:
    """A network file."""
    return {
        "$schema": DIALECT,
        "$id": "urn:certify:network",
        "title": "A network: certify-network-1",
        **_network(),
        "$defs": _evidence(),
    }


def _complete() -> None:
    if list(BODIES) != list(RULES):
        raise ValueError(f"{list(BODIES)} are described, {list(RULES)} are rules")


def _by_rule(bodies: dict[str, Schema]) -> list[Schema]:
    return [
        {
            "if": {"properties": {"rule": {"const": rule}}, "required": ["rule"]},
            "then": {"properties": {"body": body}},
        }
        for rule, body in bodies.items()
    ]


def _parts() -> list[Schema]:
    """A part of a certificate stands inside of it, and has no lines."""
    return _by_rule({**BODIES, "regions": {"not": {}}, "clauses": BODIES["clauses"]["oneOf"][1]})


def _evidence() -> dict[str, Schema]:
    """Numbers, points and matrices of bodies and networks; numbers need not be reduced there."""
    text = {"anyOf": [exactly(numbers.RATIONAL), exactly(numbers.DYADIC)]}
    size: Schema = {"type": "integer", "minimum": 1}
    by_entries = {"entries": array(entries(INDEX, INDEX, EXACT))}
    dense = array(array(EXACT, 1), 1)
    return {
        "exact": {"anyOf": [{"type": "integer"}, *text["anyOf"]]},
        "point": array(EXACT),
        "multipliers": array(EXACT),
        "matrix-of-evidence": {
            "anyOf": [dense, table({"rows": size, "columns": size, **by_entries})]
        },
        "some-matrix": {"anyOf": [{"const": []}, ref("matrix-of-evidence")]},
    }


def _network() -> Schema:
    mask = {"anyOf": [{"type": "boolean"}, {"type": "array", "items": INDEX, "uniqueItems": True}]}
    layer = table({"weight": ref("matrix-of-evidence"), "bias": array(EXACT), "relu": mask})
    return table(
        {
            "format": {"const": "certify-network-1"},
            "inputs": {"type": "integer", "minimum": 1},
            "layers": array(layer, 1),
        }
    )


def _lines() -> dict[str, Schema]:
    """The lines after the first one, for each rule of STREAMED."""
    if set(STREAMED) != {"regions", "clauses"}:
        raise ValueError(f"the lines of {sorted(STREAMED)} are to be described")
    pick = table({"rows": MULTIPLIERS}, HELD)  # against one disjunct
    sums = table({}, HELD)
    options: dict[str, Any] = {
        "slopes": array(entries(INDEX, INDEX, EXACT)),
        "up": {"type": "integer", "minimum": 1},
        "exact": TRUE,
    }
    leaf = {
        "anyOf": [
            INDEX,
            pick,
            array({"anyOf": [INDEX, pick]}),
            POINT,
            table({"along": POINT}, HELD),
            array(sums),
        ]
    }
    point: dict[str, Any] = {"point": POINT}
    literals = array(LITERAL)
    return {
        "regions-header": table(
            {"bits": {"type": "integer", "minimum": 26, "maximum": 4096}}, point
        ),
        "regions-node": {
            "oneOf": [
                table({"input": INDEX, "at": EXACT}, {"tighten": TRUE}),
                table({"relu": entries(INDEX, INDEX)}, {"tighten": TRUE}),
                table({"leaf": leaf}, options),
                table({"empty": sums}, options),
            ]
        },
        "clauses-header": table({}, point),
        "clauses-step": {
            "oneOf": [
                entries(
                    {"const": "atom"},
                    {"type": "integer"},
                    array(entries(INDEX, {"type": "integer"}), 1),
                    {"type": "integer"},
                    {"type": "boolean"},
                ),
                entries({"const": "farkas"}, {"type": "integer"}, array(entries(LITERAL, EXACT))),
                entries({"const": "rup"}, {"type": "integer"}, literals, array(INDEX, 1)),
            ]
        },
    }
