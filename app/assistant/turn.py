"""One turn: search, then let the model write, or quote where there is none. Saved before it is shown, all along."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Literal

import msgspec

from app.assistant import citations
from app.assistant.evidence import Evidence, gather, nothing_found, query_of, unread_note
from app.assistant.markers import used_numbers
from app.assistant.past import Sent, recall
from app.assistant.phrases import is_not_found, is_small_talk
from app.assistant.ports import AttachmentReader, ChatModel, Files, ModelProvider, Passage, Retriever
from app.assistant.prompt import Prompt, Prompts, compose, tools_for
from app.assistant.quotes import as_written, best_quotes, cite
from app.assistant.stopping import Stop, abandonable
from app.assistant.tools.toolbox import Toolbox
from app.assistant.whole import ReadAhead
from app.assistant.writing import PARAGRAPH, Writing, Written
from app.base.chat import ChatMessage, Prefill, ToolSpec
from app.base.errors import Cancelled, Problem
from app.base.values import Answer, Citation, Coverage, Delta, Message, Step, ToolStep, TurnEvent, Usage
from app.store.conversations import Conversations
from app.store.turns import Turns

log = logging.getLogger("familiar.assistant")
QUOTES = "quotes"
CHECKPOINT_S = 1.0


class Means(msgspec.Struct, frozen=True):
    """What every turn works with. first_word_s: how soon the person wants an answer to begin."""

    turns: Turns
    conversations: Conversations
    retriever: Retriever
    reader: AttachmentReader
    files: Files
    models: ModelProvider
    prompts: Prompts
    ahead: ReadAhead
    first_word_s: Callable[[], float]


class Turn:
    """A question being answered. The answer as it stands is on disk before and while it is shown."""

    def __init__(
        self,
        means: Means,
        answer: Answer,
        *,
        question: str,
        scope: Sequence[str],
        attachments: Sequence[str],
        model: str | None,
        consent: bool,
        before: Sequence[Message],
        emit: Callable[[TurnEvent], None],
        stop: Stop,
    ) -> None:
        """answer: as `Turns.begin` gave it. attachments: all of the conversation's. before: its earlier messages."""
        self._means = means
        self._answer = answer
        self._question = question
        self._query = question
        self._scope = scope
        self._attachments = attachments
        self._wanted_model = model
        self._consent = consent
        self._before = before
        self._emit = emit
        self._stop = stop
        self._target_s = means.first_word_s()
        self._began = time.monotonic()
        self._saved_at = self._began
        self._failure: Problem | None = None
        self._first_text_ms = 0.0
        self._text: list[str] = []
        self._trace: dict[str, object] = {}
        self._prompt: Prompt | None = None
        self._whole: tuple[str, ...] = ()

    def run(self) -> Answer:
        """The answer, finished or stopped, as it is on disk.

        Raises Problem if the turn failed; its text so far and the reason are on disk, where the disk takes them.
        """
        self._step("started", "Question saved")
        try:
            self._work()
        except Cancelled:
            self._finish("stopped")
        except Problem as problem:
            self._fail(problem)
            raise
        return self._answer

    # ---- the ways to answer ----------------------------------------------------------------------------------------

    def _work(self) -> None:
        named = self._wanted_model == QUOTES
        if is_small_talk(self._question) and not self._attachments and not named:
            model = self._model()
            if model is not None:
                self._chat(model, Evidence((), 0, 0), small_talk=True)
                return
        evidence = self._search()
        model = None if named else self._model()
        if self._stop.cancelled:
            raise Cancelled
        if not evidence.passages and not self._may_look_further(model, evidence):
            self._not_found(evidence)
        elif model is None:
            self._quote(evidence)
        else:
            self._chat(model, evidence, small_talk=False)

    def _may_look_further(self, model: ChatModel | None, evidence: Evidence) -> bool:
        """Whether there is a model that can go on searching where a first search found nothing."""
        if model is None or evidence.attached or not evidence.searched:
            return False
        return bool(tools_for(self._means.prompts, model))

    def _model(self) -> ChatModel | None:
        """The model to answer with. Raises Problem, also where the person has not agreed that it is sent anything."""
        model = self._means.models(self._wanted_model)
        if model is None or model.local:
            return model
        conversation = self._answer.conversation
        if self._consent:
            self._means.conversations.consent(conversation, model.host)
        elif model.host not in self._means.conversations.consents(conversation):
            raise Problem(
                "remote.consent",
                f"{model.name} runs on {model.host}: your question and passages of your files would be sent there.",
                "Nothing was sent. The question was kept. Agree to it for this conversation, or use a local model.",
            )
        return model

    def _search(self) -> Evidence:
        names = ", ".join(PurePath(path).name for path in self._attachments)
        self._step("searching", f"Reading {names}" if names else "Searching your files")
        asked = [message.text for message in self._before if message.role == "user"]
        self._query = query_of(self._question, asked[-1] if asked else "")
        began = time.monotonic()
        means = self._means
        evidence = abandonable(
            lambda: gather(
                self._query, retriever=means.retriever, reader=means.reader, scope=self._scope,
                attachments=self._attachments,
            ),
            self._stop,
        )  # fmt: skip
        self._trace["search"] = {
            "ms": _ms_since(began), "query_chars": len(self._query), "passages": len(evidence.passages),
            "matching": evidence.matching, "searched": evidence.searched, "waiting": evidence.waiting,
            "by_meaning": evidence.by_meaning,
        }  # fmt: skip
        return evidence

    def _not_found(self, evidence: Evidence) -> None:
        self._found((), _coverage(evidence, evidence.passages))
        self._answer = msgspec.structs.replace(self._answer, mode="not_found")
        self._say(nothing_found(evidence, scoped=bool(self._scope)))
        self._finish("done")

    def _quote(self, evidence: Evidence) -> None:
        """Answer by the best sentences, word for word."""
        quotes = best_quotes(self._query, evidence.passages)
        self._trace["passages"] = [
            {"path": quote.passage.path, "chunk_id": quote.passage.chunk_id, "score": quote.score} for quote in quotes
        ]
        if not quotes:
            self._not_found(evidence)
            return
        self._answer = msgspec.structs.replace(self._answer, mode="quotes")
        cited = tuple(cite(n, quote) for n, quote in enumerate(quotes, 1))
        self._found(cited, _coverage(evidence, evidence.passages))
        for n, quote in enumerate(quotes, 1):
            self._say(f"{'' if n == 1 else PARAGRAPH}{as_written(quote)} [{n}]")
        self._note_unread(evidence)
        self._finish("done", cited)

    def _chat(self, model: ChatModel, evidence: Evidence, *, small_talk: bool) -> None:
        """Answer by the model, from passages that fit its budget, and from what it finds with tools."""
        self._answer = msgspec.structs.replace(self._answer, mode="chat", model=model.name)
        tools = tools_for(self._means.prompts, model)
        conversation = self._answer.conversation
        past = recall(self._before, self._means.turns.sent(conversation))
        opening = self._means.ahead.opening(
            model, conversation, self._attachments, past, self._before, tools, self._target_s
        )
        self._whole = opening.whole
        prompt = compose(
            self._means.prompts, model, question=self._question, passages=evidence.passages, opening=opening,
            tools=tools, target_s=self._target_s, small_talk=small_talk, in_order=evidence.attached,
        )  # fmt: skip
        self._prompt = prompt
        self._trace["budget"] = prompt.spent
        self._trace["passages"] = [
            {"n": n, "path": p.path, "chunk_id": p.chunk_id, "start": p.place.start, "chars": len(p.text),
             "score": p.score, "similarity": p.similarity, "tokens": tokens}
            for n, (p, tokens) in enumerate(zip(prompt.passages, prompt.tokens, strict=True), 1)
        ]  # fmt: skip
        self._found(self._sources(), _coverage(evidence, prompt.given))
        written = self._write(model, prompt, tools)
        self._ended(model, evidence, prompt, written, tools)

    def _write(self, model: ChatModel, prompt: Prompt, tools: Sequence[ToolSpec]) -> Written:
        means = self._means
        toolbox = Toolbox(
            retriever=means.retriever, reader=means.reader, files=means.files, scope=self._scope,
            attachments=self._attachments, model=model, numbers=prompt.numbers, stop=self._stop,
        )  # fmt: skip
        writing = Writing(
            model, prompt, tools=tools, toolbox=toolbox, stage=self, stop=self._stop, seed=self._answer.turn,
            conversation=self._answer.conversation, target_s=self._target_s,
        )  # fmt: skip
        try:
            written = writing.run()
        except Cancelled:
            if self._failure is None:
                raise
        if self._failure is not None:
            raise self._failure
        self._trace["rounds"] = written.rounds
        self._trace["generated"] = {"reason": written.reason}
        return written

    def _ended(
        self, model: ChatModel, evidence: Evidence, prompt: Prompt, written: Written, tools: Sequence[ToolSpec]
    ) -> None:
        """Settle the answer that a model has written, or quote if it has written none."""
        text, stopped = "".join(self._text).strip(), self._stop.cancelled
        given = (*prompt.given, *prompt.numbers.answer.values())
        self._answer = msgspec.structs.replace(
            self._answer, usage=written.usage, coverage=_coverage(evidence, list(dict.fromkeys(given)))
        )
        if not text and not stopped:
            self._unanswered(model, evidence, given)
            return
        if evidence.searched and not stopped and is_not_found(text, self._means.prompts.not_found):
            self._answer = msgspec.structs.replace(self._answer, mode="not_found")
        if written.reason == "length":
            cut = "The answer was cut off: it had reached its greatest length."
            self._answer = msgspec.structs.replace(self._answer, error=cut)
        self._note_unread(evidence)
        self._finish("stopped" if stopped else "done", citations.bind(text, prompt.numbers.answer))
        if self._attachments and not stopped:
            self._trace["read_ahead"] = self._means.ahead.begin(
                model, self._answer.conversation, self._attachments, given, tools
            )

    def _unanswered(self, model: ChatModel, evidence: Evidence, given: Sequence[Passage]) -> None:
        """The model has written nothing: quote what it was given. Raises Problem chat.empty if nothing is worth it."""
        everything = msgspec.structs.replace(evidence, passages=tuple(dict.fromkeys((*evidence.passages, *given))))
        if not best_quotes(self._query, everything.passages):
            raise Problem("chat.empty", f"{model.name} gave no answer.", "Ask again, or use another model.")
        note = f"{model.name} gave no answer, so these are quotes from your files."
        self._answer = msgspec.structs.replace(self._answer, error=note)
        self._quote(everything)

    # ---- what the writing tells, see `Stage` -----------------------------------------------------------------------

    def reading(self, prefill: Prefill, expected_s: float, *, results: bool) -> None:
        """Tell how far the prompt is read."""
        passages = len(self._prompt.passages) if self._prompt is not None else 0
        what = "what was found" if results else _count(passages) if passages else "the question"
        self._step("reading", f"Reading {what}", done=prefill.done, total=prefill.total, expected_s=expected_s)

    def thinking(self) -> None:
        """Tell that the model thinks."""
        self._step("thinking", "Thinking")

    def say(self, text: str) -> None:
        """Show more of the answer, and save it now and then."""
        self._say(text)
        if time.monotonic() - self._saved_at >= CHECKPOINT_S and self._failure is None:
            try:
                self._checkpoint()
            except Problem as problem:
                # nothing is shown for long that is not on disk: the model is stopped, then the failure told
                self._failure = problem
                self._stop.cancel()
            self._saved_at = time.monotonic()

    def tool(self, step: ToolStep) -> None:
        """Show and save a call that begins or has ended."""
        steps = tuple(one for one in self._answer.steps if one.call != step.call or one.state != "running")
        self._answer = msgspec.structs.replace(
            self._answer, steps=(*steps, step), citations=self._sources(), text="".join(self._text).rstrip()
        )
        self._means.turns.save(self._answer)
        self._step("tool", step.title, tool=step)

    def keep(self, messages: Sequence[ChatMessage]) -> None:
        """Save what the model was sent and wrote."""
        prompt = self._prompt
        assert prompt is not None
        since = prompt.kept.blocks[0].turn if prompt.kept.blocks else self._answer.turn
        own = prompt.numbers.own
        if self._whole:
            own = [*prompt.numbers.older, *own]
        self._means.turns.save_sent(
            self._answer.turn,
            Sent(since=since, messages=tuple(messages), passages=tuple(own), whole=self._whole),
        )

    # ---- inner -----------------------------------------------------------------------------------------------------

    def _checkpoint(self) -> None:
        cited = self._sources()
        if len(cited) == len(self._answer.citations):
            self._means.turns.checkpoint(self._answer.turn, "".join(self._text))
        else:  # an older passage was cited: it must be on disk with the text
            self._answer = msgspec.structs.replace(self._answer, citations=cited)
            self._means.turns.save(msgspec.structs.replace(self._answer, text="".join(self._text)))

    def _sources(self) -> tuple[Citation, ...]:
        """All that the answer may cite so far, by the person's numbers."""
        return citations.sent(self._question, self._prompt.numbers.answer) if self._prompt is not None else ()

    def _found(self, cited: tuple[Citation, ...], coverage: Coverage) -> None:
        """Save and tell what the answer will rest on, before it begins."""
        self._answer = msgspec.structs.replace(self._answer, citations=cited, coverage=coverage)
        self._means.turns.save(self._answer)
        title = f"Found {_count(len(cited))}" if cited else "Nothing found"
        self._step("found", title, citations=cited, coverage=coverage)

    def _say(self, text: str) -> None:
        """Show more of the answer. White space before its first word is dropped."""
        if not self._text:
            text = text.lstrip()
        if not text:
            return
        if not self._text:
            self._first_text_ms = _ms_since(self._began)
            self._step("generating", "Answering")
        self._text.append(text)
        self._emit(Delta(text=text))

    def _note_unread(self, evidence: Evidence) -> None:
        if evidence.unread:
            self._say(f"{PARAGRAPH}{unread_note(evidence.unread)}")

    def _finish(self, state: Literal["done", "stopped"], cited: tuple[Citation, ...] | None = None) -> None:
        text = "".join(self._text).rstrip()
        self._answer = msgspec.structs.replace(
            self._answer, state=state, text=text, usage=self._usage(), steps=settled(self._answer.steps),
            citations=_used(self._answer.citations, text) if cited is None else cited,
        )  # fmt: skip
        self._means.turns.save(self._answer, self._trace)

    def _fail(self, problem: Problem) -> None:
        text = "".join(self._text).rstrip()
        self._answer = msgspec.structs.replace(
            self._answer, state="failed", text=text, usage=self._usage(), steps=settled(self._answer.steps),
            citations=_used(self._answer.citations, text), error=f"{problem.title} {problem.hint}".strip(),
        )  # fmt: skip
        try:
            self._means.turns.save(self._answer, {**self._trace, "failed": problem.code})
        except Problem as second:
            log.warning("a failed turn could not be saved: %s", second.code)

    def _usage(self) -> Usage:
        return msgspec.structs.replace(
            self._answer.usage, total_ms=_ms_since(self._began), first_text_ms=self._first_text_ms
        )

    def _step(
        self,
        name: str,
        title: str,
        *,
        done: int = 0,
        total: int = 0,
        citations: tuple[Citation, ...] = (),
        coverage: Coverage | None = None,
        tool: ToolStep | None = None,
        expected_s: float = 0.0,
    ) -> None:
        self._emit(
            Step(
                name=name, title=title, conversation=self._answer.conversation, turn=self._answer.turn, done=done,
                total=total, citations=citations, coverage=coverage, tool=tool, expected_s=expected_s,
            )
        )  # fmt: skip


def interrupted(answer: Answer) -> Answer:
    """An answer whose turn was cut off by the engine's death: what is on disk of it, with the citations it uses."""
    return msgspec.structs.replace(
        answer, state="interrupted", text=answer.text.rstrip(), citations=_used(answer.citations, answer.text),
        steps=settled(answer.steps),
    )  # fmt: skip


def settled(steps: Sequence[ToolStep]) -> tuple[ToolStep, ...]:
    """Steps of a turn that has ended: a call that was still running has brought nothing."""
    return tuple(
        step
        if step.state != "running"
        else msgspec.structs.replace(step, state="failed", result="The turn ended before there was a result.")
        for step in steps
    )


def _used(cited: Sequence[Citation], text: str) -> tuple[Citation, ...]:
    numbers = used_numbers(text)
    return tuple(citation for citation in cited if citation.n in numbers)


def _coverage(evidence: Evidence, passages: Sequence[Passage]) -> Coverage:
    return citations.coverage(
        passages, matching=evidence.matching, waiting=evidence.waiting, by_meaning=evidence.by_meaning
    )


def _count(passages: int) -> str:
    return "one passage" if passages == 1 else f"{passages} passages"


def _ms_since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
