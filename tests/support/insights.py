"""Weeks of answers, for tests of what shows them."""

from __future__ import annotations

from datetime import date, timedelta

from app.base.insights import Failure, Insights, Week

FIRST = date(2026, 9, 7)


def insights(weeks: int = 12) -> Insights:
    """Weeks of which the third has no answer, and a failure."""
    return Insights(
        weeks=tuple(
            Week(monday=(FIRST + timedelta(weeks=n)).isoformat())
            if n == 2
            else Week(
                monday=(FIRST + timedelta(weeks=n)).isoformat(), answers=20 + n, first_quote_ms=120.0 + 15 * (n % 4),
                first_word_ms=max(300.0, 2400.0 - 100 * n), nearness=0.55 + 0.02 * (n % 3), claims=40,
                supported=30 + n % 9,
                not_found=n % 4, up=3, down=n % 3,
            )
            for n in range(weeks)
        ),
        failures=(Failure(stage="writing", code="chat.died", turns=2),),
    )  # fmt: skip
