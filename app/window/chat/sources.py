"""What stands under an answer: the files it cites, and how much of the person's files it was given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QProgressBar,
    QPushButton,
    QWidget,
)
from typing_extensions import override

from app.base.foreign_text import harmless_line
from app.base.values import Citation, Coverage
from app.base.wording import count
from app.window.controls.disclosure import Disclosure, sunken_grid
from app.window.controls.flow_layout import FlowLayout
from app.window.controls.icons import file_icon_name, icon
from app.window.controls.row_painting import painter_over
from app.window.controls.theme import SIZE, SPACE, Theme, font
from app.window.controls.widgets import ElidedLabel, IconLabel, button, label, set_tip, show_if

_SIDE = SPACE[2] + 1
_GAP = SPACE[1] + 2
_SHOWN_CHIPS = 6
_SHOWN_SHARES = 40
_SHARES = "How much of each file’s text was read for this answer"
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
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # each part is given its place
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


class CoverageLine(Disclosure):
    """ "Read 4 of 9 matching files", which opens a list of the files and how much of each was given."""

    def __init__(self, coverage: Coverage, theme: Theme) -> None:
        super().__init__(theme, opens="Opens the list of files.", opened="The list is open.")
        self._coverage = coverage
        self._icons: list[IconLabel] = []
        self.toggle.setEnabled(bool(coverage.files))
        self.set_title(coverage_text(coverage), coverage_meaning(coverage))

    @override
    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for each in self._icons:
            each.set_theme(theme)

    @override
    def _build(self) -> QFrame:
        frame, grid = sunken_grid()
        grid.setColumnStretch(1, 1)
        grid.addWidget(label(_SHARES, "caption", wrap=True), 0, 0, 1, 4)
        for at, share in enumerate(self._coverage.files[:_SHOWN_SHARES], 1):
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
            meaning = share_meaning(share.share)
            for each in (bar, percent):
                set_tip(each, meaning)
                each.setAccessibleName(meaning)
            percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, widget in enumerate((mark, name, bar, percent)):
                grid.addWidget(widget, at, column)
        left = len(self._coverage.files) - _SHOWN_SHARES
        if left > 0:
            grid.addWidget(label(f"and {count(left, 'more file', 'more files')}", "caption"), _SHOWN_SHARES + 1, 1)
        return frame


def coverage_meaning(coverage: Coverage) -> str:
    """What “Read 4 of 9 matching files” means; "" where nothing matched."""
    if not coverage.matching:
        return ""
    near = " or is near it in meaning" if coverage.by_meaning else ""
    return (
        f"A file matches if it holds words of the question{near}. The best passages of {coverage.read:,} of"
        f" {count(coverage.matching, 'matching file')} were read for this answer."
    )


def share_meaning(share: float) -> str:
    """What a file's percentage means."""
    if share >= 1:
        return "The whole text of this file was read for this answer."
    told = f"{share_text(share)} of this file’s text was read for this answer; all of it was searched."
    return f"{told[0].upper()}{told[1:]}"


def share_text(share: float) -> str:
    """A share of 0 to 1 as a percentage that does not call little nothing, nor nearly all all."""
    percent = round(share * 100)
    if share > 0 and percent == 0:
        return "under 1 %"
    return f"{min(percent, 99) if share < 1 else 100} %"
