"""An answer as it stands in the transcript, finished or being written."""

from __future__ import annotations

import time
from pathlib import PurePath

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.claim_wording import earlier_note, lead, memory_note, standing_short
from app.base.foreign_text import harmless
from app.window.chat.acted_row import ActedRow, acted
from app.window.chat.approval_card import ApprovalCards
from app.window.chat.aside import AsideView
from app.window.chat.consent import ConsentCard
from app.window.chat.first_quotes import FirstQuotesView
from app.window.chat.message import MessageItem, MessageView
from app.window.chat.searched import SearchedRow
from app.window.chat.sources import CoverageLine, SourceRow, coverage_text
from app.window.chat.thumbs import Thumbs
from app.window.chat.tool_steps import ToolSteps
from app.window.chat.turn_wording import caption_text, cost_details, cost_text, step_text
from app.window.chat.versions import VersionSwitch
from app.window.chat.why import WhyView
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import (
    ElidedLabel,
    IconButton,
    IconLabel,
    LogoLabel,
    Spinner,
    label,
    pill,
    show_if,
    tip,
)
from app.window.text.claim_marks import mark_claims
from app.window.text.streamed_markdown import MarkdownStream
from app.window.text.text_formats import CITE, LINK_SCHEMES
from app.window.text.text_view import TextView

_QUOTE_IN_TIP = 240
_COPIED_MS = 1500
_RATED = ("done", "stopped", "interrupted")


class AnswerView(MessageView):
    """What Familiar answered, or is answering: how it is doing, the text, its sources, what it rests on."""

    citation_chosen = Signal(object)
    link_chosen = Signal(str)
    again = Signal()
    search_wanted = Signal(str, object)
    version_wanted = Signal(object)
    rated = Signal(object)
    why_wanted = Signal()
    consent_answered = Signal(bool)
    decided = Signal(object)
    undo_wanted = Signal(object)

    def __init__(self, item: MessageItem, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._item = item
        self._sources: SourceRow | None = None
        self._coverage: CoverageLine | None = None
        self.why: WhyView | None = None
        self.consent: ConsentCard | None = None
        self._notes: list[QWidget] = []
        self._chips: set[int] = set()  # citation numbers that the text shows as chips
        self.setAccessibleName("Familiar answered")
        self._mark = LogoLabel(theme)
        self._spinner: Spinner | None = None
        self._pills = QHBoxLayout()
        self._pills.setSpacing(SPACE[1])
        self._caption = ElidedLabel("", "caption", Qt.TextElideMode.ElideRight)
        head = QHBoxLayout()
        head.setSpacing(SPACE[2])
        head.addWidget(self._mark)
        head.addWidget(label("Familiar", "name"))
        head.addLayout(self._pills)
        if item.live:
            self._spinner = Spinner(theme)
            head.addWidget(self._spinner)
        head.addWidget(self._caption, 1)
        self.searched = SearchedRow(theme)
        self.searched.asked.connect(self.search_wanted)
        self.searched.resized.connect(self.resized)
        self.steps = ToolSteps(theme)
        self.steps.resized.connect(self.resized)
        self.text = TextView(theme)
        self.text.setAccessibleName("Familiar answered")
        self.text.focus_moved.connect(self.update)
        self.text.link_activated.connect(self._on_link)
        self.stream = MarkdownStream(self.text.document(), theme)
        self.text.set_code(self.stream.codes, self.stream.languages)
        self.first_quotes = FirstQuotesView(theme)
        self.first_quotes.link_chosen.connect(self._on_link)
        self.aside = AsideView(theme)
        self.aside.link_chosen.connect(self._on_link)
        self.aside.resized.connect(self.resized)
        self.approvals = ApprovalCards(theme)
        self.approvals.decided.connect(self.decided)
        self.copy_button = IconButton("copy", "Copy answer", theme)
        self.copy_button.clicked.connect(self._on_copy)
        self.again_button = IconButton("rotate-ccw", "Ask again", theme)
        self.again_button.clicked.connect(self.again)
        self.versions = VersionSwitch(theme)
        self.versions.chosen.connect(self.version_wanted)
        self.thumbs = Thumbs(theme)
        self.thumbs.rated.connect(self.rated)
        self._under = QVBoxLayout()
        self._foot = QHBoxLayout()
        self._foot.setSpacing(SPACE[1])
        self._foot.addLayout(self._under, 1)
        for each in (self.versions, self.thumbs, self.copy_button, self.again_button):
            self._foot.addWidget(each, 0, Qt.AlignmentFlag.AlignTop)
        self._box.addLayout(head)
        self._box.addSpacing(SPACE[1] + 2)
        self._box.addWidget(self.searched)
        self._box.addWidget(self.steps)
        self._unsupported = label("", "warn", wrap=True, selectable=True)
        self._unsupported.setContentsMargins(0, 0, 0, SPACE[2])
        self._box.addWidget(self._unsupported)
        self._box.addWidget(self.text)
        self._box.addWidget(self.first_quotes)
        self._box.addWidget(self.aside)
        self._box.addWidget(self.approvals)
        self._box.addSpacing(SPACE[2])
        self._box.addLayout(self._foot)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._show_step)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.timeout.connect(lambda: self.copy_button.set_icon("copy"))
        self.show_state()

    # ---- what the transcript says -----------------------------------------------------------------------------------

    def add_text(self, piece: str) -> None:
        """More of a live answer has come; `fit` must follow."""
        self.stream.feed(piece)
        self.text.set_code(self.stream.codes, self.stream.languages)
        show_if(self.text, True)

    def show_state(self) -> None:
        """Show the item as it now is: its state, and its whole text."""
        item = self._item
        answer = item.answer
        quotes = answer is not None and answer.mode != "chat" and (answer.model is None or bool(answer.unfounded))
        captions = {citation.n: caption_text(citation) for citation in item.cited} if quotes else {}
        self.stream.rewrite(item.text, cited=self._tips(), captions=captions, verbatim=quotes, whole=not item.live)
        self.show_claims()
        self.aside.show_answer(None if item.live else answer)
        self.show_first_quotes()
        self.text.set_code(self.stream.codes, self.stream.languages)
        show_if(self.text, bool(item.text))
        if self._spinner is not None:
            show_if(self._spinner, item.live)
        if item.live and not self._clock.isActive():
            self._clock.start()
        elif not item.live:
            self._clock.stop()
        show_if(self.copy_button, not item.live and bool(item.text))
        show_if(self.again_button, not item.live and bool(item.question) and not item.consent)
        self.show_rating()
        self.versions.show_version(None if item.live else item.turn, item.versions)
        self.searched.show_search(None if item.live else answer, item.question)
        self.steps.show_steps(item.shown_steps, live=item.live)
        self.show_approvals()
        self._show_pills()
        self._show_step()
        self._show_notes()

    def show_step(self) -> bool:
        """The turn is doing something else; whether that takes another height than before."""
        if {citation.n for citation in self._item.cited} != self._chips:
            self.show_state()
            return True
        self._show_step()
        return self.steps.show_steps(self._item.shown_steps, live=True)

    def show_first_quotes(self) -> None:
        """Show the quotes that are there before the model has written; `fit` must follow."""
        self.first_quotes.show_quotes(self._item.first_quotes if self._item.live else "", self._tips())

    def show_claims(self) -> None:
        """Underline what the files do not bear out, of what has been checked so far."""
        item = self._item
        aside = item.answer is not None and bool(item.answer.unfounded)
        mark_claims(self.text.document(), () if aside else item.claims, self._theme)
        said = "" if item.live or item.answer is None else lead(item.answer)
        self._unsupported.setText(said)
        show_if(self._unsupported, bool(said))

    def show_approvals(self) -> None:
        """Show what waits for the person's word; `fit` must follow."""
        waiting = [*self._item.approvals.values()] if self._item.live else []
        self.approvals.show_approvals(waiting, self._item.struck)

    def show_rating(self) -> None:
        """Show what the person thinks of the answer, as the item now has it; an answer that is none cannot be rated."""
        answer = self._item.answer
        show_if(
            self.thumbs, not self._item.live and answer is not None and answer.state in _RATED and bool(answer.text)
        )
        self.thumbs.show_rating(answer.rating if answer is not None else None)

    @override
    def fit(self, width: int) -> int:
        if not self._item.live:
            self.text.fit_tables(width)
        self.text.fit(width)
        self.first_quotes.fit(width)
        self.aside.fit(width)
        if not self._item.live:
            self.text.place_copy_buttons()
        return self._settle(width)

    @override
    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for each in (
            self._mark, self.searched, self.steps, self.text, self.first_quotes, self.aside, self.approvals,
            self.versions, self.thumbs, self.copy_button, self.again_button,
        ):  # fmt: skip
            each.set_theme(theme)
        if self._spinner is not None:
            self._spinner.set_theme(theme)
        self.stream.rewrite(self._item.text, theme=theme, whole=not self._item.live)
        self.show_claims()
        self._show_notes()

    @override
    def focus_chain(self) -> list[QWidget]:
        chain: list[QWidget] = [*self.searched.focus_chain(), *self.steps.focus_chain()]
        chain += [self.text, *self.text.copy_buttons(), *self.first_quotes.focus_chain()]
        chain += [*self.aside.focus_chain(), *self.approvals.focus_chain()]
        if self.consent is not None:
            chain += [self.consent.send_button, self.consent.later_button]
        if self._sources is not None:
            chain += self._sources.focus_chain()
        chain += [*self.versions.focus_chain(), *self.thumbs.focus_chain(), self.copy_button, self.again_button]
        if self._coverage is not None:
            chain += self._coverage.focus_chain()
        if self.why is not None:
            chain += self.why.focus_chain()
        return chain

    # ---- parts ------------------------------------------------------------------------------------------------------

    def _tips(self) -> dict[int, str]:
        """What each chip's tool tip says, by citation number."""
        made = {}
        for citation in self._item.cited:
            quote = " ".join(citation.quote.split())
            short = quote if len(quote) <= _QUOTE_IN_TIP else quote[:_QUOTE_IN_TIP].rstrip() + "…"
            made[citation.n] = tip(f"{PurePath(citation.path).name}, {citation.place.label}: “{short}”")
        self._chips = set(made)
        return made

    def _show_pills(self) -> None:
        while self._pills.count():
            taken = self._pills.takeAt(0)
            widget = taken.widget() if taken is not None else None
            if widget is not None:
                widget.deleteLater()
        answer = self._item.answer
        if answer is None or self._item.live:
            return
        if acted(answer.steps):
            self._pills.addWidget(pill("Done", "accent") if answer.actions else pill("Not done", "warn"))
        elif answer.unfounded:
            self._pills.addWidget(
                pill("Quotes from your files" if answer.citations else "Not found in your files", "warn")
            )
        elif answer.claims:
            found = all(claim.verdict == "supported" for claim in answer.claims)
            self._pills.addWidget(pill(standing_short(answer), "accent" if found else "warn"))
        elif answer.mode == "quotes":
            told = answer.memories and not answer.citations
            self._pills.addWidget(pill("From what you told" if told else "Quotes from your files", "accent"))
        elif answer.mode == "not_found":
            nearest = bool(answer.citations)
            self._pills.addWidget(
                pill("Nothing certain", "warn") if nearest else pill("Not found in your files", "plain")
            )
        if answer.state == "stopped":
            self._pills.addWidget(pill("Stopped", "warn"))
        elif answer.state == "interrupted":
            self._pills.addWidget(pill("Interrupted", "warn"))
        elif answer.state == "streaming":
            self._pills.addWidget(pill("Still being written", "plain"))
        elif answer.state == "failed":
            self._pills.addWidget(pill("Not finished", "danger"))

    def _show_step(self) -> None:
        item = self._item
        if item.live:
            waits = "Waiting for your word" if item.approvals else ""
            self._caption.set_full_text(waits or step_text(item.step, time.monotonic() - item.began_s))
        else:
            self._caption.set_full_text(cost_text(item.answer))
            self._caption.set_full_tip(cost_details(item.answer))

    def _show_notes(self) -> None:
        """Rebuild what stands under the text."""
        for note in self._notes:
            self._box.removeWidget(note)
            self._under.removeWidget(note)
            note.deleteLater()
        self._notes = []
        self._sources = None
        self._coverage = None
        self.why = None
        self.consent = None
        item, answer = self._item, self._item.answer
        if item.live:
            return
        if item.consent:
            self.consent = ConsentCard(item.consent, self._theme)
            self.consent.answered.connect(self.consent_answered)
            self._add_note(self.consent)
        elif item.trouble is not None:
            self._add_note(self._banner(*item.trouble))
        elif answer is not None and answer.state == "failed":
            self._add_note(self._banner("The answer could not be finished.", answer.error))
        elif answer is not None and answer.error:
            self._add_note(label(answer.error, "warn", wrap=True, selectable=True))
        elif answer is not None and answer.state == "interrupted":
            text = "Familiar was closed while it answered. What had come until then was kept."
            self._add_note(label(text, "small", wrap=True))
        elif answer is not None and answer.reused is not None:
            text = f"{earlier_note(answer)} “Ask again” has it written anew."
            self._add_note(label(text, "small", wrap=True, selectable=True))
        if answer is not None and answer.actions:
            row = ActedRow(answer.actions)
            row.undo_wanted.connect(self.undo_wanted)
            self._add_note(row)
        if answer is not None and (told := memory_note(answer)):
            self._add_note(label(told, "small", wrap=True, selectable=True))
        if answer is not None and item.cited:
            self._sources = SourceRow(item.cited, self._theme)
            self._sources.chosen.connect(self.citation_chosen)
            self._sources.resized.connect(self.resized)
            self._notes.append(self._sources)
            self._under.addWidget(self._sources)
        if answer is not None and coverage_text(answer.coverage):
            self._coverage = CoverageLine(answer.coverage, self._theme)
            self._coverage.resized.connect(self.resized)
            self._notes.append(self._coverage)
            # Beside the buttons if nothing else is there; else below them, in the full width.
            (self._box if self._sources is not None else self._under).addWidget(self._coverage)
        if answer is not None and answer.state in _RATED and not item.live:
            self.why = WhyView(self._theme)
            self.why.resized.connect(self.resized)
            self.why.wanted.connect(self.why_wanted)
            self._notes.append(self.why)
            self._box.addWidget(self.why)
        for note in self._notes:
            note.show()  # Qt shows what joins a visible widget only later, and measures it as nothing until then

    def _add_note(self, note: QWidget) -> None:
        note.setContentsMargins(0, SPACE[1], 0, 0)
        self._notes.append(note)
        self._box.insertWidget(self._box.indexOf(self.text) + 1, note)

    def _banner(self, title: str, hint: str) -> QFrame:
        made = QFrame()
        made.setProperty("kind", "banner-danger")
        row = QHBoxLayout(made)
        row.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        row.setSpacing(SPACE[3])
        row.addWidget(IconLabel("circle-alert", self._theme, color="danger"), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(SPACE[1] // 2)
        words.addWidget(label(title, "strong", wrap=True, selectable=True))
        if hint:
            words.addWidget(label(hint, "small", wrap=True, selectable=True))
        row.addLayout(words, 1)
        return made

    def _on_link(self, href: str) -> None:
        if href.startswith(CITE):
            number = int(href.removeprefix(CITE))
            for citation in self._item.cited:
                if citation.n == number:
                    self.citation_chosen.emit(citation)
        elif href.lower().startswith(LINK_SCHEMES):
            self.link_chosen.emit(href)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(harmless(self._item.copied()))
        self.copy_button.set_icon("check", "ok")
        self._copied.start(_COPIED_MS)
