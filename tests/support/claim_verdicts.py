"""How a claim stands against one short text."""

from __future__ import annotations

from app.assistant.claims.checking import ClaimChecker
from app.assistant.claims.cutting import Stretch
from app.assistant.ports import Passage
from app.base.values import Place, Verdict


def verdict(source: str, claim: str) -> Verdict:
    """Its verdict where the text is all that there is."""
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=len(source))
    checker = ClaimChecker({1: Passage(path="/a.md", sha256="", place=place, text=source)})
    checked = checker.check(Stretch(0, len(claim), claim))
    assert checked is not None
    return checked.verdict
