"""One conversation with its composer: asks, shows what comes, keeps what cannot be asked yet.

The main window and the sidebar each have one; which answers are under way is shared through `RunningTurns`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.calls import ChatShow
from app.base.errors import Problem
from app.base.values import Answer, ConversationId, Message, TurnEvent
from app.window.chat.attached_files import AttachedFile
from app.window.chat.chat_context import ChatContext, Subject
from app.window.chat.chat_foot import ChatFoot
from app.window.chat.composer import local_files
from app.window.chat.empty_chat import EmptyChat
from app.window.chat.running_turns import RunningTurn, RunningTurns, WaitingQuestion
from app.window.chat.transcript import TranscriptView
from app.window.controls.folder_actions import FolderActions
from app.window.controls.model_choice import remote_host
from app.window.controls.theme import SPACE, Theme
from app.window.controls.wording import one_line
from app.window.engine_client import EngineClient
from app.window.pending_request import PendingRequest

CUT_OFF = Problem(
    "link.closed", "The answer was cut off: Familiar’s engine stopped.", "What was written so far is kept."
)


@dataclass(frozen=True)
class _Draft:
    """What was about to be asked in a conversation that is not shown now."""

    text: str
    subject: Subject


class ChatView(QWidget):
    """A conversation, or the place where a new one begins.

    column: the widest that text becomes, 0 for all the room. slim: shows no attached files; the caller shows what is
    `attached`, once for the whole conversation.

    conversation_changed(ConversationId | None): another one is shown, or the new one has got its number.
    citation_activated(Citation), link_opened(str): for the window. files_changed(): of `attached`.
    models_wanted(): the person wants to see all about models.
    said(title, hint, action, act): a sentence for the person, as a toast takes it.
    """

    conversation_changed = Signal(object)
    citation_activated = Signal(object)
    link_opened = Signal(str)
    files_changed = Signal()
    models_wanted = Signal()
    said = Signal(str, str, str, object)

    def __init__(
        self,
        client: EngineClient,
        turns: RunningTurns,
        actions: FolderActions,
        theme: Theme,
        *,
        column: int,
        margin: int,
        slim: bool = False,
    ) -> None:
        super().__init__()
        self._client = client
        self._turns = turns
        self._theme = theme
        self._conversation: ConversationId | None = None
        self._turn: RunningTurn | None = None
        self._asked: PendingRequest | None = None
        self._written_elsewhere = False
        self._slim = slim
        self._refused: RunningTurn | None = None  # for want of consent
        self._refused_host = ""
        self._drafts: dict[ConversationId | None, _Draft] = {}
        self.setAcceptDrops(True)
        self.subject = ChatContext(client, actions, self)
        self.subject.changed.connect(self._show_files)
        self.subject.said.connect(self.said)
        self.empty = EmptyChat(client, actions, theme)
        self.empty.question_chosen.connect(self.ask)
        self.transcript = TranscriptView(theme)
        self.transcript.set_column(column)
        self.transcript.set_empty_widget(self.empty)
        self.transcript.citation_activated.connect(self.citation_activated)
        self.transcript.link_opened.connect(self.link_opened)
        self.transcript.question_again.connect(self.ask)
        self.transcript.consent_answered.connect(self._on_consent_answered)
        self.foot = ChatFoot(client, self.subject, theme, slim=slim)
        self.foot.asked.connect(self._ask)
        self.foot.said.connect(self.said)
        self.foot.models_wanted.connect(self.models_wanted)
        self.foot.waiting.edited.connect(self._on_waiting_edited)
        self.foot.waiting.removed.connect(self._on_waiting_removed)
        self.composer = self.foot.composer
        self.composer.stop_requested.connect(self.stop)
        self.transcript.column.follow_focus_of(self.composer.send_button)
        foot = QHBoxLayout()
        foot.setContentsMargins(margin, 0, margin, SPACE[3])
        foot.addStretch(1)
        if column:
            self.foot.setMaximumWidth(column + 2 * SPACE[2])
        foot.addWidget(self.foot, 1000)
        foot.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE[2])
        box.addWidget(self.transcript, 1)
        box.addLayout(foot)
        turns.started.connect(self._on_turn_started)
        turns.heard.connect(self._on_turn_heard)
        turns.finished.connect(self._on_turn_finished)
        turns.failed.connect(self._on_turn_failed)
        turns.went_on.connect(self._on_turn_started)
        turns.waiting_changed.connect(self._on_waiting_changed)
        client.connected.connect(self._on_connected)
        client.chats_changed.connect(self._on_chats_changed)
        client.models_changed.connect(self._on_models_changed)
        self._show_files()

    @property
    def conversation(self) -> ConversationId | None:
        """The one that is shown; None for a new one."""
        return self._conversation

    @property
    def is_new(self) -> bool:
        """Whether nothing has been asked here yet."""
        return self._conversation is None and self._turn is None

    @property
    def attached(self) -> list[AttachedFile]:
        """The files that this conversation is about: asked about, or waiting for the next question."""
        return self.subject.attached

    def model_menu(self) -> QMenu:
        """What may answer; the caller shows and deletes it."""
        return self.foot.model_menu()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being written here."""
        return self._turn is not None

    @property
    def working_title(self) -> str:
        """What to call the conversation until its own title is known: the question under way, on one line, or ""."""
        return one_line(self._turn.question) if self._turn is not None else ""

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for part in (self.transcript, self.foot, self.empty):
            part.set_theme(theme)

    # ---- which conversation

    def start_new(self) -> None:
        """Show the place where a new conversation begins."""
        self._leave()
        self._conversation = None
        self._arrive()
        self.transcript.clear()
        self.conversation_changed.emit(None)
        self.composer.focus_text()

    def open(self, conversation: ConversationId) -> None:
        """Show a conversation; an answer under way in it goes on where it is."""
        if conversation == self._conversation:
            self.composer.focus_text()
            return
        self._leave()
        self._conversation = conversation
        self._arrive()
        self.transcript.clear()
        self._load()
        self.conversation_changed.emit(conversation)
        self.composer.focus_text()

    def _leave(self) -> None:
        if self._refused is not None:
            self._give_back(self._refused)
        self._drafts[self._conversation] = _Draft(self.composer.text(), self.subject.leave())
        self._refused = None
        self._turn = None
        self._written_elsewhere = False
        if self._asked is not None:
            self._asked.drop()
            self._asked = None

    def _arrive(self) -> None:
        draft = self._drafts.pop(self._conversation, None)
        self.composer.set_busy(False)
        self.foot.waiting.show_questions(())
        self.composer.set_text(draft.text if draft is not None else "")
        self.subject.arrive(draft.subject if draft is not None else None)
        self._take_left()

    def _load(self) -> None:
        if self._conversation is None:
            return
        if self._asked is not None:
            self._asked.drop()
        self._asked = self._client.request(
            ChatShow(conversation=self._conversation), self._on_messages, self._on_load_failed
        )

    def _on_messages(self, messages: list[Message]) -> None:
        self._asked = None
        running = None if self._conversation is None else self._turns.running_in(self._conversation)
        if running is not None:
            messages = [message for message in messages if message.turn != running.turn]
        self._written_elsewhere = any(m.answer is not None and m.answer.state == "streaming" for m in messages)
        waiting = [] if running is None else [path for each in running.waiting for path in each.attachments]
        self.subject.set_kept([*(path for message in messages for path in message.attachments), *waiting])
        if self._slim:
            messages = [msgspec.structs.replace(message, attachments=()) for message in messages]
        self.transcript.set_messages(messages)
        if running is not None:
            self._join(running)
        self._show_files()

    def _on_load_failed(self, problem: Problem) -> None:
        self._asked = None
        self.transcript.fail(problem.title, problem.hint)

    def _join(self, turn: RunningTurn) -> None:
        self._turn = turn
        self.subject.keep(turn.attachments)
        self.transcript.begin_turn(turn.question, () if self._slim else turn.attachments)
        for event in turn.events:
            self.transcript.apply(event)
        self.composer.set_busy(True)
        self._on_waiting_changed(turn)

    # ---- asking

    def ask(self, question: str) -> None:
        """Ask here. While an answer is under way the question waits for its end, to be seen above the composer."""
        question = question.strip()
        if question:
            self.foot.submit(question)

    def _ask(self, question: str) -> None:
        if self._refused is not None:
            self.composer.put_back(question)
            self.said.emit(
                "Your last question waits for your word", "Send it, or not now? Then ask this one.", "", None
            )
        elif self._turn is not None:
            attachments = tuple(self.subject.take_waiting())
            self._turns.ask_after(self._turn, WaitingQuestion(question, attachments, tuple(self.subject.scope)))
        else:
            self._begin(question, self.subject.take_waiting())

    def _begin(self, question: str, attachments: Sequence[str], *, consent: bool = False) -> None:
        self._turn = self._turns.ask(
            question,
            conversation=self._conversation,
            scope=self.subject.scope,
            attachments=attachments,
            consent=consent,
        )
        self.transcript.begin_turn(question, () if self._slim else attachments)
        self.composer.set_busy(True)
        self.conversation_changed.emit(self._conversation)

    def stop(self) -> None:
        """End the answer under way here; what there is of it is kept."""
        if self._turn is not None:
            self._turns.stop(self._turn)

    def _on_turn_started(self, turn: RunningTurn) -> None:
        if turn is self._turn:
            if self._conversation is None:
                self._conversation = turn.conversation
                self.conversation_changed.emit(turn.conversation)
        elif self._turn is None and turn.conversation == self._conversation and self._asked is None:
            self._join(turn)

    def _on_turn_heard(self, turn: RunningTurn, event: TurnEvent) -> None:
        if turn is self._turn:
            self.transcript.apply(event)

    def _on_turn_finished(self, turn: RunningTurn, answer: Answer) -> None:
        if turn is not self._turn:
            return
        self._turn = None
        self.transcript.apply(answer)
        self.composer.set_busy(False)
        self.foot.waiting.show_questions(())
        if self._conversation is None:
            self._conversation = answer.conversation
            self.conversation_changed.emit(answer.conversation)

    def _on_turn_failed(self, turn: RunningTurn, problem: Problem) -> None:
        if turn is not self._turn:
            return
        self._turn = None
        self.composer.set_busy(False)
        self.foot.waiting.show_questions(())
        self._take_left()
        if problem.code == "remote.consent":
            self._refused, self._refused_host = turn, remote_host(self._client)
            self.transcript.ask_consent(self._refused_host or "a server")
            return
        if problem.code == "cancelled":
            problem = Problem(problem.code, "Stopped before an answer began.", "")
        elif problem.code == "link.closed":
            problem = CUT_OFF
        self.transcript.fail(problem.title, problem.hint)
        if turn.turn is None:  # it never reached the disk: nothing of the person's is lost
            self._give_back(turn)

    def _give_back(self, turn: RunningTurn) -> None:
        """A question came to nothing: it and its files wait in the composer."""
        self.composer.put_back(turn.question)
        self.subject.give_back(turn.attachments)

    def _take_left(self) -> None:
        """Questions that waited for an answer which came to nothing: they and their files wait in the composer."""
        for waiting in reversed(self._turns.take_left(self._conversation)):
            self._put_back(waiting)

    def _put_back(self, waiting: WaitingQuestion) -> None:
        self.composer.put_back(waiting.question)
        self.subject.give_back(waiting.attachments)

    def _on_waiting_changed(self, turn: RunningTurn) -> None:
        if turn is self._turn:
            self.foot.waiting.show_questions(turn.waiting)

    def _on_waiting_edited(self, place: int) -> None:
        if self._turn is not None:
            self._put_back(self._turns.take_back(self._turn, place))
            self.composer.focus_text()

    def _on_waiting_removed(self, place: int) -> None:
        if self._turn is not None:
            self.subject.give_back(self._turns.take_back(self._turn, place).attachments)
            self.composer.focus_text()

    def _on_consent_answered(self, agreed: bool) -> None:
        refused = self._refused
        if refused is None:
            return
        self._refused = None
        self.transcript.withdraw()
        if agreed:
            self.subject.keep(refused.attachments)
            self._begin(refused.question, refused.attachments, consent=True)
        else:
            self._give_back(refused)
            self.conversation_changed.emit(self._conversation)
        self.composer.focus_text()

    def _on_connected(self) -> None:
        if self._turn is None:
            self._load()

    def _on_chats_changed(self) -> None:
        if self._written_elsewhere and self._turn is None:
            self._load()

    # ---- what is asked about

    def choose_and_attach(self) -> None:
        """Let the person choose files for the next question."""
        self.foot.choose_and_attach()

    def attach(self, paths: Sequence[str]) -> None:
        """Attach files to the next question; see `ChatContext.attach`."""
        self.subject.attach(paths)
        self.composer.focus_text()

    def detach(self, path: str) -> None:
        """Take a file off the next question."""
        self.subject.detach(path)

    def _show_files(self) -> None:
        self.empty.set_about([file.name for file in self.subject.attached])
        self.files_changed.emit()

    def _on_models_changed(self) -> None:
        if self._refused is not None and remote_host(self._client) != self._refused_host:
            self._on_consent_answered(agreed=False)  # it is no longer that server which would answer

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()
            self.composer.show_dropping(True)

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self.composer.show_dropping(False)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self.composer.show_dropping(False)
        self.attach(local_files(event.mimeData()))
        event.acceptProposedAction()
