"""A model's own chat template: Jinja source from a stranger's file, rendered in a sandbox.

The template can still loop or eat memory; what helps against that is that it runs in this process, which may be killed.
Source: the conventions of Hugging Face's `apply_chat_template`, and what 70 published templates turned out to need.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import jinja2
import jinja2.ext
from jinja2.nodes import Node
from jinja2.parser import Parser
from jinja2.sandbox import SandboxedEnvironment

from app.base.chat import ChatMessage
from app.base.errors import Problem

PLAIN = (
    "{% for message in messages %}"
    "{% if message.role == 'system' %}{{ message.content }}\n\n"
    "{% elif message.role == 'user' %}User: {{ message.content }}\n"
    "{% else %}Assistant: {{ message.content }}\n{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""For a model that brings no template: a conversation as people write one down."""
PLAIN_STOPS = ("\nUser:",)

_FAILURES = (
    jinja2.TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError,
    SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""What untrusted template code can raise: by itself, or as Python runs it (RuntimeError: too deep a recursion)."""
_NO_TOOLS: tuple[list[str] | None, ...] = (None, [])
_SYSTEM, _USER, _ASSISTANT = "Probe of Instructions", "Probe of Questions", "Probe of Answers"


class BadTemplate(ValueError):
    """The template does not compile, or does not print the messages that it is given."""


class ChatTemplate:
    """A compiled chat template that was seen to print a conversation. Raises BadTemplate if it does not.

    source: Jinja. bos, eos: the texts of the model's own first and last tokens.
    """

    def __init__(self, source: str, *, bos: str, eos: str) -> None:
        self.source = source
        self._bos = bos
        self._eos = eos
        try:
            self._compiled = _environment().from_string(source)
        except _FAILURES as error:
            raise BadTemplate(f"it does not compile: {type(error).__name__}") from error
        self._tools: list[str] | None = None
        self._takes_system = False
        self._probe()

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """The prompt for the assistant's next message. Raises Problem chat.template if the template refuses it.

        Neighbouring messages of one role become one, because many templates insist on alternation. Where a template
        knows no system role, the system's text leads the first message of the user.
        """
        try:
            return self._render(_arranged(messages, self._takes_system), generate=True)
        except _FAILURES as error:
            raise Problem(
                "chat.template",
                "The model's own chat template refused this conversation.",
                "Start a new conversation, or use another model.",
            ) from error

    def after_answer(self) -> str:
        """What the template writes after an assistant's message: the model's own sign that its turn is over."""
        try:
            text = self._render([_message("user", _USER), _message("assistant", _ASSISTANT)], generate=False)
        except _FAILURES:
            return ""  # some insist on a last message by the user
        return text.rpartition(_ASSISTANT)[2] if _ASSISTANT in text else ""

    def _probe(self) -> None:
        """Find how the template wants to be called. Raises BadTemplate if it never prints what it is given."""
        for takes_system in (True, False):
            for tools in _NO_TOOLS:  # some go through the tools without looking whether there are any
                self._tools = tools
                messages = [_message("system", _SYSTEM)] if takes_system else []
                if self._prints(*messages, _message("user", _USER)):
                    self._takes_system = takes_system
                    return
        raise BadTemplate("it does not print a message")

    def _prints(self, *messages: dict[str, Any]) -> bool:
        try:
            text = self._render(list(messages), generate=True)
        except _FAILURES:
            return False
        return all(message["content"] in text for message in messages)

    def _render(self, messages: list[dict[str, Any]], *, generate: bool) -> str:
        now = datetime.now()
        return self._compiled.render(
            messages=messages,
            tools=self._tools,
            functions="",  # firefunction joins it to its text
            datetime=now.strftime("%d %b %Y"),
            bos_token=self._bos,
            eos_token=self._eos,
            add_generation_prompt=generate,
            strftime_now=now.strftime,
            enable_thinking=False,  # an answer within its tokens is worth more here than a monologue
            thinking=False,
        )


def plain_template() -> ChatTemplate:
    """The template for models that bring none; its turns end at PLAIN_STOPS."""
    return ChatTemplate(PLAIN, bos="", eos="")


class _Generation(jinja2.ext.Extension):
    """`{% generation %}…{% endgeneration %}` marks the assistant's words for training; here it prints them."""

    tags = {"generation"}  # noqa: RUF012 - Jinja declares it as a plain class attribute

    def parse(self, parser: Parser) -> list[Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _environment() -> SandboxedEnvironment:
    """Like Hugging Face's, but not immutable: some templates append to lists, and every render has fresh ones."""
    environment = SandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    return environment


def _raise(message: object) -> None:
    raise jinja2.TemplateError(str(message))


def _to_json(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Plain JSON: Jinja's own filter escapes for HTML."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _message(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def _arranged(messages: Sequence[ChatMessage], takes_system: bool) -> list[dict[str, Any]]:
    system = "\n\n".join(message.content for message in messages if message.role == "system")
    arranged: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "system":
            continue
        if arranged and arranged[-1]["role"] == message.role:
            arranged[-1]["content"] += "\n\n" + message.content
        else:
            arranged.append(_message(message.role, message.content))
    if not system:
        return arranged
    if takes_system:
        return [_message("system", system), *arranged]
    first = next((one for one in arranged if one["role"] == "user"), None)
    if first is None:
        return [_message("user", system), *arranged]
    first["content"] = f"{system}\n\n{first['content']}"
    return arranged
