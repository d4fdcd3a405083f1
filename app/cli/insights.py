"""familiar insights: how answers have been, week by week."""

from __future__ import annotations

from collections.abc import Sequence

import click

from app.base.insight_wording import MEASURES, failure_line, said, summary, week_name
from app.base.insights import MOST_WEEKS, ShowInsights
from app.cli.command import command
from app.cli.context import Context


@command("insights", "familiar insights", "familiar insights --weeks 26 --json")
@click.option(
    "--weeks", metavar="N", type=click.IntRange(1, MOST_WEEKS), default=12, show_default=True, help="how far back"
)
def show(context: Context, *, weeks: int) -> int:
    """Tell how answers have been, week by week: how soon, how much of them is borne out, your thumbs, what failed."""
    output = context.output
    shown = context.call(ShowInsights(weeks=weeks))
    if output.json:
        output.document(shown)
        return 0
    output.line(output.bold(f"{summary(shown)}."))
    asked = [week for week in shown.weeks if week.answers or week.failed]
    if asked:
        rows = [("Week of", "Answers", *(measure.title for measure in MEASURES))]
        rows += [
            (week_name(week), f"{week.answers:,}", *(said(measure, week) for measure in MEASURES)) for week in asked
        ]
        output.line()
        for line in _aligned(rows):
            output.line(line)
        output.line()
        for measure in MEASURES:
            output.line(output.faint(f"{measure.title}: {measure.note}."))
    if shown.failures:
        output.line()
        for failure in shown.failures:
            output.line(f"{failure_line(failure)}.")
    return 0


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
