"""The record of all that assistants asked, were allowed and refused, and did; and whether it is whole."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.actions import AuditEntry, AuditReport
from app.base.foreign_text import harmless_line
from app.base.wording import count
from app.window.controls.disclosure import Disclosure
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import announce, breaking_label, button, label

_WORDS = {
    "asked": "Asked you", "approved": "You allowed", "denied": "You did not allow", "expired": "Not answered",
    "refused": "Refused", "allowed": "Allowed by your rules", "intent": "Begins", "outcome": "Ended",
}  # fmt: skip


class RecordPanel(QWidget):
    """The record's newest lines, folded. verify_wanted(): the whole of it is to be checked."""

    verify_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.lines = _Lines(theme)
        self.verify = button("Check that it is whole", "secondary", self.verify_wanted.emit)
        self.told = label("", "small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addWidget(label("Record", "title"))
        column.addWidget(
            label("Each line is bound to the one before it. It is kept for good, without what was written.", "small",
                  wrap=True)
        )  # fmt: skip
        column.addWidget(self.lines)
        column.addWidget(self.verify, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.told)

    def show_report(self, report: AuditReport) -> None:
        """Show the newest lines, and what checking found."""
        self.lines.show_entries(report)
        if report.verified:
            whole = f"All {count(report.total, 'line')} are as they were written." if report.total else "It is empty."
            self.told.setText(report.problem or whole)
            announce(self.told, self.told.text())

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.lines.set_theme(theme)


class _Lines(Disclosure):
    """The newest lines, newest first."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, opens="Shows the newest lines.", opened="The newest lines are shown.")
        self._entries: tuple[AuditEntry, ...] = ()

    def show_entries(self, report: AuditReport) -> None:
        """These are the newest."""
        if report.entries == self._entries and self._title:
            return
        self._entries = report.entries
        self.set_title(count(report.total, "line"))
        self._renew()

    @override
    def _build(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("kind", "sunken")
        column = QVBoxLayout(frame)
        column.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        column.setSpacing(SPACE[1])
        for entry in reversed(self._entries):
            column.addWidget(breaking_label(harmless_line(entry_line(entry)), "caption", selectable=True))
        if not self._entries:
            column.addWidget(label("Nothing is recorded yet.", "caption"))
        return frame


def entry_line(entry: AuditEntry) -> str:
    """One line of the record: "27 Nov, 16:40 · You allowed: Rename a.txt"."""
    when = datetime.fromtimestamp(entry.at / 1000)
    body = entry.body
    change = body.get("change") or {}
    paths = " → ".join(str(change[key]) for key in ("path", "target") if change.get(key))
    what = str(body.get("title") or paths)
    more = f" ({body['reason']})" if body.get("reason") else ""
    return f"{when.day} {when:%b, %H:%M:%S} · {_WORDS.get(entry.event, entry.event)}: {what}{more}"
