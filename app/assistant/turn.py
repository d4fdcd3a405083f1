"""One turn: search, then let the model write, or quote where there is none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import PurePath

import msgspec

from app.assistant import citations
from app.assistant.asked_before import Writer, answered_before
from app.assistant.cancellation import Stop, abandonable
from app.assistant.citation_markers import without_markers
from app.assistant.claims.grounding import Grounded
from app.assistant.early_quotes import EarlyQuotes, numbered_quotes
from app.assistant.evidence import Evidence
from app.assistant.follow_ups.resolver import pin
from app.assistant.history import history_of
from app.assistant.instructions import as_passages
from app.assistant.masking import MaskingModel
from app.assistant.nothing_found import notes
from app.assistant.phrases import is_not_found, is_small_talk
from app.assistant.ports import Passage
from app.assistant.prompt import Opening, Prompt, compose, compose_small_talk, tools_for
from app.assistant.quote_answer import QuoteAnswer, quote_answer, quotes_of
from app.assistant.quoting.quotes import Quotes
from app.assistant.remembering import Told, knowing, recalled, rests_on, to_remember, told_by, with_memories
from app.assistant.rungs import best_sentence, has_failed
from app.assistant.searching import gathered
from app.assistant.tool_loop import PARAGRAPH, REPEATED, ToolLoop, Written
from app.assistant.tools.tool import Tool
from app.assistant.tracing import quote_traces, search_trace, traced
from app.assistant.turn_acting import for_models, settle_acted, toolbox_of
from app.assistant.turn_record import TurnRecord
from app.assistant.turn_request import Means, TurnRequest
from app.base.aptitude import Profile, below
from app.base.chat import ChatMessage
from app.base.chat_model import ChatModel
from app.base.errors import Cancelled, Problem
from app.base.turn_events import TurnEvent
from app.base.turn_trace import Generated
from app.base.values import Answer, Coverage

log = logging.getLogger("familiar.assistant")
QUOTES = "quotes"
NO_CONSENT = "remote.consent"


class Turn:
    """A question being answered. The answer as it stands is on disk before and while it is shown."""

    def __init__(
        self, means: Means, answer: Answer, request: TurnRequest, *, emit: Callable[[TurnEvent], None], stop: Stop
    ) -> None:
        """answer: as `Turns.begin` gave it."""
        self._means = means
        similar = means.sources.similar
        self._record = TurnRecord(means.turns, answer, question=request.question, emit=emit, stop=stop, similar=similar)
        self._conversation = answer.conversation
        self._request = request
        self._query = request.question
        self._stop = stop
        self._target_s = means.wishes.first_word_s()
        self._told = told_by(means.memories)
        self._kept = means.wishes.instructions()
        self._prompts = self._kept.known_to(knowing(means.prompts, self._told))

    @property
    def record(self) -> TurnRecord:
        """The answer as it stands, and how it came about."""
        return self._record

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
        if (said := to_remember(request.question)) and not request.attachments:
            self._remember(said)
            return
        named = request.model == QUOTES
        if is_small_talk(request.question) and not request.attachments and not named:
            model = self._model()
            if model is not None and model.profile != "quotes":
                self._greet(model)
                return
        evidence = self._search()
        if not named and self._answer_as_before(evidence):
            return
        model = None if named else self._model()
        if self._stop.cancelled:
            raise Cancelled
        less = ("quotes", "reader") if recalled(self._told, self._query) else ("quotes",)
        shown = for_models(self._means, evidence)
        if model is None or model.profile in less or not (shown.passages or self._may_look_further(model, shown)):
            self._quote(evidence)
        else:
            self._chat(model, shown)

    def _remember(self, said: str) -> None:
        """Keep what the person says that is to be remembered; no model is needed for it."""
        memory = self._means.memories.add(said, turn=self._record.answer.turn)
        self._record.change(memories=(memory.id,))
        self._record.check_claims(None)
        self._record.say(f"Remembered: {memory.text}\n\nYou can change or forget it under Memory.")
        self._record.finish("done", ())

    def _answer_as_before(self, evidence: Evidence) -> bool:
        """Give the earlier answer to the same question, if there is one that still holds; whether there was."""
        means, record, request = self._means, self._record, self._request
        if request.anew or request.query or request.attachments or not evidence.passages:
            return False
        name, profile = means.loading(request.model), None
        if not name:  # it is there already
            model = self._model()
            if model is None or model.profile == "quotes":
                return False
            name, profile = model.name, model.profile
        with record.stage("looking back"):
            earlier = answered_before(
                means.asked_before, means.turns, record.answer, request.question, request.scope, evidence,
                writer=Writer(name, profile, dict(self._prompts.versions)),
                check=lambda answer: citations.checked_answer(answer, means.sources.current),
            )  # fmt: skip
        if earlier is None:
            return False
        record.check_claims(None)
        cited = {(one.path, one.place.start) for one in earlier.citations}
        used = [one for one in evidence.passages if (one.path, one.place.start) in cited]
        record.change(mode=earlier.mode, model=earlier.model, rung=earlier.rung, reused=earlier.reused)
        record.found(earlier.citations, _coverage(evidence, used))
        record.say(earlier.text)
        record.change(claims=earlier.claims)
        self._note_files(evidence)
        record.finish("done", earlier.citations)
        return True

    def _may_look_further(self, model: ChatModel | None, evidence: Evidence) -> bool:
        """Whether there is a model that can go on searching where a first search found nothing."""
        if model is None or evidence.attached or not evidence.searched:
            return False
        return bool(tools_for(self._prompts, model, self._means.tools))

    def _model(self) -> ChatModel | None:
        """The model to answer with. Raises Problem, also where the person has not agreed that it is sent anything."""
        loading = self._means.loading(self._request.model)
        if loading:
            self._record.step("loading", f"Loading {loading}")
        with self._record.stage("loading"):
            model = abandonable(lambda: self._means.models(self._request.model), self._stop)
        if model is None or model.local:
            return model
        self._told, self._prompts = Told(), self._kept.known_to(self._means.prompts)
        model = MaskingModel(model, self._record.tool)
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
        request = self._request
        names = ", ".join(PurePath(one.path).name for one in request.attachments)
        self._record.step("searching", f"Reading {names}" if names else "Searching your files")
        with self._record.stage("searching"):
            resolved, evidence = abandonable(lambda: gathered(request, self._means.sources), self._stop)
        self._query = resolved.query
        search = search_trace(resolved, evidence, self._record.trace.stages[-1].ms)
        self._record.note(search=search, passed_over=traced(evidence.passages))
        filters = (*([pin(resolved.file)] if resolved.file else ()), *evidence.filters)
        self._record.change(query=resolved.query, filters=filters, without=resolved.without)
        return evidence

    # ---- without a model -------------------------------------------------------------------------------------------

    def _quote(self, evidence: Evidence) -> None:
        """Answer by the best sentences, word for word, or say honestly that there are none."""
        answer = self._quoted(evidence)
        self._record.change(mode=answer.mode, rung="quotes")
        self._record.check_claims(None)
        self._record.found(answer.citations, _coverage(evidence, evidence.passages))
        for n, piece in enumerate(answer.pieces):
            self._record.say(f"{PARAGRAPH if n else ''}{piece}")
        if answer.quotes:
            self._note_files(evidence)
        else:
            self._renew(evidence)
        self._record.finish("done", answer.citations)

    def _quoted(self, evidence: Evidence) -> QuoteAnswer:
        with self._record.stage("quoting"):
            answer = quote_answer(self._query, evidence, self._quotes(evidence), scoped=bool(self._request.scope))
        self._record.note(quotes=quote_traces(answer.quotes))
        said = recalled(self._told, self._query)
        self._record.change(memories=tuple(one.id for one in said))
        return with_memories(answer, said)

    def _quotes(self, evidence: Evidence) -> Quotes:
        return quotes_of(
            self._query, evidence, strict=self._means.wishes.strict(), text_of=self._means.sources.files.text
        )

    def _note_files(self, evidence: Evidence) -> None:
        note = notes(evidence)
        if note:
            self._record.add_note(f"{PARAGRAPH}{note}")
        self._renew(evidence)

    def _renew(self, evidence: Evidence) -> None:
        """What was told of attachments is not told again."""
        if evidence.replaced:
            self._means.turns.renew(self._conversation, evidence.replaced)

    # ---- with a model ----------------------------------------------------------------------------------------------

    def _greet(self, model: ChatModel) -> None:
        """Answer a greeting or thanks, which need no files."""
        means, record = self._means, self._record
        record.change(mode="chat", model=model.name, rung=model.profile)
        history = history_of(self._request.before, means.turns.sent(self._conversation))
        prompt = compose_small_talk(self._prompts, model, self._request.question, history)
        record.note(prompts=dict(self._prompts.versions), budget=prompt.spent)
        record.rest_on(prompt, (), Coverage())
        written = self._write(model, prompt, ())
        record.change(usage=written.usage)
        if not record.written.strip() and not self._stop.cancelled:
            raise _empty(model)
        record.finish("stopped" if self._stop.cancelled else "done", ())

    def _chat(self, model: ChatModel, evidence: Evidence, profile: Profile | None = None) -> None:
        """Answer by the model, from passages that fit its budget, and from what it finds with tools.

        profile: what is asked of it, None for its own. Where that comes to nothing, less is asked.
        """
        means, record, request = self._means, self._record, self._request
        rung = profile or model.profile
        found = best_sentence(evidence, self._quotes(evidence)) if rung == "reader" else evidence
        if found is None:
            (self._quote if profile is None else partial(self._unanswered, model))(evidence)
            return
        record.change(mode="chat", model=model.name, rung=rung)
        tools = tools_for(self._prompts, model, means.tools) if rung == "full" else ()
        specs = [tool.spec for tool in tools]
        history = history_of(request.before, means.turns.sent(self._conversation))
        opening = Opening()
        if rung != "reader":
            opening = means.prefetch.opening(
                model, self._conversation, request.attachments, history, request.before, specs, self._target_s
            )
        keep_to = self._kept.for_files(one.path for one in found.passages) if rung != "reader" else ""
        prompt = compose(
            self._prompts, model, question=request.question, passages=found.passages, opening=opening, tools=specs,
            target_s=self._target_s, profile=rung, in_order=evidence.attached,
            keep_to=keep_to,
        )  # fmt: skip
        used = {(passage.path, passage.place.start) for passage in prompt.given}
        record.note(
            prompts=dict(self._prompts.versions), budget=prompt.spent, passages=traced(prompt.passages, prompt.tokens),
            passed_over=traced([one for one in evidence.passages if (one.path, one.place.start) not in used]),
        )  # fmt: skip
        record.rest_on(prompt, opening.whole, _coverage(evidence, prompt.given))
        record.check_claims(prompt.numbers, () if rung == "reader" else (*self._told.passages, *as_passages(keep_to)))
        early = self._early_quotes(evidence, prompt) if prompt.given else None
        try:
            written = self._write(model, prompt, tools)
        finally:
            quotes = early.end() if early is not None else ""
        if not record.written.strip() and self._stop.cancelled and quotes:
            record.change(mode="quotes", model=None, rung="quotes")  # whoever stops it may have what they need
            record.check_claims(None)
            record.say(quotes)
        means.prefetch.answered(model, prompt)
        given = tuple(dict.fromkeys((*prompt.given, *prompt.numbers.answer.values())))
        record.change(usage=written.usage, coverage=_coverage(evidence, given))
        grounded = record.grounded(ended=not self._stop.cancelled) or Grounded.of_files(record.written)
        acted = bool(record.outcomes)
        if not (self._stop.cancelled or acted) and has_failed(written, grounded.bare, request.question):
            self._ask_less(model, evidence, given, rung)
            return
        self._end(evidence, prompt, written, grounded, given)
        if not self._stop.cancelled:
            means.prefetch.begin(model, self._conversation, request.attachments, given, specs)

    def _ask_less(self, model: ChatModel, evidence: Evidence, given: Sequence[Passage], rung: Profile) -> None:
        """The model has come to no answer: have it try with less, at last with nothing but quotes."""
        self._record.start_over()
        again = msgspec.structs.replace(evidence, passages=tuple(dict.fromkeys((*evidence.passages, *given))))
        if below(rung) == "quotes":
            self._unanswered(model, again)
        else:
            log.info("a model came to no answer as %s; less is asked of it", rung)
            self._chat(model, again, profile=below(rung))

    def _early_quotes(self, evidence: Evidence, prompt: Prompt) -> EarlyQuotes:
        """Quotes of what the model is given, told while it reads."""
        passages = dict(prompt.numbers.answer)
        given = msgspec.structs.replace(evidence, passages=prompt.given)
        return EarlyQuotes(
            lambda: numbered_quotes(self._quotes(given), self._query, passages), self._record.first_quotes, self._stop
        )

    def _write(self, model: ChatModel, prompt: Prompt, tools: Sequence[Tool]) -> Written:
        toolbox = toolbox_of(self._means, self._request, self._record, model, prompt, tools, self._stop)
        loop = ToolLoop(
            model, prompt, toolbox=toolbox, stage=self._record, stop=self._stop, seed=self._record.answer.turn,
            conversation=self._conversation, target_s=self._target_s,
        )  # fmt: skip
        try:
            with self._record.stage("writing"):
                written = loop.run()
        except Cancelled:
            self._record.raise_failure()
            raise
        self._record.raise_failure()
        self._record.note(rounds=written.rounds, generated=Generated(reason=written.reason))
        return written

    def _end(
        self, evidence: Evidence, prompt: Prompt, written: Written, grounded: Grounded, given: Sequence[Passage]
    ) -> None:
        """Settle the answer that a model has written."""
        record, stopped = self._record, self._stop.cancelled
        if evidence.searched and not stopped and is_not_found(record.written, self._prompts.not_found):
            record.change(mode="not_found")
        if written.reason == REPEATED:
            record.change(error="The answer was ended where it began to repeat itself.")
        elif written.reason == "length":
            record.change(error="The answer was cut off: it had reached its greatest length.")
        if record.outcomes:
            settle_acted(record, grounded, written)
            record.finish("stopped" if stopped else "done", citations.bind(record.text, prompt.numbers.answer))
            return
        if record.answer.mode == "chat" and not grounded.holds and not (stopped and not grounded.claims):
            self._set_aside(evidence, prompt, written, given, grounded)
            return
        if record.answer.mode == "chat":
            record.settle(grounded.text)
            record.change(claims=grounded.claims, memories=rests_on(self._told, grounded.claims))
        else:
            record.settle(record.written.strip())
        self._note_files(evidence)
        record.finish("stopped" if stopped else "done", citations.bind(record.text, prompt.numbers.answer))

    def _set_aside(
        self, evidence: Evidence, prompt: Prompt, written: Written, given: Sequence[Passage], grounded: Grounded
    ) -> None:
        """Nothing of what the model has written is borne out: the files' own words are the answer, its words beside.

        What the next prompt repeats is the answer, too, so that a model does not go on from what it made up.
        """
        record = self._record
        again = msgspec.structs.replace(evidence, passages=tuple(dict.fromkeys((*evidence.passages, *given))))
        answer = self._quoted(again)
        text = PARAGRAPH.join(answer.pieces)
        cited, claims = citations.under(answer.citations, grounded.bare_claims, prompt.numbers.answer)
        record.change(mode=answer.mode, unfounded=grounded.bare, claims=claims)
        record.settle(text)
        if written.messages and written.messages[-1].role == "assistant":
            said = ChatMessage(role="assistant", content=without_markers(text))
            record.keep([*written.messages[:-1], said])
        if answer.quotes:
            self._note_files(evidence)
        else:
            self._renew(evidence)
        record.finish("stopped" if self._stop.cancelled else "done", cited)

    def _unanswered(self, model: ChatModel, evidence: Evidence) -> None:
        """The model has come to no answer: quote what was found. Raises Problem chat.empty if nothing is worth it."""
        if not self._quotes(evidence).certain:
            raise _empty(model)
        self._record.change(error=f"{model.name} gave no answer, so these are quotes from your files.")
        self._quote(evidence)


def _empty(model: ChatModel) -> Problem:
    return Problem("chat.empty", f"{model.name} gave no answer.", "Ask again, or use another model.")


def _coverage(evidence: Evidence, passages: Sequence[Passage]) -> Coverage:
    return citations.coverage(
        passages, matching=evidence.matching, waiting=evidence.waiting, by_meaning=evidence.by_meaning
    )
