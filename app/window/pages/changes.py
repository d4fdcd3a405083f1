"""The page of what assistants did to the person's files, and may do."""

from __future__ import annotations

from app.window.controls.page import Page, PageParts, PageView


def _make(parts: PageParts) -> PageView:
    from app.window.changes.changes_page import ChangesPage

    return ChangesPage(parts.client, parts.theme)


PAGE = Page("changes", "Changes: what was done to your files, and may be", "undo-2", "Ctrl+Shift+U", _make)
