"""What a model speaks: how a conversation is put to it, and how what it writes is read."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.base.chat import ChatMessage, TemplateReport, ToolCall, ToolSpec
from app.base.errors import Problem
from app.workers.chat.templates.conversation import RESULT_CLOSE, RESULT_OPEN, Plan, arrange, openai_tool
from app.workers.chat.templates.template import PLAIN_STOPS, BadTemplate, ChatTemplate, TemplateRefused, plain_template
from app.workers.chat.tool_calls.derivation import Underivable, derive_calls
from app.workers.chat.tool_calls.generic import generic_instructions, write_calls
from app.workers.chat.tool_calls.harmony import MARKS
from app.workers.chat.tool_calls.output import HarmonyParser, MarkedParser, OutputParser
from app.workers.chat.tool_calls.probes import TEXT, Prober, find_plan
from app.workers.chat.tool_calls.reasoning import find_markers
from app.workers.chat.tool_calls.syntax import (
    DEFAULT_MARKERS,
    GENERIC,
    CallSyntax,
    Markers,
    mark_ends,
    marks,
    shield,
    unprinted_syntax,
)
from app.workers.chat.tool_calls.verification import failed_probes

log = logging.getLogger("familiar.chat")
_KEPT_DIALECTS = 8
_kept: OrderedDict[bytes, Dialect] = OrderedDict()
"""The latest dialects of this process, by the digest of what they were made from."""


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
        self.syntax = syntax
        self.markers = markers
        self.turn_end = turn_end
        self._template = template
        self._plan = plan
        self.stops = (*(PLAIN_STOPS if report.template == "plain" else ()), *_stops(syntax, turn_end))
        literals = list(MARKS) if syntax.kind == "harmony" else [text for text in syntax.literals() if text]
        self.shown: tuple[str, ...] = (markers.start, markers.end, *literals, *self.stops)
        forgeable = {markers.start, markers.end, *(mark for text in literals for mark in marks(text))}
        if not plan.results:
            forgeable |= {RESULT_OPEN, RESULT_CLOSE}
        self._forgeable = tuple(sorted(forgeable - {""}, key=len, reverse=True))

    def render(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec] = (), *, generate: bool = True) -> str:
        """The prompt for the assistant's next message, or with `generate` False the conversation alone.

        Texts of messages cannot forge the dialect's own marks: those are broken up by a zero-width space.
        Raises Problem chat.template if the template refuses it.
        """
        instructions = ""
        if tools and not (self._plan.definitions and self._plan.calls):
            instructions = generic_instructions(tools, self._write_call)
        said = [self._shielded(message) for message in messages]
        known = [openai_tool(tool) for tool in tools] if not instructions else []
        try:
            return self._template.render(
                arrange(said, self._plan, self._write_calls, instructions), known, generate=generate
            )
        except TemplateRefused as error:
            raise Problem(
                "chat.template",
                "The model's own chat template refused this conversation.",
                "Start a new conversation, or use another model.",
            ) from error

    def parser(self, prompt_text: str, tools: Sequence[ToolSpec] = (), force: str = "") -> OutputParser:
        """A sorter of what the model writes after this prompt. force: the tool that it must call now."""
        if self.syntax.kind == "harmony":
            return HarmonyParser(tools)
        reasoning = self.markers.opened_by(prompt_text) and not force
        return MarkedParser(self.syntax, self.markers, tools, reasoning=reasoning, stops=self.stops)

    def _write_call(self, name: str, arguments: Mapping[str, Any]) -> str:
        """One call as the model should write it."""
        if not self._plan.calls:
            return write_calls(self.syntax, [(name, arguments)])
        prober = Prober(self._template, self._plan)
        return prober.attempt(lambda: prober.calls((name, arguments)), "").strip()

    def _write_calls(self, calls: Sequence[ToolCall]) -> str:
        return write_calls(self.syntax, [(call.name, call.arguments) for call in calls])

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
    """The dialect of a template; a plain one with the generic protocol if there is none that works.

    name: of the file, for the log.
    """
    digest = hashlib.sha256(f"{template_source}\0{bos}\0{eos}".encode("utf-8", "replace")).digest()
    if digest not in _kept:
        _kept[digest] = _build(template_source, bos, eos, name)
        if len(_kept) > _KEPT_DIALECTS:
            _kept.popitem(last=False)
    _kept.move_to_end(digest)
    return _kept[digest]


def _build(source: str, bos: str, eos: str, name: str) -> Dialect:
    if source:
        try:
            return _derive(ChatTemplate(source, bos=bos, eos=eos), eos)
        except BadTemplate as error:
            log.warning("the chat template of %s is not used: %s", name, error)
    return _derive(plain_template(), "", own=False)


def _derive(template: ChatTemplate, eos: str, *, own: bool = True) -> Dialect:
    plan = find_plan(template)
    prober = Prober(template, plan)
    answer = prober.attempt(lambda: prober.after_user({"role": "assistant", "content": TEXT}, ()), "")
    markers = find_markers(prober)
    syntax = GENERIC
    failed: tuple[str, ...] = ()
    if not plan.calls:
        syntax = unprinted_syntax(template.source) or GENERIC
    else:
        try:
            syntax = derive_calls(prober, markers or DEFAULT_MARKERS)
            failed = failed_probes(prober, syntax)
        except Underivable:
            plan = replace(plan, calls=False, results=False)
    if eos and plan.calls:
        syntax = replace(syntax, close=syntax.close.partition(eos)[0])
    report = TemplateReport(
        template="own" if own else "plain",
        tools="generic" if not plan.calls else "partial" if failed else "verified",
        syntax=syntax.kind,
        reasoning=markers is not None,
        failed=failed,
    )
    turn_end = answer.rpartition(TEXT)[2] if TEXT in answer else ""
    return Dialect(template, plan, syntax, markers or DEFAULT_MARKERS, report, turn_end)


def _stops(syntax: CallSyntax, turn_end: str) -> tuple[str, ...]:
    """What ends an answer, where a call begins like the end of a turn; () where the two are distinct."""
    end = turn_end.strip()
    first = end[: mark_ends(end)[0]] if mark_ends(end) else ""
    return (first,) if first and any(trigger.startswith(first) for trigger in syntax.triggers) else ()
