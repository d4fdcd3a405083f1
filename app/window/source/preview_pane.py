"""The pane beside a conversation that shows a file at a place, with the quote marked and how it stands there now."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.base.preview import Grid, Preview, Rows
from app.base.values import Citation
from app.window.controls.theme import SPACE, Theme, theme_now
from app.window.controls.widgets import show_if
from app.window.source.grid_model import FetchRows
from app.window.source.pane_body import PaneBody
from app.window.source.pane_foot import PaneFoot
from app.window.source.pane_head import PaneHead
from app.window.source.pane_tools import PaneTools, place_text
from app.window.source.shown_file import Doubt, ShownFile, quote_badge
from app.window.source.table_bar import TableBar


def _no_rows(_preview: Preview, _first: int, _count: int, _done: Callable[[Rows | None], None]) -> None:
    """A pane that nobody serves shows no rows."""


class PreviewPane(QFrame):
    """Shows where a citation stands, or a file for itself.

    closed(); page_requested(int): another page of the file, 0 for the cited one; text_requested(bool): the extracted
    text, or the document again; open_requested(str): its path, to be opened in its own application;
    show_folder_requested(str): its path, to be shown in the file manager; link_opened(str): an address in it.
    table_asked(TableForm | None): what is to be computed from the sheet; None for what tables the file has.
    """

    closed = Signal()
    page_requested = Signal(int)
    text_requested = Signal(bool)
    open_requested = Signal(str)
    show_folder_requested = Signal(str)
    link_opened = Signal(str)
    table_asked = Signal(object)

    def __init__(
        self, theme: Theme | None = None, fetch_rows: FetchRows = _no_rows, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        theme = theme or theme_now()
        self._subject: ShownFile | None = None
        self._preview: Preview | None = None
        self._number = 1  # of the page that is shown or was asked for last
        self._doubt: Doubt = ""
        self.setProperty("kind", "panel")
        self.setAccessibleName("Cited page")
        self.head = PaneHead(theme)
        self.tools = PaneTools(theme)
        self.body = PaneBody(fetch_rows, theme)
        self.table = TableBar(theme)
        self.table.hide()
        self.foot = PaneFoot()
        box = QVBoxLayout(self)
        box.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[4])
        box.setSpacing(SPACE[2])
        box.addWidget(self.head)
        box.addWidget(self.tools)
        box.addWidget(self.body, 1)
        box.addWidget(self.table)
        box.addWidget(self.foot)
        self._connect()
        self._build_shortcuts()
        self.set_theme(theme)

    # ---- what it shows ----------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for each in (self.head, self.tools, self.body, self.table):
            each.set_theme(theme)
        self._show_tools()

    def show_citation(self, citation: Citation) -> None:
        """Say which file and quote it is, and wait for its preview."""
        self.show_subject(ShownFile(citation.path, citation))

    def show_subject(self, subject: ShownFile) -> None:
        """Say which file it is, and wait for its preview."""
        if self._subject is None or self._subject.path != subject.path:
            self.body.clear()
        self._subject, self._preview, self._doubt = subject, None, ""
        self.head.show_file(subject.path)
        self.tools.as_text.setChecked(False)
        self.setAccessibleName("Cited page" if subject.citation is not None else "File")
        if subject.citation is not None:
            self.foot.show_citation(subject.citation)
            if subject.citation.checked == "missing":
                self.set_doubt("deleted")
        else:
            self.foot.hide()
        self._wait()

    def set_preview(self, preview: Preview, again: bool = False) -> None:
        """Show what was asked for. again: it is what was shown before, drawn anew."""
        if self._subject is None:
            return
        self._preview = preview
        self._number = preview.number
        name = f"{place_text(self._subject, preview)}, {self.head.name.full_text}"
        if not self.body.show_preview(preview, self._subject.quote, name, again=again):
            self.set_problem("This page could not be drawn.", "Open the file in its own application to see it.")
            return
        show_if(self.table, isinstance(preview.view, Grid))
        if isinstance(preview.view, Grid):
            self.table.show_sheet(preview.number)
        self.set_doubt("")
        self._show_tools()

    def set_problem(self, title: str, hint: str) -> None:
        """Say why there is nothing to see; the quote stays."""
        self._preview = None
        show_if(self.table, False)
        self.body.show_problem(title, hint)
        self.foot.show_badge(None)
        self._show_tools()

    def set_doubt(self, doubt: str) -> None:
        """What is shown may not be how the file is, for this reason; "" if it was just looked at."""
        self._doubt = doubt  # type: ignore[assignment]  # Qt's signals know no literals
        self._show_standing()

    # ---- parts ------------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.head.closed.connect(self.closed)
        self.head.open_wanted.connect(lambda: self._say_path(self.open_requested.emit))
        self.head.folder_wanted.connect(lambda: self._say_path(self.show_folder_requested.emit))
        self.tools.turned.connect(self._turn)
        self.tools.back_wanted.connect(self._on_back)
        self.tools.text_wanted.connect(self._on_text_wanted)
        self.tools.zoomed.connect(self.body.zoom)
        self.tools.dim_wanted.connect(self.body.page.set_dimmed)
        self.body.link_opened.connect(self.link_opened)
        self.table.asked.connect(self.table_asked)
        self.table.rows_shown.connect(self.body.grid.mark_rows)

    def _build_shortcuts(self) -> None:
        def bind(keys: str, what: Callable[[], None]) -> QShortcut:
            made = QShortcut(QKeySequence(keys), self)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            made.activated.connect(what)
            return made

        # Text scrolls by these keys; a drawn page is turned by them.
        self._paging = [bind("PgUp", lambda: self._turn(-1)), bind("PgDown", lambda: self._turn(1))]
        self._turning = [bind("Ctrl+PgUp", lambda: self._turn(-1)), bind("Ctrl+PgDown", lambda: self._turn(1))]
        for keys in ("+", "=", "Ctrl++", "Ctrl+="):
            bind(keys, lambda: self.body.zoom(1))
        for keys in ("-", "Ctrl+-"):
            bind(keys, lambda: self.body.zoom(-1))
        bind("0", lambda: self.body.zoom(0))
        bind("Esc", self.closed.emit)

    # ---- what happens -----------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        assert self._subject is not None
        place = self._subject.place
        self.body.wait(f"Opening {place.label}…" if place.label and place.kind != "heading" else "Opening…")
        self._show_tools()

    def _turn(self, step: int) -> None:
        if self._preview is None:
            return
        wanted = min(max(self._number + step, 1), self._preview.count)
        if wanted != self._number:
            self._number = wanted
            self.foot.show_badge(None)
            self.body.patience.start()
            self.page_requested.emit(wanted)

    def _on_back(self) -> None:
        self.foot.show_badge(None)
        self.page_requested.emit(0)

    def _on_text_wanted(self, wanted: bool) -> None:
        self._wait()
        self.text_requested.emit(wanted)

    def _say_path(self, say: Callable[[str], None]) -> None:
        if self._subject is not None:
            say(self._subject.path)

    # ---- words ------------------------------------------------------------------------------------------------------

    def _show_tools(self) -> None:
        self.tools.setVisible(self._subject is not None)
        if self._subject is None:
            return
        drawn = self.body.shows_page
        self.tools.show_place(self._subject, self._preview, shown=self.body.shows_view, drawn=drawn)
        paged = self._preview is not None and self._preview.count > 1
        for shortcut in self._paging:
            shortcut.setEnabled(paged and drawn)
        for shortcut in self._turning:
            shortcut.setEnabled(paged)
        key = "" if drawn else "Ctrl+"
        self.tools.back.set_name(f"Page before ({key}Page Up)")
        self.tools.forward.set_name(f"Next page ({key}Page Down)")

    def _show_standing(self) -> None:
        """Say how the quote stands here; nothing about it on pages that are not the cited one."""
        citation = self._subject.citation if self._subject is not None else None
        if citation is None:
            if self._doubt == "deleted":
                self.body.show_problem(f"{self.head.name.full_text} was deleted.", "What was read of it goes with it.")
                self._show_tools()
            return
        preview = self._preview
        here = preview is None or preview.at_place or preview.match == "exact" or self._doubt != ""
        self.foot.show_badge(quote_badge(citation, preview, self._doubt) if here else None)
