"""How answers have been, in words and measures: the same in the window and in the terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from app.base.insights import Failure, Insights, Week
from app.base.trace_wording import stage_words
from app.base.wording import count


class Measure(NamedTuple):
    """A figure that a week has. of: its value, None where there is none; say: a value in words.

    top: the value that is drawn at the top, 0 for the greatest there is.
    """

    title: str
    note: str
    of: Callable[[Week], float | None]
    say: Callable[[float], str]
    top: float = 0.0


def _time(ms: float) -> str:
    return f"{ms:,.0f} ms" if ms < 1000 else f"{ms / 1000:,.1f} s"


def _share(value: float) -> str:
    return f"{value:.0%}"


MEASURES = (
    Measure("First quote", "from Enter to a quote, the median", lambda week: week.first_quote_ms, _time),
    Measure("First word", "from Enter to a model’s word, the median", lambda week: week.first_word_ms, _time),
    Measure("Borne out", "of what models stated stands in your files", lambda week: week.supported_share, _share, 1.0),
    Measure("Not found", "of the answers: your files do not tell", lambda week: week.not_found_share, _share, 1.0),
    Measure("Thumbs up", "of the thumbs that you gave", lambda week: week.up_share, _share, 1.0),
    Measure("Nearness", "of the best passage to the question", lambda week: week.nearness, "{:.2f}".format, 1.0),
)  # fmt: skip


def week_name(week: Week) -> str:
    """“23 Nov” of its Monday."""
    monday = date.fromisoformat(week.monday)
    return f"{monday.day} {monday:%b}"


def said(measure: Measure, week: Week) -> str:
    """A week's figure in words, “–” where there is none."""
    value = measure.of(week)
    return "–" if value is None else measure.say(value)


def summary(insights: Insights) -> str:
    """How many answers in how much time."""
    answers = sum(week.answers for week in insights.weeks)
    number = len(insights.weeks)
    when = "this week" if number == 1 else f"in the last {number} weeks"
    return f"{count(answers, 'answer')} {when}" if answers else f"No answers {when}"


def failure_line(failure: Failure) -> str:
    """“2 answers failed at the model, reading and writing: chat.died”."""
    where = f" at {stage_words(failure.stage)}" if failure.stage else ""
    return f"{count(failure.turns, 'answer')} failed{where}: {failure.code}"
