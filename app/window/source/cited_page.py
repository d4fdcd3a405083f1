"""The right side: a file at its place, shown when a citation is opened, and the ways out of Familiar."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QSplitter, QWidget
from typing_extensions import override

from app.base.tables import TableForm
from app.base.values import Citation, ConversationId
from app.window.controls.external_apps import open_file, open_link, show_in_folder
from app.window.controls.theme import SIZE, Theme
from app.window.engine_client import EngineClient
from app.window.source.open_page import OpenPage
from app.window.source.shown_file import ShownFile

if TYPE_CHECKING:
    from app.window.source.preview_pane import PreviewPane

SHARPNESS = 1.6
LEAST_WIDTH, MOST_WIDTH = 1000, 2400
BOTH_PX = 760
KEPT = 50  # conversations whose open page is remembered


class CitedPage(QObject):
    """A splitter with `main` on its left and the pane on its right, hidden until a citation or a file is opened.

    The pane belongs to the conversation that is shown: another one brings back its own page, or has the pane closed.

    shown_changed(bool): whether the pane is to be seen. said(title, hint, action, act): as a toast takes it.
    """

    shown_changed = Signal(bool)
    said = Signal(str, str, str, object)

    def __init__(self, client: EngineClient, theme: Theme, main: QWidget) -> None:
        super().__init__(main)
        self._subject: ShownFile | None = None
        self._conversation: ConversationId | None = None
        self._pages: OrderedDict[ConversationId, ShownFile] = OrderedDict()  # of conversations whose pane was left open
        self._back_to: QWidget | None = None
        self._theme = theme
        self._pane: PreviewPane | None = None
        self._kept_state = QByteArray()
        self._open = OpenPage(client, self._drawing_width, self)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(main)
        self._main = main
        self.splitter.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.splitter and event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    @property
    def pane(self) -> PreviewPane:
        """The pane, made when it is first wanted: the first paint need not wait for it."""
        if self._pane is None:
            from app.window.source.preview_pane import PreviewPane

            self._pane = PreviewPane(self._theme, self._open.fetch_rows)
            self._pane.hide()
            self._pane.closed.connect(self.close)
            self._pane.page_requested.connect(self._open.turn)
            self._pane.text_requested.connect(self._open.show_as_text)
            self._pane.open_requested.connect(self._on_open_requested)
            self._pane.show_folder_requested.connect(self._on_show_folder_requested)
            self._pane.link_opened.connect(self.open_link)
            self._pane.table_asked.connect(self._on_table_asked)
            self._open.drawn.connect(self._pane.set_preview)
            self._open.failed.connect(self._pane.set_problem)
            self._open.doubted.connect(self._pane.set_doubt)
            self.splitter.addWidget(self._pane)
            self.splitter.setCollapsible(0, False)
            self.splitter.setStretchFactor(0, 1)
            self.splitter.setStretchFactor(1, 0)
            self.splitter.setSizes([SIZE["main_min"], SIZE["preview"]])
            if not self._kept_state.isEmpty():
                self.splitter.restoreState(self._kept_state)
        return self._pane

    def _on_table_asked(self, form: TableForm | None) -> None:
        self._open.ask_table(form, self.pane.table.show_result, self.pane.table.show_problem)

    @property
    def is_shown(self) -> bool:
        """Whether the pane is to be seen."""
        return self._pane is not None and not self._pane.isHidden()

    def state(self) -> QByteArray:
        """How wide the pane is, for `restore_state`; empty if it never was shown."""
        return self.splitter.saveState() if self._pane is not None else self._kept_state

    def restore_state(self, state: QByteArray) -> None:
        """Be as wide as before, once the pane is shown."""
        self._kept_state = state

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        if self._pane is not None:
            self._pane.set_theme(theme)

    def show_conversation(self, conversation: ConversationId | None) -> None:
        """Belong to another conversation, None for a new one: show the page that was open in it, or nothing."""
        if conversation == self._conversation:
            return
        if self._conversation is not None and self._subject is not None and self.is_shown:
            self._pages[self._conversation] = self._subject
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
        self._conversation = conversation
        self._subject = None
        self._back_to = None  # it stood in the other conversation
        page = self._pages.pop(conversation, None) if conversation is not None else None
        if page is not None:
            self._show(page)
        else:
            self.close()

    def show_citation(self, citation: Citation) -> None:
        """Open a citation of the conversation that is shown, whose attachments may be seen too."""
        self._show(ShownFile(citation.path, citation))

    def show_file(self, path: str, *, as_text: bool = False) -> None:
        """Open a file for itself. as_text: the text that was read of it."""
        self._show(ShownFile(path))
        if as_text:
            self.pane.tools.as_text.setChecked(True)
            self._open.show_as_text(True)

    def toggle(self) -> None:
        """Hide the pane, or show the last citation again."""
        if self.is_shown:
            self.close()
        elif self._subject is not None:
            self._show(self._subject)
        else:
            self.shown_changed.emit(False)
            self.said.emit("No source is open", "Choose a numbered source in an answer to see its page here.", "", None)

    def close(self) -> bool:
        """Hide the pane, and follow its file no longer. False if it was hidden."""
        self._open.close()
        if not self.is_shown:
            return False
        self._set_shown(False)
        return True

    def open_link(self, address: str) -> None:
        """Open a link of an answer in the browser, if the person agrees."""
        self._tell(open_link(self.splitter, address))

    def _show(self, subject: ShownFile) -> None:
        self._subject = subject
        self.pane.show_subject(subject)
        self._set_shown(True)
        self._open.open(subject, self._conversation)

    def _set_shown(self, shown: bool) -> None:
        if shown and not self.is_shown:
            self._back_to = self.splitter.window().focusWidget()
        had_focus = self.pane.isAncestorOf(self.splitter.window().focusWidget() or self.splitter)
        self.pane.setVisible(shown)
        beside = self._fit()
        self.shown_changed.emit(shown)
        if shown and not beside and not had_focus:
            self.pane.head.close_button.setFocus(Qt.FocusReason.OtherFocusReason)  # what had the focus is covered
        if not shown and had_focus:
            self._give_focus_back()

    def _give_focus_back(self) -> None:
        """Focus what had it before the pane; what wrote the answers anew since then has taken that widget away."""
        back_to = self._back_to
        if back_to is None or not shiboken6.isValid(back_to) or not back_to.isVisible():
            back_to = self._main
        back_to.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self) -> bool:
        """Where there is no room for both, the page stands in place of the conversation until it is closed.

        Whether there is room for both.
        """
        both = self.splitter.width() >= BOTH_PX
        self._main.setVisible(not self.is_shown or both)
        return both

    def _drawing_width(self) -> int:
        """How wide a page is to be drawn, in pixels."""
        width = self.pane.width() * self.pane.devicePixelRatioF() * SHARPNESS
        return round(min(max(width, LEAST_WIDTH), MOST_WIDTH))

    def _on_open_requested(self, path: str) -> None:
        if self._subject is not None and path == self._subject.path:
            self._tell(open_file(self.splitter, path))

    def _on_show_folder_requested(self, path: str) -> None:
        self._tell(show_in_folder(path))

    def _tell(self, reason: str) -> None:
        if reason:
            self.said.emit(reason, "", "", None)
