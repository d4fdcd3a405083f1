"""The page of what was read. Arrived at with a folder, it shows that folder's files."""

from __future__ import annotations

from app.window.controls.page import Page, PageParts, PageView


def _make(parts: PageParts) -> PageView:
    from app.window.index.index_page import IndexPage

    return IndexPage(parts.client, parts.actions, parts.theme)


PAGE = Page("index", "Index: what was read, and what was not", "database", "Ctrl+I", _make)
