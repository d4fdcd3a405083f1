"""What is said, and can be done, about an attached file that cannot be read: nothing is answered without it unasked."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.window.chat.attached_files import AttachedFile
from app.window.controls.flow_layout import FlowLayout
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import IconLabel, announce, button, label


class UnreadCard(QFrame):
    """The card. Each signal brings the file's path.

    left_out: go on without it. tried_again: read it once more. opened: open it. shown: show it in its folder.
    """

    left_out = Signal(str)
    tried_again = Signal(str)
    opened = Signal(str)
    shown = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "banner")
        self._path = ""
        self._mark = IconLabel("triangle-alert", theme, color="warn")
        self.title = label("", "strong", wrap=True)
        self.reason = label("", "small", wrap=True, selectable=True)
        self.leave_out = button("", "secondary", lambda: self.left_out.emit(self._path))
        self.again = button("Try again", "ghost", lambda: self.tried_again.emit(self._path))
        self.open_file = button("Open", "ghost", lambda: self.opened.emit(self._path))
        self.show_in_folder = button("Show in folder", "ghost", lambda: self.shown.emit(self._path))
        choices = FlowLayout(SPACE[1])
        for each in self.buttons:
            choices.addWidget(each)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.reason)
        words.addSpacing(SPACE[2])
        words.addLayout(choices)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[4], SPACE[3], SPACE[3], SPACE[3])
        row.setSpacing(SPACE[3])
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.hide()

    @property
    def buttons(self) -> list[QWidget]:
        """What can be pressed, in order."""
        return [self.leave_out, self.again, self.open_file, self.show_in_folder]

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._mark.set_theme(theme)

    def show_file(self, file: AttachedFile | None, *, others: bool) -> None:
        """Speak of this file, of none with None. others: whether more files are attached that can be read."""
        if file is None:
            self._path = ""
            self.hide()
            return
        title = f"{file.name} cannot be read"
        self.leave_out.setText("Ask without it" if others else "Ask all folders instead")
        fresh = self._path != file.path or self.reason.text() != file.trouble
        self._path = file.path
        self.title.setText(title)
        self.reason.setText(file.trouble)
        self.show()
        if fresh:
            announce(self, f"{title}. {file.trouble}")

    def point_out(self) -> None:
        """A question was asked all the same: bring the card before the person's eyes."""
        self.leave_out.setFocus(Qt.FocusReason.TabFocusReason)
        announce(self, f"{self.title.text()}. {self.reason.text()}")
