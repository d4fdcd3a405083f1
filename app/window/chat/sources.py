"""What stands under an answer: the files it cites, and how much of the person's files it was given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.base.foreign_text import harmless_line
from app.base.values import Citation, Coverage
from app.base.wording import count
from app.window.controls.flow_layout import FlowLayout
from app.window.controls.icons import file_icon_name, icon
from app.window.controls.row_painting import painter_over
from app.window.controls.theme import SIZE, SPACE, Theme, font
from app.window.controls.widgets import ElidedLabel, IconLabel, button, label, set_tip, show_if

_SIDE = SPACE[2] + 1
_GAP = SPACE[1] + 2
_SHOWN_CHIPS = 6
_SHOWN_SHARES = 40
_CHECKED = {
    "changed": ("triangle-alert", "warn", "The file has changed since this answer."),
    "missing": ("file-question-mark", "danger", "The file is no longer there; the quote was kept."),
}


class SourceChip(QPushButton):
    """One cited place of a file: its numbers, its kind, its name, where. Pressing it opens the first citation.

    Painted as one piece: a transcript has hundreds of them.
    """

    chosen = Signal(object)

    def __init__(self, citations: Sequence[Citation], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        first = citations[0]
        self._theme = theme
        self._numbers = ", ".join(str(citation.n) for citation in citations)
        self._name = harmless_line(PurePath(first.path).name)
        self._place = "" if first.place.kind == "whole" else harmless_line(first.place.label)
        checked = _CHECKED.get(first.checked)
        self._icon, self._icon_color, note = checked or (file_icon_name(first.path), "", "")
        self.setProperty("kind", "chip")
        self.setAutoDefault(True)  # Enter presses it as Space does
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        word = "Source" if len(citations) == 1 else "Sources"
        self.setAccessibleName(f"{word} {self._numbers}: {self._name}{', ' + self._place if self._place else ''}")
        self.setAccessibleDescription(note)
        set_tip(self, "\n".join(part for part in (first.path, note) if part))
        self.clicked.connect(lambda: self.chosen.emit(first))

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    @override
    def sizeHint(self) -> QSize:
        numbers, name, place = self._widths()
        return QSize(_fixed(numbers, place) + name + place, SIZE["chip"])

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_fixed(*self._widths()[::2]) + SPACE[6], SIZE["chip"])

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_over(self)
        numbers, name, place = self._widths()
        room = self.width() - _fixed(numbers, place)
        # Of a chip that is too short the place gets what the name leaves, and at least two fifths.
        place = min(place, max(room * 2 // 5, room - name))
        box = QRect(_SIDE, 0, numbers, self.height())
        self._write(painter, box, self._numbers, "chip-number", "text")
        box.setLeft(box.left() + numbers + _GAP)
        mark = icon(self._icon, self._theme, SIZE["icon_small"], self._icon_color or None)
        mark.paint(painter, QRect(box.left(), (self.height() - SIZE["icon_small"]) // 2, *[SIZE["icon_small"]] * 2))
        box.setLeft(box.left() + SIZE["icon_small"] + _GAP)
        box.setWidth(min(name, room - place))
        used = self._write(painter, box, self._name, "small", "text", Qt.TextElideMode.ElideMiddle)
        box.setLeft(box.left() + used + _GAP)
        box.setWidth(place)
        self._write(painter, box, self._place, "caption", "text3")

    def _widths(self) -> tuple[int, int, int]:
        """Pixels that the numbers, the name and the place would take."""
        parts = (("chip-number", self._numbers), ("small", self._name), ("caption", self._place))
        # Two pixels of slack: what is painted may be a fraction wider than what is measured.
        widths = (QFontMetrics(font(kind)).horizontalAdvance(text) + 2 if text else 0 for kind, text in parts)
        numbers, name, place = widths
        return numbers, name, place

    def _write(
        self,
        painter: QPainter,
        box: QRect,
        text: str,
        kind: str,
        color: str,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> int:
        """Paint a piece of text; the pixels that it took."""
        painter.setFont(font(kind))
        painter.setPen(self._theme.color(color))
        shown = painter.fontMetrics().elidedText(text, mode, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), shown)
        return painter.fontMetrics().horizontalAdvance(shown)


def _fixed(numbers: int, place: int) -> int:
    """Pixels of a chip that are not its name or place."""
    return 2 * _SIDE + numbers + 2 * _GAP + SIZE["icon_small"] + (_GAP if place else 0)


class SourceRow(QWidget):
    """The chips of an answer's citations, one for each place; beyond six behind "Show all"."""

    chosen = Signal(object)
    resized = Signal()

    def __init__(self, citations: Sequence[Citation], theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName("Sources")
        self._flow = flow = FlowLayout()
        self.setLayout(flow)
        places: dict[tuple[str, str], list[Citation]] = {}
        for citation in citations:
            places.setdefault((citation.path, citation.place.label), []).append(citation)
        self.chips = [SourceChip(group, theme, self) for group in places.values()]
        for index, chip in enumerate(self.chips):
            chip.chosen.connect(self.chosen)
            flow.addWidget(chip)
            show_if(chip, index < _SHOWN_CHIPS)
        self.more: QPushButton | None = None
        if len(self.chips) > _SHOWN_CHIPS:
            self.more = button(f"Show all {len(self.chips)}", "toggle", self._show_all)
            flow.addWidget(self.more)

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        return [*self.chips, *([self.more] if self.more is not None else [])]

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons anew."""
        for chip in self.chips:
            chip.set_theme(theme)

    def _show_all(self) -> None:
        for chip in self.chips:
            chip.show()
        self.chips[_SHOWN_CHIPS].setFocus(Qt.FocusReason.TabFocusReason)
        if self.more is not None:
            self.more.hide()
        self._flow.activate()  # so that the height is known at once
        self.resized.emit()


def coverage_text(coverage: Coverage) -> str:
    """One line on what an answer rests on; "" where there is nothing to say."""
    parts = []
    if coverage.matching:
        parts.append(f"Read {coverage.read:,} of {count(coverage.matching, 'matching file')}")
    elif coverage.read:
        parts.append(f"Read {count(coverage.read, 'file')}")
    if coverage.waiting:
        parts.append(f"{count(coverage.waiting, 'file')} not read yet")
    if coverage.matching and not coverage.by_meaning:
        parts.append("found by words only")
    return " · ".join(parts)


class CoverageLine(QWidget):
    """ "Read 4 of 9 matching files", which opens a list of the files and how much of each was given."""

    resized = Signal()

    def __init__(self, coverage: Coverage, theme: Theme) -> None:
        super().__init__()
        self._coverage = coverage
        self._theme = theme
        self._list: QFrame | None = None
        self._icons: list[IconLabel] = []
        self._box = box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE[1])
        self.toggle = button("", "toggle", self._on_toggled)
        self.toggle.setAccessibleName(coverage_text(coverage))
        self.toggle.setMinimumWidth(SPACE[7])
        self._write(coverage_text(coverage))
        self.toggle.setCheckable(True)
        self.toggle.setEnabled(bool(coverage.files))
        self.toggle.setIconSize(QSize(SIZE["icon_tiny"], SIZE["icon_tiny"]))
        box.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignLeft)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons anew."""
        self._theme = theme
        opened = self.toggle.isChecked()
        self.toggle.setAccessibleDescription("The list is open." if opened else "Opens the list of files.")
        if self._coverage.files:
            name = "chevron-down" if opened else "chevron-right"
            self.toggle.setIcon(icon(name, theme, SIZE["icon_tiny"], "text3"))
        for each in self._icons:
            each.set_theme(theme)

    def _write(self, text: str) -> None:
        self.toggle.setText(text.replace("&", "&&"))
        whole = coverage_text(self._coverage)
        set_tip(self.toggle, "" if text == whole else whole)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = event.size().width() - SIZE["icon_tiny"] - SPACE[4]
        text, metrics = coverage_text(self._coverage), self.toggle.fontMetrics()
        self._write(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))

    def _on_toggled(self) -> None:
        if self._list is None:
            self._list = self._files()
            self._box.addWidget(self._list)
        self._list.setVisible(self.toggle.isChecked())
        self._box.activate()  # so that the height is known at once
        self.set_theme(self._theme)
        self.resized.emit()

    def _files(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("kind", "sunken")
        grid = QGridLayout(frame)
        grid.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        grid.setHorizontalSpacing(SPACE[2])
        grid.setVerticalSpacing(SPACE[1])
        grid.setColumnStretch(1, 1)
        for at, share in enumerate(self._coverage.files[:_SHOWN_SHARES]):
            mark = IconLabel(file_icon_name(share.path), self._theme, size=SIZE["icon_small"])
            self._icons.append(mark)
            name = ElidedLabel(PurePath(share.path).name, "small")
            name.set_full_tip(share.path)
            bar = QProgressBar()
            bar.setTextVisible(False)
            bar.setRange(0, 100)
            bar.setValue(round(share.share * 100))
            bar.setFixedWidth(SIZE["share_bar"])
            percent = label(share_text(share.share), "caption")
            percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, widget in enumerate((mark, name, bar, percent)):
                grid.addWidget(widget, at, column)
        left = len(self._coverage.files) - _SHOWN_SHARES
        if left > 0:
            grid.addWidget(label(f"and {count(left, 'more file', 'more files')}", "caption"), _SHOWN_SHARES, 1)
        return frame


def share_text(share: float) -> str:
    """A share of 0 to 1 as a percentage that does not call little nothing, nor nearly all all."""
    percent = round(share * 100)
    if share > 0 and percent == 0:
        return "under 1 %"
    return f"{min(percent, 99) if share < 1 else 100} %"
