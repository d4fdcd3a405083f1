"""The pages that the main window has, as the application finds them."""

from __future__ import annotations

from app.base.registry import declared
from app.window.controls.page import Page

PAGES = declared("app.window.pages", "PAGE", Page)
