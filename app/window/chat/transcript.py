"""A conversation: its kept messages, and the answer that is being written."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QScrollBar, QStackedLayout, QWidget

from app.base.actions import Approval
from app.base.errors import Problem
from app.base.foreign_text import harmless
from app.base.turn_events import Claims, Delta, FirstQuotes, Step, TurnEvent
from app.base.turn_trace import AnswerTrace
from app.base.values import Answer, Message, TurnId
from app.window.chat.answer import AnswerView
from app.window.chat.message import MessageItem, MessageView
from app.window.chat.message_column import MessageColumn
from app.window.chat.question import QuestionView
from app.window.chat.turn_wording import sources_text
from app.window.controls.theme import Theme, theme_now

_FLUSH_MS = 30


class TranscriptView(QWidget):
    """Shows messages, lets a live answer grow, and says what the person chose in it.

    citation_activated(Citation). question_again(MessageItem): the answer that is wanted anew.
    search_again(MessageItem, str, tuple[str, ...]): the same by another search: for what, "" for the same words, and
    without which limits. version_wanted(MessageItem, TurnId): another version of an answer, see `show_version`.
    rated(MessageItem, Thumb | None): what the person thinks of an answer, see `show_rating`. why_wanted(MessageItem):
    how an answer came about, see `show_why`. link_opened(str): an address of http, https or mailto. file_opened(str): a
    file that a question was about. consent_answered(bool): whether the last question may go to the server named.
    decided(Decide): what the person says of something that waits for their word. undo_wanted(ids of actions).
    """

    citation_activated = Signal(object)
    question_again = Signal(object)
    search_again = Signal(object, str, object)
    version_wanted = Signal(object, object)
    why_wanted = Signal(object)
    rated = Signal(object, object)
    link_opened = Signal(str)
    file_opened = Signal(str)
    consent_answered = Signal(bool)
    decided = Signal(object)
    undo_wanted = Signal(object)

    def __init__(self, theme: Theme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme or theme_now()
        self._buffer: list[str] = []
        self._live_at = -1  # where the answer stands that was begun last
        self._replaced: MessageItem | None = None  # what stood there before, of an answer that was asked for again
        self._shows_files = True
        self._empty: QWidget | None = None
        self.setAccessibleName("Conversation")
        self.column = MessageColumn(self._make, self._theme)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self.column)
        self._flush_timer = QTimer(self)
        self._flush_timer.setSingleShot(True)
        self._flush_timer.setInterval(_FLUSH_MS)
        self._flush_timer.timeout.connect(self.flush)
        self.set_theme(self._theme)

    # ---- what it shows ----------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.column.set_theme(theme)

    def set_column(self, width: int) -> None:
        """The widest that the text may become; 0 for all the room there is."""
        self.column.set_widest(width)

    def set_empty_widget(self, widget: QWidget) -> None:
        """What to show where there are no messages."""
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
            self._empty.deleteLater()
        self._empty = widget
        self._stack.addWidget(widget)
        self._show()

    def hide_files(self) -> None:
        """Do not show with each question which files it was about; somebody else does."""
        self._shows_files = False

    def set_messages(self, messages: Sequence[Message]) -> None:
        """Show a conversation as it is kept: its end, or the last question at the top if its answer is long."""
        self._buffer = []
        self._live_at, self._replaced = -1, None
        self.column.clear()
        question = ""
        for message in messages:
            if message.role == "user":
                question = message.text
                self.column.append(MessageItem("user", message.text, message.attachments if self._shows_files else ()))
                continue
            item = MessageItem(
                "assistant", message.text, question=question, turn=message.turn, versions=message.versions
            )
            if message.answer is not None:
                item.take_answer(message.answer)
                item.text = message.text
            self.column.append(item)
        self._show()
        self.column.open_at(max(len(self.column.items) - 2, 0))

    def clear(self) -> None:
        """Show no messages."""
        self.set_messages([])

    def begin_turn(
        self,
        question: str,
        attachments: Sequence[str] = (),
        *,
        turn: TurnId | None = None,
        again: TurnId | None = None,
    ) -> None:
        """Show a question that was just asked; `apply` tells what comes of it.

        again: of an answer that is shown: the new one comes in its place. turn: where it is kept, if that is known;
        what is shown of it already gives way.
        """
        self._end_live()
        live = MessageItem("assistant", question=question, turn=turn, live=True, began_s=time.monotonic())
        at = next((at for at, item in enumerate(self.column.items) if item.is_of(turn) or item.is_of(again)), None)
        if at is None:
            self.column.append(MessageItem("user", question, tuple(attachments) if self._shows_files else ()))
            self.column.append(live)
            self._live_at, self._replaced = len(self.column.items) - 1, None
            self._show_end()
            return
        old = self.column.items[at]
        self._live_at, self._replaced = at, old if again is not None else None
        if again is not None and old.turn is not None:
            live.versions = old.versions or (old.turn,)
        self.column.replace(at, live)
        if at == len(self.column.items) - 1:
            self._show_end()
        else:
            self.column.open_at(at - 1)

    def apply(self, event: TurnEvent) -> None:
        """Show what a running turn does: a Step, more text, or the Answer that ends it."""
        at = self._live()
        item = self.column.items[at]
        if isinstance(event, Delta):
            self._buffer.append(event.text)
            if not item.text:
                self.flush()  # the first words are waited for
            elif not self._flush_timer.isActive():
                self._flush_timer.start()
        elif isinstance(event, Step):
            if event.name == "found":
                self.flush()
            before = item.text
            item.take_step(event)
            view = self.column.view(at)
            if isinstance(view, AnswerView):
                anew = item.text != before
                if anew:
                    view.show_state()
                if view.show_step() or anew:
                    self.column.grow(at)
        elif isinstance(event, Claims):
            self.flush()
            item.checked += event.claims
            view = self.column.view(at)
            if isinstance(view, AnswerView):
                view.show_claims()
        elif isinstance(event, FirstQuotes):
            item.first_quotes = event.text
            view = self.column.view(at)
            if isinstance(view, AnswerView):
                view.show_first_quotes()
                self.column.grow(at)
        elif isinstance(event, Approval):
            self.flush()
            item.take_approval(event)
            view = self.column.view(at)
            if isinstance(view, AnswerView):
                view.show_approvals()
                view.show_step()
                self.column.link_focus()
                self.column.grow(at)
            if event.state == "waiting":
                self._say(f"Familiar asks: {event.title}?")
        else:
            self._buffer = []
            item.take_answer(event)
            self._finish(at)
            self._announce(event)

    def fail(self, title: str, hint: str) -> None:
        """The running turn, or the wish to start one, came to nothing. What had come of its text stays."""
        at = self._live()
        item = self.column.items[at]
        item.text += "".join(self._buffer)
        self._buffer = []
        item.trouble = (title, hint)
        self._finish(at)
        self._say(f"{title} {hint}")

    def ask_consent(self, host: str) -> None:
        """The running turn waits for the person's word before anything goes to `host`; see `consent_answered`."""
        at = self._live()
        self.column.items[at].consent = host
        self._finish(at)
        self._say(f"This conversation would go to {host}. Send it, or not now?")

    def withdraw(self) -> None:
        """Take the question that was asked last away again with what came of it, or the new version of an answer."""
        self._buffer = []
        if self._replaced is not None:
            self.column.replace(self._live_at, self._replaced)
        else:
            self.column.drop_last(2)
        self._live_at, self._replaced = -1, None
        self._show()

    def show_version(self, item: MessageItem, answer: Answer) -> None:
        """Show another version of an answer."""
        if item in self.column.items and not item.live:
            item.take_answer(answer)
            item.tools = []
            self._renew(self.column.items.index(item))

    def show_rating(self, item: MessageItem) -> None:
        """Show what the person thinks of an answer, as the item now has it."""
        view = self.column.view(self.column.items.index(item)) if item in self.column.items else None
        if isinstance(view, AnswerView):
            view.show_rating()

    def show_why(self, item: MessageItem, told: AnswerTrace | Problem) -> None:
        """Show how an answer came about, or why nobody can tell, where that was asked for and is still wanted."""
        view = self.column.view(self.column.items.index(item)) if item in self.column.items else None
        why = view.why if isinstance(view, AnswerView) else None
        if why is None:
            return
        if isinstance(told, Problem):
            why.show_problem(told)
        elif told.turn == item.turn:
            why.show_trace(told)

    def copy_conversation(self) -> str:
        """All messages as Markdown text, answers with their sources; it is on the clipboard, too."""
        names = {"user": "You", "assistant": "Familiar"}
        text = "\n\n".join(f"**{names[item.role]}:**\n\n{item.copied()}" for item in self.column.items)
        QGuiApplication.clipboard().setText(harmless(text))
        return text

    def scroll_bar(self) -> QScrollBar:
        """The bar that scrolls the conversation."""
        return self.column.bar

    def _show(self) -> None:
        empty = self._empty if not self.column.items else None
        self._stack.setCurrentWidget(empty or self.column)
        self.column.relayout()

    def _show_end(self) -> None:
        self._show()
        self.column.scroll_to_end()

    # ---- live answer ------------------------------------------------------------------------------------------------

    def _live(self) -> int:
        """Where the answer stands that is being written; one is begun if there is none."""
        items = self.column.items
        if not 0 <= self._live_at < len(items) or not items[self._live_at].live:
            self.column.append(MessageItem("assistant", live=True, began_s=time.monotonic()))
            self._live_at, self._replaced = len(items) - 1, None
            self._show()
        return self._live_at

    def _end_live(self) -> None:
        items = self.column.items
        if 0 <= self._live_at < len(items) and items[self._live_at].live:
            self.flush()
            self._finish(self._live_at)

    def _finish(self, at: int) -> None:
        self._flush_timer.stop()
        item = self.column.items[at]
        item.live = False
        if item.versions and item.turn is not None and item.turn not in item.versions:
            item.versions = (*item.versions, item.turn)
        self._renew(at)

    def _renew(self, at: int) -> None:
        view = self.column.view(at)
        if isinstance(view, AnswerView):
            view.show_state()
        self.column.link_focus()
        self.column.doubt(at)

    def flush(self) -> None:
        """Show the text that has come since the last time, now rather than in a moment."""
        self._flush_timer.stop()
        piece = "".join(self._buffer)
        self._buffer = []
        if not piece:
            return
        began = time.perf_counter()
        self.column.items[self._live_at].text += piece
        view = self.column.view(self._live_at)
        if isinstance(view, AnswerView):
            view.add_text(piece)
            self.column.grow(self._live_at)
        # However slow a machine draws, three quarters of its time are left for everything else.
        self._flush_timer.setInterval(max(_FLUSH_MS, round(3000 * (time.perf_counter() - began))))

    def _announce(self, answer: Answer) -> None:
        if answer.mode == "not_found":
            self._say("Nothing certain; the nearest is shown." if answer.citations else "Not found in your files.")
        else:
            words = {"stopped": "Answer stopped.", "failed": "The answer could not be finished."}
            sources = sources_text(answer.citations)
            self._say(f"{words.get(answer.state, 'Answer finished.')}{f' {sources}.' if sources else ''}")

    def _say(self, text: str) -> None:
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def _make(self, item: MessageItem, parent: QWidget) -> MessageView:
        if item.role == "user":
            asked = QuestionView(item, self._theme, parent)
            asked.file_opened.connect(self.file_opened)
            return asked
        made = AnswerView(item, self._theme, parent)
        made.citation_chosen.connect(self.citation_activated)
        made.link_chosen.connect(self.link_opened)
        made.again.connect(lambda: self.question_again.emit(item))
        made.search_wanted.connect(lambda query, without: self.search_again.emit(item, query, without))
        made.version_wanted.connect(lambda turn: self.version_wanted.emit(item, turn))
        made.rated.connect(lambda thumb: self.rated.emit(item, thumb))
        made.why_wanted.connect(lambda: self.why_wanted.emit(item))
        made.consent_answered.connect(self.consent_answered)
        made.decided.connect(self.decided)
        made.undo_wanted.connect(self.undo_wanted)
        return made
