"""The pane beside a conversation that shows a cited page or stretch of text, with the quote marked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path, PurePath

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QImage, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.values import Citation, Place, Preview
from app.window.controls.icons import file_icon_name
from app.window.controls.theme import SIZE, SPACE, Theme, set_kind, theme_now
from app.window.controls.widgets import ElidedLabel, IconButton, IconLabel, Spinner, button, label, pill
from app.window.controls.wording import under_home
from app.window.source.lines_view import LinesView
from app.window.source.page_view import PageView

log = logging.getLogger("familiar.window")
_PATIENCE_MS = 200
_NUMBERED = {"page": "Page", "slide": "Slide", "sheet": "Sheet", "message": "Message", "heading": "Section"}
_PROSE = ("file-text", "mail", "book-open", "presentation", "file")
_CHECKED = {
    "changed": "The file has changed since this answer.",
    "missing": "The file is no longer where it was. The quote was kept.",
}


class PreviewPane(QFrame):
    """Shows where a citation stands.

    closed(); page_requested(int): another page of the file, from 1; open_requested(str): its path, to be opened in its
    own application; show_folder_requested(str): its path, to be shown in the file manager.
    """

    closed = Signal()
    page_requested = Signal(int)
    open_requested = Signal(str)
    show_folder_requested = Signal(str)

    def __init__(self, theme: Theme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme or theme_now()
        self._citation: Citation | None = None
        self._number = 1
        self._count = 1
        self.setProperty("kind", "panel")
        self.setAccessibleName("Cited page")
        self._build_head()
        self._build_navigation()
        self._build_body()
        self._build_foot()
        box = QVBoxLayout(self)
        box.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[4])
        box.setSpacing(SPACE[2])
        box.addLayout(self._head)
        box.addWidget(self._navigation)
        box.addWidget(self._body, 1)
        box.addWidget(self._foot)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(lambda: self._body.setCurrentWidget(self._loading))
        self._build_shortcuts()
        self.set_theme(self._theme)

    # ---- what it shows ----------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for each in (
            self._mark, self._folder_button, self._open_button, self._close_button, self._back, self._forward,
            self._smaller, self._larger, self._fit, self._dim, self._spinner, self._trouble_mark, self.page, self.lines,
        ):  # fmt: skip
            each.set_theme(theme)
        self._dim.setChecked(theme.dark)
        self._show_tools()

    def show_citation(self, citation: Citation) -> None:
        """Say which file and quote it is, and wait for its preview."""
        same = self._citation is not None and self._citation.path == citation.path
        self._citation = citation
        path = PurePath(citation.path)
        self._mark.set_icon(file_icon_name(citation.path))
        self._name.set_full_text(path.name)
        self._folder.set_full_text(under_home(str(path.parent)))
        self._number = citation.place.first
        self._count = self._count if same else 1
        self._cited.setText(f"Cited as {citation.n}")
        self._quote.setText(f"“{' '.join(citation.quote.split())}”")
        self._quote_area.verticalScrollBar().setValue(0)
        self._fit_quote()
        note = _CHECKED.get(citation.checked, "")
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._pill.hide()
        self._return.hide()
        self._foot.show()
        if not same:
            self.page.clear()
        self._wait()

    def set_preview(self, preview: Preview) -> None:
        """Show what was asked for. A pixel file is read and deleted."""
        self._patience.stop()
        self._number, self._count = preview.number, preview.count
        if preview.kind == "image":
            image = take_pixels(preview)
            if image is None:
                self.set_problem("This page could not be drawn.", "Open the file in its own application to see it.")
                return
            self.page.set_page(image, preview.boxes)
            self.page.setAccessibleName(f"{self._place_text()}, {self._name.full_text}")
            self._body.setCurrentWidget(self.page)
        else:
            icon_name = file_icon_name(self._citation.path) if self._citation is not None else "file"
            by_line = self._citation is None or self._citation.place.kind in ("line", "whole")
            self.lines.set_lines(
                preview.text,
                preview.first_line,
                preview.marks,
                code=icon_name not in _PROSE or self._suffix() in (".txt", ".log"),
                numbered=by_line,
            )
            self.lines.setAccessibleName(f"{self._place_text()}, {self._name.full_text}")
            self._body.setCurrentWidget(self.lines)
        self._show_match(preview)
        self._show_tools()

    def set_problem(self, title: str, hint: str) -> None:
        """Say why there is nothing to see; the quote stays."""
        self._patience.stop()
        self._trouble_title.setText(title)
        self._trouble_hint.setText(hint)
        self._trouble_hint.setVisible(bool(hint))
        self._body.setCurrentWidget(self._trouble)
        self._pill.hide()
        self._show_tools()

    # ---- parts ------------------------------------------------------------------------------------------------------

    def _build_head(self) -> None:
        theme = self._theme
        self._mark = IconLabel("file-text", theme)
        self._name = ElidedLabel("", "strong")
        self._folder = ElidedLabel("", "caption")
        self._folder_button = IconButton("folder-open", "Show in folder", theme)
        self._folder_button.clicked.connect(lambda: self._say_path(self.show_folder_requested))
        self._open_button = IconButton("external-link", "Open the file", theme)
        self._open_button.clicked.connect(lambda: self._say_path(self.open_requested))
        self._close_button = IconButton("x", "Close (Esc)", theme)
        self._close_button.clicked.connect(self.closed)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._name)
        names.addWidget(self._folder)
        self._head = QHBoxLayout()
        self._head.setSpacing(SPACE[1])
        self._head.addWidget(self._mark)
        self._head.addSpacing(SPACE[1])
        self._head.addLayout(names, 1)
        for each in (self._folder_button, self._open_button, self._close_button):
            self._head.addWidget(each)

    def _build_navigation(self) -> None:
        theme = self._theme
        self._back = IconButton("chevron-left", "Page before (Page Up)", theme)
        self._back.clicked.connect(lambda: self._turn(-1))
        self._forward = IconButton("chevron-right", "Next page (Page Down)", theme)
        self._forward.clicked.connect(lambda: self._turn(1))
        self._where = label("", "small")
        self._return = button("", "link", self._on_return)
        self._dim = IconButton("sun-dim", "Dim the page", theme)
        self._dim.setCheckable(True)
        self._dim.toggled.connect(self._on_dim)
        self._smaller = IconButton("zoom-out", "Smaller (-)", theme)
        self._smaller.clicked.connect(lambda: self._zoom(-1))
        self._larger = IconButton("zoom-in", "Larger (+)", theme)
        self._larger.clicked.connect(lambda: self._zoom(1))
        self._fit = IconButton("move-horizontal", "Fit the text (0)", theme)
        self._fit.clicked.connect(self._on_fit)
        self._navigation = QWidget()
        self._navigation.setMinimumHeight(SIZE["icon_button"])
        row = QHBoxLayout(self._navigation)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[1])
        for each in (self._back, self._where, self._forward, self._return):
            row.addWidget(each)
        row.addStretch(1)
        for each in (self._dim, self._smaller, self._larger, self._fit):
            row.addWidget(each)

    def _build_body(self) -> None:
        theme = self._theme
        self.page = PageView(theme)
        self.lines = LinesView(theme)
        self._loading = QWidget()
        self._spinner = Spinner(theme, SIZE["icon_large"])
        self._loading_text = label("Opening…", "small")
        wait = QVBoxLayout(self._loading)
        wait.addStretch(1)
        wait.addWidget(self._spinner, 0, Qt.AlignmentFlag.AlignHCenter)
        wait.addWidget(self._loading_text, 0, Qt.AlignmentFlag.AlignHCenter)
        wait.addStretch(2)
        self._trouble = QWidget()
        self._trouble_mark = IconLabel("file-question-mark", theme, size=SIZE["logo_large"], color="text3")
        self._trouble_title = _centred("strong")
        self._trouble_hint = _centred("small")
        say = QVBoxLayout(self._trouble)
        say.setSpacing(SPACE[2])
        say.addStretch(1)
        say.addWidget(self._trouble_mark, 0, Qt.AlignmentFlag.AlignHCenter)
        say.addWidget(self._trouble_title)
        say.addWidget(self._trouble_hint)
        say.addStretch(2)
        self._blank = QWidget()
        self._body = QStackedWidget()
        for each in (self._blank, self._loading, self.page, self.lines, self._trouble):
            self._body.addWidget(each)

    def _build_foot(self) -> None:
        self._cited = label("", "section")
        self._pill = pill("", "ok")
        self._quote = label("", "small", wrap=True, selectable=True)
        self._quote.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._quote_area = QScrollArea()
        self._quote_area.setFrameShape(QFrame.Shape.NoFrame)
        self._quote_area.setProperty("kind", "bare")
        self._quote_area.setWidgetResizable(True)
        self._quote_area.setWidget(self._quote)
        self._quote_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._note = label("", "warn", wrap=True)
        row = QHBoxLayout()
        row.addWidget(self._cited)
        row.addStretch(1)
        row.addWidget(self._pill)
        self._foot = QWidget()
        box = QVBoxLayout(self._foot)
        box.setContentsMargins(0, SPACE[1], 0, 0)
        box.setSpacing(SPACE[1])
        box.addLayout(row)
        box.addWidget(self._note)
        box.addWidget(self._quote_area)
        self._foot.hide()

    def _build_shortcuts(self) -> None:
        def bind(keys: str, what: Callable[[], None]) -> QShortcut:
            made = QShortcut(QKeySequence(keys), self)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            made.activated.connect(what)
            return made

        self._paging = [bind("PgUp", lambda: self._turn(-1)), bind("PgDown", lambda: self._turn(1))]
        for keys in ("+", "=", "Ctrl++", "Ctrl+="):
            bind(keys, lambda: self._zoom(1))
        for keys in ("-", "Ctrl+-"):
            bind(keys, lambda: self._zoom(-1))
        bind("0", self._on_fit)
        bind("Esc", self.closed.emit)

    # ---- what happens -----------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        """Wait for a preview; say so once it takes long enough to wonder."""
        self._loading_text.setText(f"Opening {self._place_text()[:1].lower()}{self._place_text()[1:]}…")
        if self._body.currentWidget() is self._trouble:
            self._body.setCurrentWidget(self._blank)
        self._patience.start()
        self._show_tools()

    def _turn(self, step: int) -> None:
        wanted = min(max(self._number + step, 1), self._count)
        if wanted != self._number:
            self._go(wanted)

    def _go(self, number: int) -> None:
        self._number = number
        self._pill.hide()
        self._wait()
        self.page_requested.emit(number)

    def _on_return(self) -> None:
        if self._citation is not None:
            self._go(self._citation.place.first)

    def _zoom(self, steps: int) -> None:
        if self._body.currentWidget() is self.lines:
            self.lines.zoom_by(steps)
        else:
            self.page.zoom_by(steps)

    def _on_dim(self, on: bool) -> None:
        self.page.set_dimmed(on)

    def _on_fit(self) -> None:
        self.page.fit_column()

    def _fit_quote(self) -> None:
        """As much room as the quote needs, up to some five lines; a longer one scrolls."""
        width = max(self.width() - 2 * SPACE[4], 1)
        self._quote_area.setFixedHeight(min(self._quote.heightForWidth(width) + 1, SIZE["quote"]))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_quote()

    def _say_path(self, signal: SignalInstance) -> None:
        if self._citation is not None:
            signal.emit(self._citation.path)

    # ---- words ------------------------------------------------------------------------------------------------------

    def _suffix(self) -> str:
        return PurePath(self._citation.path).suffix.lower() if self._citation is not None else ""

    def _place_text(self) -> str:
        place = self._citation.place if self._citation is not None else None
        word = _NUMBERED.get(place.kind) if place is not None else None
        if word is not None and self._count > 1:
            return f"{word} {self._number:,} of {self._count:,}"
        if place is None or place.kind == "whole":
            return "The file"
        return place.label[:1].upper() + place.label[1:]

    def _show_tools(self) -> None:
        self._where.setText(self._place_text() if self._citation is not None else "")
        paged = self._count > 1
        for each in (self._back, self._forward):
            each.setVisible(paged)
        for shortcut in self._paging:
            shortcut.setEnabled(paged)
        self._back.setEnabled(self._number > 1)
        self._forward.setEnabled(self._number < self._count)
        drawn = self._body.currentWidget() is self.page
        self._fit.setVisible(drawn)
        self._dim.setVisible(drawn and self._theme.dark)
        shown = drawn or self._body.currentWidget() is self.lines
        self._smaller.setVisible(shown)
        self._larger.setVisible(shown)
        self._navigation.setVisible(self._citation is not None)

    def _show_match(self, preview: Preview) -> None:
        """Say how the quote stands here; nothing about it on pages that are not the cited one."""
        citation = self._citation
        if citation is None:
            return
        place = citation.place
        away = place.kind in _NUMBERED and self._count > 1 and not place.first <= preview.number <= place.last
        self._return.setText(f"Back to {place.label}")
        self._return.setVisible(away)
        self._pill.setVisible(not away or preview.match == "exact")
        text, level = _match_text(preview, place)
        self._pill.setText(text)
        set_kind(self._pill, f"pill-{level}")


def _match_text(preview: Preview, place: Place) -> tuple[str, str]:
    if preview.match == "exact":
        word = _NUMBERED.get(place.kind, "").lower()
        return f"Exact match on this {word}" if word in ("page", "slide") else "Exact match", "ok"
    if preview.match == "close":
        return "Close match", "warn"
    return "Passage not found word for word", "warn"


def _centred(kind: str) -> QLabel:
    made = label("", kind, wrap=True)
    made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return made


def take_pixels(preview: Preview) -> QImage | None:
    """The drawn page out of its private file, which is deleted; None if the file does not hold what was announced."""
    path = Path(preview.pixels)
    try:
        data = path.read_bytes()
        path.unlink()
    except OSError as error:
        log.warning("A drawn page could not be taken over: %s", error.strerror)
        return None
    if preview.width <= 0 or preview.height <= 0 or len(data) != preview.width * preview.height * 4:
        log.warning("A drawn page of %s x %s pixels has %s bytes", preview.width, preview.height, len(data))
        return None
    return QImage(data, preview.width, preview.height, preview.width * 4, QImage.Format.Format_RGB32).copy()
