"""The page of how answers have been, week by week."""

from __future__ import annotations

from app.window.controls.page import Page, PageParts, PageView


def _make(parts: PageParts) -> PageView:
    from app.window.insights.insights_page import InsightsPage

    return InsightsPage(parts.client, parts.theme)


PAGE = Page("insights", "Insights: how answers have been, week by week", "chart-line", "Ctrl+Shift+I", _make)
