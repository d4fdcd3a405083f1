"""OpenAI's harmony format, as gpt-oss writes it: messages with a channel and perhaps a recipient.

Source: "OpenAI harmony response format", developers.openai.com/cookbook/articles/openai-harmony.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.workers.chat.tool_calls.codec import WrittenCall
from app.workers.chat.tool_calls.written_values import Cursor, Incomplete, Unreadable

MESSAGE = "<|message|>"
ENDS = ("<|end|>", "<|call|>", "<|return|>", "<|start|>", "<|channel|>")
MARKS = (*ENDS, MESSAGE, "<|constrain|>")
RECIPIENT = "to=functions."
_RECIPIENT = re.compile(r"\bto=([^\s<]+)")
_CHANNEL = re.compile(r"<\|channel\|>\s*([a-z]+)")
_TOOLS = "functions."
_HEADER_WORDS = ("assistant", "json")


@dataclass(frozen=True)
class HarmonyHeader:
    """What stands before a message. tool: to whom a call goes, "" for none."""

    kind: Literal["reasoning", "text", "call"]
    tool: str = ""


def read_header(text: str) -> HarmonyHeader:
    """What a header says, up to its MESSAGE mark."""
    recipient = _RECIPIENT.search(text)
    if recipient:
        return HarmonyHeader("call", recipient[1].removeprefix(_TOOLS))
    channel = _CHANNEL.search(text)
    return HarmonyHeader("reasoning" if channel and channel[1] == "analysis" else "text")


def may_be_header(text: str, *, whole: bool) -> bool:
    """Whether a text without marks may stand in a header. whole: more of its last word cannot come."""
    words = text.split()
    for at, word in enumerate(words):
        if word in _HEADER_WORDS or word.startswith("to="):
            continue
        growing = at == len(words) - 1 and not whole and not text[-1].isspace()
        if not (growing and any(known.startswith(word) for known in (*_HEADER_WORDS, "to="))):
            return False
    return True


def read_body(text: str) -> object:
    """The arguments in a call's message. Raises Incomplete if it is not whole, Unreadable."""
    cursor = Cursor(text)
    cursor.skip_space()
    if cursor.at >= len(text):
        raise Incomplete
    if text[cursor.at] != "{":
        raise Unreadable("the arguments are no JSON object")
    return cursor.json()


def read_harmony(text: str) -> list[WrittenCall]:
    """The whole calls in a whole turn."""
    calls = []
    for header, body in _messages(text):
        if header.kind != "call":
            continue
        try:
            calls.append(WrittenCall(header.tool, read_body(body)))
        except (Incomplete, Unreadable):
            continue
    return calls


def _messages(text: str) -> Sequence[tuple[HarmonyHeader, str]]:
    ends = re.compile("|".join(re.escape(end) for end in ENDS))
    found = []
    at = 0
    while (mark := text.find(MESSAGE, at)) >= 0:
        start = mark + len(MESSAGE)
        end = ends.search(text, start)
        stop = end.start() if end else len(text)
        found.append((read_header(text[at:mark]), text[start:stop]))
        at = stop
    return found
