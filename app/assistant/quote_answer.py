"""An answer in the files' own words: the quotes, or honestly what came nearest, or that there is nothing."""

from __future__ import annotations

import msgspec

from app.assistant.evidence import Evidence
from app.assistant.nothing_found import nothing_certain, nothing_found
from app.assistant.quoting.quotes import Question, Quote, Quotes, cite, find_quotes
from app.assistant.quoting.surroundings import Surroundings, TextOf
from app.assistant.quoting.writing import as_written
from app.base.values import AnswerMode, Citation


class QuoteAnswer(msgspec.Struct, frozen=True):
    """What is said, piece by piece, each a paragraph, and the sources by number. quotes: what these cite."""

    mode: AnswerMode
    pieces: tuple[str, ...]
    citations: tuple[Citation, ...]
    quotes: tuple[Quote, ...]


def quotes_of(query: str, evidence: Evidence, *, strict: float, text_of: TextOf) -> Quotes:
    """What passages say to a query. strict: as in the settings. text_of: of indexed files."""
    question = Question(
        text=query if evidence.words is None else evidence.words,
        words=evidence.asked, corrections=evidence.corrections, strict=strict,
        in_order=any(one.kind == "order" for one in evidence.filters),
    )  # fmt: skip
    return find_quotes(question, evidence.passages, Surroundings(text_of, evidence.texts))


def quote_answer(query: str, evidence: Evidence, found: Quotes, *, scoped: bool) -> QuoteAnswer:
    """The answer that quotes make. scoped: whether the person named where to look."""
    cited = tuple(cite(n, quote) for n, quote in enumerate(found.quotes, 1))
    written = [f"{as_written(quote, query)} [{n}]" for n, quote in enumerate(found.quotes, 1)]
    if not found.quotes:
        return QuoteAnswer("not_found", (nothing_found(evidence, found.missing, scoped=scoped),), (), ())
    if not found.certain:
        said = nothing_certain(evidence, found.missing, scoped=scoped)
        return QuoteAnswer("not_found", (f"{said} The nearest is:", written[0]), cited, found.quotes)
    if found.apart:
        written = [f"In {name}:\n\n{text}" for name, text in zip(found.apart, written, strict=True)]
    return QuoteAnswer("quotes", tuple(written), cited, found.quotes)
