"""A model's own chat template: Jinja source from a stranger's file, rendered in a sandbox and within a time.

What it may use up is bounded, see `restraint`; whatever still goes wrong ends this process at most.
Source: the conventions of Hugging Face's `apply_chat_template`, and what 70 published templates turned out to need.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from app.workers.chat.templates.sandbox_limits import LONGEST_SOURCE, joined, limited_memory, restrain

PLAIN = (
    "{% for message in messages %}"
    "{% if message.role == 'system' %}{{ message.content }}\n\n"
    "{% elif message.role == 'user' %}User: {{ message.content }}\n"
    "{% else %}Assistant: {{ message.content }}\n{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""For a model that brings no template: a conversation as people write one down."""
PLAIN_STOPS = ("\nUser:",)

RENDER_S = 3.0
_LONGEST_PRODUCT = 1 << 20
_LARGEST_FACTOR = 1 << 128
_FAILURES = (
    jinja2.TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError,
    SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""What untrusted template code can raise: by itself, or as Python runs it (RuntimeError: too deep a recursion)."""
_NO_TOOLS: tuple[list[Any] | None, ...] = (None, [])
_TICK = "familiar_tick"
_SYSTEM, _USER = "Probe of Instructions", "Probe of Questions"

Message = dict[str, Any]
"""A message as templates want it: role, content, perhaps tool_calls, tool_call_id and name."""


class BadTemplate(ValueError):
    """The template does not compile, or does not print the messages that it is given."""


class TemplateRefused(Exception):
    """The template raised an error over a conversation, or took too long (`slow`)."""

    def __init__(self, reason: str, *, slow: bool = False) -> None:
        super().__init__(reason)
        self.slow = slow


class ChatTemplate:
    """A compiled chat template that was seen to print a conversation. Raises BadTemplate if it does not.

    source: Jinja. bos, eos: the texts of the model's own first and last tokens. takes_system: whether it prints a
    system message.
    """

    def __init__(self, source: str, *, bos: str, eos: str) -> None:
        self.source = source
        self.takes_system = False
        self._bos = bos
        self._eos = eos
        self._clock = _Clock()
        self._no_tools: list[Any] | None = None
        if len(source) > LONGEST_SOURCE:
            raise BadTemplate("it is implausibly long")
        try:
            with limited_memory():
                self._compiled = _compile(source, self._clock)
        except _FAILURES as error:
            raise BadTemplate(f"it does not compile: {type(error).__name__}") from error
        self._probe()

    def render(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        *,
        generate: bool = True,
        thinking: bool = False,
    ) -> str:
        """What the template prints. Raises TemplateRefused.

        tools: in OpenAI's form. generate: go on to where the assistant's next message begins. thinking: ask a model
        that can do both to reason first.
        """
        try:
            try:
                return self._render(messages, list(tools) or self._no_tools, generate=generate, thinking=thinking)
            except jinja2.UndefinedError:
                if not tools:
                    raise
                return self._render(messages, _spelled_out(list(tools)), generate=generate, thinking=thinking)
        except _FAILURES as error:
            raise TemplateRefused(type(error).__name__, slow=isinstance(error, _TooSlow)) from error

    def _probe(self) -> None:
        """Find how the template wants to be called. Raises BadTemplate if it never prints what it is given."""
        for takes_system in (True, False):
            for tools in _NO_TOOLS:  # some go through the tools without looking whether there are any
                self._no_tools = tools
                system = [{"role": "system", "content": _SYSTEM}] if takes_system else []
                try:
                    text = self.render([*system, {"role": "user", "content": _USER}])
                except TemplateRefused as refused:
                    if refused.slow:
                        raise BadTemplate("it takes too long") from refused
                    continue
                if _USER in text and (_SYSTEM in text or not takes_system):
                    self.takes_system = takes_system
                    return
        raise BadTemplate("it does not print a message")

    def _render(self, messages: Sequence[Message], tools: list[Any] | None, *, generate: bool, thinking: bool) -> str:
        now = datetime.now()
        self._clock.wind()
        pieces = self._compiled.generate(
            messages=copy.deepcopy(list(messages)),
            tools=copy.deepcopy(tools),
            xml_tools=copy.deepcopy(tools),  # SmolLM 3
            functions=_to_json(tools, indent=4) if tools else "",  # firefunction joins it to its text
            datetime=now.strftime("%d %b %Y"),
            bos_token=self._bos,
            eos_token=self._eos,
            add_generation_prompt=generate,
            strftime_now=now.strftime,
            enable_thinking=thinking,
            thinking=thinking,
        )
        with limited_memory():
            return joined(pieces, self._clock.tick)


def plain_template() -> ChatTemplate:
    """The template for models that bring none; its turns end at PLAIN_STOPS."""
    return ChatTemplate(PLAIN, bos="", eos="")


class _TooSlow(RuntimeError):
    """A rendering has taken too long."""


class _Clock:
    """Asked at every round of every loop; raises _TooSlow once a rendering has taken too long."""

    def __init__(self) -> None:
        self._end = 0.0

    def wind(self) -> None:
        self._end = time.monotonic() + RENDER_S

    def tick(self) -> str:
        if time.monotonic() > self._end:
            raise _TooSlow
        return ""


class _Environment(SandboxedEnvironment):
    """Like Hugging Face's, but not immutable: some templates append to lists, and every render has fresh ones.

    Products that would take all memory or time are refused.
    """

    intercepted_binops = frozenset(["*", "**"])

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The product or power of two values of a template. Raises OverflowError for one that is too large."""
        sizes = [len(side) if isinstance(side, str | list | tuple) else abs(side) for side in (left, right)]
        repeated = operator == "*" and any(isinstance(side, str | list | tuple) for side in (left, right))
        if operator == "*" and not repeated and max(sizes) > _LARGEST_FACTOR:
            raise OverflowError
        if (operator == "**" and max(sizes) > 1000) or (repeated and sizes[0] * sizes[1] > _LONGEST_PRODUCT):
            raise OverflowError
        return super().call_binop(context, operator, left, right)


class _Generation(jinja2.ext.Extension):
    """`{% generation %}…{% endgeneration %}` marks the assistant's words for training; here it prints them."""

    tags = {"generation"}  # noqa: RUF012 - Jinja declares it as a plain class attribute

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _compile(source: str, clock: _Clock) -> jinja2.Template:
    """The template, asking the clock in every loop and macro."""
    environment = _Environment(trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, jinja2.ext.loopcontrols])
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    environment.globals[_TICK] = clock.tick
    restrain(environment, clock.tick)
    tree = environment.parse(source)
    repeating: list[nodes.For | nodes.Macro] = [*tree.find_all(nodes.For), *tree.find_all(nodes.Macro)]
    for node in repeating:
        call = nodes.Call(nodes.Name(_TICK, "load"), [], [], None, None)
        node.body.insert(0, nodes.Output([call]).set_lineno(node.lineno).set_environment(environment))
    return jinja2.Template.from_code(environment, environment.compile(tree), environment.make_globals(None))


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
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys, default=_plain
    )


def _spelled_out(value: Any) -> Any:
    """Schemas that say of every object what else it may hold: Command R+ asks without looking whether it is there."""
    if isinstance(value, list):
        return [_spelled_out(one) for one in value]
    if not isinstance(value, dict):
        return value
    spelled = {key: _spelled_out(one) for key, one in value.items()}
    return {"additionalProperties": {}, **spelled} if value.get("type") == "object" else spelled


def _plain(value: object) -> object:
    """What Jinja makes on the way to JSON: generators of its filters, undefined values."""
    return list(value) if isinstance(value, Iterable) else str(value)
