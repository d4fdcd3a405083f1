"""The page of chat models. Arrived at with a model's name, it shows that model's details."""

from __future__ import annotations

from app.window.controls.page import Page, PageParts, PageView


def _make(parts: PageParts) -> PageView:
    from app.window.models.models_page import ModelsPage

    return ModelsPage(parts.client, parts.theme)


PAGE = Page("models", "Models: what answers, and how it does", "box", "Ctrl+M", _make)
