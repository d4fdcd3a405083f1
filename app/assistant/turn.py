"""One turn: search, then let the model write, or quote where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import PurePath

import msgspec

from app.assistant import citations
from app.assistant.cancellation import Stop, abandonable
from app.assistant.evidence import Evidence, gather, notes, nothing_found, query_of
from app.assistant.file_access import Reach
from app.assistant.history import history_of
from app.assistant.phrases import is_not_found, is_small_talk
from app.assistant.ports import Passage, Sources
from app.assistant.prefetch import Prefetch
from app.assistant.prompt import Prompt, Prompts, compose, tools_for
from app.assistant.quotes import as_written, best_quotes, cite
from app.assistant.tool_loop import PARAGRAPH, ToolLoop, Written
from app.assistant.tools.tool import Tool, ToolContext
from app.assistant.tools.toolbox import Toolbox
from app.assistant.turn_record import TurnRecord
from app.base.chat_model import ChatModel, ModelProvider
from app.base.errors import Cancelled, Problem
from app.base.values import Answer, Attachment, Coverage, Message, TurnEvent
from app.store.conversations import Conversations
from app.store.turns import Turns

QUOTES = "quotes"
NO_CONSENT = "remote.consent"


class Means(msgspec.Struct, frozen=True):
    """What every turn works with. first_word_s: how soon the person wants an answer to begin.

    loading: the name of the model that `models` would have to load first, "" if none.
    """

    turns: Turns
    conversations: Conversations
    sources: Sources
    models: ModelProvider
    prompts: Prompts
    tools: Sequence[Tool]
    prefetch: Prefetch
    first_word_s: Callable[[], float]
    loading: Callable[[str | None], str]


class TurnRequest(msgspec.Struct, frozen=True):
    """What is asked.

    attachments: all of the conversation's. model: the person's choice for this question, or None. consent: whether the
    person agrees that it is sent to a server. before: the conversation's earlier messages.
    """

    question: str
    scope: Sequence[str]
    attachments: Sequence[Attachment]
    model: str | None
    consent: bool
    before: Sequence[Message]


class Turn:
    """A question being answered. The answer as it stands is on disk before and while it is shown."""

    def __init__(
        self,
        means: Means,
        answer: Answer,
        request: TurnRequest,
        *,
        emit: Callable[[TurnEvent], None],
        stop: Stop,
    ) -> None:
        """answer: as `Turns.begin` gave it."""
        self._means = means
        self._record = TurnRecord(means.turns, answer, question=request.question, emit=emit, stop=stop)
        self._conversation = answer.conversation
        self._request = request
        self._query = request.question
        self._stop = stop
        self._target_s = means.first_word_s()

    def run(self) -> Answer:
        """The answer, finished or stopped, as it is on disk.

        Raises Problem if the turn failed; its text so far and the reason are on disk, where the disk takes them.
        """
        self._record.step("started", "Question saved")
        try:
            self._work()
        except Cancelled:
            self._record.finish("stopped")
        except Problem as problem:
            self._record.fail(problem)
            raise
        return self._record.answer

    def _work(self) -> None:
        request = self._request
        named = request.model == QUOTES
        if is_small_talk(request.question) and not request.attachments and not named:
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
        return bool(tools_for(self._means.prompts, model, self._means.tools))

    def _model(self) -> ChatModel | None:
        """The model to answer with. Raises Problem, also where the person has not agreed that it is sent anything."""
        loading = self._means.loading(self._request.model)
        if loading:
            self._record.step("loading", f"Loading {loading}")
        model = abandonable(lambda: self._means.models(self._request.model), self._stop)
        if model is None or model.local:
            return model
        if self._request.consent:
            self._means.conversations.consent(self._conversation, model.host)
        elif model.host not in self._means.conversations.consents(self._conversation):
            raise Problem(
                NO_CONSENT,
                f"{model.name} runs on {model.host}: your question and passages of your files would be sent there.",
                "Nothing was sent. The question was kept. Agree to it for this conversation, or use a local model.",
            )
        return model

    def _search(self) -> Evidence:
        request, sources = self._request, self._means.sources
        names = ", ".join(PurePath(one.path).name for one in request.attachments)
        self._record.step("searching", f"Reading {names}" if names else "Searching your files")
        asked = [message.text for message in request.before if message.role == "user"]
        self._query = query_of(request.question, asked[-1] if asked else "")
        began = time.monotonic()
        evidence = abandonable(
            lambda: gather(
                self._query, retriever=sources.retriever, reader=sources.reader, scope=request.scope,
                attachments=request.attachments,
            ),
            self._stop,
        )  # fmt: skip
        self._record.trace["search"] = {
            "ms": round((time.monotonic() - began) * 1000, 1), "query_chars": len(self._query),
            "passages": len(evidence.passages), "matching": evidence.matching, "searched": evidence.searched,
            "waiting": evidence.waiting, "by_meaning": evidence.by_meaning,
        }  # fmt: skip
        return evidence

    # ---- without a model -------------------------------------------------------------------------------------------

    def _not_found(self, evidence: Evidence) -> None:
        self._record.found((), _coverage(evidence, evidence.passages))
        self._record.change(mode="not_found")
        self._record.say(nothing_found(evidence, scoped=bool(self._request.scope)))
        self._renew(evidence)
        self._record.finish("done")

    def _quote(self, evidence: Evidence) -> None:
        """Answer by the best sentences, word for word."""
        quotes = best_quotes(self._query, evidence.passages)
        self._record.trace["quotes"] = [
            {"path": quote.passage.path, "chunk_id": quote.passage.chunk_id, "score": quote.score} for quote in quotes
        ]
        if not quotes:
            self._not_found(evidence)
            return
        self._record.change(mode="quotes")
        cited = tuple(cite(n, quote) for n, quote in enumerate(quotes, 1))
        self._record.found(cited, _coverage(evidence, evidence.passages))
        for n, quote in enumerate(quotes, 1):
            self._record.say(f"{'' if n == 1 else PARAGRAPH}{as_written(quote)} [{n}]")
        self._note_files(evidence)
        self._record.finish("done", cited)

    def _note_files(self, evidence: Evidence) -> None:
        note = notes(evidence)
        if note:
            self._record.say(f"{PARAGRAPH}{note}")
        self._renew(evidence)

    def _renew(self, evidence: Evidence) -> None:
        """What was told of attachments is not told again."""
        if evidence.replaced:
            self._means.turns.renew(self._conversation, evidence.replaced)

    # ---- with a model ----------------------------------------------------------------------------------------------

    def _chat(self, model: ChatModel, evidence: Evidence, *, small_talk: bool) -> None:
        """Answer by the model, from passages that fit its budget, and from what it finds with tools."""
        means, record, request = self._means, self._record, self._request
        record.change(mode="chat", model=model.name)
        tools = tools_for(means.prompts, model, means.tools)
        specs = [tool.spec for tool in tools]
        history = history_of(request.before, means.turns.sent(self._conversation))
        opening = means.prefetch.opening(
            model, self._conversation, request.attachments, history, request.before, specs, self._target_s
        )
        prompt = compose(
            means.prompts, model, question=request.question, passages=evidence.passages, opening=opening, tools=specs,
            target_s=self._target_s, small_talk=small_talk, in_order=evidence.attached,
        )  # fmt: skip
        record.trace["budget"] = prompt.spent
        record.trace["passages"] = [
            {"n": n, "path": p.path, "chunk_id": p.chunk_id, "start": p.place.start, "chars": len(p.text),
             "score": p.score, "similarity": p.similarity, "tokens": tokens}
            for n, (p, tokens) in enumerate(zip(prompt.passages, prompt.tokens, strict=True), 1)
        ]  # fmt: skip
        record.rest_on(prompt, opening.whole, _coverage(evidence, prompt.given))
        written = self._write(model, prompt, tools)
        means.prefetch.answered(model, prompt)
        given = tuple(dict.fromkeys((*prompt.given, *prompt.numbers.answer.values())))
        record.change(usage=written.usage, coverage=_coverage(evidence, given))
        self._end(model, evidence, prompt, written, given)
        if not self._stop.cancelled:
            means.prefetch.begin(model, self._conversation, request.attachments, given, specs)

    def _write(self, model: ChatModel, prompt: Prompt, tools: Sequence[Tool]) -> Written:
        sources = self._means.sources
        context = ToolContext(
            retriever=sources.retriever, reader=sources.reader, files=sources.files,
            reach=Reach(sources.files, self._request.scope, self._request.attachments),
            seen=lambda: prompt.numbers.paths,
        )  # fmt: skip
        toolbox = Toolbox(tools, context, model=model, numbers=prompt.numbers, stop=self._stop)
        loop = ToolLoop(
            model, prompt, toolbox=toolbox, stage=self._record, stop=self._stop, seed=self._record.answer.turn,
            conversation=self._conversation, target_s=self._target_s,
        )  # fmt: skip
        try:
            written = loop.run()
        except Cancelled:
            self._record.raise_failure()
            raise
        self._record.raise_failure()
        self._record.trace["rounds"] = written.rounds
        self._record.trace["generated"] = {"reason": written.reason}
        return written

    def _end(
        self, model: ChatModel, evidence: Evidence, prompt: Prompt, written: Written, given: Sequence[Passage]
    ) -> None:
        """Settle the answer that a model has written, or quote if it has written none."""
        record, stopped = self._record, self._stop.cancelled
        text = record.text.strip()
        if not text and not stopped:
            self._unanswered(model, evidence, given)
            return
        if evidence.searched and not stopped and is_not_found(text, self._means.prompts.not_found):
            record.change(mode="not_found")
        if written.reason == "length":
            record.change(error="The answer was cut off: it had reached its greatest length.")
        self._note_files(evidence)
        record.finish("stopped" if stopped else "done", citations.bind(text, prompt.numbers.answer))

    def _unanswered(self, model: ChatModel, evidence: Evidence, given: Sequence[Passage]) -> None:
        """The model has written nothing: quote what it was given. Raises Problem chat.empty if nothing is worth it."""
        passages = tuple(dict.fromkeys((*evidence.passages, *given)))
        if not best_quotes(self._query, passages):
            raise Problem("chat.empty", f"{model.name} gave no answer.", "Ask again, or use another model.")
        self._record.change(error=f"{model.name} gave no answer, so these are quotes from your files.")
        self._quote(msgspec.structs.replace(evidence, passages=passages))


def _coverage(evidence: Evidence, passages: Sequence[Passage]) -> Coverage:
    return citations.coverage(
        passages, matching=evidence.matching, waiting=evidence.waiting, by_meaning=evidence.by_meaning
    )
