"""A conversation as a chat template wants it: roles it knows, calls and results in its own form or as plain text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.base.chat import ChatMessage, ToolCall, ToolSpec
from app.workers.chat.templates.template import Message

_ID_LETTERS = 9
RESULT_OPEN, RESULT_CLOSE = "<tool_response>", "</tool_response>"


@dataclass(frozen=True)
class Plan:
    """What a template prints by itself, and how it wants it. What it does not print is written into plain messages.

    definitions: of tools. calls: of an assistant's message. results: messages of the role "tool". text_arguments: it
    wants a call's arguments as JSON text. blank: the content of a message that is only calls. mixed: it prints both
    text and calls of one message. system: it knows that role.
    """

    system: bool = True
    definitions: bool = False
    calls: bool = False
    results: bool = False
    text_arguments: bool = False
    blank: str | None = ""
    mixed: bool = False


def arrange(
    messages: Sequence[ChatMessage],
    plan: Plan,
    write_call: Callable[[Sequence[ToolCall]], str],
    instructions: str = "",
) -> list[Message]:
    """The messages for a template. write_call: calls as text, where the template prints none.

    Neighbouring messages of one role become one, because many templates insist on alternation. instructions: more text
    of the system. Where a template knows no system role, that text leads the first message of the user.
    """
    arranged: list[Message] = []
    for message in messages:
        if message.role != "system":
            _append(arranged, _arranged(message, plan, write_call))
    texts = [message.content for message in messages if message.role == "system"]
    system = "\n\n".join(text for text in (*texts, instructions) if text)
    if not system:
        return arranged
    if plan.system:
        return [{"role": "system", "content": system}, *arranged]
    first = next((one for one in arranged if one["role"] == "user"), None)
    if first is None:
        return [{"role": "user", "content": system}, *arranged]
    first["content"] = f"{system}\n\n{first['content']}"
    return arranged


def openai_tool(tool: ToolSpec) -> dict[str, Any]:
    """A tool's definition in OpenAI's form, which templates expect."""
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": _complete(tool.parameters)},
    }


def call_id(wanted: str) -> str:
    """An id that every template takes: nine letters and digits (Mistral's insist on them)."""
    if len(wanted) == _ID_LETTERS and wanted.isascii() and wanted.isalnum():
        return wanted
    return hashlib.sha256(wanted.encode()).hexdigest()[:_ID_LETTERS]


def template_call(name: str, arguments: Mapping[str, Any], ident: str, *, text_arguments: bool) -> dict[str, Any]:
    """A call in OpenAI's form, but for its arguments, which most templates want as an object."""
    given = json.dumps(arguments, ensure_ascii=False) if text_arguments else dict(arguments)
    return {"id": ident, "type": "function", "function": {"name": name, "arguments": given}}


def _complete(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with what some templates look for without asking."""
    return {"type": "object", "properties": {}, "required": [], **parameters}


def _arranged(message: ChatMessage, plan: Plan, write_call: Callable[[Sequence[ToolCall]], str]) -> Message:
    if message.role == "tool":
        if plan.calls and plan.results:
            ident = call_id(message.call_id)
            return {"role": "tool", "content": message.content, "name": message.name, "tool_call_id": ident}
        return {"role": "user", "content": f"{RESULT_OPEN}\n{message.content}\n{RESULT_CLOSE}"}
    if not message.calls:
        return {"role": message.role, "content": message.content}
    if not plan.calls:
        text = "\n".join(part for part in (message.content, write_call(message.calls)) if part)
        return {"role": message.role, "content": text}
    calls = [
        template_call(call.name, call.arguments, call_id(call.id), text_arguments=plan.text_arguments)
        for call in message.calls
    ]
    text = message.content if plan.mixed else ""
    return {"role": message.role, "content": text or plan.blank, "tool_calls": calls}


def _append(arranged: list[Message], message: Message) -> None:
    """Add a message, joining it with the last one where both are plain text of one role."""
    last = arranged[-1] if arranged else None
    if last is None or last["role"] != message["role"] or message["role"] == "tool" or "tool_calls" in last:
        arranged.append(message)
        return
    texts = [text for text in (last["content"], message["content"]) if text]
    last.update(message, content="\n\n".join(texts) if texts else message["content"])
