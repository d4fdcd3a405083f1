"""How a person is told whether their files bear out what a model has written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from app.base.values import Answer, Claim
from app.base.wording import count

NOTHING_FOUND = "Nothing in your files bears this answer out."
UNCHECKED = "This was cut off before it was held against your files."
_OURS = re.compile(
    r"(?:Nothing in your files bears|Your files bear out only part|Your files say otherwise"
    r"|This was cut off before it was held against).{0,120}|"
    r"(?:Every statement was|It was|\d+ of \d+ statements?) found in your files\.?|"
    r"(?:Not found|Found|Only partly|Quotes from|Not) (?:in )?your files\b.{0,60}",
    re.IGNORECASE,
)


def lead(answer: Answer) -> str:
    """The first line of an answer that the files do not bear out, or that was not held against them; else ""."""
    if any(step.effect != "read" for step in answer.steps):
        return ""  # the answer says what was done, in our words
    if not answer.unfounded:
        cut_off = answer.state in ("stopped", "interrupted", "failed") and answer.mode == "chat" and answer.query
        if cut_off and answer.text and not answer.claims:
            return UNCHECKED
        return NOTHING_FOUND if standing(answer.claims) == NOTHING_FOUND else ""
    writer = answer.model or "the model"
    said = f"Nothing in your files bears out what {writer} wrote."
    if _partly(answer):
        said = f"Your files bear out only part of what {writer} wrote."
    return f"{said} This is what they say:" if answer.citations else said


def earlier_note(answer: Answer) -> str:
    """From when an answer is that was given once more, and why; "" for one that was written for its question."""
    if answer.reused is None:
        return ""
    day = datetime.fromtimestamp(answer.reused.at / 1000).date()
    return f"You asked this before: the answer is of {day.day} {day:%B %Y}, and what it rests on has not changed since."


def standing(claims: Sequence[Claim]) -> str:
    """How many of an answer's statements were found: "2 of 5 statements found in your files"; "" if it makes none."""
    if not claims:
        return ""
    found = sum(claim.verdict == "supported" for claim in claims)
    if not any(claim.verdict != "not_found" for claim in claims):
        return NOTHING_FOUND
    if found == len(claims):
        return "Every statement was found in your files." if found > 1 else "It was found in your files."
    return f"{found} of {count(len(claims), 'statement')} found in your files."


def memory_note(answer: Answer) -> str:
    """That an answer rests on what the person has told Familiar, and where that is; "" if it does not."""
    if not answer.memories or not answer.claims:
        return ""
    return f"This rests on {count(len(answer.memories), 'thing')} that you have told Familiar: see Memory."


def standing_short(answer: Answer) -> str:
    """`standing` of an answer in a few words: "2 of 5 statements found"."""
    claims = answer.claims
    found = sum(claim.verdict == "supported" for claim in claims)
    if found == len(claims):
        told = [claim for claim in claims if not claim.citations] if answer.memories else []
        if told:
            return "From what you told" if len(told) == len(claims) else "From your files and what you told"
        return "Found in your files"
    if all(claim.verdict == "not_found" for claim in claims):
        return "Not in your files"
    return f"{found} of {count(len(claims), 'statement')} found"


def claim_note(claim: Claim) -> str:
    """What is to be known of one statement: "Only partly in your files. Missing: 31 May."; "" if it was found."""
    if claim.verdict == "supported":
        return ""
    if claim.verdict == "not_found":
        return "Your files say otherwise." if claim.citations else "Not found in your files."
    missing = ", ".join(f"“{one}”" for one in claim.missing)
    return f"Only partly in your files. Missing: {missing}." if missing else "Only partly in your files."


def is_ours(line: str) -> bool:
    """Whether a line is one of those by which Familiar tells how an answer stands."""
    return _OURS.fullmatch(line.strip(" \t*_>-—–✓✔✅❌")) is not None


def aside_title(answer: Answer) -> str:
    """What stands above the words of a model that the files do not bear out: "Not in your files · written by X"."""
    how = "Only partly in your files" if _partly(answer) else "Not in your files"
    return f"{how} · written by {answer.model}" if answer.model else how


def aside_markdown(answer: Answer) -> str:
    """An answer's words that the files do not bear out, below their title, as a quotation; "" if there are none."""
    if not answer.unfounded:
        return ""
    lines = "\n".join(f"> {line}".rstrip() for line in answer.unfounded.splitlines())
    return f"{aside_title(answer)}:\n\n{lines}"


def _partly(answer: Answer) -> bool:
    return any(claim.verdict == "partly" for claim in answer.claims)
