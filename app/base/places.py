"""Where a part of a passage stands."""

from __future__ import annotations

from app.base.values import Place


def narrow(place: Place, text: str, start: int, end: int) -> Place:
    """The place of `text[start:end]`, where the passage `text` stands at `place`: exact offsets, lines counted anew.

    Pages, slides and the like stay those of the passage, which does not tell where they end.
    """
    first, last, label = place.first, place.last, place.label
    if place.kind == "line":
        first = place.first + text.count("\n", 0, start)
        last = first + text.count("\n", start, end)
        label = f"line {first}" if first == last else f"lines {first}–{last}"
    return Place(kind=place.kind, first=first, last=last, label=label, start=place.start + start, end=place.start + end)
