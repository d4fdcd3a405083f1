"""settings.toml as text: understood as plain values, and changed where values differ, so that all else stays as it is.

Comments, order, unknown keys and the way that a person writes survive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit
import tomlkit.exceptions
import tomlkit.items

_HEADER = "Settings of Familiar. Your comments are kept."
_OLD_KEYS = {"models": {"wish": "options"}}
"""What keys of the tables in a list were called in earlier releases."""


def parse(text: str) -> tomlkit.TOMLDocument:
    """The document of a file's text. Raises ValueError, which says line and column."""
    try:
        return tomlkit.parse(text)
    except tomlkit.exceptions.TOMLKitError as error:
        raise ValueError(str(error)) from error


def fresh() -> tomlkit.TOMLDocument:
    """A document with nothing in it but a word to who opens it."""
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEADER))
    return document


def plain(document: tomlkit.TOMLDocument) -> dict[str, Any]:
    """The values of a document, keys of earlier releases under their present names."""
    values: dict[str, Any] = document.unwrap()
    for name, renamed in _OLD_KEYS.items():
        tables = values.get(name)
        for table in tables if isinstance(tables, list) else []:
            for old, new in renamed.items():
                if isinstance(table, dict) and old in table:
                    table.setdefault(new, table.pop(old))
    return values


def merge(document: tomlkit.TOMLDocument, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Write what differs between two sets of values into the document."""
    for key, value in after.items():
        there = document.get(key)
        if value == before[key]:
            continue
        if isinstance(value, dict) and isinstance(there, dict):
            _fill(there, before[key], value)
        elif isinstance(there, tomlkit.items.AoT) and value:
            _merge_tables(there, before[key], value, _OLD_KEYS.get(key, {}))
        elif not (isinstance(there, tomlkit.items.Array) and _merge_texts(there, value)):
            document[key] = list(value) if isinstance(value, tuple) else value


def line_of(text: str, key: str) -> int:
    """The line, from 1, where a key of the file's top is set or its table begins; 0 if it is nowhere."""
    begins = re.compile(rf"\s*(?:\[\[?\s*)?[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    return next((n for n, line in enumerate(text.splitlines(), 1) if begins.match(line)), 0)


def _fill(table: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for key in before:
        if key not in after:  # it has its default again
            table.pop(key, None)
    for key, value in after.items():
        if table.get(key) != value:
            table[key] = value


def _merge_tables(
    tables: tomlkit.items.AoT,
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
    renamed: Mapping[str, str],
) -> None:
    """Make the tables of a list, which have names, those of `after`.

    One that stays keeps its comments and keys that nobody knows. New ones come last; where the order is another, all
    are written anew.
    """
    was = {value["name"]: value for value in before}
    names = [value["name"] for value in after]
    for at in reversed(range(len(tables))):
        if tables[at].get("name") not in names:
            del tables[at]
    if [table.get("name") for table in tables] != names[: len(tables)]:
        tables.clear()
    for table, value in zip(tables, after, strict=False):
        for old in renamed:
            table.pop(old, None)
        _fill(table, was[value["name"]], value)
    for value in after[len(tables) :]:
        added = tomlkit.table()
        added.update(value)
        tables.append(added)


def _merge_texts(array: tomlkit.items.Array, after: Sequence[Any]) -> bool:
    """Make an array of texts those of `after` by taking out and adding at its end; False if that cannot be."""
    kept = [one for one in array.unwrap() if one in after]
    if not kept or kept != list(after)[: len(kept)]:
        return False
    for at in reversed(range(len(array))):
        if array[at] not in after:
            del array[at]
    for one in after[len(kept) :]:
        array.append(one)
    return bool(array.unwrap() == list(after))
