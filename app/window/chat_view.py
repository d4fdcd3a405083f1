"""One conversation with its composer: asks, shows what comes, keeps what cannot be asked yet.

The main window and the sidebar each have one; which answers are under way is shared through `Turns`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.base.calls import Attach, ChatShow
from app.base.errors import Problem
from app.base.values import READABLE_STATES, Answer, ConversationId, FileRow, Message, TurnEvent
from app.window.choosing import choose_files
from app.window.composer import Composer
from app.window.empty_chat import EmptyChat
from app.window.folder_actions import FolderActions
from app.window.icons import icon
from app.window.session import Ongoing, Session
from app.window.theme import SPACE, Theme
from app.window.transcript import Transcript
from app.window.turns import RunningTurn, Turns
from app.window.words import count, folder_name

HERE = "on this computer"
CUT_OFF = Problem(
    "link.closed", "The answer was cut off: Familiar’s engine stopped.", "What was written so far is kept."
)


class ChatView(QWidget):
    """A conversation, or the place where a new one begins.

    column: the widest that text becomes, 0 for all the room. slim: shows no attached files; the caller shows
    `attached_files`, once for the whole conversation.

    conversation_changed(ConversationId | None): another one is shown, or the new one has got its number.
    citation_activated(Citation), link_opened(str): for the window. files_changed(): of `attached_files`.
    said(title, hint, action, act): a sentence for the person, as a toast takes it.
    """

    conversation_changed = Signal(object)
    citation_activated = Signal(object)
    link_opened = Signal(str)
    files_changed = Signal()
    said = Signal(str, str, str, object)

    def __init__(
        self,
        session: Session,
        turns: Turns,
        actions: FolderActions,
        theme: Theme,
        *,
        column: int,
        margin: int,
        slim: bool = False,
    ) -> None:
        super().__init__()
        self._session = session
        self._turns = turns
        self._actions = actions
        self._theme = theme
        self._conversation: ConversationId | None = None
        self._turn: RunningTurn | None = None
        self._asked: Ongoing | None = None
        self._written_elsewhere = False
        self._slim = slim
        self._waiting_files: list[str] = []
        self._read_as: dict[str, FileRow] = {}
        self._kept_files: list[str] = []
        self._scope: list[str] = []
        self._drafts: dict[ConversationId | None, str] = {}
        self.empty = EmptyChat(session, actions, theme)
        self.empty.question_chosen.connect(self.ask)
        self.transcript = Transcript(theme)
        self.transcript.set_column(column)
        self.transcript.set_empty_widget(self.empty)
        self.transcript.citation_activated.connect(self.citation_activated)
        self.transcript.link_opened.connect(self.link_opened)
        self.transcript.question_again.connect(self.ask)
        self.composer = Composer(theme)
        self.composer.submitted.connect(self.ask)
        self.composer.stop_requested.connect(self.stop)
        self.composer.attach_requested.connect(self.choose_and_attach)
        self.composer.scope_requested.connect(self.show_scope_menu)
        self.composer.attachment_removed.connect(self.detach)
        self.composer.files_dropped.connect(self.attach)
        foot = QHBoxLayout()
        foot.setContentsMargins(margin, 0, margin, SPACE[3])
        foot.addStretch(1)
        if column:
            self.composer.setMaximumWidth(column + 2 * SPACE[2])
        foot.addWidget(self.composer, 1000)
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
        session.connected.connect(self._on_connected)
        session.chats_changed.connect(self._on_chats_changed)
        session.models_changed.connect(self._show_model)
        session.folders_changed.connect(self._on_folders_changed)
        self._show_model()
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
    def attached_files(self) -> list[str]:
        """The files that this conversation is about: asked about, or waiting for the next question."""
        return [*self._kept_files, *(path for path in self._waiting_files if path not in self._kept_files)]

    def is_waiting(self, path: str) -> bool:
        """Whether a file waits for the next question, and can still be taken off it."""
        return path in self._waiting_files

    def read_as(self, path: str) -> FileRow | None:
        """How an attached file could be read, once that is known."""
        return self._read_as.get(path)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being written here."""
        return self._turn is not None

    @property
    def question(self) -> str:
        """The question under way here; "" if none."""
        return self._turn.question if self._turn is not None else ""

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for part in (self.transcript, self.composer, self.empty):
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
        self._drafts[self._conversation] = self.composer.text()
        self._turn = None
        self._written_elsewhere = False
        if self._asked is not None:
            self._asked.drop()
            self._asked = None

    def _arrive(self) -> None:
        self._waiting_files, self._kept_files, self._scope = [], [], []
        self.composer.set_busy(False)
        self.composer.set_text(self._drafts.pop(self._conversation, ""))
        self._show_files()

    def _load(self) -> None:
        if self._conversation is None:
            return
        if self._asked is not None:
            self._asked.drop()
        self._asked = self._session.request(
            ChatShow(conversation=self._conversation), self._on_messages, self._on_load_failed
        )

    def _on_messages(self, messages: list[Message]) -> None:
        self._asked = None
        running = None if self._conversation is None else self._turns.running_in(self._conversation)
        if running is not None:
            messages = [message for message in messages if message.turn != running.turn]
        self._written_elsewhere = any(m.answer is not None and m.answer.state == "streaming" for m in messages)
        self._kept_files = list(dict.fromkeys(path for message in messages for path in message.attachments))
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
        self._kept_files = list(dict.fromkeys([*self._kept_files, *turn.attachments]))
        self.transcript.begin_turn(turn.question, () if self._slim else turn.attachments)
        for event in turn.events:
            self.transcript.apply(event)
        self.composer.set_busy(True)

    # ---- asking

    def ask(self, question: str) -> None:
        """Ask here. While an answer is under way the question stays in the composer."""
        question = question.strip()
        if not question:
            return
        if self._turn is not None:
            self.composer.set_text(question)
            self.said.emit("An answer is being written", "Your question is kept. Send it when this answer is done.",
                           "Stop the answer", self.stop)  # fmt: skip
            return
        attachments = list(self._waiting_files)
        self._waiting_files = []
        self._turn = self._turns.ask(
            question, conversation=self._conversation, scope=self._scope, attachments=attachments
        )
        self._kept_files = list(dict.fromkeys([*self._kept_files, *attachments]))
        self.transcript.begin_turn(question, () if self._slim else attachments)
        self.composer.set_busy(True)
        self._show_files()
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
            self._show_files()

    def _on_turn_heard(self, turn: RunningTurn, event: TurnEvent) -> None:
        if turn is self._turn:
            self.transcript.apply(event)

    def _on_turn_finished(self, turn: RunningTurn, answer: Answer) -> None:
        if turn is not self._turn:
            return
        self._turn = None
        self.transcript.apply(answer)
        self.composer.set_busy(False)
        if self._conversation is None:
            self._conversation = answer.conversation
            self.conversation_changed.emit(answer.conversation)

    def _on_turn_failed(self, turn: RunningTurn, problem: Problem) -> None:
        if turn is not self._turn:
            return
        self._turn = None
        self.composer.set_busy(False)
        if problem.code == "cancelled":
            problem = Problem(problem.code, "Stopped before an answer began.", "")
        elif problem.code == "link.closed":
            problem = CUT_OFF
        self.transcript.fail(problem.title, problem.hint)
        if turn.turn is None:  # it never reached the disk: nothing of the person's is lost
            if not self.composer.text().strip():
                self.composer.set_text(turn.question)
            self._kept_files = [path for path in self._kept_files if path not in turn.attachments]
            self._waiting_files = list(dict.fromkeys([*turn.attachments, *self._waiting_files]))
            self._show_files()

    def _on_connected(self) -> None:
        if self._turn is None:
            self._load()

    def _on_chats_changed(self) -> None:
        if self._written_elsewhere and self._turn is None:
            self._load()

    # ---- what is asked about

    def choose_and_attach(self) -> None:
        """Let the person choose files for the next question."""
        self.attach(choose_files(self))

    def attach(self, paths: Sequence[str]) -> None:
        """Attach files to the next question, and say which cannot be read. A watched folder becomes the scope."""
        files: list[str] = []
        for path in paths:
            if os.path.isdir(path):
                self._narrow_to(path)
            elif path not in self._waiting_files and path not in self._kept_files:
                files.append(path)
        if files:
            self._waiting_files += files
            self._show_files()
            self._session.request(Attach(paths=files), self._on_attached)
        self.composer.focus_text()

    def _on_attached(self, rows: list[FileRow]) -> None:
        for row in rows:
            self._read_as[row.path] = row
            if row.state in READABLE_STATES or row.path not in self._waiting_files:
                continue
            self._waiting_files.remove(row.path)
            self.said.emit(f"{os.path.basename(row.path)} cannot be asked about", f"{row.reason} {row.hint}".strip(),
                           "", None)  # fmt: skip
        self._show_files()

    def detach(self, path: str) -> None:
        """Take a file off the next question."""
        if path in self._waiting_files:
            self._waiting_files.remove(path)
            self._show_files()

    def _narrow_to(self, folder: str) -> None:
        inside = [known.path for known in self._session.folders]
        if any(folder == path or folder.startswith(path.rstrip(os.sep) + os.sep) for path in inside):
            self._set_scope([folder])
            return
        self.said.emit(f"Familiar does not read {folder_name(folder)} yet", "Add the folder to ask about it.",
                       "Add it", lambda: self._actions.add([folder], lambda: self._set_scope([folder])))  # fmt: skip

    def _set_scope(self, scope: list[str]) -> None:
        self._scope = scope
        self._show_files()

    def _on_folders_changed(self, _: object) -> None:
        """Folders that were removed cannot be the scope any more."""
        roots = [folder.path for folder in self._session.folders]
        kept = [s for s in self._scope if any(s == r or s.startswith(r.rstrip(os.sep) + os.sep) for r in roots)]
        if kept != self._scope:
            self._set_scope(kept)

    def show_scope_menu(self) -> None:
        """Offer what the next question may be answered from."""
        menu = QMenu(self)
        roots = [folder.path for folder in self._session.folders]
        files = self.attached_files
        if files:
            self._add_choice(menu, f"Only {_about(files)}", "paperclip", [], not self._scope)
            self._add_choice(menu, "All folders as well", "folder", roots, bool(roots) and self._scope == roots)
        else:
            self._add_choice(menu, "All folders", "folder", [], not self._scope)
        for path in roots:
            self._add_choice(menu, folder_name(path), "folder", [path], self._scope == [path])
        menu.addSeparator()
        menu.addAction(icon("paperclip", self._theme), "Choose files…", self.choose_and_attach)
        menu.addAction(icon("folder-plus", self._theme), "Add a folder…", self._actions.choose_and_add)
        corner = self.composer.mapToGlobal(QPoint(0, 0))
        menu.exec(corner - QPoint(0, menu.sizeHint().height() + SPACE[1]))
        menu.deleteLater()

    def _add_choice(self, menu: QMenu, text: str, icon_name: str, scope: list[str], chosen: bool) -> None:
        action = QAction(icon("check" if chosen else icon_name, self._theme), text.replace("&", "&&"), menu)
        action.triggered.connect(lambda: self._set_scope(scope))
        menu.addAction(action)
        if chosen:
            menu.setActiveAction(action)

    def _show_files(self) -> None:
        files = self.attached_files
        if not self._slim:
            self.composer.set_attachments(self._waiting_files)
        if not self._scope:
            text = _about(files).capitalize() if files else "All folders"
        elif len(self._scope) == 1:
            text = folder_name(self._scope[0])
        else:
            text = "All folders"
        self.composer.set_scope_label(text)
        one = len(files) == 1
        self.composer.set_placeholder(f"Ask about {'this file' if one else 'these files'}" if files else
                                      "Ask about your files")  # fmt: skip
        self.empty.set_about([os.path.basename(path) for path in files])
        self.files_changed.emit()

    def _show_model(self) -> None:
        used = next((model for model in self._session.models if model.in_use), None)
        if used is not None and used.problem:
            self.composer.set_model_label("Quotes · the model cannot be used")
        else:
            name = used.name if used is not None else "Quotes"
            self.composer.set_model_label(name if self._slim else f"{name} · {HERE}")


def _about(files: Sequence[str]) -> str:
    return "this file" if len(files) == 1 else f"these {count(len(files), 'file')}"
