"""How a tool says no to a model."""

from __future__ import annotations


class ToolFailed(Exception):
    """The model asked for what cannot be had. text: what to tell it. told: what to tell the person, "" for nothing."""

    def __init__(self, text: str, told: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.told = told


class OutOfBounds(ToolFailed):
    """The model wanted something changed where it may change nothing."""
