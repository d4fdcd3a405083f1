"""How answers have been, week by week: figures for the person alone, made from what is kept with each turn."""

from __future__ import annotations

from app.base.calls import Call
from app.base.values import Value

MOST_WEEKS = 104


class Failure(Value):
    """Turns that failed alike. stage: as in `Stage`, what they had come to, "" before any; code: of the Problem."""

    stage: str
    code: str
    turns: int


class Week(Value):
    """The answers of a week. monday: its first day, as ISO writes it, in the time of this computer.

    Medians, None where nothing was measured: first_quote_ms, first_word_ms from Enter to the first quote, to a model's
    first word; nearness of the nearest passage, cosine. claims: checked statements of models; supported: those that the
    files bear out. not_found: answers which say that the files do not tell. up, down: thumbs.
    """

    monday: str
    answers: int = 0
    first_quote_ms: float | None = None
    first_word_ms: float | None = None
    nearness: float | None = None
    claims: int = 0
    supported: int = 0
    not_found: int = 0
    up: int = 0
    down: int = 0
    failed: int = 0

    @property
    def supported_share(self) -> float | None:
        """The share of checked statements that the files bear out; None if none was checked."""
        return self.supported / self.claims if self.claims else None

    @property
    def not_found_share(self) -> float | None:
        """The share of answers which say that the files do not tell; None if there was no answer."""
        return self.not_found / self.answers if self.answers else None

    @property
    def up_share(self) -> float | None:
        """The share of thumbs that are up; None if there is none."""
        return self.up / (self.up + self.down) if self.up + self.down else None


class Insights(Value):
    """Weeks without a gap, oldest first, up to this one; failures, the most frequent first."""

    weeks: tuple[Week, ...]
    failures: tuple[Failure, ...] = ()


class ShowInsights(Call[Insights]):
    """How answers have been. weeks: how many, this one included, 1 to MOST_WEEKS. Of conversations not deleted."""

    weeks: int = 12
