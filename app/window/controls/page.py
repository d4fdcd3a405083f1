"""A page of the main window: what its module declares, and what its view can be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QWidget

from app.window.controls.folder_actions import FolderActions
from app.window.controls.theme import Theme
from app.window.engine_client import EngineClient


class PageView(QScrollArea):
    """Base of a page's view. said(title, hint, action, act): a sentence for the person, as a toast takes it.

    file_wanted(path, as_text): to be shown beside the page, as it is or as it was read. ask_wanted(path): to be asked
    about, in a new conversation.
    """

    said = Signal(str, str, str, object)
    file_wanted = Signal(str, bool)
    ask_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def arrive(self, subject: str = "") -> None:  # noqa: ARG002 - for pages that have parts to arrive at
        """It was just shown: take the focus. subject: what of it is wanted, "" for nothing in particular."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_back(self) -> bool:
        """Close what is open on the page; whether there was anything. If not, the page itself is left."""
        return False

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        raise NotImplementedError

    def set_inside(self, inside: QWidget, width: int) -> None:
        """Have the page show `inside`, in its middle and never wider than `width`."""
        inside.setProperty("kind", "page")
        self.setWidget(centred(inside, width))


def centred(inside: QWidget, width: int) -> QWidget:
    """A page with `inside` in its middle, never wider than `width`."""
    inside.setMaximumWidth(width)
    page = QWidget()
    page.setProperty("kind", "page")
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(inside, 1000)
    row.addStretch(1)
    return page


@dataclass(frozen=True)
class PageParts:
    """What every page is made with. theme: as it is at that moment; `set_theme` says when it changes."""

    client: EngineClient
    actions: FolderActions
    theme: Theme


@dataclass(frozen=True)
class Page:
    """A page as its module in `app/window/pages` declares it, under the name PAGE.

    name: what the code calls it. title: what a person reads, on its button and in the list of shortcuts. icon: of its
    button in the left panel. shortcut: its keys, as Qt writes them. make: its view, called when it is first wanted; the
    view's own module is imported only there.
    """

    name: str
    title: str
    icon: str
    shortcut: str
    make: Callable[[PageParts], PageView]
