"""One conversation with its composer: asks, shows what comes, keeps what cannot be asked yet.

The main window and the sidebar each have one; which answers are under way is shared through `RunningTurns`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.calls import AnswerShow, ChatShow, TraceShow
from app.base.errors import Problem
from app.base.values import ConversationId, Message, TurnId
from app.window.chat.asking import Asking
from app.window.chat.attached_files import AttachedFile
from app.window.chat.chat_context import ChatContext, Subject
from app.window.chat.chat_foot import ChatFoot
from app.window.chat.composer import local_files
from app.window.chat.empty_chat import EmptyChat
from app.window.chat.message import MessageItem
from app.window.chat.rating import RatingRequests
from app.window.chat.running_turns import RunningTurns
from app.window.chat.transcript import TranscriptView
from app.window.controls.folder_actions import FolderActions
from app.window.controls.theme import SPACE, Theme
from app.window.controls.wording import one_line
from app.window.engine_client import EngineClient
from app.window.pending_request import PendingRequest


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
        self._asked: PendingRequest | None = None
        self._written_elsewhere = False
        self._versions_asked: PendingRequest | None = None
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
        self.transcript.version_wanted.connect(self._on_version_wanted)
        self.transcript.why_wanted.connect(self._on_why_wanted)
        self._ratings = RatingRequests(
            client, self.transcript.show_rating, lambda problem: self.said.emit(problem.title, problem.hint, "", None)
        )
        self.transcript.rated.connect(self._ratings.rate)
        if slim:
            self.transcript.hide_files()
        self.foot = ChatFoot(client, self.subject, theme, slim=slim)
        self.foot.said.connect(self.said)
        self.foot.models_wanted.connect(self.models_wanted)
        self.transcript.file_opened.connect(self.foot.open_file)
        self.composer = self.foot.composer
        self._asking = Asking(client, turns, self.subject, self.transcript, self.foot)
        self._asking.conversation_changed.connect(self.conversation_changed)
        self._asking.said.connect(self.said)
        self.transcript.column.follow_focus_of(self.foot.last_in_focus)
        self.foot.waiting.changed.connect(self.transcript.column.link_focus)
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
        client.connected.connect(self._on_connected)
        client.chats_changed.connect(self._on_chats_changed)
        self._show_files()

    @property
    def conversation(self) -> ConversationId | None:
        """The one that is shown; None for a new one."""
        return self._asking.conversation

    @property
    def is_new(self) -> bool:
        """Whether nothing has been asked here yet."""
        return self.conversation is None and not self.is_busy

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
        return self._asking.turn is not None

    @property
    def working_title(self) -> str:
        """What to call the conversation until its own title is known: the question under way, on one line, or ""."""
        turn = self._asking.turn
        return one_line(turn.question) if turn is not None else ""

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for part in (self.transcript, self.foot, self.empty):
            part.set_theme(theme)

    # ---- which conversation

    def start_new(self) -> None:
        """Show the place where a new conversation begins."""
        self._leave()
        self._arrive(None)
        self.conversation_changed.emit(None)
        self.composer.focus_text()

    def open(self, conversation: ConversationId) -> None:
        """Show a conversation; an answer under way in it goes on where it is."""
        if conversation != self.conversation:
            self._leave()
            self._arrive(conversation)
            self._load()
            self.conversation_changed.emit(conversation)
        self.composer.focus_text()

    def _leave(self) -> None:
        self._asking.leave()
        self._drafts[self.conversation] = _Draft(self.composer.text(), self.subject.leave())
        self._written_elsewhere = False
        for asked in (self._asked, self._versions_asked):
            if asked is not None:
                asked.drop()
        self._asked = self._versions_asked = None
        self._asking.is_loading = False

    def _arrive(self, conversation: ConversationId | None) -> None:
        draft = self._drafts.pop(conversation, None)
        self.transcript.clear()
        self.composer.set_text(draft.text if draft is not None else "")
        self.subject.arrive(draft.subject if draft is not None else None)
        self._asking.arrive(conversation)

    def _load(self) -> None:
        if self.conversation is None:
            return
        if self._asked is not None:
            self._asked.drop()
        self._asking.is_loading = True
        call = ChatShow(conversation=self.conversation)
        self._asked = self._client.request(call, self._on_messages, self._on_load_failed)

    def _on_messages(self, messages: list[Message]) -> None:
        self._asked = None
        self._asking.is_loading = False
        running = None if self.conversation is None else self._turns.running_in(self.conversation)
        self._written_elsewhere = any(
            each.answer is not None and each.answer.state == "streaming"
            for each in messages
            if running is None or each.turn != running.turn
        )
        self.subject.set_kept([path for message in messages for path in message.attachments])
        self.transcript.set_messages(messages)
        if running is not None:
            self._asking.join(running)
        self._show_files()

    def _on_load_failed(self, problem: Problem) -> None:
        self._asked = None
        self._asking.is_loading = False
        self.transcript.fail(problem.title, problem.hint)

    def _on_version_wanted(self, item: MessageItem, turn: TurnId) -> None:
        if self._versions_asked is not None:
            self._versions_asked.drop()
        self._versions_asked = self._client.request(
            AnswerShow(turn=turn), lambda answer: self.transcript.show_version(item, answer)
        )

    def _on_why_wanted(self, item: MessageItem) -> None:
        if item.turn is not None:
            self._client.request(
                TraceShow(turn=item.turn),
                lambda shown: self.transcript.show_why(item, shown),
                lambda problem: self.transcript.show_why(item, problem),
            )

    def _on_connected(self) -> None:
        if not self.is_busy:
            self._load()

    def _on_chats_changed(self) -> None:
        if self._written_elsewhere and not self.is_busy:
            self._load()

    # ---- asking

    def ask(self, question: str) -> None:
        """Ask here. While an answer is under way the question waits for its end, to be seen above the composer."""
        question = question.strip()
        if question:
            self.foot.submit(question)

    def stop(self) -> None:
        """End the answer under way here; what there is of it is kept."""
        self._asking.stop()

    # ---- what is asked about

    def choose_and_attach(self) -> None:
        """Let the person choose files for the next question."""
        self.foot.choose_and_attach()

    def attach(self, paths: Sequence[str]) -> None:
        """Attach files to the next question; see `ChatContext.attach`."""
        self.subject.attach(paths)
        self.composer.focus_text()

    def open_file(self, path: str) -> None:
        """Open an attached file in its own program, if the person agrees."""
        self.foot.open_file(path)

    def detach(self, path: str) -> None:
        """Take a file off the next question."""
        self.subject.detach(path)

    def _show_files(self) -> None:
        self.empty.set_about([file.name for file in self.subject.attached])
        self.files_changed.emit()

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
