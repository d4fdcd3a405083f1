"""What a sentence denies, clause by clause, and the words that turn it into its opposite."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import msgspec

_CLAUSE = re.compile(
    r"[,;:()–—\n]|\s-\s|\.\s|\b(?:but|while|whereas|although|though|aber|sondern|während|obwohl|mais|pero|ma)\b"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_DENYING_WORDS = """
not no never none nobody nothing neither nor without cannot hardly nowhere unable
nicht kein keine keinen keinem keiner keines nie niemals niemand nichts weder ohne nirgends
"""
_DENYING_TOGETHER_WORDS = """
ne pas jamais aucun aucune sans rien personne nunca jamás ningún ninguna ninguno sin nadie nada tampoco
non mai nessun nessuno nessuna senza niente não nenhum nenhuma sem ninguém niet geen nooit zonder niemand niets
inte ingen inget inga aldrig utan nigdy bez nu fără niciodată değil yok hiç không chưa
не нет нельзя без никогда ни δεν δε μην χωρίς لا ليس لم لن بدون نہیں नहीं न बिना
"""
_DENYING = frozenset(_DENYING_WORDS.split())
"""Two of them in a clause make none."""
_DENYING_TOGETHER = frozenset(_DENYING_TOGETHER_WORDS.split())
"""However many there are, the clause denies, as in these languages two do."""
_DENYING_SIGNS = ("不", "没", "沒", "無", "无", "ない", "ません", "ไม่", "않", "없")
_LEFT_OPEN_WORDS = """
is are was were do does did can could will would may might has have had
ist sind war waren darf dürfen kann können hat haben est sont es son
"""
_LEFT_OPEN = frozenset(_LEFT_OPEN_WORDS.split())
_OPPOSITES = tuple(
    tuple(frozenset(side.split()) for side in pair.split("|"))
    for pair in (
        "allowed permitted may erlaubt|forbidden prohibited banned verboten untersagt",
        "before prior vor|after nach",
        "above over über oberhalb|below under unter unterhalb",
        "more mehr|less fewer weniger",
        "most|least fewest",
        "increase increased increases increasing rise rose risen grew erhöht gestiegen|"
        "decrease decreased decreases decreasing fall fell fallen shrank declined gesenkt gesunken",
        "always immer|never nie niemals",
        "open opened offen|closed shut geschlossen",
        "paid bezahlt|unpaid outstanding unbezahlt offen",
        "with mit|without ohne",
        "higher highest höher|lower lowest niedriger",
        "larger largest bigger biggest größer größte|smaller smallest kleiner kleinste",
        "earlier earliest früher|later latest später",
        "first erste ersten erster|last letzte letzten letzter",
        "maximum most höchstens|minimum least mindestens",
        "win won wins gewann gewonnen|lose lost loses verlor verloren",
        "buy bought kaufte gekauft|sell sold verkaufte verkauft",
        "include included includes including|exclude excluded excludes excluding",
        "accept accepted angenommen|reject rejected refused abgelehnt",
        "north northern nord nördlich|south southern süd südlich",
        "east eastern ost östlich|west western westlich",
        "left links|right rechts",
        "true wahr|false falsch",
        "possible möglich|impossible unmöglich",
        "all alle|none keine",
        "only nur|everyone everybody anyone jeder jede jedermann",
        "old alt|new neu",
        "begin begins began start starts started beginnt begann|end ends ended endet endete",
    )
)


class Clause(msgspec.Struct, frozen=True):
    """A stretch of a sentence between its marks. denied: whether it says no. open: it leaves out what is said of its
    subject ("dogs are not"). said: where what is said of its subject begins.
    """

    start: int
    end: int
    denied: bool
    open: bool = False
    said: int = 0


def clauses(sentence: str) -> list[Clause]:
    """The clauses of a sentence, in order."""
    found: list[Clause] = []
    at = 0
    for mark in [*_CLAUSE.finditer(sentence), None]:
        end = mark.start() if mark is not None else len(sentence)
        if mark is None or _splits(sentence, mark):
            if sentence[at:end].strip():
                found.append(_clause(sentence, at, end))
            at = mark.end() if mark is not None else end
    return found


def _clause(sentence: str, start: int, end: int) -> Clause:
    matches = list(_WORD.finditer(sentence, start, end))
    words = [_word(match) for match in matches]
    verb = next((match.end() for match, word in zip(matches, words, strict=True) if word in _LEFT_OPEN), start)
    open_ = bool(words) and (words[-1] in _LEFT_OPEN or _denies(words[-1]))
    return Clause(start, end, _denied(words), open_, verb)


def denies(text: str) -> bool:
    """Whether any word of a text denies."""
    return any(map(_denies, _words(text)))


def turned(claim: str, source: str) -> str:
    """A word of a claim in whose place the source has its opposite; "" if there is none."""
    return min((word for said, _ in _opposites(claim, source) for word in said), default="")


def turned_twice(claim: str, source: str) -> bool:
    """Whether they say the same by an opposite that one of them denies, and nothing else is turned: "not allowed" and
    "forbidden", but not "the north wing is open" and "the south wing is not"."""
    found = list(_opposites(claim, source))
    return len(found) == 1 and _denied_word(claim, found[0][0]) != _denied_word(source, found[0][1])


def _opposites(claim: str, source: str) -> Iterator[tuple[set[str], set[str]]]:
    """Words of a claim with their opposites in the source, where neither has the other's."""
    mine, theirs = set(_words(claim)), set(_words(source))
    for pair in _OPPOSITES:
        for side, other in (pair, pair[::-1]):
            if mine & side and not mine & other and theirs & other and not theirs & side:
                yield mine & side, theirs & other


def _denied_word(text: str, among: set[str]) -> bool:
    """Whether a denial stands right before one of these words."""
    words = _words(text)
    return any(_denies(one) and other in among for one, other in itertools.pairwise(words))


def _splits(sentence: str, mark: re.Match[str]) -> bool:
    """Whether a mark ends a clause rather than parting a figure (1,234 or 05:45)."""
    inside = sentence[max(0, mark.start() - 1) : mark.end() + 1]
    return not (len(inside) == 3 and inside[0].isdigit() and inside[2].isdigit())


def _words(text: str) -> list[str]:
    return [_word(match) for match in _WORD.finditer(text)]


def _word(match: re.Match[str]) -> str:
    return match.group().casefold().replace("’", "'")


def _denied(words: list[str]) -> bool:
    single = sum(map(_denies_alone, words))
    return single % 2 == 1 if single else any(map(_denies, words))


def _denies_alone(word: str) -> bool:
    return word in _DENYING or word.endswith("n't")


def _denies(word: str) -> bool:
    return _denies_alone(word) or word in _DENYING_TOGETHER or any(sign in word for sign in _DENYING_SIGNS)
