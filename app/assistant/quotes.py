"""The sentences of passages that answer a question best, word for word: all there is without a language model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePath

import msgspec

from app.assistant.ports import Passage
from app.assistant.sentences import LONGEST, Span, spans
from app.assistant.terms import Weights, is_unspaced, telling, terms
from app.base.places import narrow
from app.base.values import Citation

MOST_QUOTES = 5
_MOST_OF_A_PASSAGE = 2
_SHORT = 40
_MOST_LABELS = 3
_SHORTEST = 12
_LONGEST_HEAD = 160
_SENTENCE_ENDS = (".", "!", "?", "…", "”", "。", "！", "？", "।", "؟")
_CONTEXT_WEIGHT = 0.8
_PASSAGE_WEIGHT = 0.25
_FIGURE_BONUS = 0.15
_WORTH = 0.55
_SAME = 0.8
# A passage below these is about something else. Share of the question's weight, pairs of characters telling less than
# words: of 150 English questions 1 was refused and of 150 about another field 9 to 42 let through, at 0.30 15 to 60.
# Cosine of all-MiniLM-L6-v2: 90 of 100 English questions have a passage above it, of 100 about another field 0 to 9.
_ENOUGH_WORDS = 0.35
_ENOUGH_PAIRS = 0.2
_ENOUGH_MEANING = 0.4
_ASKS_FIGURE = (
    "how many", "how much", "how long", "how old", "how far", "how often", "price", "cost", "amount", "percent",
    "wie viel", "wie lange", "combien", "cuánto",
)  # fmt: skip
_ASKS_DATE = ("when ", "what year", "what date", "what day", "what time", "wann ", "welchem jahr", "quand ", "cuándo ")
_CITED = re.compile(r"\[(\d{1,3})\]")
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_FIGURE = re.compile(r"\d")
_DATE = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b\d{1,2}[./:-]\d{1,2}\b|\b\d{1,2}(?:st|nd|rd|th)?\.? (?:of )?[A-Za-zäéûô]{3,9}\b|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}\b|[年月日]",
    re.IGNORECASE,
)


class Quote(msgspec.Struct, frozen=True):
    """A stretch of a passage's text. score: larger is better, comparable within one question."""

    passage: Passage
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """Its words, exactly as they stand."""
        return self.passage.text[self.start : self.end]


class _Unit(msgspec.Struct, frozen=True):
    """A sentence that may be quoted, with its terms and those of the labels that it stands under in its passage."""

    span: Span
    terms: frozenset[str]
    under: frozenset[str] = frozenset()


def best_quotes(question: str, passages: Sequence[Passage], *, limit: int = MOST_QUOTES) -> list[Quote]:
    """The best sentences of passages that are about the question, best first; empty if none is.

    passages: best first. At most two sentences of a passage, joined if they are neighbours; what stands in several
    copies is quoted once. A question that says nothing ("what is this?") gets the beginnings of the passages.
    """
    wanted = telling(question)
    furniture = _furniture(passages)
    units = [_units(passage, furniture) for passage in passages]
    weights = Weights(unit.terms for some in units for unit in some)
    asked_for = _asked_for(question)
    found: list[tuple[Quote, frozenset[str]]] = []
    for passage, some in zip(passages, units, strict=True):
        if wanted and not _is_about(passage, some, wanted, weights):
            continue
        context = frozenset(terms(f"{PurePath(passage.path).stem} {passage.title} {passage.heading}"))
        of_passage = []
        for unit in some:
            if wanted and unit.terms <= context:
                continue  # a heading or a title, which says nothing of its own
            direct = weights.share(wanted, unit.terms)
            whole = weights.share(wanted, unit.terms | unit.under | context)
            score = direct + _CONTEXT_WEIGHT * (whole - direct) + _PASSAGE_WEIGHT * passage.score
            if asked_for is not None and asked_for.search(_text(passage, unit.span)):
                score += _FIGURE_BONUS
            of_passage.append((Quote(passage, *unit.span, score), unit.terms))
        of_passage.sort(key=lambda pair: (-pair[0].score, pair[0].start))
        found += of_passage[:_MOST_OF_A_PASSAGE]
    return _joined(_choose(found, limit))


def support(passage: Passage, claims: Sequence[str]) -> Quote:
    """The stretch of a passage that best supports claims made of it: one sentence, or neighbours that add to it.

    claims: sentences of an answer or, failing these, the question. The passage's beginning if nothing is shared.
    """
    units = _units(passage)
    if not units:
        return Quote(passage, 0, len(passage.text), 0.0)
    weights = Weights(unit.terms for unit in units)
    best = Quote(passage, *units[0].span, 0.0)
    for claim in claims:
        wanted = frozenset(terms(claim))
        for at, unit in enumerate(units):
            score = weights.share(wanted, unit.terms)
            if score <= best.score:
                continue
            start, end = unit.span
            for neighbour in units[max(0, at - 1) : at + 2]:
                adds = weights.share(wanted, unit.terms | neighbour.terms) - score
                joined = (min(start, neighbour.span[0]), max(end, neighbour.span[1]))
                if adds >= _WORTH / 2 and joined[1] - joined[0] <= LONGEST:
                    start, end = joined
            best = Quote(passage, start, end, score)
    return best


def cite(n: int, quote: Quote) -> Citation:
    """A quote as citation number `n`: its place narrowed from the passage's to its own."""
    passage = quote.passage
    return Citation(
        n=n,
        path=passage.path,
        sha256=passage.sha256,
        place=narrow(passage.place, passage.text, quote.start, quote.end),
        quote=quote.text,
        chunk_id=passage.chunk_id,
    )


def as_written(quote: Quote) -> str:
    """A quote as part of an answer: in quotation marks on one line or, if its lines matter, as a block of code.

    What would read as a citation, a block's end or a heading is written otherwise; the citation keeps the exact words.
    """
    text = _CITED.sub(r"(\1)", quote.text).replace("```", "'''").replace("~~~", "---")
    lines = text.split("\n")
    if len(lines) > 1 and any(line.startswith((" ", "\t")) for line in lines[1:]):
        return f"```\n{text}\n```\n"
    return f"“{' '.join(_HEADING.sub('', text).split())}”"


def _units(passage: Passage, furniture: Collection[str] = ()) -> list[_Unit]:
    """The sentences of a passage; what is too short to stand alone, a heading or a label, goes with the next."""
    text = passage.text
    merged: list[Span] = []
    under: list[frozenset[str]] = []
    labels: frozenset[str] = frozenset()
    for start, end in spans(text):
        if furniture and _plain(text[start:end]) in furniture:
            continue
        if merged and _is_label(_text(passage, merged[-1])) and end - merged[-1][0] <= LONGEST:
            labels = frozenset(terms(_text(passage, merged[-1])))
            merged[-1] = (merged[-1][0], end)
            under[-1] = labels
        else:
            merged.append((start, end))
            under.append(labels)
    return [
        _Unit(span, frozenset(terms(_text(passage, span))), above) for span, above in zip(merged, under, strict=True)
    ]


def _text(passage: Passage, span: Span) -> str:
    return passage.text[span[0] : span[1]]


def _asked_for(question: str) -> re.Pattern[str] | None:
    """What a sentence that answers the question should have in it: a date, a figure, or nothing of the kind."""
    lowered = f"{question.casefold()} "
    if any(cue in lowered for cue in _ASKS_DATE):
        return _DATE
    return _FIGURE if any(cue in lowered for cue in _ASKS_FIGURE) else None


def _furniture(passages: Sequence[Passage]) -> frozenset[str]:
    """What stands, numbers apart, at the edge of several passages of a file: running heads and feet of its pages.

    What stands between the edges, too, is none: the rows of a table are alike, numbers apart.
    """
    edges: Counter[tuple[str, str]] = Counter()
    between: set[str] = set()
    for passage in passages:
        pieces = spans(passage.text)
        ends = {(start, end) for start, end in (*pieces[:1], *pieces[-1:]) if end - start <= _LONGEST_HEAD}
        edges.update({(passage.path, _plain(_text(passage, span))) for span in ends})
        between.update(_plain(_text(passage, span)) for span in pieces[1:-1])
    return frozenset(text for (_, text), count in edges.items() if count > 1 and text not in between)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\d+", "", text).split())


def _is_label(text: str) -> bool:
    """Whether this is a heading or a label, or a few in a row, rather than something said."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return len(lines) <= _MOST_LABELS and all(
        len(line) < _SHORTEST or (len(line) < _SHORT and "\t" not in line and not line.endswith(_SENTENCE_ENDS))
        for line in lines
    )


def _is_about(passage: Passage, units: Iterable[_Unit], wanted: Sequence[str], weights: Weights) -> bool:
    """Whether a passage is about what is wanted, by its words or by its meaning."""
    there = frozenset(terms(f"{PurePath(passage.path).name} {passage.title} {passage.heading}"))
    there = there.union(*(unit.terms for unit in units))
    enough = _ENOUGH_PAIRS if 2 * sum(map(is_unspaced, wanted)) > len(wanted) else _ENOUGH_WORDS
    return weights.share(wanted, there) >= enough or passage.similarity >= _ENOUGH_MEANING


def _choose(found: list[tuple[Quote, frozenset[str]]], limit: int) -> list[Quote]:
    """The best quotes, none of which says what a better one has said, none far behind the best."""
    chosen: list[tuple[Quote, frozenset[str]]] = []
    for quote, words in sorted(found, key=lambda pair: -pair[0].score):
        if len(chosen) == limit or (chosen and quote.score < _WORTH * chosen[0][0].score):
            break
        if not any(len(words & said) >= _SAME * len(words | said) for _, said in chosen):
            chosen.append((quote, words))
    return [quote for quote, _ in chosen]


def _joined(quotes: list[Quote]) -> list[Quote]:
    """Quotes of one passage with only white space between them made one, at the better one's rank."""
    result: list[Quote] = []
    for quote in quotes:
        for at, other in enumerate(result):
            first, second = sorted((other, quote), key=lambda one: one.start)
            if first.passage is second.passage and not quote.passage.text[first.end : second.start].strip():
                result[at] = Quote(quote.passage, first.start, second.end, other.score)
                break
        else:
            result.append(quote)
    return result
