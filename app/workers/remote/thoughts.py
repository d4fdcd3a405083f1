"""Reasoning that a server leaves in the text, between <think> and </think>, kept apart from the answer."""

from __future__ import annotations

from typing import Literal

Piece = tuple[Literal["text", "reasoning"], str]
_OPEN, _CLOSE = "<think>", "</think>"


class ThoughtSplitter:
    """Sorts streamed text. Only what stands at the very beginning is reasoning; the answer begins at its first letter
    that is no white space."""

    def __init__(self) -> None:
        self._held = ""
        self._state: Literal["start", "reasoning", "lead", "text"] = "start"

    def feed(self, text: str) -> list[Piece]:
        """What can be shown now; the rest is held back until it is clear what it is."""
        self._held += text
        return self._sort(final=False)

    def finish(self) -> list[Piece]:
        """What was held back, once nothing more comes."""
        return self._sort(final=True)

    def _sort(self, *, final: bool) -> list[Piece]:
        pieces: list[Piece] = []
        if self._state == "start":
            self._begin(final=final)
        if self._state == "reasoning":
            before, close, after = self._held.partition(_CLOSE)
            if close:
                self._held, self._state = after, "lead"
            else:
                keep = 0 if final else _beginning_of(_CLOSE, before)
                before, self._held = before[: len(before) - keep], before[len(before) - keep :]
            if before:
                pieces.append(("reasoning", before))
        if self._state == "lead":
            self._held = self._held.lstrip()
            if self._held:
                self._state = "text"
        if self._state == "text" and self._held:
            pieces.append(("text", self._held))
            self._held = ""
        return pieces

    def _begin(self, *, final: bool) -> None:
        lead = self._held.lstrip()
        if lead.startswith(_OPEN):
            self._held, self._state = lead[len(_OPEN) :], "reasoning"
        elif final or not _OPEN.startswith(lead):
            self._state = "lead"


def _beginning_of(marker: str, text: str) -> int:
    """How many of the last letters of `text` may be the beginning of the marker."""
    return next((n for n in range(min(len(text), len(marker) - 1), 0, -1) if text.endswith(marker[:n])), 0)
