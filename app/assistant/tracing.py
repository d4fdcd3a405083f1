"""What a turn worked with, as its trace keeps it: places and figures, no text of files."""

from __future__ import annotations

from collections.abc import Sequence

from app.assistant.evidence import Evidence
from app.assistant.follow_ups.resolver import Resolved
from app.assistant.ports import Passage
from app.assistant.quoting.quotes import Quote
from app.base.turn_trace import PassageTrace, QuoteTrace, SearchTrace


def search_trace(resolved: Resolved, evidence: Evidence, ms: float) -> SearchTrace:
    """What was searched for and found in so many milliseconds."""
    weight = evidence.weight
    return SearchTrace(
        ms=ms, query=resolved.query, carried=resolved.carried, file=resolved.file, why=resolved.why,
        passages=len(evidence.passages), matching=evidence.matching, searched=evidence.searched,
        waiting=evidence.waiting, by_meaning=evidence.by_meaning, words_weight=weight.words if weight else None,
        weighed_so=weight.why if weight else "",
    )  # fmt: skip


def quote_traces(quotes: Sequence[Quote]) -> tuple[QuoteTrace, ...]:
    """What was quoted."""
    return tuple(
        QuoteTrace(path=quote.passage.path, chunk_id=quote.passage.chunk_id, score=round(quote.score, 4))
        for quote in quotes
    )


def traced(passages: Sequence[Passage], tokens: Sequence[int] = ()) -> tuple[PassageTrace, ...]:
    """Passages for the trace. tokens: of each in the prompt, in which they are numbered from 1; none: passed over."""
    return tuple(
        PassageTrace(
            path=one.path, chunk_id=one.chunk_id, label=one.place.label, start=one.place.start, chars=len(one.text),
            score=round(one.score, 4), similarity=round(one.similarity, 4), n=n if tokens else 0,
            tokens=tokens[n - 1] if tokens else 0, sha256=one.sha256,
        )
        for n, one in enumerate(passages, 1)
    )  # fmt: skip
