"""How a template writes calls, derived from what it prints around names, keys and values of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.workers.chat.templates.template import TemplateRefused
from app.workers.chat.tool_calls.probes import (
    ID,
    KEY,
    NAME,
    OTHER_ID,
    OTHER_KEY,
    OTHER_NAME,
    OTHER_VALUE,
    TEXT,
    VALUE,
    Prober,
    probe_tool,
    shared_head,
    shared_tail,
)  # fmt: skip
from app.workers.chat.tool_calls.syntax import CallSyntax, Markers, Parts, Slot, Tagged, ValueStyle, mark_ends

Span = tuple[int, int]
_DECODER = json.JSONDecoder(strict=False)
_TYPED: dict[str, Any] = {
    "string": "zqtypeds",
    "number": 41771,
    "boolean": True,
    "null": None,
    "object": {"zqinner": 41772},
    "array": [41773],
}
_WRITTEN = {
    "string": "zqtypeds", "number": "41771", "boolean": "[Tt]rue", "null": "null|None", "object": r"\{|[^{]*?zqinner",
    "array": r"\[|[^\[]*?41773",
}  # fmt: skip
_DIGITS = re.compile(r"(\d+)")
_SHORTEST_PLAIN_TRIGGER = 8
_CLOSED = ">]="  # a mark that ends otherwise, like “<invoke”, is the beginning of other words too


class Underivable(Exception):
    """What the template prints for a call has no form that is known here."""


def derive_calls(prober: Prober, markers: Markers) -> CallSyntax:
    """The syntax of calls of a template that prints them. Raises Underivable."""
    try:
        return _Derivation(prober, markers).syntax()
    except TemplateRefused as error:
        raise Underivable(str(error)) from error


class _Derivation:
    """Derives step by step; offsets are into the text of a single call."""

    def __init__(self, prober: Prober, markers: Markers) -> None:
        self._prober = prober
        self._markers = markers
        self._plain = prober.attempt(lambda: prober.turn({"role": "assistant", "content": TEXT}), "")
        self._tail = self._plain.partition(TEXT)[2]
        self._one = self._answer(prober.calls((NAME, {KEY: VALUE})))

    def syntax(self) -> CallSyntax:
        if "<|channel|>" in self._one and "to=functions." in self._one and "<|message|>" in self._one:
            return CallSyntax(kind="harmony", call=(Slot.NAME, Slot.ARGUMENTS), triggers=("to=functions.",))
        return self._with_triggers(self._json() or self._tag_json() or self._tagged())

    # ---- the three families ---------------------------------------------------------------------------------------

    def _json(self) -> CallSyntax | None:
        """A JSON object holds name and arguments."""

        def find(text: str, name: str, _value: str) -> Span | None:
            spans = (_object_at(text, at) for at in _braces(text))
            return next(
                (span for span in spans if span and name in text[slice(*span)] and span[0] < text.find(name)), None
            )

        span = find(self._one, NAME, VALUE)
        if span is None or KEY not in self._one[slice(*span)]:
            return None
        value = _DECODER.decode(self._one[slice(*span)])
        paths = dict(_paths(value))
        if "arguments" not in paths or not ("name" in paths or "key" in paths):
            return None
        raw = self._one[slice(*span)]
        inner = _arguments_in(raw)
        if inner is None:
            return None
        core = (raw[: inner[0]], Slot.ARGUMENTS, raw[inner[1] :])
        return replace(
            self._repeated(core, span, find),
            kind="json",
            name_path=paths.get("name", ()),
            arguments_path=paths["arguments"],
            text_arguments=raw[inner[0]] == '"',
        )

    def _tag_json(self) -> CallSyntax | None:
        """Arguments are a JSON object, the name stands before it."""

        def find(text: str, name: str, value: str) -> Span | None:
            at = text.find(name)
            for brace in _braces(text, at):
                span = _object_at(text, brace)
                if span and _DECODER.decode(text[slice(*span)]) == {KEY: value}:
                    return _first_slot(text, at), span[1]
            return None

        span = find(self._one, NAME, VALUE)
        if span is None:
            return None
        raw = self._one[slice(*span)]
        inner = _arguments_in(raw)
        assert inner is not None
        return replace(self._repeated((raw[: inner[0]], Slot.ARGUMENTS), span, find), kind="tag_json")

    def _tagged(self) -> CallSyntax:
        """Each argument is spelled out."""
        both = self._answer(self._prober.calls((NAME, {KEY: VALUE, OTHER_KEY: OTHER_VALUE})))
        at = [both.find(text) for text in (NAME, KEY, VALUE, OTHER_KEY, OTHER_VALUE)]
        if -1 in at or at != sorted(at):
            raise Underivable("name, keys and values do not come in order")
        name_end = both.rfind(NAME, 0, at[1]) + len(NAME)
        first_gap, mid, key_gap = (
            both[name_end : at[1]],
            both[at[1] + len(KEY) : at[2]],
            both[at[2] + len(VALUE) : at[3]],
        )
        between, style, python, quote = self._types(mid, key_gap)
        body = key_gap[len(quote[1]) :]
        last = self._one[self._one.find(VALUE) + len(VALUE) + len(quote[1]) :]
        before = shared_tail(first_gap, body)
        after = shared_head(last, body[: len(body) - len(before)])
        tagged = Tagged(
            before=before,
            between=between,
            after=_slotted(after),
            separator=body[len(after) : len(body) - len(before)],
            style=style,
            quote=quote,
            python=python,
        )

        def find(text: str, name: str, value: str) -> Span | None:
            start = text.find(name)
            end = text.find(value, start)
            return (
                (_first_slot(text, start), end + len(value) + len(quote[1]) + len(after)) if end > start >= 0 else None
            )

        span = find(self._one, NAME, VALUE)
        assert span is not None
        lead = self._one[span[0] : self._one.find(KEY) - len(before)]
        return replace(self._repeated((lead, Slot.ARGUMENTS), span, find), kind="tagged", tagged=tagged)

    def _types(self, mid: str, key_gap: str) -> tuple[dict[str, str], ValueStyle, bool, tuple[str, str]]:
        """What stands between key and value for each type, how values are written, True or true, and the quotes."""
        keys = {kind: f"zqkey{kind[:3]}" for kind in _TYPED}
        tool = probe_tool(NAME, *keys.values())
        for kind, key in keys.items():
            tool["function"]["parameters"]["properties"][key]["type"] = kind
        text = self._prober.calls((NAME, {key: _TYPED[kind] for kind, key in keys.items()}), tools=(tool,))
        between: dict[str, str] = {}
        for kind, key in keys.items():
            at = text.find(key)
            ends = [end for other in keys.values() if other != key and (end := text.find(other, at + 1)) >= 0]
            found = list(re.compile(_WRITTEN[kind]).finditer(text, at + len(key), min(ends, default=len(text))))
            if found and at >= 0:  # “null” may be the name of its type too, so that the last one counts
                between[kind] = text[at + len(key) : found[-1 if kind == "null" else 0].start()]
        plain, number = between.get("string", mid), between.get("number", mid)
        start = text.find("41771") + len("41771")
        after_number = text[
            start : min((end for key in keys.values() if (end := text.find(key, start)) > 0), default=start)
        ]
        opening = plain[len(number) :] if plain.startswith(number) else ""
        closing = key_gap[: len(key_gap) - len(after_number)] if opening and key_gap.endswith(after_number) else ""
        quote = (opening, closing) if opening and closing else ("", "")
        inner = text[text.find(keys["object"]) : text.find("zqinner")]
        style: ValueStyle = "text"
        if quote[0]:
            style = "python" if quote[0] in ("'", '"') else "quoted"
        elif "{" not in inner:
            style = "elements"
        between = {
            kind: literal.removesuffix(quote[0]) if kind == "string" else literal for kind, literal in between.items()
        }
        if style == "elements":
            between = dict.fromkeys(_TYPED, mid)
        return {kind: between.get(kind, number) for kind in _TYPED}, style, "True" in text, quote

    # ---- one call, several calls ----------------------------------------------------------------------------------

    def _repeated(self, core: Parts, span: Span, find: Callable[[str, str, str], Span | None]) -> CallSyntax:
        """What stands around a group of calls, around each and between them."""
        before, after = self._one[: span[0]], self._one[span[1] :]
        parts = _slots(core)
        single = CallSyntax(kind="json", call=parts, open=before, close=self._without_tail(after))
        try:
            two = self._answer(self._prober.calls((NAME, {KEY: VALUE}), (OTHER_NAME, {KEY: OTHER_VALUE})))
        except TemplateRefused:
            return single
        first, second = find(two, NAME, VALUE), find(two, OTHER_NAME, OTHER_VALUE)
        if first is None or second is None or second[0] < first[1]:
            return single
        between = two[first[1] : second[0]]
        lead = shared_tail(before, between)
        end = shared_head(after, between[: len(between) - len(lead)])
        lead = lead if lead.strip() else ""
        close = self._without_tail(after[len(end) :])
        if not close:
            end = self._without_tail(end)
        return CallSyntax(
            kind="json",
            call=_merged(lead, *_numbered(parts, two[slice(*second)]), end),
            open=before[: len(before) - len(lead)],
            close=close,
            separator=between[len(end) : len(between) - len(lead)],
            parallel=True,
        )

    def _answer(self, text: str) -> str:
        """A turn without the end of reasoning that comes before its call."""
        at = text.find(NAME)
        end = text.rfind(self._markers.end, 0, at) if self._markers.end else -1
        if end >= 0 and self._plain and self._markers.end not in self._plain.partition(TEXT)[2]:
            return text[end + len(self._markers.end) :]
        return text

    def _without_tail(self, text: str) -> str:
        """What closes a call, without what closes any turn."""
        return text[: len(text) - len(shared_tail(text, self._tail))] if self._tail else text

    # ---- how a call is noticed ------------------------------------------------------------------------------------

    def _with_triggers(self, syntax: CallSyntax) -> CallSyntax:
        opened = self._without_prompt(syntax.open)
        head = (opened + syntax.lead).strip()
        ends = [end for end in mark_ends(head) if head[end - 1] in _CLOSED]
        trigger = next((head[:end] for end in ends if head[:end] not in self._plain), head)
        if not mark_ends(head) and "{" in head[1:]:
            trigger = head[: head.index("{", 1)].rstrip()
        triggers = [trigger]
        own = syntax.lead.strip()
        ends = [end for end in mark_ends(own) if own[end - 1] in _CLOSED]
        if opened.strip() and mark_ends(own):
            triggers += [one for one in (own[: ends[0]] if ends else own,) if one not in self._plain]
        plain = not mark_ends(head) and (head[:1] in ("{", "[", "") or len(head) < _SHORTEST_PLAIN_TRIGGER)
        lead = self._without_prompt(self._plain.partition(TEXT)[0]) if TEXT in self._plain else ""
        return replace(
            syntax,
            open=opened,
            triggers=() if plain else tuple(dict.fromkeys(triggers)),
            plain_lead="" if self._markers.end in lead else lead.strip(),
        )

    def _without_prompt(self, opened: str) -> str:
        """The text before the first call, without what the prompt itself ends with."""
        prompt = self._prober.render(self._prober.head, generate=True).rstrip()
        text = opened.lstrip()
        for end in reversed(mark_ends(text)):
            if prompt.endswith(text[:end]):
                return text[end:]
        return opened


# ---- finding things in a rendering --------------------------------------------------------------------------------


def _braces(text: str, start: int = 0) -> Iterator[int]:
    at = text.find("{", start)
    while at >= 0:
        yield at
        at = text.find("{", at + 1)


def _object_at(text: str, at: int) -> Span | None:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return (at, end) if isinstance(value, dict) else None


def _paths(value: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where name and arguments stand in a call's object."""
    for key, one in value.items():
        if key == NAME and one == {KEY: VALUE}:
            yield "key", path
            yield "arguments", path
        elif one == NAME:
            yield "name", (*path, key)
        elif one == {KEY: VALUE} or (isinstance(one, str) and KEY in one and one.lstrip().startswith("{")):
            yield "arguments", (*path, key)
        elif isinstance(one, dict):
            yield from _paths(one, (*path, key))


def _arguments_in(raw: str) -> Span | None:
    """Where the arguments stand: a JSON object, or a JSON string that holds one."""
    for at in _braces(raw):
        span = _object_at(raw, at)
        if span and _DECODER.decode(raw[slice(*span)]) == {KEY: VALUE}:
            return span
    for quote in re.finditer('"', raw):
        try:
            value, end = _DECODER.raw_decode(raw, quote.start())
        except ValueError:
            continue
        if isinstance(value, str) and KEY in value and value.lstrip().startswith("{"):
            return quote.start(), end
    return None


def _first_slot(text: str, name_at: int) -> int:
    """Where a call's slots begin: at its id, if that comes before its name."""
    at = text.rfind(ID if text.startswith(NAME, name_at) else OTHER_ID, 0, name_at)
    return at if at >= 0 else name_at


# ---- literals and slots -------------------------------------------------------------------------------------------

_SLOTS = {
    NAME: Slot.NAME, OTHER_NAME: Slot.NAME, ID: Slot.ID, OTHER_ID: Slot.ID, KEY: Slot.KEY, OTHER_KEY: Slot.KEY,
}  # fmt: skip
_SLOT = re.compile("(" + "|".join(_SLOTS) + ")")


def _slotted(text: str) -> Parts:
    return tuple(_SLOTS.get(part, part) for part in _SLOT.split(text) if part)


def _slots(parts: Parts) -> Parts:
    return _merged(*(one for part in parts for one in (_slotted(part) if isinstance(part, str) else (part,))))


def _merged(*parts: str | Slot) -> Parts:
    """The parts with neighbouring literals joined and empty ones left out."""
    merged: list[str | Slot] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part:
            merged.append(part)
    return tuple(merged)


def _numbered(parts: Parts, second: str) -> Parts:
    """The parts of the first call, with Slot.INDEX for numbers that are others in the second call's text."""
    numbered: list[str | Slot] = []
    for part in parts:
        pieces = _DIGITS.split(part) if isinstance(part, str) else []
        if len(pieces) < 2:
            numbered.append(part)
            continue
        pattern = "".join(r"(\d+)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))
        found = re.search(pattern, second)
        others = found.groups() if found else pieces[1::2]
        for at, piece in enumerate(pieces):
            numbered.append(Slot.INDEX if at % 2 and others[at // 2] != piece else piece)
    return _merged(*numbered)
