"""The claim language as JSON Schema: claims files, and the canonical claims of certificates.

The kinds, their keys and what each key takes come from ``KINDS``; the words of sets, functions
and distributions from the tables of their readers; descriptions from the reference. What a word
takes is written here, in one table for each; a word without a row is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from ...kernel.data import numbers
from ...kernel.data.decode import NAME
from ...kernel.language import claim, distributions, functions, kinds, sets
from ...kernel.language.formula import NEGATED
from ...kernel.language.kinds.classes import NETWORK
from ...kernel.language.kinds.pointwise import Output
from ...kernel.language.sets.finite import MAX_COORDINATES
from .. import sections, summary

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
TABLE: Schema = {
    "type": "string",
    "pattern": r"\.(csv|npy)$",
    "description": "the name of a file of numbers",
}
COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_COORDINATES}
INDEX: Schema = {"type": "integer", "minimum": 0}
INDICES: Schema = {"type": "array", "items": INDEX, "uniqueItems": True}


def ref(name: str) -> Schema:
    """A definition of the same schema."""
    return {"$ref": f"#/$defs/{name}"}


def table(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object with these keys and no other."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def array(items: Schema, least: int = 0) -> Schema:
    """A list of so many entries at least."""
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def pair(first: Schema, second: Schema) -> Schema:
    """A list of two entries."""
    return entries(first, second)


def entries(*parts: Schema) -> Schema:
    """A list with exactly these entries."""
    count = len(parts)
    return {"type": "array", "prefixItems": list(parts), "minItems": count, "maxItems": count}


def exactly(pattern: re.Pattern[str]) -> Schema:
    """Text that a pattern of the readers matches as a whole."""
    return {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}


def sparse(number: Schema) -> Schema:
    """A matrix by its entries that are not zero."""
    size = {"type": "integer", "minimum": 1}
    return table({"rows": size, "columns": size, "entries": array(entries(INDEX, INDEX, number))})


# ------------------------------------------------------------------ words

F, S, D, V = ref("function"), ref("set"), ref("distribution"), ref("vector")
NUMBER, MATRIX, POINTS = ref("number"), ref("matrix"), ref("points")
POINT_TABLE, LISTS = ref("point-table"), ref("lists")

FUNCTIONS: dict[str, Schema] = {
    "network": DIGEST,
    "parity": INDICES,
    "symmetric": table({"over": INDICES, "values": V}),
    "linear": table({"matrix": MATRIX}, {"offset": V}),
    "constant": V,
    "project": array(INDEX, 1),
    "slice": table({"of": ref("network"), "layers": pair(INDEX, INDEX)}),
    "compose": pair(F, F),
    "product": array(F, 1),
    "expression": ref("expression"),
    "flip": table({"of": F, "points": POINT_TABLE}),
    "learned": table(
        {"separator": F, "compression": F, "along": V, "eta": NUMBER},
        {"otherwise": {"enum": [-1, 0]}},
    ),
}
SETS: dict[str, Schema] = {
    "cube": COUNT,
    "bits": COUNT,
    "points": POINT_TABLE,
    "grid": LISTS,
    "box": table({"lower": V, "upper": V}),
    "ball": table({"centre": V, "radius": NUMBER}, {"norm": {"const": "linf"}}),
    "polytope": table({"le": POINT_TABLE}),
    "space": COUNT,
    "product": array(S, 1),
    "embed": {
        "oneOf": [
            table({"set": S, "pad": V}),
            table({"set": S, "matrix": MATRIX}, {"offset": V}),
        ]
    },
    "perturb": table({"set": S, "along": V, "eta": NUMBER, "sign": F}),
}
DISTRIBUTIONS: dict[str, Schema] = {
    "uniform": S,
    "gaussian": table({"mean": V, "variance": V}),
    "weighted": array(pair(V, NUMBER), 1),
    "product": array(D, 1),
    "induced": table({"by": F, "from": D}),
}
# canonical claims write a ball as the box that it is, an embedding by its matrix, and defaults
ABSENT = {"ball"}
CANONICAL: dict[tuple[str, str], Schema] = {
    ("functions", "linear"): table({"matrix": MATRIX, "offset": V}),
    ("functions", "learned"): table(
        {
            "separator": F,
            "compression": F,
            "along": V,
            "eta": NUMBER,
            "otherwise": {"enum": [-1, 0]},
        }
    ),
    ("sets", "embed"): table({"set": S, "matrix": MATRIX, "offset": V}),
}

HOLDS = next(f.metadata["codec"] for f in fields(Output) if f.metadata["name"] == "holds")
KEYS: dict[claim.Codec, Schema] = {
    claim.NUMBER: NUMBER,
    claim.INTEGER: {"type": "integer"},
    claim.VECTOR: V,
    claim.FUNCTION: F,
    claim.FUNCTIONS: array(F, 1),
    claim.SET: S,
    claim.DISTRIBUTION: D,
    NETWORK: ref("network"),
    HOLDS: ref("holds"),
}


def words(part: str, readers: Mapping[str, Callable[..., Any]], canonical: bool) -> list[Schema]:
    """One schema for each word of a part of the language, in the order of its readers."""
    shapes = {"functions": FUNCTIONS, "sets": SETS, "distributions": DISTRIBUTIONS}[part]
    if list(shapes) != list(readers):
        raise ValueError(f"{part}: {list(shapes)} are described, {list(readers)} are read")
    found = []
    for word, shape in shapes.items():
        if canonical and word in ABSENT:
            continue
        if canonical:
            shape = CANONICAL.get((part, word), shape)
        text = summary(sections(part)[word]).replace("`", "")
        found.append({"title": word, "description": text, **table({word: shape})})
    return found


# ------------------------------------------------------------------ claims


def definitions(canonical: bool) -> dict[str, Schema]:
    """What the kinds' keys refer to."""
    digest = table({"network": DIGEST})
    text: Schema = {"type": "string"}
    if canonical:
        number = exactly(numbers.RATIONAL)
        vector, points, matrix = array(NUMBER), array(V, 1), sparse(NUMBER)
        network, expression, holds = digest, ref("atoms"), ref("formula")
        extra: dict[str, Schema] = {}
    else:
        number = {"anyOf": [{"type": "integer"}, exactly(numbers.CLAIM)]}
        vector = {"anyOf": [array(NUMBER), TABLE]}
        points = {"anyOf": [array(V, 1), TABLE]}
        matrix = {"anyOf": [points, sparse(NUMBER)]}
        name = {**exactly(NAME), "description": "a network of [networks]"}
        network = {"anyOf": [name, digest]}
        expression, holds = {"anyOf": [text, ref("atoms")]}, {"anyOf": [text, ref("formula")]}
        extra = {"function": {"anyOf": [name, *words("functions", functions.READERS, False)]}}
    return {
        "number": number,
        "vector": vector,
        "point-table": points,
        "lists": points,
        "matrix": matrix,
        "network": network,
        "expression": expression,
        "holds": holds,
        "atoms": _atoms(),
        "formula": _formula(),
        "function": {"oneOf": words("functions", functions.READERS, canonical)},
        "set": {"oneOf": words("sets", sets.READERS, canonical)},
        "distribution": {"oneOf": words("distributions", distributions.READERS, canonical)},
        **extra,
    }


def _atoms() -> Schema:
    """The canonical form of an expression: affine combinations of inputs and ReLUs."""
    terms = array(pair({"type": "integer", "minimum": -1}, NUMBER))
    return table({"inputs": INDEX, "cuts": array(terms), "value": terms})


def _formula() -> Schema:
    """The canonical form of the text of ``holds``."""
    variable = {"type": "string", "pattern": "^[xy](0|[1-9][0-9]{0,5})$"}
    comparison = entries({"enum": list(NEGATED)}, array(pair(variable, NUMBER)), NUMBER)
    junction = {
        "type": "array",
        "prefixItems": [{"enum": ["and", "or"]}],
        "items": ref("formula"),
        "minItems": 2,
    }
    return {"oneOf": [comparison, junction, entries({"const": "not"}, ref("formula"))]}


def kind_schema(cls: type[claim.Claim], canonical: bool) -> Schema:
    """The claims of one kind."""
    word, section = cls.kind, sections("kinds")[cls.kind]
    told = _told(section)
    required: dict[str, Schema] = {"kind": {"const": word}}
    optional: dict[str, Schema] = {}
    for f in fields(cls):
        name, codec = f.metadata["name"] or f.name, f.metadata["codec"]
        shape = {"enum": list(codec.words)} if codec.words else KEYS[codec]
        given = f.default is MISSING or (canonical and f.default is not None)
        described = {"description": told[name], **shape} if name in told else shape
        (required if given else optional)[name] = described
    found: Schema = {"title": word, "description": summary(section).replace("`", "")}
    if not canonical:
        required = {"name": ref("name"), **required}
        optional |= {"expect": ref("expect"), "source": {"type": "string"}}
    found |= table(required, optional)
    if {"lambda", "lambda_squared"} <= optional.keys():
        found["oneOf"] = [{"required": ["lambda"]}, {"required": ["lambda_squared"]}]
    return found


def _told(section: str) -> dict[str, str]:
    """key → what the table of a kind's section says of it."""
    found = {}
    for keys, text in re.findall(r"^\| (`.*?) \| (.*?) \|$", section, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", keys):
            found[name] = text.replace("`", "")
    return found


def claims_file() -> Schema:
    """Claims files, as TOML or the same data as JSON."""
    verdicts = ["proved", "refuted", "unknown", "enumerated", "estimated"]
    return {
        "$schema": DIALECT,
        "$id": "urn:certify:claims",
        "title": "A claims file of certify",
        "type": "object",
        "properties": {
            "networks": {
                "description": "names of networks, each with its file",
                "type": "object",
                "propertyNames": exactly(NAME),
                "additionalProperties": {"type": "string"},
            },
            "claim": array(ref("claim"), 1),
        },
        "required": ["claim"],
        "additionalProperties": False,
        "$defs": {
            # claims.naming.is_name, but for characters that do not print
            "name": {
                "type": "string",
                "pattern": r"^[^\s./\\-][^/\\]*$",
                "not": {"pattern": r"\s$"},
                "description": "letters of any script; no part of a path",
            },
            "expect": {"enum": verdicts, "description": "what certify verify compares with"},
            "claim": {"oneOf": [kind_schema(cls, False) for cls in kinds.KINDS.values()]},
            **definitions(False),
        },
    }


def canonical_claims() -> dict[str, Schema]:
    """``claim`` and what it refers to, as certificates hold them."""
    every = [kind_schema(cls, True) for cls in kinds.KINDS.values()]
    return {"claim": {"oneOf": every}, **definitions(True)}
