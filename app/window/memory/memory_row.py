"""One thing that is remembered, or proposed: shown, written anew, kept, forgotten."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.memory import LONGEST, Memory
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import IconButton, breaking_label, button, label
from app.window.controls.wording import ago, one_line


class MemoryRow(QFrame):
    """The row. changed(text): the person wants it so, which keeps what was proposed. forgotten(): it is to go."""

    changed = Signal(str)
    forgotten = Signal()

    def __init__(self, memory: Memory, now_ms: int, theme: Theme) -> None:
        super().__init__()
        self.memory = memory
        self.setProperty("kind", "card")
        said = "Proposed" if not memory.kept else "Told" if memory.origin == "person" else "Proposed, and kept"
        short = one_line(memory.text, 40)
        self.text = breaking_label(memory.text)
        self.told = label(f"{said} {ago(memory.at, now_ms)}", "caption")
        self.keep = button("Keep", "primary", lambda: self.changed.emit(memory.text))
        self.edit = IconButton("pencil", f"Change “{short}”", theme)
        self.forget = IconButton("trash-2", f"Forget “{short}”", theme)
        self.field = QLineEdit()
        self.field.setMaxLength(LONGEST)
        self.field.setAccessibleName("What is to be remembered instead")
        self.save = button("Save", "primary", self._on_saved)
        self.cancel = button("Cancel", "secondary", lambda: self._write(False))
        self.edit.clicked.connect(lambda: self._write(True))
        self.forget.clicked.connect(self.forgotten)
        self.field.returnPressed.connect(self._on_saved)
        self._words = QWidget()
        self._build()
        self._write(False)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.edit.set_theme(theme)
        self.forget.set_theme(theme)

    @property
    def is_written(self) -> bool:
        """Whether the person is writing it anew."""
        return not self.field.isHidden()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_written:
            self._write(False)
            return
        super().keyPressEvent(event)

    def _build(self) -> None:
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addWidget(self.text)
        words.addWidget(self.told)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[4], SPACE[2], SPACE[2], SPACE[2])
        row.setSpacing(SPACE[2])
        row.addWidget(self._words, 1)
        row.addWidget(self.field, 1)
        for one in (self.keep, self.save, self.cancel, self.edit, self.forget):
            row.addWidget(one, 0, Qt.AlignmentFlag.AlignVCenter)

    def _write(self, writing: bool) -> None:
        shown: list[QWidget] = [self._words, self.edit, self.forget]
        for one in shown:
            one.setVisible(not writing)
        for one in (self.field, self.save, self.cancel):
            one.setVisible(writing)
        self.keep.setVisible(not writing and not self.memory.kept)
        if writing:
            self.field.setText(self.memory.text)
            self.field.setFocus()
        elif self.isVisible():
            self.edit.setFocus()

    def _on_saved(self) -> None:
        text = self.field.text().strip()
        if text and (text != self.memory.text or not self.memory.kept):
            self.changed.emit(text)
        else:
            self._write(False)
