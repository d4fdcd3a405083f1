"""Renderings of a template with names that we chose: what is left around them is its literal syntax."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from app.workers.chat.templates.conversation import Plan, template_call
from app.workers.chat.templates.template import ChatTemplate, Message, TemplateRefused

SYSTEM, USER, TEXT, THOUGHT, RESULT = "zqsystem", "zquser", "zqtext", "zqthought", "zqresult"
NAME, OTHER_NAME = "zqnamea", "zqnameb"
KEY, OTHER_KEY = "zqkeya", "zqkeyb"
VALUE, OTHER_VALUE = "zqvala", "zqvalb"
ID, OTHER_ID = "zqid00001", "zqid00002"
DESCRIPTION = "zqdescription"
DERIVING_S = 4.0
_OPEN_MARK = re.compile(r"<[^<>\n]*$")

Call = tuple[str, Mapping[str, Any]]
Answer = TypeVar("Answer")


def probe_tool(name: str, *keys: str) -> dict[str, Any]:
    """A tool of our own whose arguments are strings."""
    properties = {key: {"type": "string", "description": "d"} for key in keys}
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": f"{DESCRIPTION} {name}",
            "parameters": {"type": "object", "properties": properties, "required": list(keys[:1])},
        },
    }


TOOLS = (probe_tool(NAME, KEY, OTHER_KEY), probe_tool(OTHER_NAME, KEY, OTHER_KEY))


class Prober:
    """Asks a template to print turns of an assistant. Every question may raise TemplateRefused.

    plan: how the template wants calls; see `find_plan`. After DERIVING_S of questions each is refused.
    """

    def __init__(self, template: ChatTemplate, plan: Plan | None = None) -> None:
        self.template = template
        self.plan = plan or Plan(system=template.takes_system)
        self.head: list[Message] = [{"role": "user", "content": USER}]
        if self.plan.system:
            self.head.insert(0, {"role": "system", "content": SYSTEM})
        self._until = time.monotonic() + DERIVING_S

    def render(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = TOOLS,
        *,
        generate: bool = False,
        thinking: bool = False,
    ) -> str:
        """The template's own text."""
        if time.monotonic() > self._until:
            raise TemplateRefused("the template takes too long", slow=True)
        return self.template.render(messages, tools, generate=generate, thinking=thinking)

    def after_user(
        self,
        message: Message,
        tools: Sequence[Mapping[str, Any]] = TOOLS,
        *,
        thinking: bool = False,
    ) -> str:
        """What is printed after the user's words, up to the end of an assistant's message."""
        return _after_user(self.render([*self.head, message], tools, thinking=thinking))

    def turn(self, message: Message, tools: Sequence[Mapping[str, Any]] = TOOLS) -> str:
        """What an assistant's message adds to the prompt for it: what the model must have written.

        Both are cut after the last words of the user, so that a system text which moves does not matter.
        """
        full = self.after_user(message, tools)
        prompt = _after_user(self.render(self.head, tools, generate=True))
        return full[len(prompt) :] if full.startswith(prompt) else full[len(shared_head(full, prompt)) :]

    def message(self, *calls: Call, ids: Sequence[str] = (ID, OTHER_ID)) -> Message:
        """An assistant's message of these calls."""
        made = [
            template_call(name, arguments, ident, text_arguments=self.plan.text_arguments)
            for (name, arguments), ident in zip(calls, ids, strict=False)
        ]
        return {"role": "assistant", "content": self.plan.blank, "tool_calls": made}

    def calls(self, *calls: Call, tools: Sequence[Mapping[str, Any]] = TOOLS) -> str:
        """What the model must have written to make these calls."""
        return self.turn(self.message(*calls), tools)

    def attempt(self, question: Callable[[], Answer], otherwise: Answer) -> Answer:
        """The answer to a question, or `otherwise` if the template refuses it."""
        try:
            return question()
        except TemplateRefused:
            return otherwise


def find_plan(template: ChatTemplate) -> Plan:
    """What a template prints of tools, calls and results, and how it wants them."""
    prober = Prober(template)
    prompt = prober.attempt(lambda: prober.render(prober.head, generate=True), "")
    found = [Plan(_keeps_system(prober), DESCRIPTION in prompt and NAME in prompt)]
    for text_arguments in (False, True):
        for blank in ("", None):
            prober.plan = replace(found[0], text_arguments=text_arguments, blank=blank)
            plan = _plan_of_calls(prober)
            if plan.results:
                return plan
            if plan.calls:
                found.append(plan)
    return found[-1]


def _keeps_system(prober: Prober) -> bool:
    """Whether a system message stays at the beginning; some templates move it on, or drop it after a tool's result."""
    if not prober.plan.system:
        return False
    again = [*prober.head, {"role": "assistant", "content": TEXT}, {"role": "user", "content": OTHER_VALUE}]
    answer = {"role": "tool", "content": RESULT, "name": NAME, "tool_call_id": ID}
    called = [*prober.head, prober.message((NAME, {KEY: VALUE})), answer]
    for talk, tools in ((again, ()), (called, TOOLS)):
        text = prober.attempt(lambda talk=talk, tools=tools: prober.render(talk, tools, generate=True), SYSTEM + USER)  # type: ignore[misc]
        if USER in text and not 0 <= text.find(SYSTEM) < text.find(USER):
            return False
    return True


def _plan_of_calls(prober: Prober) -> Plan:
    """The prober's plan, with what turns out to be printed."""
    call = prober.message((NAME, {KEY: VALUE}))
    text = prober.attempt(lambda: prober.after_user(call), "")
    if not (NAME in text and KEY in text and VALUE in text) or f"'{KEY}'" in text or f'\\"{KEY}' in text:
        return prober.plan
    answer = {"role": "tool", "content": RESULT, "name": NAME, "tool_call_id": ID}
    talk = [*prober.head, call, answer]
    results = RESULT in prober.attempt(lambda: prober.render(talk, generate=True), "")
    mixed = prober.attempt(lambda: prober.after_user(call | {"content": TEXT}), "")
    return replace(prober.plan, calls=True, results=results, mixed=TEXT in mixed and VALUE in mixed)


def shared_head(first: str, second: str) -> str:
    """The common beginning of two texts that does not end within a marker."""
    head = _common(first, second)
    while head and _OPEN_MARK.search(head):
        head = head[:-1]
    return head


def shared_tail(first: str, second: str) -> str:
    """The common end of two texts that does not begin within a marker."""
    length = len(_common(first[::-1], second[::-1]))
    while length and (
        _OPEN_MARK.search(first[: len(first) - length]) or _OPEN_MARK.search(second[: len(second) - length])
    ):
        length -= 1
    return second[len(second) - length :]


def _common(first: str, second: str) -> str:
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return first[:length]


def _after_user(text: str) -> str:
    return text[text.rfind(USER) + len(USER) :]
