"""Values of arguments as models spell them: bare text, JSON, Python, quoted by marks of their own, nested tags."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

from app.workers.chat.tool_calls.syntax import Parts, Schema, Slot, Tagged

_WORDS: Mapping[str, Any] = {
    "true": True, "True": True, "false": False, "False": False, "null": None, "None": None,
}  # fmt: skip
_PLAIN = re.compile(r"[-+.\w]+")
_BARE_KEY = re.compile(r"[^:<>,{}\[\]\"\n]+")
_JSON_STEP = re.compile(r'["{}\[\]]')
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CDATA = ("<![CDATA[", "]]>")
_DEEPEST = 64


class Incomplete(Exception):
    """The text ends before what is being read does."""


class Unreadable(ValueError):
    """The text is not what the syntax says. Its message is for the model."""


class Cursor:
    """A position in a text."""

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at

    def skip_space(self) -> None:
        """Step over white space."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def sees(self, literal: str) -> bool:
        """Whether a literal comes next, white space before it aside. Raises Incomplete if that cannot be told yet."""
        literal = literal.strip()
        start = self.at
        self.skip_space()
        here, self.at = self.at, start
        if self.text.startswith(literal, here):
            return True
        if literal.startswith(self.text[here:]):
            raise Incomplete
        return False

    def take(self, literal: str) -> None:
        """Step over a literal; white space in it and before it may be more or less. Raises Incomplete, Unreadable."""
        for word in literal.split():
            self.skip_space()
            if self.text.startswith(word, self.at):
                self.at += len(word)
            elif word.startswith(self.text[self.at :]):
                raise Incomplete
            else:
                raise Unreadable(f"“{word}” is missing")

    def match(self, pattern: re.Pattern[str], what: str) -> str:
        """Step over what the pattern matches, which may go on at the end of the text. Raises Incomplete, Unreadable."""
        found = pattern.match(self.text, self.at)
        if found is None or not found[0]:
            if self.at >= len(self.text):
                raise Incomplete
            raise Unreadable(f"{what} is missing")
        if found.end() == len(self.text):
            raise Incomplete
        self.at = found.end()
        return found[0]

    def until(self, literal: str) -> str:
        """Step over a literal that comes; the text before it. Raises Incomplete."""
        end = self.text.find(literal, self.at)
        if end < 0:
            raise Incomplete
        text, self.at = self.text[self.at : end], end + len(literal)
        return text

    def json(self) -> Any:
        """Step over a JSON object, list or string. Raises Incomplete, Unreadable."""
        end = json_end(self.text, self.at)
        text, self.at = self.text[self.at : end], end
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError) as error:
            raise Unreadable("the arguments are not valid JSON") from error


def json_end(text: str, at: int) -> int:
    """Where the JSON value that begins at `at` with a bracket or a quote ends. Raises Incomplete, Unreadable."""
    depth = 0
    while True:
        step = _JSON_STEP.search(text, at)
        if step is None:
            raise Incomplete
        if step[0] == '"':
            string = _JSON_STRING.match(text, step.start())
            if string is None:
                raise Incomplete
            at = string.end()
        else:
            depth += 1 if step[0] in "{[" else -1
            at = step.end()
        if depth > _DEEPEST:
            raise Unreadable("the arguments are nested too deeply")
        if depth <= 0:
            return at


def read_value(cursor: Cursor, tagged: Tagged, key: str, schema: Schema, *, closing: str, told: frozenset[str]) -> Any:
    """Step over one argument's value and what closes it. Raises Incomplete, Unreadable.

    closing: what ends the call, where a value has no end of its own. told: types that the call itself names.
    """
    if tagged.style == "quoted":
        return _quoted(cursor, tagged.quote)
    if tagged.style == "python":
        return _python(cursor)
    if tagged.style == "elements":
        return _element(cursor, tagged, key, schema)
    ending = after_key(tagged.after, key)
    raw = cursor.until(ending.strip() or closing.strip())
    if not ending.strip():
        cursor.at -= len(closing.strip())
    between = next(iter(tagged.between.values()))
    return bare_value(_unpadded(raw, between, ending), schema, told)


def after_key(after: Parts, key: str) -> str:
    """The literal that closes a value."""
    return "".join(key if part is Slot.KEY else part for part in after if isinstance(part, str) or part is Slot.KEY)


def bare_value(raw: str, schema: Schema, told: frozenset[str] = frozenset()) -> Any:
    """A value that stands for itself: text where that is wanted, else JSON or Python. told: types named by the call."""
    if raw.startswith(_CDATA[0]) and raw.rstrip().endswith(_CDATA[1]):
        return raw.rstrip()[len(_CDATA[0]) : -len(_CDATA[1])]
    kinds = told or _kinds(schema)
    if kinds == {"string"}:
        return raw
    value = _literal(raw.strip())
    if value is _NOTHING or ("string" in kinds and (isinstance(value, str) or not _fits(value, kinds))):
        return raw
    return value


_NOTHING = object()


def _literal(text: str) -> Any:
    """The value of a JSON or Python literal; _NOTHING if it is none."""
    if text in _WORDS:
        return _WORDS[text]
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text) if len(text) < 100_000 else _NOTHING
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return _NOTHING


def _kinds(schema: Schema) -> frozenset[str]:
    """The JSON types that a schema allows; empty if it does not say."""
    kinds: set[str] = set()
    said = schema.get("type")
    kinds.update([said] if isinstance(said, str) else said if isinstance(said, list) else [])
    for key in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(key, ()):
            kinds |= _kinds(one) if isinstance(one, Mapping) else set()
    for value in [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])] if not kinds else ():
        kinds.add(_kind(value))
    return frozenset(kinds)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    for kind, types in (("string", str), ("integer", int), ("number", float), ("array", list), ("object", dict)):
        if isinstance(value, types):
            return kind
    return "null"


def _fits(value: Any, kinds: frozenset[str]) -> bool:
    kind = _kind(value)
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _unpadded(raw: str, between: str, ending: str) -> str:
    """A value without the line breaks that the syntax puts around it."""
    if between.endswith("\n"):
        raw = raw.removeprefix("\n")
    return raw.removesuffix("\n") if ending.startswith("\n") else raw


# ---- quoted by marks, keys bare (Gemma 4) -------------------------------------------------------------------------


def _quoted(cursor: Cursor, quote: tuple[str, str], depth: int = 0) -> Any:
    cursor.skip_space()
    if depth > _DEEPEST:
        raise Unreadable("the arguments are nested too deeply")
    if cursor.at >= len(cursor.text):
        raise Incomplete
    if cursor.sees(quote[0]):
        cursor.take(quote[0])
        return cursor.until(quote[1])
    bracket = cursor.text[cursor.at]
    if bracket == '"':
        return cursor.json()
    if bracket not in "{[":
        return _plain(cursor)
    cursor.at += 1
    members: dict[str, Any] = {}
    items: list[Any] = []
    end = "}" if bracket == "{" else "]"
    while not cursor.sees(end):
        if members or items:
            cursor.take(",")
        cursor.skip_space()
        if bracket == "{":
            key = cursor.match(_BARE_KEY, "a key").strip() if not cursor.sees(quote[0]) else str(_quoted(cursor, quote))
            cursor.take(":")
            members[key] = _quoted(cursor, quote, depth + 1)
        else:
            items.append(_quoted(cursor, quote, depth + 1))
    cursor.take(end)
    return members if bracket == "{" else items


def _plain(cursor: Cursor) -> Any:
    """A number or a word."""
    value = _literal(cursor.match(_PLAIN, "a value"))
    if value is _NOTHING:
        raise Unreadable("a value is missing")
    return value


# ---- Python literals (LFM 2.5) ------------------------------------------------------------------------------------

_AFTER_PYTHON = re.compile(r"\s*(?:,\s*\w[\w .-]*=|\)\s*(?:,\s*[\w.\-]+\s*\(|\]|<|$))")
_MAYBE_AFTER_PYTHON = re.compile(r"\s*(?:,\s*[\w .-]*|\)\s*(?:,\s*[\w.\-]*\s*)?)?$")


def _python(cursor: Cursor) -> Any:
    cursor.skip_space()
    if cursor.at >= len(cursor.text):
        raise Incomplete
    first = cursor.text[cursor.at]
    if first in "'\"":
        return _python_string(cursor, first)
    if first not in "[{(":
        return _plain(cursor)
    start = cursor.at
    cursor.at = _brackets_end(cursor.text, start)
    value = _literal(cursor.text[start : cursor.at])
    if value is _NOTHING:
        raise Unreadable("a value is neither JSON nor Python")
    return list(value) if isinstance(value, tuple | set) else value


def _python_string(cursor: Cursor, quote: str) -> str:
    """A string; its template may not escape quotes, so that it ends where the next argument or the end follows."""
    start, at = cursor.at, cursor.at + 1
    while True:
        at = cursor.text.find(quote, at)
        if at < 0:
            raise Incomplete
        if _AFTER_PYTHON.match(cursor.text, at + 1) and not _escaped(cursor.text, at):
            break
        if _MAYBE_AFTER_PYTHON.match(cursor.text, at + 1):
            raise Incomplete
        at += 1
    cursor.at = at + 1
    value = _literal(cursor.text[start : cursor.at])
    return value if isinstance(value, str) else cursor.text[start + 1 : at]


def _escaped(text: str, at: int) -> bool:
    return (at - len(text[:at].rstrip("\\"))) % 2 == 1


def _brackets_end(text: str, at: int) -> int:
    """Where a Python list or dictionary ends. Raises Incomplete, Unreadable."""
    depth, quote = 0, ""
    while at < len(text):
        letter = text[at]
        if quote:
            at += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "[{(":
            depth += 1
        elif letter in ")}]":
            depth -= 1
        at += 1
        if depth > _DEEPEST:
            raise Unreadable("the arguments are nested too deeply")
        if depth == 0 and not quote:
            return at
    raise Incomplete


# ---- nested elements (MiniMax M3) ---------------------------------------------------------------------------------


def _element(cursor: Cursor, tagged: Tagged, key: str, schema: Schema, depth: int = 0) -> Any:
    """The content of an element and its end: other elements, or a bare value."""
    if depth > _DEEPEST:
        raise Unreadable("the arguments are nested too deeply")
    ending = after_key(tagged.after, key)
    kinds = _kinds(schema)
    nested = not cursor.sees(ending) and cursor.sees(tagged.before)
    if not nested:
        raw = cursor.until(ending)
        if not raw.strip() and kinds & {"array", "object"} and "string" not in kinds:
            return [] if "array" in kinds else {}
        return bare_value(raw, schema)
    between = next(iter(tagged.between.values()))
    members: list[tuple[str, Any]] = []
    while not cursor.sees(ending):
        cursor.take(tagged.before)
        inner = cursor.match(_BARE_KEY, "a name")
        cursor.take(between)
        members.append((inner, _element(cursor, tagged, inner, _member(schema, inner), depth + 1)))
    cursor.take(ending)
    listed = "array" in kinds or (not kinds and all(name == "item" for name, _ in members))
    return [value for _, value in members] if listed else dict(members)


def _member(schema: Schema, key: str) -> Schema:
    items = schema.get("items")
    member = items if isinstance(items, Mapping) else schema.get("properties", {}).get(key, {})
    return member if isinstance(member, Mapping) else {}
