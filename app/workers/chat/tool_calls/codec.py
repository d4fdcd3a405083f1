"""Calls as a model wrote them, read with nothing but the syntax: text to calls, whole, unfinished or broken."""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jsonschema
from referencing import Registry

from app.base.chat import ToolCall, ToolSpec
from app.workers.chat.tool_calls.syntax import CallSyntax, Schema, Slot
from app.workers.chat.tool_calls.written_values import Cursor, Incomplete, Unreadable, after_key, read_value

MOST_CALLS = 8
LONGEST_TEXT, MOST_ITEMS, LARGEST_NUMBER = 2000, 32, 2**53
_NAME = re.compile(r"[\w.\-/]+")
_KEY = re.compile(r"[\w.\-$]+")
_ID = re.compile(r"[\w.\-:]*")
_INDEX = re.compile(r"\d+")
_ID_LETTERS = string.ascii_lowercase + string.digits
_NAME_KEYS, _ARGUMENT_KEYS = ("name", "tool_name", "function"), ("arguments", "parameters", "args")
_LONGEST_COMPLAINT = 300


@dataclass(frozen=True)
class WrittenCall:
    """A call as it was written: its name and arguments are what the model says, nothing is checked."""

    name: str
    arguments: Any


@dataclass(frozen=True)
class Reading:
    """What stands in a text that begins with calls.

    calls: the whole ones. end: offset behind the last whole one, or behind all syntax if `state` is "done".
    state: "done": nothing more belongs to them; "open": all are whole, more may come; "more": one is not whole;
    "broken": `problem` says why the next one cannot be read; "none": it is no call at all, only text that began like
    one. name: of the one that is not whole or broken, "" if unknown.
    """

    calls: tuple[WrittenCall, ...]
    end: int
    state: Literal["done", "open", "more", "broken", "none"]
    name: str = ""
    problem: str = ""


def read_calls(syntax: CallSyntax, text: str, tools: Sequence[ToolSpec]) -> Reading:
    """The calls at the beginning of a text; white space between them may be more or less than usual."""
    return _Reader(syntax, text, tools).read()


def new_call_id() -> str:
    """An id for a call: nine letters and digits, which every template takes."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(9))


class CallChecker:
    """Holds written calls against the tools that there are."""

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def check(self, written: WrittenCall) -> ToolCall | str:
        """The call if it may be made; else why not, for the model to read."""
        tool = self._tools.get(written.name)
        if tool is None:
            return f"There is no tool {_short(written.name)}. There are: {', '.join(self._tools) or 'none'}."
        arguments = {} if written.arguments is None else written.arguments
        if not isinstance(arguments, dict):
            return f"The arguments of {tool.name} must be an object."
        complaint = _excess(arguments) or self._complaint(tool, arguments)
        if complaint:
            return f"The call of {tool.name} was not made: {complaint}"
        return ToolCall(id=new_call_id(), name=tool.name, arguments=arguments)

    def _complaint(self, tool: ToolSpec, arguments: Mapping[str, Any]) -> str:
        schema = {"type": "object", **tool.parameters}
        try:
            validator = jsonschema.Draft202012Validator(schema, registry=Registry())  # which fetches nothing
            error = jsonschema.exceptions.best_match(validator.iter_errors(arguments))
        except Exception as broken:  # noqa: BLE001 - a stranger's schema can fail in any way; then nothing is called
            return f"its schema cannot be used ({type(broken).__name__})."
        if error is None:
            return ""
        where = "/".join(str(part) for part in error.absolute_path)
        return f"{where + ': ' if where else ''}{_short(error.message)}"


class _Reader:
    def __init__(self, syntax: CallSyntax, text: str, tools: Sequence[ToolSpec]) -> None:
        self._syntax = syntax
        self._cursor = Cursor(text)
        self._schemas: dict[str, Schema] = {tool.name: tool.parameters for tool in tools}
        self._names = re.compile("|".join(sorted(map(re.escape, self._schemas), key=len, reverse=True)) or r"(?!)")
        self._name = ""
        lead = (_around_object(syntax)[0].strip() or "{") if syntax.kind in ("json", "generic") else syntax.lead
        self._first_word = (lead.split() or [""])[0]

    def read(self) -> Reading:
        calls: list[WrittenCall] = []
        end = 0
        try:
            self._optional(self._syntax.open)
            self._optional(self._syntax.separator)
            while True:
                self._name = ""
                calls.append(self._call())
                self._name, end = "", self._cursor.at
                if self._finished():
                    return Reading(tuple(calls), self._cursor.at, "done")
        except Incomplete:
            name = self._name or ("?" if self._begun(end) else "")
            return Reading(tuple(calls), end, "open" if calls and not name else "more", name)
        except Unreadable as error:
            if calls and not self._name:  # something else follows the last call
                return Reading(tuple(calls), end, "done")
            if not self._name and self._syntax.kind in ("tag_json", "tagged"):
                return Reading((), 0, "none")
            return Reading(tuple(calls), end, "broken", self._name, str(error))

    def _begun(self, end: int) -> bool:
        """Whether another call has begun behind the last whole one."""
        rest = self._cursor.text[end:].strip()
        for literal in (self._syntax.open, self._syntax.separator):
            rest = rest.removeprefix(literal.strip()).strip()
        return bool(rest) and rest.startswith(self._first_word)

    def _finished(self) -> bool:
        """After a call: whether it was the last. Steps over the end, or to the next call."""
        cursor, syntax = self._cursor, self._syntax
        close = syntax.close.strip()
        if close and cursor.sees(close):
            cursor.take(close)
            return True
        if not syntax.parallel:
            return True
        self._optional(syntax.separator)
        if self._first_word:
            return not cursor.sees(self._first_word)
        return not syntax.separator.strip() and not close

    def _optional(self, literal: str) -> None:
        """Step over a literal if it is there: as a whole, or without its first words."""
        words = literal.split()
        for skipped in range(len(words)):
            if self._cursor.sees(words[skipped]):
                self._cursor.take(" ".join(words[skipped:]))
                return

    # ---- one call -------------------------------------------------------------------------------------------------

    def _call(self) -> WrittenCall:
        if self._syntax.kind in ("json", "generic"):
            return self._json_call()
        arguments: Any = {}
        for part in self._syntax.call:
            if isinstance(part, str):
                self._cursor.take(part)
            elif part is Slot.NAME:
                name = self._take_name()
                if self._name and name != self._name:
                    raise Unreadable("two names stand in one call")
                self._name = name
            elif part is Slot.ARGUMENTS:
                arguments = self._arguments()
            else:
                self._cursor.match(_INDEX if part is Slot.INDEX else _ID, "its id")
        return WrittenCall(self._name, arguments)

    def _take_name(self) -> str:
        self._cursor.skip_space()
        known = self._names.match(self._cursor.text, self._cursor.at)
        whole = _NAME.match(self._cursor.text, self._cursor.at)
        if whole and whole.end() == len(self._cursor.text):
            raise Incomplete
        if known and known[0]:
            self._cursor.at = known.end()
            return known[0]
        return self._cursor.match(_NAME, "the name of the tool")

    def _arguments(self) -> Any:
        if self._syntax.tagged is not None:
            return self._tagged_arguments()
        self._cursor.skip_space()
        if self._cursor.at >= len(self._cursor.text):
            raise Incomplete
        if self._cursor.text[self._cursor.at] not in '{"':
            raise Unreadable("the arguments are no JSON object")
        value = self._cursor.json()
        return _loaded(value)

    def _json_call(self) -> WrittenCall:
        cursor = self._cursor
        before, after = _around_object(self._syntax)
        self._optional(before)
        cursor.skip_space()
        if cursor.at >= len(cursor.text):
            raise Incomplete
        if cursor.text[cursor.at] != "{":
            raise Unreadable("it is no JSON object")
        start = cursor.at
        try:
            value = cursor.json()
        except (Incomplete, Unreadable):
            self._name = self._guessed_name(cursor.text[start:])
            raise
        name, arguments = self._named(value)
        self._name = name
        if after.strip():
            cursor.take(after)
        return WrittenCall(name, _loaded(arguments))

    def _named(self, value: dict[str, Any]) -> tuple[str, Any]:
        """Name and arguments of a call's object: where the template has them, or under another common key."""
        syntax = self._syntax
        if syntax.arguments_path == ():  # the name is the key
            inner = next(((key, one) for key, one in value.items() if key in self._schemas), None)
            if inner is None and len(value) == 1:
                inner = next(iter(value.items()))
            if inner is not None:
                return inner
        name = _at(value, syntax.name_path)
        arguments = _at(value, syntax.arguments_path)
        if name is None:
            name = next((value[key] for key in _NAME_KEYS if key in value), None)
        if arguments is None:
            arguments = next((value[key] for key in _ARGUMENT_KEYS if key in value), None)
        if not isinstance(name, str):
            raise Unreadable("it names no tool")
        return name, arguments

    def _guessed_name(self, text: str) -> str:
        found = re.search(r'"(?:name|tool_name|function)"\s*:\s*"([^"]*)"', text)
        if found:
            return found[1]
        return next((name for name in self._schemas if f'"{name}"' in text), "?")

    def _tagged_arguments(self) -> dict[str, Any]:
        tagged, cursor = self._syntax.tagged, self._cursor
        assert tagged is not None
        after = self._syntax.call[-1]
        closing = after if isinstance(after, str) else self._syntax.close
        properties = self._schemas.get(self._name, {}).get("properties", {})
        properties = properties if isinstance(properties, Mapping) else {}
        arguments: dict[str, Any] = {}
        while not (closing.strip() and cursor.sees(closing.split()[0])):
            if arguments and tagged.separator.strip():
                cursor.take(tagged.separator)
            cursor.take(tagged.before)
            cursor.skip_space()
            key = self._key(properties)
            told = self._between()
            schema = properties.get(key, {})
            schema = schema if isinstance(schema, Mapping) else {}
            arguments[key] = read_value(cursor, tagged, key, schema, closing=closing, told=told)
            if tagged.style in ("quoted", "python"):
                cursor.take(after_key(tagged.after, key))
        return arguments

    def _key(self, properties: Mapping[str, Any]) -> str:
        """Step over the name of an argument: a known one, or what looks like one."""
        cursor = self._cursor
        known = sorted((key for key in properties if cursor.text.startswith(key, cursor.at)), key=len)
        found = _KEY.match(cursor.text, cursor.at)
        if known and (found is None or len(known[-1]) >= len(found[0])):
            cursor.at += len(known[-1])
            return known[-1]
        return cursor.match(_KEY, "the name of an argument")

    def _between(self) -> frozenset[str]:
        """Step over what stands between key and value. Returns the types that it tells; none if it tells nothing."""
        tagged = self._syntax.tagged
        assert tagged is not None
        start = self._cursor.at
        literals = {literal.rstrip() for literal in tagged.between.values()}
        for literal in sorted(literals, key=len, reverse=True):
            self._cursor.at = start
            try:
                self._cursor.take(literal)
            except Unreadable:
                continue
            kinds = {kind for kind, one in tagged.between.items() if one.rstrip() == literal}
            if len(literals) == 1:
                return frozenset()
            return frozenset(kinds | {"integer"} if "number" in kinds else kinds)
        raise Unreadable("the value of an argument is missing")


def _excess(value: Any) -> str:
    """What in the arguments is more than may be; a call that was cut to fit must not be made."""
    if isinstance(value, int | float) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        return "a number is too large."
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"a text is longer than {LONGEST_TEXT} characters."
    if isinstance(value, list | dict):
        if len(value) > MOST_ITEMS:
            return f"a list has more than {MOST_ITEMS} items."
        return next(
            (found for one in (value.values() if isinstance(value, dict) else value) if (found := _excess(one))), ""
        )
    return ""


def _around_object(syntax: CallSyntax) -> tuple[str, str]:
    """The literals before and after a call's JSON object."""
    first, last = syntax.call[0], syntax.call[-1]
    before = first[: first.index("{")] if isinstance(first, str) and "{" in first else ""
    after = last[last.rindex("}") + 1 :] if isinstance(last, str) and "}" in last else ""
    return before, after


def _at(value: Any, path: Sequence[str]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if path else None


def _loaded(arguments: Any) -> Any:
    """Arguments that are JSON within a string, as an object."""
    if not isinstance(arguments, str):
        return arguments
    try:
        return json.loads(arguments, strict=False)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the arguments are not valid JSON") from error


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_COMPLAINT else text[:_LONGEST_COMPLAINT] + "…"
