"""The stretches of passages that answer a question best, word for word: all there is without a language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from app.assistant.ports import AskedWord, Passage
from app.assistant.quoting import captions
from app.assistant.quoting.asked import Asked, asked, language_among, missing_names
from app.assistant.quoting.doubt import is_near, sureness
from app.assistant.quoting.furniture import furniture, is_furniture
from app.assistant.quoting.scoring import About, Scored, scored
from app.assistant.quoting.sentences import LONGEST
from app.assistant.quoting.surroundings import Surroundings
from app.assistant.quoting.tables import Table
from app.assistant.quoting.units import Kind, Unit, units
from app.assistant.terms import Weights, terms
from app.base.places import narrow
from app.base.values import Citation, Correction
from app.language.languages import COMPOUNDING

MOST_QUOTES = 5
_MOST_OF_A_PASSAGE = 2
_WORTH = 0.6
_BESIDE = 0.4
_SAME = 0.8
_ALIKE = 0.5
_ADDS = 0.25
_MEANT = 0.5
"""Of the sureness that is asked for, where the question names the file by its order ("the last entry")."""
_PAIRS = 0.5
"""Of it in scripts without spaces, where pairs of characters stand for words: a question's own do not fit a text's."""

_COMPOUNDS = 0.83
"""Of it in languages that write compounds as one word: of the words that questions of XQuAD ask with, whose answer is
there, 10 % in German stand in no file, and 3 % in English or Spanish, which need the same sureness as each other.
"""


class Quote(msgspec.Struct, frozen=True):
    """A stretch of a passage's text. score: larger is better, comparable within one question.

    caption: what it stands under, for a person, or "". kind: how it is written. table: of rows, the one they are of.
    """

    passage: Passage
    start: int
    end: int
    score: float
    caption: str = ""
    kind: Kind = "prose"
    table: Table | None = None

    @property
    def text(self) -> str:
        """Its words, exactly as they stand."""
        return self.passage.text[self.start : self.end]


class Quotes(msgspec.Struct, frozen=True):
    """What the files say to a question, best first.

    certain: whether it answers the question, rather than merely coming nearest to it. apart: where several files give
    different answers, what tells the file of each quote from the others; else (). missing: what the question names and
    no file holds.
    """

    quotes: tuple[Quote, ...] = ()
    certain: bool = False
    apart: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Question(msgspec.Struct, frozen=True):
    """A question to passages. words, corrections: as `Retrieved` has them. strict: see `Settings.strict`.

    in_order: whether the first file that says something of it is the one that is meant ("the latest report").
    """

    text: str
    words: Sequence[AskedWord] = ()
    corrections: Sequence[Correction] = ()
    strict: float = 0.408
    in_order: bool = False


def find_quotes(
    question: Question, passages: Sequence[Passage], around: Surroundings | None = None, *, limit: int = MOST_QUOTES
) -> Quotes:
    """The best stretches of passages, with an honest word on how good they are; none only if there is no text.

    passages: best first. At most two stretches of a passage; what stands in several copies is quoted once. A question
    that says nothing ("what is this?") gets the beginnings of the passages.
    """
    around = around or Surroundings()
    whole = [around.completed(passage) for passage in passages]
    language = language_among(question.text, whole)
    heads = furniture(whole)
    split = [[unit for unit in units(one, around, language) if not is_furniture(heads, one, unit)] for one in whole]
    wanted = asked(
        question.text, (unit.vocabulary for some in split for unit in some), question.words, question.corrections,
        language,
    )  # fmt: skip
    if not wanted.wanted:
        return _beginnings(whole, split, limit)
    found: list[Scored] = []
    abouts: dict[int, About] = {}
    for passage, some in zip(whole, split, strict=True):
        abouts[id(passage)], stretches = scored(wanted, passage, some)
        found += _best_of_passage(stretches)
    if question.in_order:
        found = _of_the_first_file(found, whole)
    found.sort(key=lambda one: -one.score)
    missing = missing_names(question.text, wanted)
    if not found:
        return Quotes(missing=missing)
    chosen = _choose(found, limit)
    by_meaning = any(passage.similarity for passage in passages)
    if sureness(chosen[0], abouts[id(chosen[0].passage)], by_meaning=by_meaning) < _enough(question, wanted):
        nearest = _nearest(found, abouts, wanted)
        near = is_near(nearest, abouts[id(nearest.passage)])
        return Quotes((_quote(nearest),) if near else (), missing=missing)
    answers = _different_answers(chosen)
    if len(answers) == 1:
        return Quotes(tuple(_joined([_quote(one) for one in chosen])), certain=True, missing=missing)
    quotes = tuple(_quote(one) for one in answers)
    return Quotes(quotes, certain=True, apart=captions.apart([one.passage for one in quotes]), missing=missing)


def support(passage: Passage, claims: Sequence[str]) -> Quote:
    """The stretch of a passage that best supports claims made of it: one sentence, or neighbours that add to it.

    claims: sentences of an answer or, failing these, the question. The passage's beginning if nothing is shared.
    """
    some = units(passage, Surroundings())
    if not some:
        return Quote(passage, 0, len(passage.text), 0.0)
    weights = Weights(unit.vocabulary for unit in some)
    best = Quote(passage, *some[0].span, 0.0, captions.caption(passage, some[0]))
    for claim in claims:
        wanted = frozenset(terms(claim))
        for at, unit in enumerate(some):
            score = weights.share(wanted, unit.vocabulary)
            if score <= best.score:
                continue
            start, end = unit.span
            for neighbour in some[max(0, at - 1) : at + 2]:
                adds = weights.share(wanted, unit.vocabulary | neighbour.vocabulary) - score
                joined = (min(start, neighbour.span[0]), max(end, neighbour.span[1]))
                if adds >= _ADDS and joined[1] - joined[0] <= LONGEST:
                    start, end = joined
            best = Quote(passage, start, end, score, captions.caption(passage, unit))
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
        caption=quote.caption,
    )


def _enough(question: Question, asked: Asked) -> float:
    """The sureness from which a quote passes for an answer."""
    enough = question.strict * (_MEANT if question.in_order else 1.0)
    if asked.is_unspaced:
        return enough * _PAIRS
    return enough * (_COMPOUNDS if asked.language in COMPOUNDING else 1.0)


def _beginnings(passages: Sequence[Passage], split: Sequence[Sequence[Unit]], limit: int) -> Quotes:
    firsts = [
        Quote(passage, *some[0].span, passage.score, captions.caption(passage, some[0]), some[0].kind, some[0].table)
        for passage, some in zip(passages, split, strict=True)
        if some
    ]
    return Quotes(tuple(firsts[:limit]), certain=bool(firsts))


def _quote(one: Scored) -> Quote:
    first = one.units[0]
    return Quote(
        one.passage, one.start, one.end, one.score, captions.caption(one.passage, first), first.kind, first.table
    )


def _best_of_passage(found: list[Scored]) -> list[Scored]:
    """The best stretches of one passage that do not overlap; of a table's rows those that hold what its best does."""
    best: list[Scored] = []
    held: frozenset[str] | None = None
    for one in sorted(found, key=lambda one: (-one.score, one.start)):
        if one.units[0].kind == "row":
            held = one.held if held is None else held
            if not one.held >= held:
                continue
        if not any(one.start < other.end and other.start < one.end for other in best):
            best.append(one)
            if len(best) == _MOST_OF_A_PASSAGE:
                break
    return best


def _nearest(found: Sequence[Scored], abouts: Mapping[int, About], asked: Asked) -> Scored:
    """The best of those in whose passage the rarest word of the question stands that stands anywhere."""

    def rarest(one: Scored) -> float:
        return max((asked.weights[term] for term in abouts[id(one.passage)].held), default=0.0)

    return max(found, key=lambda one: (rarest(one), one.score))


def _of_the_first_file(found: list[Scored], passages: Sequence[Passage]) -> list[Scored]:
    """What the first file says of those that say about as much as any."""
    most = max((one.whole for one in found), default=0.0)
    for path in dict.fromkeys(passage.path for passage in passages):
        of_file = [one for one in found if one.passage.path == path]
        if any(one.whole >= _WORTH * most for one in of_file):
            return of_file
    return found


def _choose(found: Sequence[Scored], limit: int) -> list[Scored]:
    """The best, none of which says what a better one has said, none far behind the best."""
    chosen: list[Scored] = []
    for one in found:
        if len(chosen) == limit or (chosen and one.score < _WORTH * chosen[0].score):
            break
        rows = one.units[0].kind == "row"
        behind = rows and any(
            other.units[0].kind == "row" and other.passage.path == one.passage.path and not one.held >= other.held
            for other in chosen
        )
        beside = bool(chosen) and one.direct < _BESIDE * chosen[0].direct
        if not behind and not beside and not any(_says_the_same(one, other) for other in chosen):
            chosen.append(one)
    return chosen


def _words(one: Scored) -> frozenset[str]:
    return frozenset[str]().union(*(unit.words for unit in one.units))


def _says_the_same(one: Scored, other: Scored) -> bool:
    """Whether two stretches say the same: nearly all of their words, and none stands in another's place."""
    mine, theirs = _words(one), _words(other)
    if one.passage.path == other.passage.path and one.passage.place.start + one.start == (
        other.passage.place.start + other.start
    ):
        return True
    replaced = mine - theirs and theirs - mine
    return len(mine & theirs) >= _SAME * len(mine | theirs) and not replaced


def _different_answers(chosen: list[Scored]) -> list[Scored]:
    """The best of each file where several give different answers to the same question; else just the best."""
    best = chosen[0]
    group = [best]
    for one in chosen[1:]:
        mine, theirs = _words(one), _words(best)
        alike = len(mine & theirs) >= _ALIKE * len(mine | theirs) and one.held >= best.held
        if alike and one.units[0].kind == best.units[0].kind and all(
            one.passage.path != other.passage.path for other in group
        ):  # fmt: skip
            group.append(one)
    return group


def _joined(quotes: list[Quote]) -> list[Quote]:
    """Rows of one table that follow each other made one quote, at the better one's rank."""
    result: list[Quote] = []
    for quote in quotes:
        for at, other in enumerate(result):
            first, second = sorted((other, quote), key=lambda one: one.start)
            between = quote.passage.text[first.end : second.start]
            if first.passage is second.passage and first.kind == second.kind == "row" and not between.strip():
                result[at] = msgspec.structs.replace(other, start=first.start, end=second.end)
                break
        else:
            result.append(quote)
    return result
