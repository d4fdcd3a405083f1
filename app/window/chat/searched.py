"""What was searched for an answer, above it: the words, to be changed in place, and the limits, to be taken away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QStyle, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.foreign_text import harmless_line
from app.base.values import Answer, Filter
from app.window.controls.flow_layout import FlowLayout
from app.window.controls.icons import icon
from app.window.controls.row_painting import painter_over
from app.window.controls.theme import SIZE, SPACE, Theme, font
from app.window.controls.widgets import ElidedLabel, IconButton, label, set_tip, show_if

_MOST_LETTERS = 2000
_WIDEST_CHIP = 260
_SIDE = SPACE[2] + 1
_GAP = SPACE[1]


class FilterChip(QPushButton):
    """A limit that was understood: what it says, and a cross. Pressing it, or Delete, takes the limit away."""

    removed = Signal(str)

    def __init__(self, limit: Filter, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._label = harmless_line(limit.label)
        key = limit.key
        self.setProperty("kind", "chip")
        self.setAutoDefault(True)  # Enter presses it as Space does
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"Limited to: {self._label}")
        self.setAccessibleDescription("Press to ask again without it.")
        whole = limit.value if PurePath(limit.value).is_absolute() else limit.label
        set_tip(self, f"{harmless_line(whole)}\nPress to ask again without this limit.")
        self.clicked.connect(lambda: self.removed.emit(key))

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(min(self._fixed() + self._wanted(), _WIDEST_CHIP), SIZE["chip"])

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._fixed() + SPACE[6], self.sizeHint().width()), SIZE["chip"])

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.click()
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_over(self)
        inner = self.rect().adjusted(_SIDE, 0, -_SIDE, 0)
        cross = inner.adjusted(inner.width() - SIZE["icon_tiny"], 0, 0, 0)
        cross.setTop((self.height() - SIZE["icon_tiny"]) // 2)
        cross.setHeight(SIZE["icon_tiny"])
        words = inner.adjusted(0, 0, -SIZE["icon_tiny"] - _GAP, 0)
        icon("x", self._theme, SIZE["icon_tiny"], "text3").paint(painter, self._placed(cross))
        self._write(painter, self._placed(words))

    def _write(self, painter: QPainter, box: QRect) -> None:
        painter.setFont(font("small"))
        painter.setPen(self._theme.color("text2"))
        shown = painter.fontMetrics().elidedText(self._label, Qt.TextElideMode.ElideMiddle, box.width())
        begin = QStyle.visualAlignment(self.layoutDirection(), Qt.AlignmentFlag.AlignLeft)
        painter.drawText(box, int(begin | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), shown)

    def _placed(self, box: QRect) -> QRect:
        """A part of the chip where it stands in the person's direction of writing."""
        return QStyle.visualRect(self.layoutDirection(), self.rect(), box)

    def _wanted(self) -> int:
        return QFontMetrics(font("small")).horizontalAdvance(self._label) + 2

    def _fixed(self) -> int:
        return 2 * _SIDE + _GAP + SIZE["icon_tiny"]


class QueryField(QLineEdit):
    """Where the query is changed. entered: Enter was pressed; left: Escape was."""

    entered = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(_MOST_LETTERS)
        self.setAccessibleName("What to search for")
        self.setAccessibleDescription("Enter asks again with these words, Escape leaves them as they were.")
        self.setPlaceholderText("What to search for")

    @override
    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()  # it leaves this field, and stops or closes nothing
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class SearchedRow(QWidget):
    """“Searched for: notice period Kastanienallee”, and chips of limits; hidden where there is neither.

    asked(query, without): the person wants the question answered again by a search for this, without these limits.
    resized: its height has changed by something that the person did.
    """

    asked = Signal(str, object)
    resized = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._query = ""
        self._own = ""  # the query where it is not the question
        self._without: tuple[str, ...] = ()
        self._told = label("Searched for:", "caption")
        self._words = ElidedLabel("", "small", Qt.TextElideMode.ElideRight)
        self.edit_button = IconButton("pencil", "Change what is searched for", theme, size=SIZE["icon_small"])
        self.edit_button.clicked.connect(self._edit)
        self.field = QueryField()
        self.field.entered.connect(self._on_entered)
        self.field.left.connect(self._leave)
        self.field.hide()
        self.chips: list[FilterChip] = []
        line = QHBoxLayout()
        line.setSpacing(SPACE[1])
        line.addWidget(self._told)
        line.addWidget(self._words)
        line.addWidget(self.edit_button)
        line.addWidget(self.field, 1)
        line.addStretch(0)
        self._chips = QWidget()
        self._flow = FlowLayout(SPACE[1])
        self._chips.setLayout(self._flow)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, SPACE[2])
        box.setSpacing(SPACE[1])
        box.addLayout(line)
        box.addWidget(self._chips)
        self.hide()

    def show_search(self, answer: Answer | None, question: str) -> None:
        """Show what was searched for this answer to a question; None while that is not known."""
        query = answer.query if answer is not None else ""
        limits = answer.filters if answer is not None else ()
        self._query = query
        self._own = "" if question.strip().startswith(query) else query
        self._without = answer.without if answer is not None else ()
        self._words.set_full_text(harmless_line(self._own or query))
        self.setAccessibleName(f"Searched for: {harmless_line(query)}")
        for part in (self._told, self._words, self.edit_button):
            show_if(part, bool(self._own))
        show_if(self.field, False)
        self._show_limits(limits)
        show_if(self, bool(self._own or limits))

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons anew."""
        self._theme = theme
        self.edit_button.set_theme(theme)
        for chip in self.chips:
            chip.set_theme(theme)

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        return [self.edit_button, self.field, *self.chips]

    def _show_limits(self, limits: Sequence[Filter]) -> None:
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.deleteLater()
        self.chips = [FilterChip(limit, self._theme) for limit in limits]
        for chip in self.chips:
            chip.removed.connect(lambda key: self.asked.emit(self._own, (*self._without, key)))
            self._flow.addWidget(chip)
            chip.show()
        show_if(self._chips, bool(limits))

    def _edit(self) -> None:
        self.field.setText(self._query)
        self._turn(editing=True)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.selectAll()

    def _leave(self) -> None:
        self._turn(editing=False)
        self.edit_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _turn(self, *, editing: bool) -> None:
        for part in (self._words, self.edit_button):
            part.setVisible(not editing)
        self.field.setVisible(editing)
        self.resized.emit()

    def _on_entered(self) -> None:
        query = " ".join(self.field.text().split())
        if not query or query == self._query:
            self._leave()
        else:
            self._turn(editing=False)
            self.asked.emit(query, self._without)
