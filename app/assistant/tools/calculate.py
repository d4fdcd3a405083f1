"""calculate: sums, units and days, computed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.tools.refusal import ToolFailed
from app.assistant.tools.tool import Arguments, Result, Tool, ToolContext, parsed, shown, spec_of


class CalculateArguments(Arguments, frozen=True):
    """sum: what to compute."""

    sum: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=300,
            description="Such as (19.90 + 5) * 12, 15 % of 240 EUR, 80 km / 50 min in km/h, 2024-03-01 + 90 days, "
            "days from 2024-03-01 to 2025-01-15.",
        ),
    ]


def run(_context: ToolContext, arguments: Mapping[str, Any]) -> Result:
    """The value. Raises ToolFailed."""
    # pint takes a third of a second to import, and few questions need it.
    from app.assistant.computing.amounts import computed
    from app.assistant.computing.days import reckoned
    from app.assistant.computing.refusal import Refused

    given = parsed(arguments, CalculateArguments)
    try:
        value = reckoned(given.sum, date.today()) or computed(given.sum)
    except Refused as refused:
        raise ToolFailed(f"That cannot be computed. {refused.reason}") from None
    return Result(done=f"Computed {shown(arguments, 'sum', 60)}", lines=[f"{given.sum} = {value}"])


TOOL = Tool(
    spec=spec_of("calculate", "Compute a sum, a percentage, a unit or a date. Never guess one.", CalculateArguments),
    effect="read",
    order=45,
    icon="calculator",
    title=lambda arguments: f"Computing {shown(arguments, 'sum', 60)}",
    run=run,
)
