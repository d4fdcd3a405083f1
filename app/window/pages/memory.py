"""The page of what Familiar remembers of the person."""

from __future__ import annotations

from app.window.controls.page import Page, PageParts, PageView


def _make(parts: PageParts) -> PageView:
    from app.window.memory.memory_page import MemoryPage

    return MemoryPage(parts.client, parts.theme)


PAGE = Page("memory", "Memory: what you have told Familiar", "brain", "Ctrl+Shift+M", _make)
