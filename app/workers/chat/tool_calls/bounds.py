"""Schemas made finite: what a model may write for an argument always ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.workers.chat.tool_calls.codec import LONGEST_TEXT, MOST_ITEMS
from app.workers.chat.tool_calls.syntax import Schema

_TEXT = LONGEST_TEXT + 1  # one more than may be, so that a text which was cut is seen to be too long
_ITEMS = MOST_ITEMS + 1
_NUMBERS = 10**15
_DEEPEST = 6
_FREE_DEPTH = 2
_FREE_KEY = "^[A-Za-z0-9_ .-]{1,64}$"
_KEPT = (
    "type", "enum", "const", "pattern", "format", "minLength", "minItems", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "required", "$ref",
)  # fmt: skip
_LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
_NAMED = ("properties", "$defs", "definitions")


def bounded(schema: Schema, depth: int = 0) -> dict[str, Any]:
    """The schema with limits to every text, list and object; what it says of no use to a grammar is left out."""
    if depth > _DEEPEST:
        return {"type": ["number", "boolean", "null"]}
    tight: dict[str, Any] = {key: schema[key] for key in _KEPT if key in schema}
    for key in _LISTED:
        if isinstance(schema.get(key), list):
            tight[key] = [bounded(one, depth + 1) if isinstance(one, Mapping) else one for one in schema[key]]
    for key in _NAMED:
        if isinstance(schema.get(key), Mapping):
            tight[key] = {
                name: bounded(one, depth + 1) if isinstance(one, Mapping) else free(depth + 1)
                for name, one in schema[key].items()
            }
    if "enum" in tight or "const" in tight or "$ref" in tight:
        return tight
    kinds = types_of(schema)
    if not kinds and not any(key in tight for key in (*_LISTED, "properties")):
        return free(depth) | tight
    if "string" in kinds:
        tight["maxLength"] = min(_number(schema.get("maxLength"), _TEXT), _TEXT)
    if "number" in kinds or "integer" in kinds:  # else one may have an exponent of any size
        tight = {"minimum": -_NUMBERS, "maximum": _NUMBERS} | tight
    if "array" in kinds:
        tight["maxItems"] = min(_number(schema.get("maxItems"), _ITEMS), _ITEMS)
        items = schema.get("items")
        tight["items"] = bounded(items, depth + 1) if isinstance(items, Mapping) else free(depth + 1)
    if "object" in kinds:
        _bound_object(tight, schema, depth)
    return tight


def free(depth: int = 0) -> dict[str, Any]:
    """Any value, of limited size and depth."""
    kinds: list[dict[str, Any]] = [
        {"type": "string", "maxLength": _TEXT},
        {"type": "number", "minimum": -_NUMBERS, "maximum": _NUMBERS},
        {"type": "boolean"},
        {"type": "null"},
    ]
    if depth < _FREE_DEPTH:
        kinds.append({"type": "array", "items": free(depth + 1), "maxItems": _ITEMS})
        kinds.append(_map(free(depth + 1)))
    return {"anyOf": kinds}


def types_of(schema: Schema) -> tuple[str, ...]:
    """The JSON types that a schema names by itself; told by its other words where it names none."""
    said = schema.get("type")
    if isinstance(said, str):
        return (said,)
    if isinstance(said, list):
        return tuple(one for one in said if isinstance(one, str))
    if "properties" in schema:
        return ("object",)
    return ("array",) if "items" in schema else ()


def _bound_object(tight: dict[str, Any], schema: Schema, depth: int) -> None:
    more = schema.get("additionalProperties", not tight.get("properties"))
    tight["additionalProperties"] = False
    if more is False:
        return
    values = bounded(more, depth + 1) if isinstance(more, Mapping) else free(depth + 1)
    tight.update(_map(values) if not tight.get("properties") else {})


def _map(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "patternProperties": {_FREE_KEY: values},
        "additionalProperties": False,
        "maxProperties": _ITEMS,
    }


def _number(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
