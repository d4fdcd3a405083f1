"""The row of tools above a shown page: where one is, turning, how it is shown, how large."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.base.preview import Grid, Preview, Unit
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import ElidedLabel, IconButton, button
from app.window.source.shown_file import ShownFile

_UNITS: dict[Unit, str] = {
    "page": "Page", "slide": "Slide", "sheet": "Sheet", "message": "Message", "picture": "Picture", "part": "Part",
}  # fmt: skip
_BACK_LETTERS = 24


class PaneTools(QWidget):
    """turned(int): pages on or back. back_wanted(): to the cited place. text_wanted(bool): the extracted text.
    zoomed(int): steps larger or smaller; 0 for the usual size. dim_wanted(bool): the page's white."""

    turned = Signal(int)
    back_wanted = Signal()
    text_wanted = Signal(bool)
    zoomed = Signal(int)
    dim_wanted = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.back = IconButton("chevron-left", "Page before (Page Up)", theme)
        self.back.clicked.connect(lambda: self.turned.emit(-1))
        self.forward = IconButton("chevron-right", "Next page (Page Down)", theme)
        self.forward.clicked.connect(lambda: self.turned.emit(1))
        self.where = ElidedLabel("", "small", Qt.TextElideMode.ElideRight)
        self.to_place = button("", "link", self.back_wanted.emit)
        self.as_text = IconButton("file-code", "Show the text as it was read", theme)
        self.as_text.setCheckable(True)
        self.as_text.clicked.connect(self.text_wanted)
        self.dim = IconButton("sun-dim", "Dim the page", theme)
        self.dim.setCheckable(True)
        self.dim.toggled.connect(self.dim_wanted)
        self.smaller = IconButton("zoom-out", "Smaller (-)", theme)
        self.smaller.clicked.connect(lambda: self.zoomed.emit(-1))
        self.larger = IconButton("zoom-in", "Larger (+)", theme)
        self.larger.clicked.connect(lambda: self.zoomed.emit(1))
        self.fit = IconButton("move-horizontal", "Fit the text (0)", theme)
        self.fit.clicked.connect(lambda: self.zoomed.emit(0))
        self.setMinimumHeight(SIZE["icon_button"])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[1])
        for each in (self.back, self.where, self.forward, self.to_place):
            row.addWidget(each)
        row.addStretch(1)
        for each in (self.as_text, self.dim, self.smaller, self.larger, self.fit):
            row.addWidget(each)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme: a white page is dimmed in the dark one, until the person says otherwise."""
        self._theme = theme
        for each in (self.back, self.forward, self.as_text, self.dim, self.smaller, self.larger, self.fit):
            each.set_theme(theme)
        self.dim.setChecked(theme.dark)

    def show_place(self, subject: ShownFile, preview: Preview | None, *, shown: bool, drawn: bool) -> None:
        """Say where one is. preview: None until it is there. shown: whether there is something to see; drawn: a page
        of pixels."""
        self.where.set_full_text(place_text(subject, preview))
        number, count = (preview.number, preview.count) if preview is not None else (1, 1)
        for each in (self.back, self.forward):
            each.setVisible(count > 1)
        self.back.setEnabled(number > 1)
        self.forward.setEnabled(number < count)
        away = preview is not None and not preview.at_place and subject.citation is not None
        label = subject.place.label
        self.to_place.setText(f"Back to {label if len(label) <= _BACK_LETTERS else 'the quote'}")
        self.to_place.setVisible(away)
        self.as_text.setVisible(preview is not None and preview.has_text)
        self.fit.setVisible(drawn)
        printed = preview is not None and preview.unit == "page"
        self.dim.setVisible(drawn and printed and self._theme.dark)
        self.smaller.setVisible(shown)
        self.larger.setVisible(shown)


def place_text(subject: ShownFile, preview: Preview | None) -> str:
    """Where one is in a file: "Page 28 of 160", "Sales · sheet 2 of 3", "Lines 3–9"."""
    if preview is not None and isinstance(preview.view, Grid) and preview.view.name:
        where = f" · sheet {preview.number} of {preview.count}" if preview.count > 1 else ""
        return f"{preview.view.name}{where}"
    if preview is not None and preview.count > 1:
        return f"{_UNITS[preview.unit]} {preview.number:,} of {preview.count:,}"
    place = subject.place
    if preview is not None and preview.unit == "picture":
        return _UNITS[preview.unit]
    if place.kind == "whole" or not place.label:
        return "The whole file"
    return place.label[:1].upper() + place.label[1:]
