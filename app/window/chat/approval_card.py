"""The question whether something may be done, asked where the answer would stand: every line of what would happen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QResizeEvent, QSyntaxHighlighter, QTextCharFormat
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.action_wording import planned
from app.base.actions import Approval, Change, Decide
from app.base.foreign_text import harmless, harmless_line
from app.base.wording import count
from app.window.controls.flow_layout import FlowLayout
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import IconLabel, breaking_label, button, label, show_if
from app.window.controls.wording import listed, under_home

WAIT_MS = 500
"""How long nothing can be answered: a key or a click that was meant for something else says nothing."""

_ROWS_SEEN, _ROWS_HEIGHT, _DIFF_LINES = 5, 300, 14


class ApprovalCard(QFrame):
    """The card. decided(Decide): the person's answer. Neither button is the default, and neither has the focus."""

    decided = Signal(object)

    def __init__(self, approval: Approval, theme: Theme, struck: set[int] | None = None) -> None:
        """struck: places of the lines that the person has struck before; kept up to date."""
        super().__init__()
        self.approval = approval
        self._struck = set[int]() if struck is None else struck
        self._theme = theme
        self.setProperty("kind", "consent")
        changes = approval.changes
        title = f"{approval.title}?"
        self.setAccessibleName(f"Familiar asks: {harmless_line(title)}")
        self._mark = IconLabel("shield-check", theme, color="warn")
        self.rows = [_ChangeRow(change, theme, strikable=len(changes) > 1) for change in changes]
        for n, row in enumerate(self.rows, 1):
            row.box.setChecked(n not in self._struck)
            row.struck.connect(self._on_struck)
        self.allow = button("Allow", "secondary", lambda: self._decide(allow=True))
        self.deny = button("Do not allow", "secondary", lambda: self._decide(allow=False))
        self.told = label("", "small")
        self._answered = False
        words = QVBoxLayout()
        words.setSpacing(SPACE[1])
        words.addWidget(breaking_label(harmless_line(title), "strong", selectable=True))
        words.addWidget(self._list())
        for sentence in (*approval.why, _source_sentence(approval)):
            if sentence:
                words.addWidget(breaking_label(sentence, "small", selectable=True))
        words.addSpacing(SPACE[2])
        choices = FlowLayout(SPACE[2])
        for one in (self.allow, self.deny, self.told):
            choices.addWidget(one)
        words.addLayout(choices)
        box = QHBoxLayout(self)
        box.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[4])
        box.setSpacing(SPACE[3])
        box.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        box.addLayout(words, 1)
        self._on_struck()
        for one in (self.allow, self.deny):
            one.setEnabled(False)
            one.setAutoDefault(False)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._open)
        self._timer.start(WAIT_MS)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._mark.set_theme(theme)
        for row in self.rows:
            row.set_theme(theme)

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        return [*(widget for row in self.rows for widget in row.focus_chain()), self.allow, self.deny]

    @property
    def struck(self) -> tuple[int, ...]:
        """The places of the lines that are not to be done, from 1."""
        return tuple(n for n, row in enumerate(self.rows, 1) if row.is_struck)

    def _list(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, SPACE[1], 0, SPACE[1])
        column.setSpacing(SPACE[2])
        for row in self.rows:
            column.addWidget(row)
        if len(self.rows) <= _ROWS_SEEN:
            return inside
        column.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        return _Rows(inside)

    def _on_struck(self) -> None:
        self._struck.clear()
        self._struck.update(self.struck)
        left = len(self.rows) - len(self.struck)
        self.allow.setText("Allow" if len(self.rows) == 1 else f"Allow {left} of {count(len(self.rows), 'change')}")
        if not self._answered and not self._waits:
            self.allow.setEnabled(left > 0)

    @property
    def _waits(self) -> bool:
        timer = getattr(self, "_timer", None)
        return timer is None or bool(timer.isActive())

    def _open(self) -> None:
        self.deny.setEnabled(True)
        self._on_struck()

    def _decide(self, *, allow: bool) -> None:
        self._answered = True
        for widget in (self.allow, self.deny, *(row.box for row in self.rows)):
            widget.setEnabled(False)
        self.told.setText("Doing it…" if allow else "Not allowed.")
        self.decided.emit(Decide(approval=self.approval.id, allow=allow, struck=self.struck if allow else ()))


class _Rows(QScrollArea):
    """More lines than can be seen at once. Its bar is always there, so that nobody takes a part for the whole."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self._inside = inside
        inside.setProperty("kind", "page")
        self.setProperty("kind", "sunken")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setWidget(inside)
        self.setFixedHeight(_ROWS_HEIGHT)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        layout = self._inside.layout()
        if layout is not None:  # else Qt gives wrapped lines the height that they would have at their narrowest
            self._inside.setFixedHeight(layout.totalHeightForWidth(self.viewport().width()))
        super().resizeEvent(event)


class _ChangeRow(QWidget):
    """One line of a plan: what it does, the whole paths, and what is written. struck(): or not any more."""

    struck = Signal()

    def __init__(self, change: Change, theme: Theme, *, strikable: bool) -> None:
        super().__init__()
        said = planned(change)
        self.box = QCheckBox()
        self.box.setChecked(True)
        self.box.setAccessibleName(harmless_line(said))
        self.box.toggled.connect(self._on_toggled)
        self.box.setVisible(strikable)
        self._strikable = strikable
        self._title = breaking_label(harmless_line(said))
        self._paths = [breaking_label(text, "caption", selectable=True) for text in _paths(change)]
        self.diff = _Diff(change.diff, theme) if change.diff else None
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._title)
        for path in self._paths:
            column.addWidget(path)
        if self.diff is not None:
            column.addSpacing(SPACE[1])
            column.addWidget(self.diff)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[1])
        row.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)

    @property
    def is_struck(self) -> bool:
        """Whether it is not to be done."""
        return not self.box.isChecked()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        if self.diff is not None:
            self.diff.set_theme(theme)

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        return [*([self.box] if self._strikable else []), *([self.diff] if self.diff is not None else [])]

    def _on_toggled(self, wanted: bool) -> None:
        for part in (self._title, *self._paths):
            font = part.font()
            font.setStrikeOut(not wanted)
            part.setFont(font)
        self.struck.emit()


class _Diff(QPlainTextEdit):
    """What would be written, line for line; all of it, to be scrolled."""

    def __init__(self, diff: str, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "lines")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setAccessibleName("What would be written")
        self._colors = _DiffColors(self, theme)
        shown = harmless(diff)
        self.setPlainText(shown)
        lines = min(max(shown.count("\n"), 1), _DIFF_LINES)
        self.setFixedHeight(
            round(self.fontMetrics().lineSpacing() * (lines + 0.5) + 2 * self.document().documentMargin())
        )

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._colors.set_theme(theme)


class _DiffColors(QSyntaxHighlighter):
    """Lines that come in one colour, lines that go in another; the signs before them say it too."""

    def __init__(self, view: QPlainTextEdit, theme: Theme) -> None:
        super().__init__(view.document())
        self._theme = theme

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.rehighlight()

    @override
    def highlightBlock(self, text: str) -> None:
        token = {"+": "ok", "-": "danger", "@": "text3", "\\": "text3"}.get(text[:1])
        if token is not None:
            form = QTextCharFormat()
            form.setForeground(QColor(self._theme.color(token)))
            self.setFormat(0, len(text), form)


class ApprovalCards(QWidget):
    """The cards of a turn that wait. decided(Decide). resized: there are others now."""

    decided = Signal(object)
    resized = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.cards: list[ApprovalCard] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, SPACE[1], 0, SPACE[2])
        self._box.setSpacing(SPACE[2])
        self.hide()

    def show_approvals(self, approvals: Sequence[Approval], struck: dict[str, set[int]]) -> None:
        """Show these and no others; one that is shown already stays as it is. struck: lines of each, by its id."""
        wanted = {one.id for one in approvals}
        for card in [card for card in self.cards if card.approval.id not in wanted]:
            self.cards.remove(card)
            self._box.removeWidget(card)
            card.deleteLater()
        shown = {card.approval.id for card in self.cards}
        for approval in approvals:
            if approval.id not in shown:
                card = ApprovalCard(approval, self._theme, struck.setdefault(approval.id, set()))
                card.decided.connect(self.decided)
                self.cards.append(card)
                self._box.addWidget(card)
                card.show()
        show_if(self, bool(self.cards))

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for card in self.cards:
            card.set_theme(theme)

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        return [widget for card in self.cards for widget in card.focus_chain()]


def _paths(change: Change) -> list[str]:
    """The whole paths of a change, each on a line of its own."""
    paths = [under_home(harmless_line(change.path))] if change.path else []
    return [*paths, f"→ {under_home(harmless_line(change.target))}"] if change.target else paths


def _source_sentence(approval: Approval) -> str:
    """From which files the idea may have come; "" where none was read."""
    if not approval.sources:
        return ""
    names = [harmless_line(under_home(path)) for path in approval.sources]
    more = f" and {count(approval.more, 'other file')}" if approval.more else ""
    return f"The idea may have come from {', '.join(names) if more else listed(names)}{more}."
