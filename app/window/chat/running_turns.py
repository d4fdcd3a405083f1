"""The turns that run now, whichever view shows them: a question goes on while the person looks elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
from PySide6.QtCore import QObject, Signal

from app.base.calls import Ask
from app.base.errors import Problem
from app.base.turn_events import Delta, Step, TurnEvent
from app.base.values import Answer, ConversationId, TurnId
from app.window.engine_client import EngineClient
from app.window.pending_request import PendingRequest


@dataclass(frozen=True)
class WaitingQuestion:
    """A question as it was meant when it was typed, though it may be asked only once another answer has ended.

    again: the turn whose answer is to get a new version by it. query: what the person wants searched instead; without:
    keys of the limits that they took away.
    """

    question: str
    attachments: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    again: TurnId | None = None
    query: str = ""
    without: tuple[str, ...] = ()


@dataclass(eq=False)
class RunningTurn:
    """A question under way. conversation and turn are known from its first event on, at the latest from its answer.

    asked: the question as it was meant. waiting: what is asked after it, in order.
    """

    asked: WaitingQuestion
    conversation: ConversationId | None = None
    turn: TurnId | None = None
    pending: PendingRequest | None = None
    events: list[TurnEvent] = field(default_factory=list)
    waiting: list[WaitingQuestion] = field(default_factory=list)

    @property
    def question(self) -> str:
        """What is asked."""
        return self.asked.question

    @property
    def attachments(self) -> tuple[str, ...]:
        """The files that it is asked about."""
        return self.asked.attachments

    @property
    def again(self) -> TurnId | None:
        """The turn whose answer is to get a new version by it."""
        return self.asked.again

    def hear(self, event: TurnEvent) -> None:
        """Keep an event for views that join later; text is kept joined, of steps in a row the last."""
        last = self.events[-1] if self.events else None
        if isinstance(event, Delta) and isinstance(last, Delta):
            self.events[-1] = Delta(text=last.text + event.text)
        elif isinstance(event, Step) and isinstance(last, Step) and _same(last, event):
            self.events[-1] = event
        else:
            self.events.append(event)


def _same(one: Step, other: Step) -> bool:
    """Whether two steps are stages of one: each call of a tool is a step of its own, until it has ended."""
    if one.tool is None or other.tool is None:
        return one.name == other.name
    return one.tool.call == other.tool.call and one.tool.state == "running"


class RunningTurns(QObject):
    """Asks, and tells every view what comes.

    started(RunningTurn): its conversation is known now. heard(RunningTurn, TurnEvent): in order.
    finished(RunningTurn, Answer) or failed(RunningTurn, Problem): the last word, once. went_on(RunningTurn): a question
    that had waited is asked now. waiting_changed(RunningTurn): what waits for its end.
    """

    started = Signal(object)
    heard = Signal(object, object)
    finished = Signal(object, object)
    failed = Signal(object, object)
    went_on = Signal(object)
    waiting_changed = Signal(object)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._running: list[RunningTurn] = []
        self._left: dict[ConversationId | None, list[WaitingQuestion]] = {}

    def ask(self, asked: WaitingQuestion, *, conversation: ConversationId | None, consent: bool = False) -> RunningTurn:
        """Ask in a conversation, or in a new one. consent: it may go to the server of the model in use."""
        turn = RunningTurn(asked, conversation=conversation)
        self._running.append(turn)
        call = Ask(question=asked.question, scope=list(asked.scope), conversation=conversation,
                   attachments=list(asked.attachments), consent=consent, again=asked.again,
                   query=asked.query, without=list(asked.without), approves=True)  # fmt: skip
        turn.pending = self._client.request(
            call,
            lambda answer: self._on_answer(turn, answer),
            lambda problem: self._on_problem(turn, problem),
            lambda name, body: self._on_event(turn, name, body),
        )
        return turn

    def ask_after(self, turn: RunningTurn, waiting: WaitingQuestion) -> None:
        """Ask once this turn, and what waits for it already, has ended."""
        turn.waiting.append(waiting)
        self.waiting_changed.emit(turn)

    def take_back(self, turn: RunningTurn, place: int) -> WaitingQuestion:
        """The question that waits at this place; it is not asked any more."""
        taken = turn.waiting.pop(place)
        self.waiting_changed.emit(turn)
        return taken

    def take_left(self, conversation: ConversationId | None) -> list[WaitingQuestion]:
        """The questions that waited in a conversation for an answer which came to nothing; the caller has them now."""
        return self._left.pop(conversation, [])

    def stop(self, turn: RunningTurn) -> None:
        """End a turn; its answer so far still comes."""
        if turn.pending is not None:
            turn.pending.cancel()

    def running_in(self, conversation: ConversationId) -> RunningTurn | None:
        """The turn under way in a conversation."""
        return next((turn for turn in self._running if turn.conversation == conversation), None)

    def is_running(self, turn: RunningTurn) -> bool:
        """Whether the last word on a turn is still to come."""
        return turn in self._running

    def conversations(self) -> set[ConversationId]:
        """The conversations with a turn under way."""
        return {turn.conversation for turn in self._running if turn.conversation is not None}

    def _on_event(self, turn: RunningTurn, name: str, body: msgspec.Raw) -> None:
        if name != "turn":
            return
        event = msgspec.json.decode(body, type=TurnEvent)
        if isinstance(event, Answer):
            return  # it comes again as the reply, when everything about it is on disk
        if isinstance(event, Step) and turn.turn is None:
            turn.conversation, turn.turn = event.conversation, event.turn
            self.started.emit(turn)
        turn.hear(event)
        self.heard.emit(turn, event)

    def _on_answer(self, turn: RunningTurn, answer: Answer) -> None:
        turn.conversation, turn.turn = answer.conversation, answer.turn
        self._running.remove(turn)
        self.finished.emit(turn, answer)
        if turn.waiting:
            first, *later = turn.waiting
            following = self.ask(first, conversation=turn.conversation)
            following.waiting = later
            self.went_on.emit(following)

    def _on_problem(self, turn: RunningTurn, problem: Problem) -> None:
        self._running.remove(turn)
        if turn.waiting:  # whatever failed may fail again, or needs the person's word: nothing is asked by itself
            self._left.setdefault(turn.conversation, []).extend(turn.waiting)
            turn.waiting = []
        self.failed.emit(turn, problem)
