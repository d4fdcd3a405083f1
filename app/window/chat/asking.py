"""What becomes of a question in one view: asked, waiting, held back for the person's word, answered, given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.base.action_wording import outcome, summary
from app.base.actions import Action, Decide, UndoAction
from app.base.errors import Problem
from app.base.turn_events import TurnEvent
from app.base.values import Answer, ConversationId, TurnId
from app.window.chat.chat_context import ChatContext
from app.window.chat.chat_foot import ChatFoot
from app.window.chat.message import MessageItem
from app.window.chat.running_turns import RunningTurn, RunningTurns, WaitingQuestion
from app.window.chat.transcript import TranscriptView
from app.window.controls.model_choice import remote_host
from app.window.engine_client import EngineClient

CUT_OFF = Problem(
    "link.closed", "The answer was cut off: Familiar’s engine stopped.", "What was written so far is kept."
)


class Asking(QObject):
    """Asks in the conversation that is shown, and shows what comes of it.

    conversation: None for a new one. turn: the answer under way in it. is_loading: its messages are still to come, so
    that a turn which begins meanwhile is joined with them. conversation_changed(ConversationId | None): a question was
    asked, taken back, or gave a new conversation its number. said(title, hint, action, act): as a toast takes it.
    """

    conversation_changed = Signal(object)
    said = Signal(str, str, str, object)

    def __init__(
        self,
        client: EngineClient,
        turns: RunningTurns,
        subject: ChatContext,
        transcript: TranscriptView,
        foot: ChatFoot,
    ) -> None:
        super().__init__(foot)
        self._client = client
        self._turns = turns
        self._subject = subject
        self._transcript = transcript
        self._foot = foot
        self._composer = foot.composer
        self._refused: RunningTurn | None = None  # for want of consent
        self._refused_host = ""
        self.conversation: ConversationId | None = None
        self.turn: RunningTurn | None = None
        self.is_loading = False
        foot.asked.connect(self._on_asked)
        foot.waiting.edited.connect(self._on_waiting_edited)
        foot.waiting.removed.connect(self._on_waiting_removed)
        foot.composer.stop_requested.connect(self.stop)
        transcript.question_again.connect(self._on_asked_again)
        transcript.search_again.connect(self._on_searched_again)
        transcript.consent_answered.connect(self._on_consent_answered)
        transcript.decided.connect(self._on_decided)
        transcript.undo_wanted.connect(self._on_undo_wanted)
        turns.started.connect(self._on_turn_started)
        turns.went_on.connect(self._on_turn_started)
        turns.heard.connect(self._on_turn_heard)
        turns.finished.connect(self._on_turn_finished)
        turns.failed.connect(self._on_turn_failed)
        turns.waiting_changed.connect(self._on_waiting_changed)
        client.models_changed.connect(self._on_models_changed)

    # ---- which conversation

    def leave(self) -> None:
        """Another conversation will be shown; an answer under way goes on where it is."""
        if self._refused is not None:
            self._give_back(self._refused)
        self._refused = None
        self.turn = None

    def arrive(self, conversation: ConversationId | None) -> None:
        """This conversation is shown; its draft is in the composer already."""
        self.conversation = conversation
        self._show_rest()

    def join(self, turn: RunningTurn) -> None:
        """Show an answer that is under way in this conversation, from its beginning."""
        self.turn = turn
        self._subject.keep([*turn.attachments, *(path for each in turn.waiting for path in each.attachments)])
        self._transcript.begin_turn(turn.question, turn.attachments, turn=turn.turn, again=turn.again)
        for event in turn.events:
            self._transcript.apply(event)
        self._composer.set_busy(True)
        self._on_waiting_changed(turn)

    # ---- asking

    def stop(self) -> None:
        """End the answer under way here; what there is of it is kept."""
        if self.turn is not None:
            self._turns.stop(self.turn)

    def _on_asked(self, question: str) -> None:
        if self._refused is not None:
            self._composer.put_back(question)
            self.said.emit(
                "Your last question waits for your word", "Send it, or not now? Then ask this one.", "", None
            )
        elif self.turn is not None:
            self._turns.ask_after(self.turn, self._question(question, self._subject.take_waiting()))
        else:
            self._begin(self._question(question, self._subject.take_waiting()))

    def _on_asked_again(self, item: MessageItem) -> None:
        """A new version of an answer; of one that never reached the disk, the question once more."""
        self._on_searched_again(item, "", ())

    def _on_searched_again(self, item: MessageItem, query: str, without: tuple[str, ...]) -> None:
        """A new version of an answer, by a search for what the person wrote and without what they took away."""
        if item.turn is None or self._refused is not None:
            self._on_asked(item.question)
            return
        asked = self._question(item.question, (), again=item.turn, query=query, without=without)
        if self.turn is not None:
            self._turns.ask_after(self.turn, asked)
        else:
            self._begin(asked)

    def _question(
        self,
        question: str,
        attachments: Sequence[str],
        *,
        again: TurnId | None = None,
        query: str = "",
        without: tuple[str, ...] = (),
    ) -> WaitingQuestion:
        return WaitingQuestion(question, tuple(attachments), tuple(self._subject.scope), again, query, without)

    def _begin(self, asked: WaitingQuestion, *, consent: bool = False) -> None:
        self.turn = self._turns.ask(asked, conversation=self.conversation, consent=consent)
        self._transcript.begin_turn(asked.question, asked.attachments, again=asked.again)
        self._composer.set_busy(True)
        self.conversation_changed.emit(self.conversation)

    def _on_turn_started(self, turn: RunningTurn) -> None:
        if turn is self.turn:
            self._take_number(turn.conversation)
        elif self.turn is None and turn.conversation == self.conversation and not self.is_loading:
            self.join(turn)

    def _on_turn_heard(self, turn: RunningTurn, event: TurnEvent) -> None:
        if turn is self.turn:
            self._transcript.apply(event)

    def _on_turn_finished(self, turn: RunningTurn, answer: Answer) -> None:
        if turn is self.turn:
            self.turn = None
            self._transcript.apply(answer)
            self._show_rest()
            self._take_number(answer.conversation)

    def _on_turn_failed(self, turn: RunningTurn, problem: Problem) -> None:
        if turn is not self.turn:
            return
        self.turn = None
        self._show_rest()
        if problem.code == "remote.consent":
            self._refused, self._refused_host = turn, remote_host(self._client)
            self._transcript.ask_consent(self._refused_host or "a server")
            return
        if problem.code == "cancelled":
            problem = Problem(problem.code, "Stopped before an answer began.", "")
        elif problem.code == "link.closed":
            problem = CUT_OFF
        if turn.turn is None and turn.again is not None:  # the answer that there is stays
            self._transcript.withdraw()
            self.said.emit(problem.title, problem.hint, "", None)
            return
        self._transcript.fail(problem.title, problem.hint)
        if turn.turn is None:  # it never reached the disk: nothing of the person's is lost
            self._give_back(turn)

    def _take_number(self, conversation: ConversationId | None) -> None:
        """A new conversation is on the disk, and has its number."""
        if self.conversation is None:
            self.conversation = conversation
            self.conversation_changed.emit(conversation)

    def _give_back(self, turn: RunningTurn) -> None:
        """A question came to nothing: it and its files wait in the composer."""
        if turn.again is None:
            self._composer.put_back(turn.question)
            self._subject.give_back(turn.attachments)

    # ---- what waits

    def _show_rest(self) -> None:
        """No answer is under way. Questions that waited for one which came to nothing are in the composer again."""
        self._composer.set_busy(False)
        self._foot.waiting.show_questions(())
        for waiting in reversed(self._turns.take_left(self.conversation)):
            self._put_back(waiting)

    def _put_back(self, waiting: WaitingQuestion) -> None:
        if waiting.again is None:
            self._composer.put_back(waiting.question)
            self._subject.give_back(waiting.attachments)

    def _on_waiting_changed(self, turn: RunningTurn) -> None:
        if turn is self.turn:
            self._foot.waiting.show_questions(turn.waiting)

    def _on_waiting_edited(self, place: int) -> None:
        if self.turn is not None:
            taken = self._turns.take_back(self.turn, place)
            self._composer.put_back(taken.question)
            self._subject.give_back(taken.attachments)
            self._composer.focus_text()

    def _on_waiting_removed(self, place: int) -> None:
        if self.turn is not None:
            self._subject.give_back(self._turns.take_back(self.turn, place).attachments)
            self._composer.focus_text()

    # ---- the person's word

    def _on_consent_answered(self, agreed: bool) -> None:
        refused = self._refused
        if refused is None:
            return
        self._refused = None
        self._transcript.withdraw()
        if agreed:
            self._subject.keep(refused.attachments)
            self._begin(replace(refused.asked, scope=tuple(self._subject.scope)), consent=True)
        else:
            self._give_back(refused)
            self.conversation_changed.emit(self.conversation)
        self._composer.focus_text()

    def _on_decided(self, decide: Decide) -> None:
        self._client.request(decide, lambda _: None, self._say_problem)
        self._composer.focus_text()

    def _on_undo_wanted(self, actions: tuple[int, ...]) -> None:
        for action in reversed(actions):
            self._client.request(UndoAction(id=action), self._on_undone, self._say_problem)

    def _on_undone(self, action: Action) -> None:
        left = [effect for effect in action.effects if effect.state == "done" and effect.reason]
        self.said.emit(summary(action), outcome(left[0]) if left else "", "", None)

    def _say_problem(self, problem: Problem) -> None:
        self.said.emit(problem.title, problem.hint, "", None)

    def _on_models_changed(self) -> None:
        if self._refused is not None and remote_host(self._client) != self._refused_host:
            self._on_consent_answered(agreed=False)  # it is no longer that server which would answer
