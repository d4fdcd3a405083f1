"""The middle of the pane: the view of a place, or why there is none."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractScrollArea, QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.base.foreign_text import harmless_line
from app.base.preview import Drawn, Grid, Letter, Lines, Preview, Rendered
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import IconLabel, Spinner, label
from app.window.source.document_page import DocumentPage
from app.window.source.grid_model import FetchRows
from app.window.source.grid_view import GridView
from app.window.source.letter_view import LetterView
from app.window.source.lines_view import LinesView
from app.window.source.rendered_view import RenderedView

log = logging.getLogger("familiar.window")
_PATIENCE_MS = 200


class PaneBody(QStackedWidget):
    """Shows one view at a time. link_opened(str): an address in a document was chosen."""

    link_opened = Signal(str)

    def __init__(self, fetch_rows: FetchRows, theme: Theme) -> None:
        super().__init__()
        self.page = DocumentPage(theme)
        self.lines = LinesView(theme)
        self.rendered = RenderedView(theme)
        self.rendered.link_opened.connect(self.link_opened)
        self.letter = LetterView(theme)
        self.grid = GridView(fetch_rows, theme)
        self._build_loading(theme)
        self._build_trouble(theme)
        self._blank = QWidget()
        for each in (self._blank, self._loading, self._trouble, *self._views):
            self.addWidget(each)
        self.patience = QTimer(self, interval=_PATIENCE_MS, singleShot=True)
        self.patience.timeout.connect(lambda: self.setCurrentWidget(self._loading))

    @property
    def _views(self) -> tuple[DocumentPage, LinesView, RenderedView, LetterView, GridView]:
        return self.page, self.lines, self.rendered, self.letter, self.grid

    @property
    def shows_view(self) -> bool:
        """Whether there is something of the file to see."""
        return self.currentWidget() in self._views

    @property
    def shows_page(self) -> bool:
        """Whether that is a drawn page."""
        return self.currentWidget() is self.page

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for each in (*self._views, self._spinner, self._trouble_mark):
            each.set_theme(theme)

    def wait(self, text: str) -> None:
        """Wait for a view; say so once it takes long enough to wonder."""
        self._loading_text.setText(text)
        if self.currentWidget() is self._trouble:
            self.setCurrentWidget(self._blank)
        self.patience.start()

    def clear(self) -> None:
        """Show nothing: another file comes."""
        self.page.clear()
        self.setCurrentWidget(self._blank)

    def show_preview(self, preview: Preview, quote: str, name: str, *, again: bool) -> bool:
        """Show a view; a pixel file is read and deleted. False if its pixels could not be taken over.

        again: it is what was shown before, drawn anew, and stays where the person has scrolled it.
        """
        self.patience.stop()
        view = preview.view
        shown: QWidget
        if isinstance(view, Drawn):
            image = take_pixels(view)
            if image is None:
                return False
            shown = self.page
            places = _scrolled(self.page) if again and self.shows_page else None
            self.page.set_page(image, view.boxes, printed=view.printed)
        elif isinstance(view, Grid):
            shown = self.grid
            places = _scrolled(self.grid) if again and self.currentWidget() is shown else None
            self.grid.set_grid(preview, view)
        elif isinstance(view, Rendered):
            shown = self.rendered
            places = _scrolled(self.rendered) if again and self.currentWidget() is shown else None
            self.rendered.set_markdown(view.markdown, quote)
        elif isinstance(view, Letter):
            shown = self.letter
            places = _scrolled(self.letter.body) if again and self.currentWidget() is shown else None
            self.letter.set_letter(view)
        else:
            shown = self.lines
            places = _scrolled(self.lines) if again and self.currentWidget() is shown else None
            self._show_lines(view)
        shown.setAccessibleName(harmless_line(name))
        self.setCurrentWidget(shown)
        if places is not None:
            _scroll(shown if isinstance(shown, QAbstractScrollArea) else self.letter.body, places)
        return True

    def show_problem(self, title: str, hint: str) -> None:
        """Say why there is nothing to see."""
        self.patience.stop()
        self._trouble_title.setText(title)
        self._trouble_hint.setText(hint)
        self._trouble_hint.setVisible(bool(hint))
        self.setCurrentWidget(self._trouble)

    def zoom(self, steps: int) -> None:
        """Larger (positive) or smaller; 0 for the usual size."""
        view = self.letter.body if self.currentWidget() is self.letter else self.currentWidget()
        if isinstance(view, DocumentPage):
            view.zoom_by(steps) if steps else view.fit_column()
        elif isinstance(view, LinesView | RenderedView | GridView):
            view.zoom_by(steps) if steps else view.zoom_to_default()

    def _show_lines(self, view: Lines) -> None:
        self.lines.set_lines(view.text, view.marks, first=view.first, fixed=view.fixed, language=view.language)

    def _build_loading(self, theme: Theme) -> None:
        self._loading = QWidget()
        self._spinner = Spinner(theme, SIZE["icon_large"])
        self._loading_text = label("Opening…", "small")
        wait = QVBoxLayout(self._loading)
        wait.addStretch(1)
        wait.addWidget(self._spinner, 0, Qt.AlignmentFlag.AlignHCenter)
        wait.addWidget(self._loading_text, 0, Qt.AlignmentFlag.AlignHCenter)
        wait.addStretch(2)

    def _build_trouble(self, theme: Theme) -> None:
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


def _scrolled(view: QAbstractScrollArea) -> tuple[int, int]:
    return view.horizontalScrollBar().value(), view.verticalScrollBar().value()


def _scroll(view: QAbstractScrollArea, places: tuple[int, int]) -> None:
    view.horizontalScrollBar().setValue(places[0])
    view.verticalScrollBar().setValue(places[1])


def _centred(kind: str) -> QLabel:
    made = label("", kind, wrap=True)
    made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return made


def take_pixels(view: Drawn) -> QImage | None:
    """The drawn page out of its private file, which is deleted; None if the file does not hold what was announced."""
    path = Path(view.path)
    try:
        data = path.read_bytes()
        path.unlink()
    except OSError as error:
        log.warning("A drawn page could not be taken over: %s", error.strerror)
        return None
    if view.width <= 0 or view.height <= 0 or len(data) != view.width * view.height * 4:
        log.warning("A drawn page of %s x %s pixels has %s bytes", view.width, view.height, len(data))
        return None
    return QImage(data, view.width, view.height, view.width * 4, QImage.Format.Format_RGB32).copy()
