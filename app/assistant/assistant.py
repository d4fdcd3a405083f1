"""The assistant as the engine knows it: ask, stop, show, and mend what a killed engine left."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import msgspec

from app.assistant.acting.acting import Acting
from app.assistant.cancellation import Stop, Threads
from app.assistant.citations import check_all, checked_answer
from app.assistant.ports import Sources
from app.assistant.prefetch import Prefetch
from app.assistant.prompt import Prompts, tools_for
from app.assistant.remembering import knowing, told_by
from app.assistant.tools.tool import Tool
from app.assistant.turn import NO_CONSENT, QUOTES, Turn
from app.assistant.turn_record import interrupted
from app.assistant.turn_request import Means, TurnRequest, Wishes
from app.base.calls import Ask
from app.base.chat_model import Cancellation, ModelProvider
from app.base.errors import Problem
from app.base.turn_events import TurnEvent
from app.base.turn_trace import AnswerTrace, TurnTrace
from app.base.values import Answer, ConversationId, Message, TurnId
from app.store.ratings import no_turn
from app.store.user import UserStore

log = logging.getLogger("familiar.assistant")
MOST_CHARS = 20_000


class Assistant:
    """Answers questions in conversations. Thread-safe: conversations run side by side, turns of one do not."""

    def __init__(
        self,
        store: UserStore,
        *,
        sources: Sources,
        models: ModelProvider,
        prompts: Prompts,
        tools: Sequence[Tool],
        wishes: Wishes,
        acting: Acting,
        loading: Callable[[str | None], str] = lambda _: "",
    ) -> None:
        """tools: what models may use. acting: over the same store. loading: the name of the model that `models` would
        have to load first, "" if none.
        """
        self._store = store
        self._told_ends: list[Callable[[Answer, TurnTrace], None]] = []
        self._current = sources.current
        self._means = Means(
            turns=store.turns, asked_before=store.asked_before, said_before=store.said_before, memories=store.memories,
            conversations=store.conversations, sources=sources, models=models, prompts=prompts, tools=tools,
            prefetch=Prefetch(lambda: knowing(prompts, told_by(store.memories)), sources.reader),
            wishes=wishes, acting=acting, loading=loading,
        )  # fmt: skip
        self._lock = threading.Lock()
        self._threads = Threads()
        self._preparing = self._prepare_again = False
        self._running: dict[TurnId, tuple[ConversationId, Stop]] = {}

    def ask(self, call: Ask, emit: Callable[[TurnEvent], None], cancellation: Cancellation) -> Answer:
        """Answer a question: first saves it, then emits steps and pieces of text, returns the finished answer.

        Stopped by `cancellation` or `stop` it returns what there is, state "stopped". Raises Problem: ask.* and
        chats.unknown before anything was saved; any other after the question was, and the turn is then saved as failed.
        """
        question = "" if call.again is not None else _checked(call.question)
        stop = Stop(self._threads)
        with self._lock:
            if any(conversation == call.conversation for conversation, _ in self._running.values()):
                raise Problem(
                    "ask.busy", "An answer is still being written in this conversation.",
                    "Your question was not sent. Wait for that answer or stop it.",
                )  # fmt: skip
            turns = self._store.turns
            before = [] if call.conversation is None else turns.messages(call.conversation)
            earlier = [] if call.conversation is None else turns.attachments(call.conversation)
            place = len(before) if call.again is None else _place_of(before, call.again)
            paths = call.attachments
            if call.again is not None:
                question, paths = before[place].text, list(before[place].attachments)
            attachments = self._means.sources.reader.choose(paths, earlier)
            held = self._awaiting_consent(question, before[: place + 2]) if call.consent else None
            before = before[:place] if held is None or call.again is not None else before[: place - 2]
            if held is not None:
                answer = held
            else:
                answer = turns.begin(
                    question,
                    conversation=call.conversation,
                    scope=call.scope,
                    attachments=attachments,
                    mode="quotes" if call.model == QUOTES else "chat",
                    again=call.again,
                )
            self._running[answer.turn] = (answer.conversation, stop)
        try:
            cancellation.on_cancel(stop.cancel)
            known = {one.path: one for one in (*earlier, *attachments)}
            about = dict.fromkeys([*(path for message in before for path in message.attachments), *paths])
            request = TurnRequest(
                question=question, scope=call.scope, attachments=[known[path] for path in about], model=call.model,
                consent=call.consent, before=before, query=" ".join(call.query.replace("\0", "").split()),
                without=call.without, anew=call.anew or call.again is not None, asks=call.approves,
            )  # fmt: skip
            turn = Turn(self._means, answer, request, emit=emit, stop=stop)
            try:
                return turn.run()
            finally:
                for tell in self._told_ends:
                    tell(turn.record.answer, turn.record.trace)
        finally:
            with self._lock:
                del self._running[answer.turn]

    def on_end(self, tell: Callable[[Answer, TurnTrace], None]) -> None:
        """Have `tell` called after each turn, however it ended, in its thread."""
        self._told_ends.append(tell)

    @property
    def busy(self) -> bool:
        """Whether a question is being answered now."""
        with self._lock:
            return bool(self._running)

    def prepare(self) -> None:
        """Have the model in use loaded and read what every conversation begins with. Returns at once, never fails."""
        with self._lock:
            self._prepare_again = True
            if self._preparing:
                return  # one thread, however often it is asked: loading a model can take minutes
            self._preparing = True
        threading.Thread(target=self._prepare_all, name="prepare", daemon=True).start()

    def stop(self, turn: TurnId) -> bool:
        """Stop a running turn, keeping its text. False if it is not running."""
        with self._lock:
            running = self._running.get(turn)
        if running is None:
            return False
        running[1].cancel()
        return True

    def show(self, conversation: ConversationId) -> list[Message]:
        """A conversation's messages, oldest first, every citation checked against its file as it is now.

        Raises Problem chats.unknown.
        """
        messages = self._store.turns.messages(conversation)
        with self._lock:
            running = set(self._running)
        return check_all([_settled(message, running) for message in messages], self._current)

    def show_answer(self, turn: TurnId) -> Answer:
        """The answer of one turn, which may be an older version, its citations checked against their files now.

        Raises Problem ask.no_turn.
        """
        answer = self._store.turns.answer(turn)
        with self._lock:
            runs = turn in self._running
        return self.check(interrupted(answer) if answer.state == "streaming" and not runs else answer)

    def show_trace(self, turn: TurnId) -> AnswerTrace:
        """How the answer of a turn came about. Raises Problem ask.no_turn."""
        question, _, _ = self._store.turns.question(turn)
        return AnswerTrace(
            turn=turn, question=question, answer=self.show_answer(turn), trace=self._store.turns.trace(turn)
        )

    def check(self, answer: Answer) -> Answer:
        """An answer with its citations checked against their files as they are now."""
        return checked_answer(answer, self._current)

    def mark_interrupted(self) -> int:
        """Mark the turns that a killed engine left as interrupted, keeping their text. For the engine's start.

        Returns how many there were.
        """
        self._means.acting.carrying.settle()
        with self._lock:  # a turn that begins now is either not on disk yet or already known to run
            left = [answer for answer in self._store.turns.unfinished() if answer.turn not in self._running]
        for answer in left:
            self._store.turns.save(interrupted(answer))
        return len(left)

    def _prepare_all(self) -> None:
        """Prepare until nobody has asked for it meanwhile: another model may have been chosen."""
        while True:
            with self._lock:
                if not self._prepare_again:
                    self._preparing = False
                    return
                self._prepare_again = False
            self._prepare()

    def _prepare(self) -> None:
        try:
            model = self._means.models(None)
            if model is not None and model.local:
                means = self._means
                means.prefetch.prepare(model, [tool.spec for tool in tools_for(means.prompts, model, means.tools)])
        except Problem as problem:  # the next question says it to the person
            log.info("the model could not be made ready: %s", problem.code)

    def _awaiting_consent(self, question: str, before: Sequence[Message]) -> Answer | None:
        """The answer to this very question that was held back for want of consent, begun anew; None if there is none.

        So that a question which goes to a server after all does not stand in its conversation twice.
        """
        if len(before) < 2 or before[-2].text != question or before[-1].answer is None:
            return None
        held = before[-1].answer
        if held.state != "failed" or self._store.turns.trace(held.turn).failed != NO_CONSENT:
            return None
        answer = Answer(conversation=held.conversation, turn=held.turn, mode="chat", state="streaming", text="")
        self._store.turns.save(answer, TurnTrace())
        return answer


def _place_of(messages: Sequence[Message], turn: TurnId) -> int:
    """Where the question of a turn stands, or that of any version of its answer. Raises Problem ask.no_turn."""
    for at, message in enumerate(messages):
        if message.role == "assistant" and turn in (message.turn, *message.versions):
            return at - 1
    raise no_turn(turn)


def _checked(question: str) -> str:
    """The question without white space around it. Raises Problem ask.empty, ask.too_long."""
    question = question.strip().replace("\0", "")
    if not question:
        raise Problem("ask.empty", "The question is empty.", "Nothing was sent. Type a question.")
    if len(question) > MOST_CHARS:
        raise Problem(
            "ask.too_long",
            f"The question has {len(question):,} characters; {MOST_CHARS:,} is the most.",
            "Nothing was sent or stored. Save the long text as a file, attach it, and ask about that.",
        )
    return question


def _settled(message: Message, running: set[TurnId]) -> Message:
    """A message whose answer claims to stream although nobody writes it, as interrupted."""
    if message.answer is None or message.answer.state != "streaming" or message.turn in running:
        return message
    return msgspec.structs.replace(message, answer=interrupted(message.answer))
