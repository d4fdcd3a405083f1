"""A message of the transcript: what is known of it, and the base of the widgets that show one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

import msgspec
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.base.actions import Approval
from app.base.claim_wording import aside_markdown, lead
from app.base.ratings import Rating
from app.base.turn_events import Step
from app.base.values import Answer, Citation, Claim, ToolStep, TurnId
from app.window.controls.theme import RADIUS, SIZE, Theme
from app.window.text.text_view import TextView


@dataclass(eq=False)
class MessageItem:
    """What the transcript knows of one message, whether or not a widget shows it now.

    question: of an answer, the question that it answers. text: of a live answer, what has come so far. turn: where the
    answer is kept, None if it is not yet; versions: the turns of all its versions, if it was asked for again.
    step: what a live answer's turn is doing; tools: the calls it made; checked: its claims so far; first_quotes: what
    the files say meanwhile; approvals: what waits for the person's word, by its id; struck: lines of it that they do
    not want. trouble: (title, hint) of a turn that failed. consent: host that the person has to agree to before the
    question goes there.
    """

    role: str
    text: str = ""
    attachments: tuple[str, ...] = ()
    question: str = ""
    turn: TurnId | None = None
    versions: tuple[TurnId, ...] = ()
    answer: Answer | None = None
    step: Step | None = None
    cited: tuple[Citation, ...] = ()
    trouble: tuple[str, str] | None = None
    consent: str = ""
    live: bool = False
    began_s: float = 0.0
    tools: list[ToolStep] = field(default_factory=list)
    checked: list[Claim] = field(default_factory=list)
    first_quotes: str = ""
    approvals: dict[str, Approval] = field(default_factory=dict)
    struck: dict[str, set[int]] = field(default_factory=dict)

    def is_of(self, turn: TurnId | None) -> bool:
        """Whether a turn gave this answer, or another version of it."""
        return turn is not None and (turn == self.turn or turn in self.versions)

    @property
    def shown_steps(self) -> tuple[ToolStep, ...]:
        """The calls of the turn, in order."""
        return (self.answer.steps if self.answer is not None else ()) or tuple(self.tools)

    @property
    def claims(self) -> Sequence[Claim]:
        """What the answer claims, as far as that was checked."""
        return self.answer.claims if self.answer is not None else self.checked

    def take_step(self, step: Step) -> None:
        """The live answer's turn is doing this now."""
        self.step = step
        self.turn = step.turn
        self.cited = step.citations or self.cited
        if step.name == "found":  # what was written before it, by a model of which less is asked now, is no answer
            self.text, self.checked = "", []
        if step.tool is not None:
            # A model may name two calls alike, so only the one under way is the same.
            self.tools = [one for one in self.tools if one.call != step.tool.call or one.state != "running"]
            self.tools.append(step.tool)

    def take_approval(self, approval: Approval) -> None:
        """Something waits for the person's word, or does not any more."""
        self.approvals.pop(approval.id, None)
        if approval.state == "waiting":
            self.approvals[approval.id] = approval

    def take_answer(self, answer: Answer) -> None:
        """This is the answer now: the one that was being written, or another version."""
        self.answer, self.text, self.cited, self.turn = answer, answer.text, answer.citations, answer.turn
        self.trouble, self.consent, self.approvals = None, "", {}

    def take_rating(self, turn: TurnId, rating: Rating | None) -> None:
        """The person thinks this of the answer, if it is still the one of that turn."""
        if self.answer is not None and self.answer.turn == turn:
            self.answer = msgspec.structs.replace(self.answer, rating=rating)

    def copied(self) -> str:
        """The message as Markdown text, an answer with its sources."""
        if self.role == "user":
            return self.text
        sources = [f"[{c.n}] {PurePath(c.path).name}, {c.place.label} ({c.path})" for c in self.cited]
        begins, aside = (lead(self.answer), aside_markdown(self.answer)) if self.answer is not None else ("", "")
        return "\n\n".join(part for part in (begins, self.text, "\n".join(sources), aside) if part)


class MessageView(QWidget):
    """Base of what the transcript places: it is as tall as its content wants at the width given to `fit`.

    resized: the height has changed by something that the person did inside.
    """

    resized = Signal()
    text: TextView

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)

    def fit(self, width: int) -> int:
        """Lay out for this width; the height that it takes."""
        raise NotImplementedError

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        raise NotImplementedError

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        raise NotImplementedError

    def _settle(self, width: int) -> int:
        self.setFixedWidth(width)
        box = self._box
        box.invalidate()
        box.activate()  # this alone makes layouts within the layout measure themselves anew
        height = box.totalHeightForWidth(width) if box.hasHeightForWidth() else box.totalSizeHint().height()
        self.setFixedHeight(height)
        return height

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.text.is_reached:
            corner = self.text.mapTo(self, self.text.rect().topLeft())
            paint_ring(
                self, self._theme, QRectF(corner, self.text.size().toSizeF()).adjusted(-5, -3, 5, 3), RADIUS["s"]
            )


def paint_ring(widget: QWidget, theme: Theme, ring: QRectF, radius: int) -> None:
    """Paint, in a widget's paint event, the ring of what the Tab key has reached, as far as there is room for it."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("focus"), SIZE["focus"]))
    painter.drawRoundedRect(ring.intersected(QRectF(widget.rect()).adjusted(1, 1, -1, -1)), radius, radius)
