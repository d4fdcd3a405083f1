"""The base of the window's small dialogs: a title, a word of explanation, fields, a problem, and a verb to press."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.errors import Problem
from app.base.foreign_text import harmless_line
from app.window.controls.theme import SPACE, theme_now
from app.window.controls.widgets import Spinner, button, label
from app.window.pending_request import PendingRequest

WIDTH = 480


class Dialog(QDialog):
    """A dialog that may be waiting for the engine. `fields` is where its parts go; `complete` comes after them.

    Closing it ends what it waits for.
    """

    def __init__(self, parent: QWidget, title: str, told: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(harmless_line(title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._asked: PendingRequest | None = None
        self._heard: list[PendingRequest] = []
        self.fields = QVBoxLayout()
        self.fields.setSpacing(SPACE[1])
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE[5], SPACE[5], SPACE[5], SPACE[4])
        self._column.setSpacing(SPACE[3])
        self._column.addWidget(label(title, "title", wrap=True))
        self._column.addWidget(label(told, "small", wrap=True))
        self._column.addLayout(self.fields)
        self.finished.connect(self._on_finished)

    def add_field(self, name: str, placeholder: str = "", *, secret: bool = False) -> QLineEdit:
        """A field with its name above it. secret: it shows dots."""
        field = QLineEdit()
        field.setPlaceholderText(placeholder)
        field.setAccessibleName(name)
        if secret:
            field.setEchoMode(QLineEdit.EchoMode.Password)
        title = label(name, "name")
        title.setBuddy(field)
        if self.fields.count():
            self.fields.addSpacing(SPACE[2])
        self.fields.addWidget(title)
        self.fields.addWidget(field)
        return field

    def complete(self, verb: str) -> None:
        """Add what stands below the fields. The Tab key comes to it last."""
        self.problem = label("", "danger", wrap=True, selectable=True)
        self.problem.hide()
        self._spinner = Spinner(theme_now())
        self._spinner.hide()
        self.waiting = label("", "small")
        self.cancel = button("Cancel", "secondary", self.reject)
        self.cancel.setAutoDefault(False)
        self.agree = button(verb, "primary", self._on_agreed)
        self.agree.setDefault(True)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE[2])
        foot.addWidget(self._spinner)
        foot.addWidget(self.waiting, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.agree)
        self._column.addWidget(self.problem)
        self._column.addStretch(1)
        self._column.addLayout(foot)

    def fit(self) -> None:
        """Be as tall as its parts now want, within the screen."""
        room = self.screen().availableSize()
        width = min(WIDTH, room.width())
        self._column.invalidate()
        self._column.activate()
        height = min(self._column.totalHeightForWidth(width), room.height())
        self.setMinimumSize(width, height)
        self.resize(width, height)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()

    def hear(self, pending: PendingRequest) -> None:
        """Something was asked that need not be waited for; no more is heard of it once the dialog is closed."""
        self._heard.append(pending)

    def wait_for(self, pending: PendingRequest, told: str) -> None:
        """Show that something is being waited for."""
        self._asked = pending
        self.problem.hide()
        self._spinner.show()
        self.waiting.setText(told)
        self.agree.setEnabled(False)

    def rest(self) -> None:
        """Nothing is being waited for any more."""
        self._asked = None
        self._spinner.hide()
        self.waiting.setText("")
        self.agree.setEnabled(True)

    def say_problem(self, problem: Problem) -> None:
        """Show why something did not work, and go on from there."""
        self.rest()
        self.problem.setText(f"{problem.title} {problem.hint}".strip())
        self.problem.show()
        self.fit()

    def submit(self) -> None:
        """Do what the dialog is for."""
        raise NotImplementedError

    def _on_agreed(self) -> None:
        if self._asked is None:
            self.submit()

    def _on_finished(self) -> None:
        for pending in (*self._heard, *([self._asked] if self._asked is not None else [])):
            pending.drop()
