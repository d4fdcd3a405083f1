"""Attached files as the composer shows them: a chip each, that opens its file and can be taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from app.window.controls.flow_layout import FlowLayout
from app.window.controls.icons import file_icon_name, icon
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import IconButton, button, set_tip

_NAME_CHARS = 40


@dataclass(frozen=True)
class AttachedFile:
    """A file that a question is about. path: "" of a pasted text that is just being kept. size_bytes: 0 if not known.

    trouble: why it cannot be read, "" if it can or if that is not known yet. waiting: it was not asked about yet, and
    can still be taken off. pasted: it was a text that the person pasted.
    """

    path: str
    name: str
    size_bytes: int = 0
    trouble: str = ""
    waiting: bool = True
    pasted: bool = False


class AttachedChip(QFrame):
    """One attached file. opened: the person wants to see it. removed: it is to be taken off."""

    opened = Signal()
    removed = Signal()

    def __init__(self, file: AttachedFile, theme: Theme) -> None:
        super().__init__()
        self.file = file
        self.setProperty("kind", "file")
        self.setAccessibleName(f"Attached: {file.name}")
        set_tip(self, "\n".join(part for part in (file.path, file.trouble) if part))
        self.name_button = button(_short(file.name), "file-name", self.opened.emit)
        self.name_button.setIconSize(QSize(SIZE["icon_small"], SIZE["icon_small"]))
        self.name_button.setEnabled(bool(file.path))
        self.name_button.setAccessibleName(f"Open {file.name}")
        self.name_button.setAccessibleDescription(file.trouble)
        self.remove_button = IconButton("x", f"Remove {file.name}", theme, size=SIZE["icon_tiny"])
        self.remove_button.clicked.connect(self.removed)
        self.remove_button.setVisible(bool(file.path) and file.waiting)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.name_button)
        row.addWidget(self.remove_button)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons anew."""
        name, color = ("triangle-alert", "warn") if self.file.trouble else (file_icon_name(self.file.path), "")
        if not self.file.path:
            name, color = "clock", "text3"
        self.name_button.setIcon(icon(name, theme, SIZE["icon_small"], color or None))
        self.remove_button.set_theme(theme)


def _short(name: str) -> str:
    """A name of at most forty letters, its middle left out, so that its ending still tells its kind."""
    if len(name) <= _NAME_CHARS:
        return name
    half = _NAME_CHARS // 2
    return f"{name[:half].rstrip()}…{name[-half:].lstrip()}"


class AttachedRow(QWidget):
    """The chips of a question's files; hidden where there are none. opened(str), removed(str): a file's path."""

    opened = Signal(str)
    removed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.chips: list[AttachedChip] = []
        self.setAccessibleName("Attached files")
        self._flow = FlowLayout(SPACE[1])
        self.setLayout(self._flow)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons anew."""
        self._theme = theme
        for chip in self.chips:
            chip.set_theme(theme)

    def show_files(self, files: Sequence[AttachedFile], before: QWidget, after: QWidget) -> None:
        """Show these files. The Tab key comes to their chips between the two widgets."""
        if [chip.file for chip in self.chips] == list(files):
            return
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = [AttachedChip(file, self._theme) for file in files]
        for chip in self.chips:
            chip.opened.connect(partial(self.opened.emit, chip.file.path))
            chip.removed.connect(partial(self.removed.emit, chip.file.path))
            self._flow.addWidget(chip)
            chip.show()
        buttons = [each for chip in self.chips for each in (chip.name_button, chip.remove_button)]
        for first, second in pairwise([before, *buttons, after]):
            QWidget.setTabOrder(first, second)
        self.setVisible(bool(self.chips))
