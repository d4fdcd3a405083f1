"""A conversation, of any length: only the messages near the viewport exist as widgets.

The others are heights: estimated until they are first shown, exact from then on. Whenever a height above the viewport
changes, the scroll position moves with it, so that what the person reads stays where it is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QGuiApplication,
    QKeyEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QScrollBar, QStackedLayout, QWidget
from typing_extensions import override

from app.base.values import Answer, Delta, Message, Step, TurnEvent
from app.window.answer import AnswerView, sources_text
from app.window.controls import IconButton, show_if
from app.window.message import Item, MessageView
from app.window.places import Places
from app.window.question import QuestionView
from app.window.theme import SIZE, SPACE, Theme, theme_now

_SEEN_SCREENS = 0.1
_NEAR_SCREENS = 1.0
_FAR_SCREENS = 2.5
"""Screens above and below the viewport: within the first, messages must exist as widgets; within the second, they are
made when there is time; beyond the third, they are let go."""
_FOLLOW_WITHIN = 40
_FLUSH_MS = 30
_LETTER = 7.2
"""Mean advance of a letter in pixels, for estimating heights."""


class Transcript(QWidget):
    """Shows messages, lets a live answer grow, and says what the person chose in it.

    citation_activated(Citation); question_again(str) with the question to ask once more; link_opened(str) with an
    address of http, https or mailto.
    """

    citation_activated = Signal(object)
    question_again = Signal(str)
    link_opened = Signal(str)

    def __init__(self, theme: Theme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme or theme_now()
        self._items: list[Item] = []
        self._places = Places(before=SPACE[5], after=SPACE[6])
        self._views: dict[int, MessageView] = {}
        self._column = SIZE["column"]
        self._follow = True
        self._placing = False
        self._buffer: list[str] = []
        self._empty: QWidget | None = None
        self.setAccessibleName("Conversation")

        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = QWidget()
        self._page.setAutoFillBackground(True)  # an unfilled page would be painted whole at every step of scrolling
        self._area.setWidget(self._page)
        self._bar = self._area.verticalScrollBar()
        self._bar.setSingleStep(SPACE[6])
        self._bar.valueChanged.connect(self._on_scrolled)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._area)
        self._latest = IconButton("arrow-down", "Go to the latest message", self._theme, kind="round")
        self._latest.setParent(self._area)
        self._latest.clicked.connect(self.scroll_to_end)
        self._latest.hide()
        self._flush_timer = QTimer(self)
        self._flush_timer.setSingleShot(True)
        self._flush_timer.setInterval(_FLUSH_MS)
        self._flush_timer.timeout.connect(self.flush)
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.timeout.connect(self._make_ahead)
        self.set_theme(self._theme)

    # ---- what it shows ----------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        palette = self._page.palette()
        palette.setColor(QPalette.ColorRole.Window, theme.color("bg"))
        self._page.setPalette(palette)
        self._area.viewport().setPalette(palette)
        self._latest.set_theme(theme)
        for view in self._views.values():
            view.set_theme(theme)
        self._relayout()

    def set_column(self, width: int) -> None:
        """The widest that the text may become; 0 for all the room there is."""
        self._column = width
        self._places.estimate([self._estimate(item) for item in self._items])
        self._relayout()

    def set_empty_widget(self, widget: QWidget) -> None:
        """What to show where there are no messages."""
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
            self._empty.deleteLater()
        self._empty = widget
        self._stack.addWidget(widget)
        self._relayout()

    def set_messages(self, messages: Sequence[Message]) -> None:
        """Show a conversation as it is kept, at its end."""
        self._drop_views()
        self._buffer = []
        self._items = []
        self._places.clear()
        question = ""
        for message in messages:
            if message.role == "user":
                question = message.text
                self._append(Item("user", message.text, message.attachments))
            else:
                answer = message.answer
                cited = answer.citations if answer is not None else ()
                self._append(Item("assistant", message.text, question=question, answer=answer, cited=cited))
        self._follow = True
        self._relayout()

    def clear(self) -> None:
        """Show no messages."""
        self.set_messages([])

    def begin_turn(self, question: str, attachments: Sequence[str] = ()) -> None:
        """Show a question that was just asked; `apply` tells what comes of it."""
        self._end_live()
        self._append(Item("user", question, tuple(attachments)))
        self._append(Item("assistant", question=question, live=True, began_s=time.monotonic()))
        self._follow = True
        self._relayout()

    def apply(self, event: TurnEvent) -> None:
        """Show what a running turn does: a Step, more text, or the Answer that ends it."""
        item = self._live()
        if isinstance(event, Delta):
            self._buffer.append(event.text)
            if not self._flush_timer.isActive():
                self._flush_timer.start()
        elif isinstance(event, Step):
            item.step = event
            item.cited = event.citations or item.cited
            view = self._views.get(len(self._items) - 1)
            if isinstance(view, AnswerView):
                view.show_step()
        else:
            self._buffer = []
            item.answer, item.text, item.cited = event, event.text, event.citations
            self._finish(item)
            self._announce(event)

    def fail(self, title: str, hint: str) -> None:
        """The running turn, or the wish to start one, came to nothing. What had come of its text stays."""
        item = self._live()
        item.text += "".join(self._buffer)
        self._buffer = []
        item.trouble = (title, hint)
        self._finish(item)
        self._say(f"{title} {hint}")

    def copy_conversation(self) -> str:
        """All messages as Markdown text, answers with their sources; it is on the clipboard, too."""
        names = {"user": "You", "assistant": "Familiar"}
        text = "\n\n".join(f"**{names[item.role]}:**\n\n{item.copied()}" for item in self._items)
        QGuiApplication.clipboard().setText(text)
        return text

    def scroll_to_end(self) -> None:
        """Show the last message, and stay with it as it grows."""
        self._follow = True
        self._relayout()

    def scroll_bar(self) -> QScrollBar:
        """The bar that scrolls the conversation."""
        return self._bar

    # ---- live answer ------------------------------------------------------------------------------------------------

    def _append(self, item: Item) -> None:
        self._items.append(item)
        # A small gap before an answer, a large one before a question.
        self._places.append(self._estimate(item), SPACE[5] if item.role == "user" else SPACE[4])

    def _live(self) -> Item:
        if not self._items or not self._items[-1].live:
            self._append(Item("assistant", live=True, began_s=time.monotonic()))
            self._relayout()
        return self._items[-1]

    def _end_live(self) -> None:
        if self._items and self._items[-1].live:
            self.flush()
            self._finish(self._items[-1])

    def _finish(self, item: Item) -> None:
        self._flush_timer.stop()
        item.live = False
        view = self._views.get(len(self._items) - 1)
        if isinstance(view, AnswerView):
            view.show_state()
        self._places.doubt(len(self._items) - 1)
        self._relayout()

    def flush(self) -> None:
        """Show the text that has come since the last time, now rather than in a moment."""
        self._flush_timer.stop()
        piece = "".join(self._buffer)
        self._buffer = []
        if not piece:
            return
        began = time.perf_counter()
        self._items[-1].text += piece
        view = self._views.get(len(self._items) - 1)
        if isinstance(view, AnswerView):
            view.add_text(piece)
            self._places.measure(len(self._items) - 1, view.fit(self._width()))
            self._place(self._anchor())
        # However slow a machine draws, three quarters of its time are left for everything else.
        self._flush_timer.setInterval(max(_FLUSH_MS, round(3000 * (time.perf_counter() - began))))

    def _announce(self, answer: Answer) -> None:
        if answer.mode == "not_found":
            self._say("Not found in your files.")
        else:
            words = {"stopped": "Answer stopped.", "failed": "The answer could not be finished."}
            sources = sources_text(answer.citations)
            self._say(f"{words.get(answer.state, 'Answer finished.')}{f' {sources}.' if sources else ''}")

    def _say(self, text: str) -> None:
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    # ---- places -----------------------------------------------------------------------------------------------------

    def _width(self) -> int:
        room = max(self.width() - 2 * SPACE[4], SPACE[7])
        return min(self._column, room) if self._column else room

    def _estimate(self, item: Item) -> int:
        width = self._width()
        if item.role == "user":
            lines = min(1 + len(item.text) * _LETTER // (width * 0.75), 17)
            return int(lines * 22 + 20 + (32 if item.attachments else 0))
        lines = 1 + item.text.count("\n") * 0.7 + len(item.text) * _LETTER // width
        return int(lines * 24 + 40 + (70 if item.cited else 36))

    def _anchor(self) -> tuple[int, int] | None:
        """The message at the top of the viewport and how far it is scrolled; None where the end is followed."""
        if self._follow or not self._items:
            return None
        index = self._places.at(self._bar.value())
        return index, self._bar.value() - self._places.top(index)

    def _relayout(self) -> None:
        """Bring widgets, heights and places together, holding on to what is read now or to the end."""
        empty = not self._items and self._empty is not None
        self._stack.setCurrentWidget(self._empty if empty and self._empty is not None else self._area)
        self._place(self._anchor())

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
        self._page.resize(viewport.width(), max(self._places.top(len(self._items)), viewport.height()))
        if anchor is None:
            self._bar.setValue(self._bar.maximum())
        else:
            self._bar.setValue(self._places.top(anchor[0]) + anchor[1])

    def _within(self, screens: float) -> range:
        """The messages that are at most so many screens away from the viewport."""
        screen = max(self._area.viewport().height(), 1)
        top = self._bar.value()
        return self._places.between(top - int(screens * screen), top + int((1 + screens) * screen))

    def _realise(self) -> bool:
        """Make the widgets that can be seen; whether a height turned out to be another than assumed."""
        changed = False
        made = False
        for index in self._within(_SEEN_SCREENS):
            made |= index not in self._views
            changed |= self._measure(index)
        if made:
            self._link_focus()
        return changed

    def _measure(self, index: int) -> bool:
        """Make the widget of a message, if need be, and find out its height; whether that is another than assumed."""
        view = self._views.get(index)
        if view is None:
            view = self._views[index] = self._make(self._items[index])
        elif self._places.is_exact(index):
            return False
        return self._places.measure(index, view.fit(self._width()))

    def _make_ahead(self) -> None:
        """Make one widget that will be seen soon, and come back for the next."""
        near = self._within(_NEAR_SCREENS)
        seen = self._within(_SEEN_SCREENS)
        missing = [index for index in near if index not in self._views or not self._places.is_exact(index)]
        if missing:
            anchor = self._anchor()
            self._measure(min(missing, key=lambda index: max(seen.start - index, index - seen.stop)))
            self._link_focus()
            self._place(anchor)

    def _release(self) -> None:
        """Let go of widgets that are far away, but of none that has the focus, a selection or a growing answer."""
        near = self._within(_FAR_SCREENS)
        focus = QApplication.focusWidget()
        for index in [index for index in self._views if index not in near]:
            view = self._views[index]
            held = focus is not None and view.isAncestorOf(focus)
            if not (held or self._items[index].live or view.text.textCursor().hasSelection()):
                self._drop(index)
        if any(index not in self._views for index in self._within(_NEAR_SCREENS)):
            self._ahead.start(0)

    def _make(self, item: Item) -> MessageView:
        made: MessageView
        if item.role == "user":
            made = QuestionView(item, self._theme, self._page)
        else:
            made = AnswerView(item, self._theme, self._page)
            made.citation_chosen.connect(self.citation_activated)
            made.link_chosen.connect(self.link_opened)
            made.again.connect(self.question_again)
        made.resized.connect(self._on_view_resized)
        made.text.dragged.connect(self._on_dragged)
        return made

    def _link_focus(self) -> None:
        """Tab goes through the messages in their order, not in that in which their widgets were made."""
        chain = [widget for index in sorted(self._views) for widget in self._views[index].focus_chain()]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    def _drop(self, index: int) -> None:
        view = self._views.pop(index)
        view.hide()
        view.deleteLater()

    def _drop_views(self) -> None:
        for index in list(self._views):
            self._drop(index)

    # ---- what happens -----------------------------------------------------------------------------------------------

    def _on_scrolled(self, value: int) -> None:
        if self._placing:
            return
        self._follow = value >= self._bar.maximum() - _FOLLOW_WITHIN
        self._place(self._anchor())

    def _on_view_resized(self) -> None:
        view = self.sender()
        for index, each in self._views.items():
            if each is view:
                self._follow = False
                self._places.measure(index, each.fit(self._width()))
                self._link_focus()
                self._place(self._anchor())
                return

    def _on_dragged(self, where: QPoint) -> None:
        y = self._area.viewport().mapFromGlobal(where).y()
        if y < 0:
            self._bar.setValue(self._bar.value() + max(y, -SPACE[6]))
        elif y > self._area.viewport().height():
            self._bar.setValue(self._bar.value() + min(y - self._area.viewport().height(), SPACE[6]))

    def _show_latest_button(self) -> None:
        below = self._bar.maximum() - self._bar.value()
        self._latest.setVisible(below > self._area.viewport().height() // 2)
        size = self._latest.sizeHint()
        self._latest.move((self.width() - size.width()) // 2, self._area.height() - size.height() - SPACE[3])

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            anchor = self._anchor()
            self._places.estimate([self._estimate(item) for item in self._items])
            self._place(anchor)
        else:
            self._place(self._anchor())

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place(self._anchor())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = self._area.viewport().height() - SPACE[6]
        moves = {
            Qt.Key.Key_Up: -SPACE[6], Qt.Key.Key_Down: SPACE[6], Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Space: page, Qt.Key.Key_Home: -self._bar.maximum(), Qt.Key.Key_End: self._bar.maximum(),
        }  # fmt: skip
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            self._bar.setValue(self._bar.value() + move)
