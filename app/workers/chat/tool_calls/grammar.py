"""The grammar of a model's calls for given tools, in llguidance's Lark: trigger, name, arguments and end in one.

Source: github.com/guidance-ai/llguidance, docs/syntax.md and docs/json_schema.md of version 1.9.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from app.base.chat import ToolSpec
from app.workers.chat.tool_calls.bounds import bounded, free, types_of
from app.workers.chat.tool_calls.codec import LONGEST_TEXT, MOST_CALLS, MOST_ITEMS
from app.workers.chat.tool_calls.harmony import MESSAGE, RECIPIENT
from app.workers.chat.tool_calls.syntax import CallSyntax, Schema, Slot, Tagged
from app.workers.chat.tool_calls.written_values import after_key

Split = Callable[[str], Sequence[str | int]]
"""A literal as texts and ids of special tokens."""

_JSON = {"x-guidance": {"whitespace_pattern": r" |\n {0,16}", "lenient": True}}
_TERMINALS = r"""
WS: / |\n {0,16}/
ID: /[a-z0-9]{9}/
INDEX: /[0-9]{1,2}/
JSON_TEXT: /"(\\["\\\/bfnrt]|[^"\\\x00-\x1F\x7F]){0,MOST}"/
""".replace("MOST", str(LONGEST_TEXT + 1))
_DEEPEST = 5
_SHORT = 64  # characters of a text in which no markup is to be expected
_WORDS = {True: ("true", "True"), False: ("false", "False"), None: ("null", "None")}
_FREE: Schema = {"type": ["string", "number", "boolean"]}


def write_grammar(
    syntax: CallSyntax,
    tools: Sequence[ToolSpec],
    split: Split,
    *,
    most: int = MOST_CALLS,
    before: str = "",
    opened: bool = True,
) -> str:
    """A grammar of one call or more.

    most: how many. before: what must come first (the end of reasoning). opened: a group of calls begins as it should.
    """
    return _Grammar(syntax, split).of_calls(tools, most, before, opened)


class _Grammar:
    """Collects rules; an expression is Lark text that can stand in one."""

    def __init__(self, syntax: CallSyntax, split: Split) -> None:
        self._syntax = syntax
        self._split = split
        self._rules: list[str] = []
        self._root: Schema = {}

    def of_calls(self, tools: Sequence[ToolSpec], most: int, before: str, opened: bool) -> str:
        syntax = self._syntax
        call = self._rule(" | ".join(self._call(tool) for tool in tools))
        more = ""
        if syntax.parallel and most > 1:
            more = f"({self._literal(syntax.separator)} WS? {call}){{0,{most - 1}}}"
        lead = self._opening(syntax.open) if opened else ""
        start = f"{self._literal(before)} WS? {lead} WS? {call} {more}"
        close = self._literal(syntax.close)
        self._rules.append(f"start: {start} {f'WS? {close}' if close else ''}")
        return "%llguidance {}\n" + "\n".join(reversed(self._rules)) + _TERMINALS

    def _opening(self, text: str) -> str:
        """A literal that calls begin with; to the letter as far as they are noticed by it."""
        bare = text.lstrip()
        trigger = next((one for one in self._syntax.triggers if bare.startswith(one)), "")
        space = "WS?" if bare != text else ""
        return f"{space} {self._exactly(trigger)} {self._literal(bare[len(trigger) :])}"

    # ---- one call -------------------------------------------------------------------------------------------------

    def _call(self, tool: ToolSpec) -> str:
        self._root = tool.parameters
        if self._syntax.kind == "harmony":
            return self._rule(self._harmony(tool))
        parts: list[str] = []
        for part in self._syntax.call:
            if isinstance(part, str):
                parts.append(self._literal(part) if parts else self._opening(part))
            elif part is Slot.NAME:
                parts.append(_text(tool.name))
            elif part is Slot.ARGUMENTS:
                parts.append(self._arguments(tool.parameters))
            else:
                parts.append("ID" if part is Slot.ID else "INDEX")
        return self._rule(" ".join(parts))

    def _harmony(self, tool: ToolSpec) -> str:
        kind = f"(WS? {self._literal('<|channel|>')} {_text('commentary')})?"
        form = f"((WS? {self._literal('<|constrain|>')} | WS) {_text('json')})?"
        body = self._json({"type": "object", **tool.parameters})
        return f"{_text(RECIPIENT + tool.name)} {kind} {form} {self._literal(MESSAGE)} {body}"

    def _arguments(self, schema: Schema) -> str:
        tagged = self._syntax.tagged
        if tagged is None:
            return "JSON_TEXT" if self._syntax.text_arguments else self._json({"type": "object", **schema})
        listed = self._members(schema, lambda key, value: self._argument(tagged, key, value), tagged.separator)
        return listed or '""'

    def _argument(self, tagged: Tagged, key: str, schema: Schema) -> str:
        """One spelled-out argument: its key, its value in every form that it may have, what closes it."""
        after = after_key(tagged.after, key)
        forms: dict[str, list[str]] = {}
        for kind, one in _forms(schema, self._root):
            literal = tagged.between.get("number" if kind == "integer" else kind, next(iter(tagged.between.values())))
            forms.setdefault(literal, []).append(self._value(tagged, one, kind, after))
        head = f"{self._literal(tagged.before)} {_text(key)}"
        return " | ".join(
            f"{head} {self._exactly(literal)} ({' | '.join(values)})" for literal, values in forms.items()
        )

    def _value(self, tagged: Tagged, schema: Schema, kind: str, after: str) -> str:
        """A value of one kind and what closes it."""
        if tagged.style in ("quoted", "python"):
            return f"{self._nested(tagged, schema, 0)} {self._literal(after)}"
        if tagged.style == "elements" and kind in ("object", "array"):
            return self._element(tagged, schema, kind, after, 0)
        if kind == "string":
            return self._bare(schema, after)
        words = {"boolean": (*_WORDS[True], *_WORDS[False]), "null": _WORDS[None]}.get(kind, ())
        if words and tagged.python and not any(key in schema for key in ("enum", "const")):
            return f"({' | '.join(map(_text, words))}) {self._exactly(after)}"
        return f"{self._json(schema)} {self._exactly(after)}"

    def _bare(self, schema: Schema, after: str) -> str:
        """A text that stands for itself, up to what closes it."""
        given = schema.get("enum", [schema["const"]] if "const" in schema else None)
        if given is not None:
            texts = [_text(one) for one in given if isinstance(one, str) and one]
            return f"({' | '.join(texts)}) {self._exactly(after)}" if texts else self._exactly(after)
        least, most = _lengths(schema)
        pieces = [piece for piece in self._split(after.lstrip()) if piece]
        if not pieces or isinstance(pieces[0], int):
            return f"/(?s:.{{{least},{most}}})/ {self._exactly(after.lstrip())}"
        ending, *rest = pieces
        assert isinstance(ending, str)
        text = _other_than(ending, short=most <= _SHORT)
        return " ".join([f"/({text}){{{least},{most}}}{_regex(ending)}/", *(self._piece(piece) for piece in rest)])

    # ---- members of an object, in the order of its schema -----------------------------------------------------------

    def _members(self, schema: Schema, write: Callable[[str, Schema], str], separator: str) -> str:
        """Those properties that are required, and any of the others; "" if there are none."""
        properties = schema.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        required = schema.get("required")
        required = required if isinstance(required, list) else []
        between = self._literal(separator)
        first, later = "", ""  # what may come from here on, if nothing or something came before; "" for nothing
        for key, one in reversed(list(properties.items())):
            written = self._rule(write(key, one if isinstance(one, Mapping) else _FREE))
            rest = f" {later}" if later else ""
            here, there = f"{written}{rest}", f"{between} {written}{rest}"
            if key not in required:
                here = f"{here} | {first}" if first else f"({here})?"
                there = f"{there} | {later}" if later else f"({there})?"
            first, later = self._rule(here), self._rule(there)
        return first

    # ---- nested values that are not JSON ----------------------------------------------------------------------------

    def _nested(self, tagged: Tagged, schema: Schema, depth: int) -> str:
        """A value in the dialect's own notation of lists and objects."""
        schema = _resolved(schema, self._root)
        given = schema.get("enum", [schema["const"]] if "const" in schema else None)
        if given is not None:
            return f"({' | '.join(self._constant(tagged, one) for one in given)})"
        forms = []
        for kind, one in _forms(schema, self._root):
            if kind == "string":
                forms.append(self._quoted(tagged, one))
            elif kind in ("boolean", "null"):
                at = int(tagged.python)
                words = [_WORDS[True][at], _WORDS[False][at]] if kind == "boolean" else [_WORDS[None][1]]
                forms.extend(map(_text, words))
            elif kind in ("integer", "number"):
                forms.append(self._json(one))
            elif depth < _DEEPEST:
                forms.append(self._listed(tagged, one, depth) if kind == "array" else self._object(tagged, one, depth))
        return f"({' | '.join(forms) or _text(_WORDS[None][1])})"

    def _quoted(self, tagged: Tagged, schema: Schema) -> str:
        if tagged.style == "python":
            least, most = _lengths(schema)
            forms = (rf"/{quote}(\\[nrt'\"\\]|[^{quote}\\\n\r]){{{least},{most}}}{quote}/" for quote in "'\"")
            return f"({' | '.join(forms)})"
        opening, closing = tagged.quote
        return f"{self._exactly(opening)} {self._bare(schema, closing)}"

    def _listed(self, tagged: Tagged, schema: Schema, depth: int) -> str:
        items = schema.get("items")
        item = self._rule(self._nested(tagged, items if isinstance(items, Mapping) else _FREE, depth + 1))
        least, most = _counts(schema)
        if most == 0:
            return '"[" "]"'
        rest = f'("," WS? {item}){{{max(least - 1, 0)},{most - 1}}}'
        return f'"[" {item} {rest} "]"' if least else f'"[" ({item} {rest})? "]"'

    def _object(self, tagged: Tagged, schema: Schema, depth: int) -> str:
        def write(key: str, value: Schema) -> str:
            name = _text(key) if tagged.style == "quoted" else _text(json.dumps(key, ensure_ascii=False))
            return f'{name} ":" WS? {self._nested(tagged, value, depth + 1)}'

        members = self._members(schema, write, ",")
        return f'"{{" {members} "}}"'

    def _constant(self, tagged: Tagged, value: Any) -> str:
        if isinstance(value, str):
            if tagged.style == "python":
                return f"{_text(repr(value))} | {_text(json.dumps(value, ensure_ascii=False))}"
            return f"{self._exactly(tagged.quote[0])} {_text(value)} {self._exactly(tagged.quote[1])}"
        if isinstance(value, bool) or value is None:
            return " | ".join(map(_text, _WORDS[value]))
        return _text(json.dumps(value, ensure_ascii=False))

    def _element(self, tagged: Tagged, schema: Schema, kind: str, after: str, depth: int) -> str:
        """The content of an element and its end."""
        if kind not in ("object", "array") or depth > _DEEPEST:
            return self._value(tagged, schema, "null" if kind in ("object", "array") else kind, after)
        return f"{self._elements(tagged, schema, kind, depth)} {self._literal(after)}"

    def _elements(self, tagged: Tagged, schema: Schema, kind: str, depth: int) -> str:
        """Nested elements, without what closes the outermost."""

        def write(key: str, value: Schema) -> str:
            after = after_key(tagged.after, key)
            forms = [self._element(tagged, one, kind, after, depth + 1) for kind, one in _forms(value, self._root)]
            between = next(iter(tagged.between.values()))
            return f"{self._literal(tagged.before)} {_text(key)} {self._exactly(between)} ({' | '.join(forms)})"

        if kind == "object":
            return self._members(schema, write, "") or '""'
        items = schema.get("items")
        item = self._rule(write("item", items if isinstance(items, Mapping) else _FREE))
        least, most = _counts(schema)
        return f"{item}{{{least},{most}}}"

    # ---- pieces -----------------------------------------------------------------------------------------------------

    def _rule(self, body: str) -> str:
        name = f"r{len(self._rules)}"
        self._rules.append(f"{name}: {body}")
        return name

    def _json(self, schema: Schema) -> str:
        tight = bounded(schema)
        definitions = {key: bounded(self._root)[key] for key in ("$defs", "definitions") if key in self._root}
        return self._rule(f"%json {json.dumps(tight | definitions | _JSON, ensure_ascii=False)}")

    def _literal(self, text: str) -> str:
        """A literal in which white space may be more or less."""
        return " ".join(self._piece(piece, loose=True) for piece in self._split(text) if piece)

    def _exactly(self, text: str) -> str:
        """A literal to the letter: what stands beside it is someone's text."""
        return " ".join(self._piece(piece) for piece in self._split(text) if piece)

    def _piece(self, piece: str | int, *, loose: bool = False) -> str:
        if isinstance(piece, int):
            return f"<[{piece}]>"
        if not loose:
            return _text(piece)
        words = re.split(r"\s+", piece)
        loosened = [_text(words[0])] if words[0] else []
        for before, word in pairwise(words):
            must = before[-1:].isalnum() and word[:1].isalnum()
            loosened += ["WS" if must else "WS?", *([_text(word)] if word else [])]
        return " ".join(loosened)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _regex(text: str) -> str:
    """A regular expression of a literal, as it may stand between slashes."""
    return re.sub(r"([\\.+*?()|\[\]{}^$/#&~-])", r"\\\1", text).replace("\n", r"\n")


def _other_than(ending: str, *, short: bool) -> str:
    """A regular expression of one character, or of several that begin like `ending` and go on otherwise.

    short: only of characters that `ending` does not begin with, so that each repetition is one character.
    Written so that llguidance need not look at every token in a text: a lazy `.*` took 7 ms a mask at 150,000 tokens.
    """
    first = _in_class(ending[0])
    if short or len(ending) == 1:
        return f"[^{first}]"
    other = f"[^{_in_class(ending[-1])}{first}]"
    for letter in reversed(ending[1:-1]):
        other = f"([^{_in_class(letter)}{first}]|{_regex(letter)}{other})"
    return f"[^{first}]|{_regex(ending[0])}+{other}"


def _in_class(letter: str) -> str:
    return re.sub(r"([\\\]\[^&~/-])", r"\\\1", letter).replace("\n", r"\n")


def _forms(schema: Schema, root: Schema) -> list[tuple[str, Schema]]:
    """The kinds of value that a schema allows, each with the schema of that kind."""
    schema = _resolved(schema, root)
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list):
            parts = [one for one in schema[key] if isinstance(one, Mapping)]
            return [form for one in parts for form in _forms(one, root)]
    given = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if isinstance(given, list):
        texts = [one for one in given if isinstance(one, str)]
        others = [one for one in given if not isinstance(one, str)]
        return [(kind, {"enum": some}) for kind, some in (("string", texts), ("number", others)) if some]
    kinds = types_of(schema) or types_of(_FREE)
    return [(kind, {**schema, "type": kind}) for kind in kinds]


def _resolved(schema: Schema, root: Schema) -> Schema:
    """A schema in place of a reference to it within `root`."""
    for _ in range(_DEEPEST):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        target: Any = root
        for name in reference.removeprefix("#/").split("/"):
            target = target.get(name) if isinstance(target, Mapping) else None
        schema = target if isinstance(target, Mapping) else free()
    return _FREE


def _lengths(schema: Schema) -> tuple[int, int]:
    """Of a text; one more than may be if its schema says nothing, so that one which was cut is seen to be too long."""
    return _limits(schema.get("minLength"), schema.get("maxLength"), LONGEST_TEXT + 1)


def _counts(schema: Schema) -> tuple[int, int]:
    return _limits(schema.get("minItems"), schema.get("maxItems"), MOST_ITEMS + 1)


def _limits(least: Any, most: Any, largest: int) -> tuple[int, int]:
    least = least if isinstance(least, int) and 0 <= least <= largest else 0
    return least, max(min(most, largest) if isinstance(most, int) else largest, least)
