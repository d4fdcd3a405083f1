"""One turn, from a saved question to a saved answer."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Literal

import msgspec

from app.assistant import citations
from app.assistant.budget import prefill_rate
from app.assistant.evidence import Evidence, gather, nothing_found, query_of, unread_note
from app.assistant.markers import Markers, Thoughts, used_numbers
from app.assistant.ports import AttachmentReader, ChatModel, ModelEvent, ModelProvider, Passage, Retriever, Thought
from app.assistant.prompt import Prompt, Prompts, compose, history_of
from app.assistant.quotes import Quote, best_quotes, cite
from app.assistant.stopping import Stop
from app.base.chat import Generated, Prefill
from app.base.errors import Cancelled, Problem
from app.base.values import Answer, Citation, Coverage, Delta, Message, Step, TurnEvent, Usage
from app.store.turns import Turns

log = logging.getLogger("familiar.assistant")
QUOTES = "quotes"
TEMPERATURE = 0.3
CHECKPOINT_S = 1.0
PARAGRAPH = "\n\n"
_RATES_FROM = 5
_NUMBER = re.compile(r"\[(\d{1,3})\]")
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_SMALL_TALK = frozenset(
    [
        "hi", "hello", "hey", "hello there", "hi there", "good morning", "good evening", "thanks", "thank you",
        "thanks a lot", "thank you very much", "bye", "goodbye", "who are you", "what can you do", "hallo", "guten tag",
        "guten morgen", "danke", "vielen dank", "bonjour", "salut", "merci", "hola", "gracias", "ciao", "grazie",
    ]
)  # fmt: skip


class Means(msgspec.Struct, frozen=True):
    """What every turn works with."""

    turns: Turns
    retriever: Retriever
    reader: AttachmentReader
    models: ModelProvider
    prompts: Prompts


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
        self._before = before
        self._emit = emit
        self._stop = stop
        self._began = time.monotonic()
        self._first_text_ms = 0.0
        self._text: list[str] = []
        self._trace: dict[str, object] = {}

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

    def _work(self) -> None:
        named = self._wanted_model == QUOTES
        if _is_small_talk(self._question) and not self._attachments and not named:
            model = self._means.models(self._wanted_model)
            if model is not None:
                self._chat(model, Evidence((), 0, 0))
                return
        evidence = self._search()
        model = None if named else self._means.models(self._wanted_model)
        if self._stop.cancelled:
            raise Cancelled
        if not evidence.passages:
            self._not_found(evidence)
        elif model is None:
            self._quote(evidence)
        else:
            self._chat(model, evidence)

    def _search(self) -> Evidence:
        names = ", ".join(PurePath(path).name for path in self._attachments)
        self._step("searching", f"Reading {names}" if names else "Searching your files")
        asked = [message.text for message in self._before if message.role == "user"]
        self._query = query_of(self._question, asked[-1] if asked else "")
        began = time.monotonic()
        evidence = gather(
            self._query,
            retriever=self._means.retriever,
            reader=self._means.reader,
            scope=self._scope,
            attachments=self._attachments,
        )
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
            self._say(f"{'' if n == 1 else PARAGRAPH}{_shown(quote)} [{n}]")
        self._note_unread(evidence)
        self._finish("done", cited)

    def _chat(self, model: ChatModel, evidence: Evidence) -> None:
        """Answer by the model, from passages that fit its budget; from none for small talk."""
        self._answer = msgspec.structs.replace(self._answer, mode="chat", model=model.name)
        rate = prefill_rate(self._means.turns.usages(model.name, _RATES_FROM))
        prompt = compose(
            self._means.prompts, model, question=self._question, passages=evidence.passages,
            history=history_of(self._before), rate=rate, in_order=evidence.attached,
        )  # fmt: skip
        self._trace["budget"] = {**prompt.spent, "max_tokens": prompt.max_tokens, "prefill_rate": rate}
        self._trace["passages"] = [
            {"n": n, "path": p.path, "chunk_id": p.chunk_id, "start": p.place.start, "chars": len(p.text),
             "score": p.score, "similarity": p.similarity, "tokens": tokens}
            for n, (p, tokens) in enumerate(zip(prompt.passages, prompt.tokens, strict=True), 1)
        ]  # fmt: skip
        self._found(citations.sent(self._question, prompt.passages), _coverage(evidence, prompt.passages))
        generated = self._generate(model, prompt)
        numbered = dict(enumerate(prompt.passages, 1))
        text = "".join(self._text).strip()
        stopped = self._stop.cancelled
        self._trace["generated"] = {"reason": generated.reason}
        if not text and not stopped:
            raise Problem("chat.empty", f"{model.name} gave no answer.", "Ask again, or use another model.")
        if prompt.passages and not stopped and _is_not_found(text, self._means.prompts.not_found):
            self._answer = msgspec.structs.replace(self._answer, mode="not_found")
        cut = "The answer was cut off: it had reached its greatest length." if generated.reason == "length" else ""
        self._answer = msgspec.structs.replace(self._answer, usage=generated.usage, error=cut)
        self._note_unread(evidence)
        self._finish("stopped" if stopped else "done", citations.bind(text, numbered))

    def _generate(self, model: ChatModel, prompt: Prompt) -> Generated:
        """Let the model write, showing and saving what comes."""
        thoughts = Thoughts()
        markers = Markers(range(1, len(prompt.passages) + 1))
        saved_at = time.monotonic()
        failure: Problem | None = None

        def on_event(event: ModelEvent) -> None:
            nonlocal saved_at, failure
            if isinstance(event, Thought):
                self._step("thinking", "Thinking")
                return
            if isinstance(event, Prefill):
                what = _count(len(prompt.passages)) if prompt.passages else "the question"
                self._step("reading", f"Reading {what}", done=event.done, total=event.total)
                return
            self._say(markers.feed(thoughts.feed(event)))
            if time.monotonic() - saved_at >= CHECKPOINT_S and failure is None:
                try:
                    self._means.turns.checkpoint(self._answer.turn, "".join(self._text))
                except Problem as problem:
                    # nothing is shown for long that is not on disk: the model is stopped, then the failure told
                    failure = problem
                    self._stop.cancel()
                saved_at = time.monotonic()

        generated = model.generate(
            prompt.messages, tools=(), max_tokens=prompt.max_tokens, temperature=TEMPERATURE, seed=self._answer.turn,
            conversation=self._answer.conversation, on_event=on_event, cancellation=self._stop,
        )  # fmt: skip
        if failure is not None:
            raise failure
        self._say(markers.feed(thoughts.finish()) + markers.finish())
        return generated

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
            self._answer, state=state, text=text, usage=self._usage(),
            citations=_used(self._answer.citations, text) if cited is None else cited,
        )  # fmt: skip
        self._means.turns.save(self._answer, self._trace)

    def _fail(self, problem: Problem) -> None:
        text = "".join(self._text).rstrip()
        self._answer = msgspec.structs.replace(
            self._answer, state="failed", text=text, usage=self._usage(),
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
    ) -> None:
        self._emit(
            Step(
                name=name, title=title, conversation=self._answer.conversation, turn=self._answer.turn,
                done=done, total=total, citations=citations, coverage=coverage,
            )
        )  # fmt: skip


def interrupted(answer: Answer) -> Answer:
    """An answer whose turn was cut off by the engine's death: what is on disk of it, with the citations it uses."""
    return msgspec.structs.replace(
        answer, state="interrupted", text=answer.text.rstrip(), citations=_used(answer.citations, answer.text)
    )


def _used(cited: Sequence[Citation], text: str) -> tuple[Citation, ...]:
    numbers = used_numbers(text)
    return tuple(citation for citation in cited if citation.n in numbers)


def _coverage(evidence: Evidence, passages: Sequence[Passage]) -> Coverage:
    return citations.coverage(
        passages, matching=evidence.matching, waiting=evidence.waiting, by_meaning=evidence.by_meaning
    )


def _shown(quote: Quote) -> str:
    """A quote as part of an answer: in quotation marks on one line or, if its lines matter, as a block of code.

    What would read as a citation, a block's end or a heading is written otherwise; the citation keeps the exact words.
    """
    text = _NUMBER.sub(r"(\1)", quote.text).replace("```", "'''").replace("~~~", "---")
    lines = text.split("\n")
    if len(lines) > 1 and any(line.startswith((" ", "\t")) for line in lines[1:]):
        return f"```\n{text}\n```\n"
    return f"“{' '.join(_HEADING.sub('', text).split())}”"


def _is_small_talk(question: str) -> bool:
    return " ".join(re.findall(r"\w+", question.casefold())) in _SMALL_TALK


def _is_not_found(text: str, sentence: str) -> bool:
    """Whether an answer is the sentence that says so, marks and letter case apart, and rests on nothing."""
    said = " ".join(re.findall(r"\w+", text.casefold()))
    return said.startswith(" ".join(re.findall(r"\w+", sentence.casefold()))) and not used_numbers(text)


def _count(passages: int) -> str:
    return "one passage" if passages == 1 else f"{passages} passages"


def _ms_since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
