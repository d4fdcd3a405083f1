"""The foot of a conversation: the composer, what waits above it, and what is said of files that cannot be read."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app.window.chat.chat_context import ChatContext
from app.window.chat.composer import Composer
from app.window.chat.unread_card import UnreadCard
from app.window.chat.waiting_questions import WaitingQuestions
from app.window.controls.external_apps import open_file, show_in_folder
from app.window.controls.model_choice import answerer, fill_menu
from app.window.controls.popups import pop_up
from app.window.controls.theme import SPACE, Theme
from app.window.engine_client import EngineClient


class ChatFoot(QWidget):
    """The foot. subject: what questions are about; it is changed from here. slim: shows no attached files.

    asked(str): a question that can be asked as things stand. models_wanted(): the person wants to see all about models.
    said(title, hint, action, act): a sentence for the person, as a toast takes it.
    """

    asked = Signal(str)
    models_wanted = Signal()
    said = Signal(str, str, str, object)

    def __init__(self, client: EngineClient, subject: ChatContext, theme: Theme, *, slim: bool) -> None:
        super().__init__()
        self._client = client
        self._subject = subject
        self._theme = theme
        self._slim = slim
        self._held = False  # the question in the field is asked as soon as a pasted text is kept
        self.waiting = WaitingQuestions(theme)
        self.unread = UnreadCard(theme)
        self.unread.left_out.connect(self._on_left_out)
        self.unread.tried_again.connect(lambda path: subject.read([path]))
        self.unread.opened.connect(self.open_file)
        self.unread.shown.connect(lambda path: self._say(show_in_folder(path)))
        self.composer = Composer(theme)
        self.waiting.changed.connect(self._link_focus)
        self.composer.submitted.connect(self.submit)
        self.composer.attach_requested.connect(self.choose_and_attach)
        self.composer.scope_requested.connect(lambda: self._pop_up(subject.menu(self._theme)))
        self.composer.model_requested.connect(lambda: self._pop_up(self.model_menu(), at_end=True))
        self.composer.attachment_removed.connect(subject.detach)
        self.composer.attachment_opened.connect(self.open_file)
        self.composer.files_dropped.connect(subject.attach)
        self.composer.text_pasted.connect(subject.paste)
        self.composer.paste_undone.connect(subject.undo_paste)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE[2])
        for part in (self.waiting, self.unread, self.composer):
            box.addWidget(part)
        subject.changed.connect(self._show_subject)
        subject.keeping_ended.connect(self._on_keeping_ended)
        client.models_changed.connect(self._show_model)
        client.downloads_changed.connect(self._show_model)
        self._show_model()
        self._show_subject()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for part in (self.waiting, self.unread, self.composer):
            part.set_theme(theme)

    def last_in_focus(self) -> QWidget:
        """The last that the Tab key comes to here."""
        return [self.composer.send_button, *self.waiting.buttons][-1]

    def submit(self, question: str) -> None:
        """Ask, unless something has to be settled first: then the question waits in the field, and why is shown."""
        self._held = self._subject.is_keeping
        if self._held:
            self.composer.put_back(question)
        elif self._subject.unread is not None:
            self.composer.put_back(question)
            self.unread.point_out()
        else:
            self.asked.emit(question)

    def choose_and_attach(self) -> None:
        """Let the person choose files for the next question."""
        self._subject.choose_and_attach()
        self.composer.focus_text()

    def model_menu(self) -> QMenu:
        """What may answer; the caller shows and deletes it."""
        menu = QMenu(self)
        fill_menu(menu, self._client, self.models_wanted.emit)
        return menu

    def _link_focus(self) -> None:
        for before, after in pairwise([self.composer.send_button, *self.waiting.buttons]):
            QWidget.setTabOrder(before, after)

    def _submit_text(self) -> None:
        question = self.composer.text().strip()
        if question:
            self.composer.set_text("")
            self.submit(question)
        self.composer.focus_text()

    def _on_left_out(self, path: str) -> None:
        self._subject.detach(path)
        self._submit_text()

    def _on_keeping_ended(self, well: bool) -> None:
        held, self._held = self._held, False
        if held and well:
            self._submit_text()

    def open_file(self, path: str) -> None:
        """Open an attached file in its own program, if the person agrees."""
        self._say(open_file(self, path))

    def _say(self, reason: str) -> None:
        if reason:
            self.said.emit(reason, "", "", None)

    def _pop_up(self, menu: QMenu, *, at_end: bool = False) -> None:
        """Show a menu above the composer, at its beginning or its end."""
        x = self.composer.width() - menu.sizeHint().width() if at_end else 0
        pop_up(menu, self.composer.mapToGlobal(QPoint(max(x, 0), -menu.sizeHint().height() - SPACE[1])))

    def _show_subject(self) -> None:
        subject = self._subject
        if not self._slim:
            self.composer.set_attachments([file for file in subject.attached if file.waiting])
        unread = subject.unread
        readable = [file for file in subject.attached if not file.trouble]
        self.unread.show_file(unread, others=bool(readable or subject.scope))
        self.composer.set_scope_label(subject.scope_text)
        self.composer.set_placeholder(subject.invitation)

    def _show_model(self) -> None:
        self.composer.set_model_label(*answerer(self._client, slim=self._slim))
