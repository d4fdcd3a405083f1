"""A column of messages of any length, of which only those near the viewport exist as widgets.

The others are heights: estimated until they are first shown, exact from then on. Whenever a height above the viewport
changes, the scroll position moves with it, so that what the person reads stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QScrollBar, QVBoxLayout, QWidget
from typing_extensions import override

from app.window.chat.message import MessageItem, MessageView
from app.window.chat.message_places import Places
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import IconButton, show_if

_SEEN_SCREENS = 0.1
_NEAR_SCREENS = 1.0
_FAR_SCREENS = 2.5
"""Screens above and below the viewport: within the first, messages must exist as widgets; within the second, they are
made when there is time; beyond the third, they are let go."""
_FOLLOW_WITHIN = 40
_LETTER = 7.2
"""Mean advance of a letter in pixels, for estimating heights."""

Make = Callable[[MessageItem, QWidget], MessageView]


class MessageColumn(QWidget):
    """The column. make: gives a message's widget, as a child of the widget it is handed. items: all its messages."""

    def __init__(self, make: Make, theme: Theme) -> None:
        super().__init__()
        self.items: list[MessageItem] = []
        self._make = make
        self._places = Places(before=SPACE[5], after=SPACE[6])
        self._views: dict[int, MessageView] = {}
        self._widest = SIZE["column"]
        self._follow = True
        self._placing = False
        self._held: int | None = None
        self._before: Callable[[], QWidget] | None = None
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = QWidget()
        self._page.setAutoFillBackground(True)  # an unfilled page would be painted whole at every step of scrolling
        self._area.setWidget(self._page)
        self.bar: QScrollBar = self._area.verticalScrollBar()
        self.bar.setSingleStep(SPACE[6])
        self.bar.valueChanged.connect(self._on_scrolled)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._area)
        self.latest_button = IconButton("arrow-down", "Go to the latest message", theme, kind="round")
        self.latest_button.setParent(self._area)
        self.latest_button.clicked.connect(self.scroll_to_end)
        self.latest_button.hide()
        self._prefetch = QTimer(self)
        self._prefetch.setSingleShot(True)
        self._prefetch.timeout.connect(self._make_next)

    @property
    def is_settled(self) -> bool:
        """Whether every widget that will be seen soon is made."""
        return not self._prefetch.isActive()

    def view(self, index: int) -> MessageView | None:
        """The widget of a message, if there is one now."""
        return self._views.get(index % len(self.items)) if self.items else None

    # ---- what is in it ----------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        palette = self._page.palette()
        palette.setColor(QPalette.ColorRole.Window, theme.color("bg"))
        self._page.setPalette(palette)
        self._area.viewport().setPalette(palette)
        self.latest_button.set_theme(theme)
        for view in self._views.values():
            view.set_theme(theme)
        self.relayout()

    def set_widest(self, width: int) -> None:
        """The widest that messages may become; 0 for all the room there is."""
        self._widest = width
        self._places.estimate([self._estimate(item) for item in self.items])
        self.relayout()

    def append(self, item: MessageItem) -> None:
        """Add a message at the end; `relayout` must follow."""
        self.items.append(item)
        # A small gap before an answer, a large one before a question.
        self._places.append(self._estimate(item), SPACE[5] if item.role == "user" else SPACE[4])

    def drop_last(self, number: int) -> None:
        """Take the last messages away."""
        kept = self.items[: len(self.items) - number]
        self.clear()
        for item in kept:
            self.append(item)
        self.relayout()

    def replace(self, index: int, item: MessageItem) -> None:
        """Put another message in the place of one; `relayout` must follow."""
        if index in self._views:
            self._drop(index)
        self.items[index] = item
        self._places.doubt(index)

    def clear(self) -> None:
        """Take all messages away; `relayout` must follow."""
        for index in list(self._views):
            self._drop(index)
        self.items = []
        self._held = None
        self._places.clear()

    def grow(self, index: int) -> None:
        """Give a message the room that its widget, changed a moment ago, now wants."""
        index %= len(self.items)
        view = self._views.get(index)
        if view is not None:
            self._places.measure(index, view.fit(self._width()))
            self._place(self._anchor())

    def doubt(self, index: int) -> None:
        """A message has changed altogether: measure it anew."""
        self._places.doubt(index % len(self.items))
        self.relayout()

    def follow_focus_of(self, before: Callable[[], QWidget]) -> None:
        """Tab comes to the messages after the widget that is named when it matters."""
        self._before = before

    def link_focus(self) -> None:
        """Tab goes through the messages in their order, not in that in which their widgets were made."""
        chain = [] if self._before is None else [self._before()]
        chain += [widget for index in sorted(self._views) for widget in self._views[index].focus_chain()]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    # ---- places -----------------------------------------------------------------------------------------------------

    def scroll_to_end(self) -> None:
        """Show the last message, and stay with it as it grows."""
        self._follow = True
        self._held = None
        self.relayout()

    def open_at(self, index: int) -> None:
        """Show a message at the top, or, if all from there on fits, the end; until the person scrolls."""
        self._follow = False
        self._held = index
        self.relayout()

    def relayout(self) -> None:
        """Bring widgets, heights and places together, holding on to what is read now or to the end."""
        self._place(self._anchor())

    def _width(self) -> int:
        room = max(self.width() - 2 * SPACE[4], SPACE[7])
        return min(self._widest, room) if self._widest else room

    def _estimate(self, item: MessageItem) -> int:
        width = self._width()
        if item.role == "user":
            lines = min(1 + len(item.text) * _LETTER // (width * 0.75), 17)
            return int(lines * 22 + 20 + (32 if item.attachments else 0))
        lines = 1 + item.text.count("\n") * 0.7 + len(item.text) * _LETTER // width
        steps = len(item.shown_steps) * SIZE["step"]
        return int(lines * 24 + 40 + (70 if item.cited else 36) + steps)

    def _anchor(self) -> tuple[int, int] | None:
        """The message at the top of the viewport and how far it is scrolled; None where the end is followed."""
        if self._follow or not self.items:
            return None
        if self._held is not None:
            return self._held, -SPACE[5]
        return self._read_anchor()

    def _read_anchor(self) -> tuple[int, int]:
        """The message at the top of the viewport, and how far it is scrolled."""
        index = self._places.at(self.bar.value())
        return index, self.bar.value() - self._places.top(index)

    def _place(self, anchor: tuple[int, int] | None) -> None:
        if self._placing:
            return
        self._placing = True
        try:
            self._scroll_to(anchor)
            while self._realise():
                self._scroll_to(anchor)
            self._release()
            x = (self.width() - self._width()) // 2
            for index, view in self._views.items():
                if view.pos() != QPoint(x, self._places.top(index)):
                    view.move(x, self._places.top(index))
                show_if(view, True)
        finally:
            self._placing = False
        self._show_latest_button()

    def _scroll_to(self, anchor: tuple[int, int] | None) -> None:
        viewport = self._area.viewport()
        self._page.resize(viewport.width(), max(self._places.top(len(self.items)), viewport.height()))
        if anchor is None:
            self.bar.setValue(self.bar.maximum())
        else:
            self.bar.setValue(self._places.top(anchor[0]) + anchor[1])

    def _within(self, screens: float) -> range:
        """The messages that are at most so many screens away from the viewport."""
        screen = max(self._area.viewport().height(), 1)
        top = self.bar.value()
        return self._places.between(top - int(screens * screen), top + int((1 + screens) * screen))

    def _realise(self) -> bool:
        """Make the widgets that can be seen; whether a height turned out to be another than assumed."""
        changed = False
        made = False
        for index in self._within(_SEEN_SCREENS):
            made |= index not in self._views
            changed |= self._measure(index)
        if made:
            self.link_focus()
        return changed

    def _measure(self, index: int) -> bool:
        """Make the widget of a message, if need be, and find out its height; whether that is another than assumed."""
        view = self._views.get(index)
        if view is None:
            view = self._views[index] = self._make(self.items[index], self._page)
            view.resized.connect(self._on_view_resized)
            view.text.dragged.connect(self._on_dragged)
        elif self._places.is_exact(index):
            return False
        return self._places.measure(index, view.fit(self._width()))

    def _make_next(self) -> None:
        """Make one widget that will be seen soon, and come back for the next."""
        near = self._within(_NEAR_SCREENS)
        seen = self._within(_SEEN_SCREENS)
        missing = [index for index in near if index not in self._views or not self._places.is_exact(index)]
        if missing:
            anchor = self._anchor()
            self._measure(min(missing, key=lambda index: max(seen.start - index, index - seen.stop)))
            self.link_focus()
            self._place(anchor)

    def _release(self) -> None:
        """Let go of widgets that are far away, but of none that has the focus, a selection or a growing answer."""
        near = self._within(_FAR_SCREENS)
        focus = QApplication.focusWidget()
        for index in [index for index in self._views if index not in near]:
            view = self._views[index]
            held = focus is not None and view.isAncestorOf(focus)
            if not (held or self.items[index].live or view.text.textCursor().hasSelection()):
                self._drop(index)
        if any(index not in self._views for index in self._within(_NEAR_SCREENS)):
            self._prefetch.start(0)

    def _drop(self, index: int) -> None:
        view = self._views.pop(index)
        view.hide()
        view.deleteLater()

    # ---- what happens -----------------------------------------------------------------------------------------------

    def _on_scrolled(self, value: int) -> None:
        if self._placing:
            return
        self._follow = value >= self.bar.maximum() - _FOLLOW_WITHIN
        self._held = None
        self._place(self._anchor())

    def _on_view_resized(self) -> None:
        view = self.sender()
        for index, each in self._views.items():
            if each is view:
                anchor = self._anchor() or self._read_anchor()
                self._follow = False
                self._places.measure(index, each.fit(self._width()))
                self.link_focus()
                self._place(anchor)
                return

    def _on_dragged(self, where: QPoint) -> None:
        y = self._area.viewport().mapFromGlobal(where).y()
        if y < 0:
            self.bar.setValue(self.bar.value() + max(y, -SPACE[6]))
        elif y > self._area.viewport().height():
            self.bar.setValue(self.bar.value() + min(y - self._area.viewport().height(), SPACE[6]))

    def _show_latest_button(self) -> None:
        below = self.bar.maximum() - self.bar.value()
        self.latest_button.setVisible(below > self._area.viewport().height() // 2)
        size = self.latest_button.sizeHint()
        self.latest_button.move((self.width() - size.width()) // 2, self._area.height() - size.height() - SPACE[3])

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        anchor = self._anchor()
        if event.size().width() != event.oldSize().width():
            self._places.estimate([self._estimate(item) for item in self.items])
        self._place(anchor)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place(self._anchor())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = self._area.viewport().height() - SPACE[6]
        moves = {
            Qt.Key.Key_Up: -SPACE[6], Qt.Key.Key_Down: SPACE[6], Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Space: page, Qt.Key.Key_Home: -self.bar.maximum(), Qt.Key.Key_End: self.bar.maximum(),
        }  # fmt: skip
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            self.bar.setValue(self.bar.value() + move)
