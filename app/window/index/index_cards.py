"""What the index page is made of: its totals, its progress, a line for each folder."""

from __future__ import annotations

import time
from collections import deque

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.base.index_values import Folder, Status
from app.base.values import PENDING_STATES
from app.base.wording import count
from app.window.controls.folder_actions import FolderActions
from app.window.controls.theme import SPACE, Theme, set_kind
from app.window.controls.widgets import ElidedLabel, IconButton, IconLabel, label, pill
from app.window.controls.wording import folder_name, folder_summary, remaining, under_home, within

PILLS = {
    "current": ("Up to date", "ok"),
    "reading": ("Reading", "warn"),
    "offline": ("Not connected", "danger"),
    "unreadable": ("Cannot be opened", "danger"),
}
"""What each state of a folder is called, and how loudly."""


class Countdown:
    """How fast a number of things to do falls, from what was seen in the last minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def see(self, left: int, at_s: float) -> None:
        """Note how many are left. A rise begins anew."""
        if self._seen and left > self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((at_s, left))
        while at_s - self._seen[0][0] > 60:
            self._seen.popleft()

    def seconds_left(self) -> float | None:
        """When it will be done, in seconds; None while that cannot be said (less than 3 s seen, nothing moved)."""
        if not self._seen:
            return None
        (first_s, first), (last_s, last) = self._seen[0], self._seen[-1]
        if last_s - first_s < 3 or first == last:
            return None
        return last * (last_s - first_s) / (first - last)


class Total(QFrame):
    """A large number and what it counts."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.number = label("–", "h1")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[4] + 2, SPACE[3], SPACE[4], SPACE[3])
        column.setSpacing(0)
        column.addWidget(self.number)
        self.caption = label(caption, "small", wrap=True)
        column.addWidget(self.caption)

    def show_number(self, text: str) -> None:
        """Show a number."""
        self.number.setText(text)
        self.setAccessibleName(f"{text} {self.caption.text()}")


class Progress(QFrame):
    """What is being done now, how far, and how long it may take."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.title = label("", "strong")
        self.numbers = label("", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.file = ElidedLabel("", "caption")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.numbers)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[4] + 2, SPACE[3], SPACE[4] + 2, SPACE[3])
        column.setSpacing(SPACE[2])
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addWidget(self.file)
        self._files, self._passages = Countdown(), Countdown()

    def show_status(self, status: Status, folders: list[Folder]) -> None:
        """Show how the index stands; hidden once nothing is to be done."""
        total = sum(number for state, number in status.files.items() if state != "ignored")
        waiting = sum(status.files.get(state, 0) for state in PENDING_STATES)
        now = time.monotonic()
        self._files.see(waiting, now)
        self._passages.see(status.pending_vectors, now)
        paths = [folder.path for folder in folders]
        where = within(status.current, paths) if status.current else ""
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(total - waiting)
        if waiting:
            left = self._files.seconds_left()
            self.title.setText(f"Reading {where.split('/')[0]}" if where else "Reading")
            self._say(f"{total - waiting:,} of {count(total, 'file')}", left)
        elif status.pending_vectors:
            known = max(status.chunks, status.pending_vectors)
            self.title.setText("Learning what the passages mean")
            self._say(f"{count(status.pending_vectors, 'passage')} to go", self._passages.seconds_left())
            self._bar.setRange(0, known)
            self._bar.setValue(known - status.pending_vectors)
        elif status.scanning:
            self.title.setText("Looking for changes")
            self._say("", None)
            self._bar.setRange(0, 0)
        if status.paused is not None:
            self.title.setText("Paused")
            self._say(status.paused, None)
        # Without anything left to do a full bar would look like a success.
        self._bar.setVisible(bool(waiting or status.pending_vectors) or status.paused is None)
        self.file.set_full_text(where)
        self.file.setVisible(bool(where))
        self.setVisible(bool(waiting or status.pending_vectors or status.scanning or status.paused is not None))

    def _say(self, numbers: str, seconds: float | None) -> None:
        self.numbers.setText(" · ".join(filter(None, [numbers, "" if seconds is None else remaining(seconds)])))


class FolderLine(QWidget):
    """A watched folder with its state and what can be done about it."""

    def __init__(self, folder: Folder, actions: FolderActions, theme: Theme) -> None:
        super().__init__()
        self.folder = folder
        name = folder_name(folder.path)
        self._icon = IconLabel("folder", theme)
        self._told = ElidedLabel("", "small", Qt.TextElideMode.ElideRight)
        self.state = pill("", "ok")
        self.rescan_button = IconButton("refresh-cw", f"Look for changes in {name}", theme)
        self.rescan_button.clicked.connect(actions.rescan)
        self.remove_button = IconButton("trash-2", f"Remove {name} from Familiar", theme)
        self.remove_button.clicked.connect(lambda: actions.remove(self.folder))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(ElidedLabel(name, "body"))
        words.addWidget(self._told)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[4], SPACE[2], SPACE[3], SPACE[2])
        row.setSpacing(SPACE[3])
        row.addWidget(self._icon)
        row.addLayout(words, 1)
        row.addWidget(self.state)
        row.addWidget(self.rescan_button)
        row.addWidget(self.remove_button)
        self.show_folder(folder)

    def show_folder(self, folder: Folder) -> None:
        """Show how the folder stands now."""
        self.folder = folder
        self._icon.set_icon("hard-drive" if folder.state in ("offline", "unreadable") else "folder")
        self._told.set_full_text(f"{folder_summary(folder, int(time.time() * 1000))} · {under_home(folder.path)}")
        text, level = PILLS[folder.state]
        self.state.setText(text)
        set_kind(self.state, f"pill-{level}")

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for part in (self._icon, self.rescan_button, self.remove_button):
            part.set_theme(theme)
