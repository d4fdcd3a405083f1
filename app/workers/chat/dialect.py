"""What a model speaks: how a conversation is put to it, and how what it writes is read."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from app.base.chat import ChatMessage, TemplateReport, ToolCall, ToolSpec
from app.base.errors import Problem
from app.workers.chat.conversation import Plan, arrange, openai_tool
from app.workers.chat.generic_tools import generic_instructions, write_generic
from app.workers.chat.output import OutputParser
from app.workers.chat.probes import TEXT, Prober, find_plan
from app.workers.chat.syntax import GENERIC, CallSyntax, Markers, marks, shield
from app.workers.chat.template import PLAIN_STOPS, BadTemplate, ChatTemplate, TemplateRefused, plain_template
from app.workers.chat.text_stream import reasoning_markers

log = logging.getLogger("familiar.chat")


class Dialect:
    """Made by `build_dialect`. Not thread-safe.

    report: what is known of the template. stops: texts that end an answer. syntax: of calls. markers: of reasoning.
    turn_end: what the template writes after an answer ("" if unknown). shown: texts whose control tokens the parser
    must see.
    """

    def __init__(
        self,
        template: ChatTemplate,
        plan: Plan,
        syntax: CallSyntax,
        markers: Markers,
        report: TemplateReport,
        turn_end: str,
    ) -> None:
        self.report = report
        self.stops: tuple[str, ...] = PLAIN_STOPS if report.template == "plain" else ()
        self.syntax = syntax
        self.markers = markers
        self.turn_end = turn_end
        self._template = template
        self._plan = plan
        self.shown: tuple[str, ...] = (markers.start, markers.end, *(text for text in syntax.literals() if text))
        forgeable = [markers.start, markers.end, *(mark for text in syntax.literals() for mark in marks(text))]
        self._forgeable = tuple(sorted({text for text in forgeable if text}, key=len, reverse=True))

    def render(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec] = (), *, generate: bool = True) -> str:
        """The prompt for the assistant's next message, or with `generate` False the conversation alone.

        Texts of messages cannot forge the dialect's own marks: those are broken up by a zero-width space.
        Raises Problem chat.template if the template refuses it.
        """
        instructions = ""
        if tools and not (self._plan.definitions and self._plan.calls):
            instructions = generic_instructions(tools)
        said = [self._shielded(message) for message in messages]
        known = [openai_tool(tool) for tool in tools] if not instructions else []
        try:
            return self._template.render(
                arrange(said, self._plan, write_generic, instructions), known, generate=generate
            )
        except TemplateRefused as error:
            raise Problem(
                "chat.template",
                "The model's own chat template refused this conversation.",
                "Start a new conversation, or use another model.",
            ) from error

    def parser(self, prompt_text: str, tools: Sequence[ToolSpec] = (), force: str = "") -> OutputParser:
        """A sorter of what the model writes after this prompt. force: the tool that it must call now."""
        del tools, force
        return OutputParser(self.markers, reasoning=self.markers.opened_by(prompt_text), stops=self.stops)

    def _shielded(self, message: ChatMessage) -> ChatMessage:
        calls = tuple(
            ToolCall(
                id=call.id,
                name=call.name,
                arguments=json.loads(shield(json.dumps(call.arguments, ensure_ascii=False), self._forgeable)),
            )
            for call in message.calls
        )
        content = message.content if message.role == "system" else shield(message.content, self._forgeable)
        return ChatMessage(role=message.role, content=content, calls=calls, call_id=message.call_id, name=message.name)


def build_dialect(template_source: str, bos: str, eos: str, *, name: str = "the model") -> Dialect:
    """The dialect of a template; a plain one with the generic protocol if there is none that works."""
    if template_source:
        try:
            return _derive(ChatTemplate(template_source, bos=bos, eos=eos), "own")
        except BadTemplate as error:
            log.warning("the chat template of %s is not used: %s", name, error)
    return _derive(plain_template(), "plain")


def _derive(template: ChatTemplate, kind: str) -> Dialect:
    plan = find_plan(template)
    prober = Prober(template, plan)
    answer = prober.attempt(lambda: prober.after_user({"role": "assistant", "content": TEXT}, ()), "")
    markers = reasoning_markers(template.source)
    report = TemplateReport(
        template="own" if kind == "own" else "plain",
        tools="generic",
        syntax="generic",
        reasoning=markers.start in template.source,
    )
    turn_end = answer.rpartition(TEXT)[2] if TEXT in answer else ""
    return Dialect(template, plan, GENERIC, markers, report, turn_end)
