"""Citations of an answer: each with the words of its passage that bear the claim, checked against the file as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from app.assistant.citation_markers import used_numbers, without_markers
from app.assistant.ports import Current, Passage
from app.assistant.quoting.quotes import cite, support
from app.assistant.quoting.sentences import spans
from app.base.values import Answer, Citation, Claim, Coverage, FileShare, Message


def sent(question: str, passages: Mapping[int, Passage]) -> tuple[Citation, ...]:
    """Passages as citations by their numbers: each quotes what comes nearest to the question."""
    return tuple(cite(n, support(passage, [question])) for n, passage in sorted(passages.items()))


def bind(text: str, passages: Mapping[int, Passage]) -> tuple[Citation, ...]:
    """The citations that an answer makes, by number: each quotes what supports the sentences that cite it."""
    claims = _claims(text)
    return tuple(cite(n, support(passages[n], claims[n])) for n in sorted(claims) if n in passages)


def under(
    cited: Sequence[Citation], claims: Sequence[Claim], passages: Mapping[int, Passage]
) -> tuple[tuple[Citation, ...], tuple[Claim, ...]]:
    """What claims are tied to, by the numbers of an answer that has its own citations; what it lacks comes after.

    claims: by the numbers of `passages`.
    """
    known = {(one.path, one.place.start): one.n for one in cited}
    found = list(cited)
    renumbered: list[Claim] = []
    for claim in claims:
        numbers: list[int] = []
        for passage in (passages[n] for n in claim.citations if n in passages):
            made = cite(len(found) + 1, support(passage, [claim.text]))
            n = known.setdefault((made.path, made.place.start), made.n)
            if n == made.n:
                found.append(made)
            numbers.append(n)
        renumbered.append(msgspec.structs.replace(claim, citations=tuple(dict.fromkeys(numbers))))
    return tuple(found), tuple(renumbered)


def check(citation: Citation, current: Current) -> Citation:
    """A citation as its file stands now.

    "exact": the file's bytes are those that were cited. "changed": they are not, and the quote still stands in the
    file, spaces and line breaks apart, or its text was not read yet. "missing": the file or the quote has gone.
    "unchecked": nobody could tell in time.
    """
    now = current(citation.path)
    if now is None:
        verdict = "missing"
    elif not now[0]:
        verdict = "unchecked"
    elif citation.sha256 and now[0] == citation.sha256:
        verdict = "exact"
    else:
        verdict = "changed" if not now[1] or _flat(citation.quote) in _flat(now[1]) else "missing"
    return msgspec.structs.replace(citation, checked=verdict)


def check_all(messages: Sequence[Message], current: Current) -> list[Message]:
    """Messages with every citation checked; each file is looked at once."""
    seen: dict[str, tuple[str, str] | None] = {}

    def look(path: str) -> tuple[str, str] | None:
        if path not in seen:
            seen[path] = current(path)
        return seen[path]

    return [
        message
        if message.answer is None
        else msgspec.structs.replace(message, answer=checked_answer(message.answer, look))
        for message in messages
    ]


def checked_answer(answer: Answer, current: Current) -> Answer:
    """An answer with every citation checked."""
    return msgspec.structs.replace(answer, citations=tuple(check(one, current) for one in answer.citations))


def coverage(passages: Sequence[Passage], *, matching: int, waiting: int, by_meaning: bool) -> Coverage:
    """What was read, exactly: for every file the share of its characters that stand in the passages.

    Passages that overlap count once. Files in the order of their first passage.
    """
    stretches: dict[str, list[tuple[int, int]]] = {}
    lengths: dict[str, int] = {}
    for passage in passages:
        start = passage.place.start
        stretches.setdefault(passage.path, []).append((start, start + len(passage.text)))
        lengths[passage.path] = max(passage.file_chars, lengths.get(passage.path, 0), start + len(passage.text))
    files = tuple(
        FileShare(path=path, share=_covered(some) / lengths[path] if lengths[path] else 0.0)
        for path, some in stretches.items()
    )
    return Coverage(
        matching=max(matching, len(files)), read=len(files), files=files, waiting=waiting, by_meaning=by_meaning
    )


def _covered(stretches: Sequence[tuple[int, int]]) -> int:
    total, reached = 0, 0
    for start, end in sorted(stretches):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _claims(text: str) -> dict[int, list[str]]:
    """The sentences that cite each number; a number that stands after a sentence's end belongs to that sentence."""
    claims: dict[int, list[str]] = {}
    before = ""
    for start, end in spans(text):
        sentence = text[start:end]
        numbers = used_numbers(sentence)
        lead = re.match(r"(?:\[\d{1,3}\]\s*)+", sentence)
        for number in used_numbers(lead.group()) if lead and before else []:
            claims.setdefault(number, []).append(before)
        claim = without_markers(sentence).strip()
        rest = used_numbers(sentence[lead.end() :]) if lead and before else numbers
        for number in rest:
            claims.setdefault(number, []).append(claim or before)
        before = claim or before
    return claims


def _flat(text: str) -> str:
    return " ".join(text.split())
