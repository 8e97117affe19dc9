"""What ``report.json`` holds, as a JSON schema that is derived from the records themselves.

A field that a record gains is in the schema at once, and the two cannot drift apart.
"""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from gradcheck.records import Record, Verdict

VERSION = 1
"""Raised whenever a field changes its meaning or goes; new fields do not raise it."""

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},  # JSON has no infinity: what is unknown is null
    type(None): {"type": "null"},
}
_VERDICT = {"enum": [str(verdict) for verdict in Verdict]}
# Beside its fields a record tells what follows from them.
_HEAD = {
    "verdict": _VERDICT,
    "cause": {"type": ["string", "null"]},
    "resolution": {"type": ["number", "null"]},
    "miss_probability": {"type": "number"},
}


def schema() -> dict[str, Any]:
    """The schema of the whole document, in the 2020-12 dialect.

    >>> schema()["properties"]["schema"]
    {'const': 1}
    """
    definitions: dict[str, Any] = {}
    record = _of(Record, definitions)
    definitions["Record"]["properties"] |= _HEAD
    definitions["Record"]["required"] += [*_HEAD]
    counts = {str(verdict): {"type": "integer", "minimum": 0} for verdict in Verdict}
    properties = {
        "schema": {"const": VERSION},
        "versions": {"type": "object", "additionalProperties": {"type": "string"}},
        "verdict": _VERDICT,
        "summary": {"type": "object", "properties": counts, "required": [*counts]},
        "seconds": {"type": "number", "minimum": 0},
        "results": {"type": "array", "items": record},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:gradcheck:report:{VERSION}",
        "title": "gradcheck report",
        "description": "What one run of gradcheck has found. New fields may appear at any time; "
        "the version rises when one changes its meaning or goes.",
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "$defs": definitions,
    }


def text() -> str:
    """The schema as a file."""
    return json.dumps(schema(), indent=2) + "\n"


def _of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of one annotation; records become definitions that are referred to."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [str(member) for member in kind]}
    if is_dataclass(kind) and isinstance(kind, type):
        return _reference(kind, definitions)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        return {"type": "array", "items": _of(arguments[0], definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    if origin in {types.UnionType, Union}:
        return {"anyOf": [_of(one, definitions) for one in arguments]}
    raise TypeError(f"a record holds {kind}, which has no form in JSON here")


def _reference(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # a record may hold others of its kind
        hints = get_type_hints(kind)
        described = _described(kind)
        properties = {
            one.name: {**_of(hints[one.name], definitions), **described.get(one.name, {})}
            for one in fields(kind)
        }
        definitions[kind.__name__] = {
            "description": (inspect.getdoc(kind) or "").partition("\n")[0],
            "type": "object",
            "properties": properties,
            "required": [*properties],
        }
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _described(kind: type) -> dict[str, dict[str, str]]:
    """What the docstring says of each attribute."""
    _, _, section = (inspect.getdoc(kind) or "").partition("\nAttributes:\n")
    told: dict[str, str] = {}
    name = ""
    for line in section.partition("\n\n")[0].splitlines():
        if line.startswith("    ") and not line.startswith("     "):
            name, _, words = line.strip().partition(": ")
            told[name] = words
        elif name:
            told[name] = f"{told[name]} {line.strip()}"
    return {name: {"description": words} for name, words in told.items()}
