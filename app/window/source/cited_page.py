"""The right side: the cited page of a file, fetched when a citation is opened, and the ways out of Familiar."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QSplitter, QWidget
from typing_extensions import override

from app.base.calls import ShowPlace
from app.base.errors import Problem
from app.base.values import Citation, ConversationId, Preview
from app.window.controls.external_apps import open_file, open_link, show_in_folder
from app.window.controls.theme import SIZE, Theme
from app.window.engine_client import EngineClient

if TYPE_CHECKING:
    from app.window.source.preview_pane import PreviewPane

SHARPNESS = 1.6
LEAST_WIDTH, MOST_WIDTH = 1000, 2400
BOTH_PX = 760


KEPT = 50  # conversations whose open page is remembered


class CitedPage(QObject):
    """A splitter with `main` on its left and the pane on its right, hidden until a citation is opened.

    The pane belongs to the conversation that is shown: another one brings back its own page, or has the pane closed.

    shown_changed(bool): whether the pane is to be seen. said(title, hint, action, act): as a toast takes it.
    """

    shown_changed = Signal(bool)
    said = Signal(str, str, str, object)

    def __init__(self, client: EngineClient, theme: Theme, main: QWidget) -> None:
        super().__init__(main)
        self._client = client
        self._citation: Citation | None = None
        self._conversation: ConversationId | None = None
        self._pages: OrderedDict[ConversationId, Citation] = OrderedDict()  # of conversations whose pane was left open
        self._wish = 0
        self._back_to: QWidget | None = None
        self._theme = theme
        self._pane: PreviewPane | None = None
        self._kept_state = QByteArray()
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

            self._pane = PreviewPane(self._theme)
            self._pane.hide()
            self._pane.closed.connect(self.close)
            self._pane.page_requested.connect(self._on_page_requested)
            self._pane.open_requested.connect(self._on_open_requested)
            self._pane.show_folder_requested.connect(self._on_show_folder_requested)
            self.splitter.addWidget(self._pane)
            self.splitter.setCollapsible(0, False)
            self.splitter.setStretchFactor(0, 1)
            self.splitter.setStretchFactor(1, 0)
            self.splitter.setSizes([SIZE["main_min"], SIZE["preview"]])
            if not self._kept_state.isEmpty():
                self.splitter.restoreState(self._kept_state)
        return self._pane

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
        if self._conversation is not None and self._citation is not None and self.is_shown:
            self._pages[self._conversation] = self._citation
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
        self._conversation = conversation
        self._citation = None
        self._back_to = None  # it stood in the other conversation
        self._wish += 1
        page = self._pages.pop(conversation, None) if conversation is not None else None
        if page is not None:
            self.show_citation(page)
        else:
            self.close()

    def show_citation(self, citation: Citation) -> None:
        """Open a citation of the conversation that is shown, whose attachments may be seen too."""
        self._citation = citation
        self.pane.show_citation(citation)
        self._set_shown(True)
        self._fetch(0)

    def toggle(self) -> None:
        """Hide the pane, or show the last citation again."""
        if not self.is_shown and self._citation is None:
            self.shown_changed.emit(False)
            self.said.emit("No source is open", "Choose a numbered source in an answer to see its page here.", "", None)
        else:
            self._set_shown(not self.is_shown)

    def close(self) -> bool:
        """Hide the pane. False if it was hidden."""
        if not self.is_shown:
            return False
        self._set_shown(False)
        return True

    def open_link(self, address: str) -> None:
        """Open a link of an answer in the browser, if the person agrees."""
        self._tell(open_link(self.splitter, address))

    def _set_shown(self, shown: bool) -> None:
        if shown and not self.is_shown:
            self._back_to = self.splitter.window().focusWidget()
        had_focus = self.pane.isAncestorOf(self.splitter.window().focusWidget() or self.splitter)
        self.pane.setVisible(shown)
        self._fit()
        self.shown_changed.emit(shown)
        if not shown and had_focus:
            self._give_focus_back()

    def _give_focus_back(self) -> None:
        """Focus what had it before the pane; what wrote the answers anew since then has taken that widget away."""
        back_to = self._back_to
        if back_to is None or not shiboken6.isValid(back_to) or not back_to.isVisible():
            back_to = self._main
        back_to.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self) -> None:
        """Where there is no room for both, the page stands in place of the conversation until it is closed."""
        self._main.setVisible(not self.is_shown or self.splitter.width() >= BOTH_PX)

    def _fetch(self, number: int) -> None:
        """Ask for a page; 0 for the cited one. Only the newest wish is shown."""
        assert self._citation is not None
        self._wish += 1
        wish = self._wish
        ratio = self.pane.devicePixelRatioF()
        width = round(min(max(self.pane.width() * ratio * SHARPNESS, LEAST_WIDTH), MOST_WIDTH))
        cited = self._citation
        call = ShowPlace(
            path=cited.path, place=cited.place, quote=cited.quote, number=number, width=width,
            conversation=self._conversation,
        )  # fmt: skip
        self._client.request(
            call, lambda preview: self._on_preview(wish, preview), lambda problem: self._on_problem(wish, problem)
        )

    def _on_preview(self, wish: int, preview: Preview) -> None:
        if wish == self._wish:
            self.pane.set_preview(preview)
        elif preview.pixels:
            Path(preview.pixels).unlink(missing_ok=True)  # whoever receives a drawing deletes it

    def _on_problem(self, wish: int, problem: Problem) -> None:
        if wish == self._wish:
            self.pane.set_problem(problem.title, problem.hint)

    def _on_page_requested(self, number: int) -> None:
        if self._citation is not None:
            self._fetch(number)

    def _on_open_requested(self, path: str) -> None:
        if self._citation is not None and path == self._citation.path:
            self._tell(open_file(self.splitter, path))

    def _on_show_folder_requested(self, path: str) -> None:
        self._tell(show_in_folder(path))

    def _tell(self, reason: str) -> None:
        if reason:
            self.said.emit(reason, "", "", None)
