"""A question read into what hangs it to the one before, and into phrases: names, times, what it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from app.assistant.follow_ups import unspaced
from app.assistant.follow_ups.grammar import Grammar, folded
from app.assistant.follow_ups.grammars import grammar_of
from app.language.question.calendar_words import MONTHS

Kind = Literal["name", "time", "typed", "plain"]
Role = Literal["place", "person", "other", ""]

MOST_CHARS = 600  # of a question that may go on from another; a longer one says itself what it is about
_TIME = re.compile(r"(?:1[5-9]|20)\d\d(?:[-/](?:\d\d){1,2})?|q[1-4]|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d\d-\d\d")
_MONTHS = frozenset(map(folded, MONTHS))
_CONTRACTED = re.compile(r"(?:(?<=what)|(?<=when)|(?<=that)|(?<=here)|(?<=who)|(?<=how)|(?<=it))'s$")
_FILE_NAME = re.compile(r"[\w()-][\w.()-]*\.[^\W\d_]\w{1,4}")
_TYPED = re.compile(r"-?\w{2,12}:\S+|-\w\S*")
_PHRASE = re.compile(r"\"[^\"]{1,200}\"|“[^“”]{1,200}”|„[^„“”]{1,200}[“”]")
_NUMBER_MARK = re.compile(r"\[(\d{1,3})\]")
_ELIDED = re.compile(r"\b(l|d|qu|dell|nell|all|sull|un)['’](?=\w)", re.IGNORECASE)
_WHATS = frozenset(["what", "was", "que", "quoi", "che", "cosa", "wat", "vad", "co", "czy", "что", "ne"])
_EDGES = "?!.,;:…\"'“”„‚‘’«»()[]{}¿¡؟،。？！、"


class Phrase(msgspec.Struct, frozen=True):
    """Words that belong together, as they were written. role: what its preposition makes of it. definite: “the …”."""

    words: tuple[str, ...]
    kind: Kind = "plain"
    role: Role = ""
    definite: bool = False

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(self.words)

    @property
    def is_subject(self) -> bool:
        """Whether it says what a question is about, rather than what is asked of that."""
        return self.kind != "plain" or bool(self.role)


class Clause(msgspec.Struct, frozen=True):
    """A question as it was read.

    grammar: of its language. cue: what it begins with that goes on. pointing: what it points back with. asking: its
    asking words that narrow something down (“how much”). asks: whether it has any, or a verb that helps. measures: it
    asks how much. exists: it asks whether there is something. years: by how many it moves the year. ordinal: the
    numbered source that it means, -1 the last, -2 the other; file: it means the file that was cited. more: it asks for
    more of the same. phrases: in order. length: its words.
    """

    grammar: Grammar
    cue: str = ""
    pointing: str = ""
    asking: tuple[str, ...] = ()
    asks: bool = False
    measures: bool = False
    exists: bool = False
    years: int = 0
    ordinal: int = 0
    file: bool = False
    more: bool = False
    phrases: tuple[Phrase, ...] = ()
    length: int = 0

    @property
    def subject(self) -> tuple[Phrase, ...]:
        """The phrases that say what it is about."""
        return tuple(phrase for phrase in self.phrases if phrase.is_subject)

    @property
    def topic(self) -> tuple[Phrase, ...]:
        """The phrases that say what is asked of that."""
        return tuple(phrase for phrase in self.phrases if not phrase.is_subject)

    @property
    def has_own_subject(self) -> bool:
        """Whether it names something."""
        return any(phrase.kind in ("name", "typed") for phrase in self.phrases)


def read(question: str, before: Grammar | None = None) -> Clause:
    """A question read into phrases. before: the language that was spoken before, for what any language could be."""
    question = question[:MOST_CHARS]
    typed = _PHRASE.findall(question)
    plain = _ELIDED.sub(r"\1' ", _PHRASE.sub(" ", question))
    raw = [token for token in unspaced.split(plain).split() if token]
    forms = [_CONTRACTED.sub("", folded(token.strip(_EDGES))) for token in raw]
    grammar = grammar_of([form for form in forms if form], before)
    cue_length, cue = _cue(forms, grammar)
    return _Reader(raw, forms, grammar, question).clause(cue_length, cue, typed)


def _cue(forms: Sequence[str], grammar: Grammar) -> tuple[int, str]:
    """How many words a question begins with that go on from the one before, and those that tell so."""
    at = 0
    while at < len(forms):
        if forms[at] in unspaced.GOING_ON:
            return at + 1, forms[at]
        for phrase in grammar.going_on:
            words = (phrase[0].removeprefix("~"), *phrase[1:])
            if tuple(forms[at : at + len(words)]) == words:
                break
        else:
            return at, ""
        at += len(words)
        if not phrase[0].startswith("~"):
            return at, " ".join(words)
    return at, ""


class _Reader:
    """Goes through the words of one question once, and gathers phrases."""

    def __init__(self, raw: Sequence[str], forms: Sequence[str], grammar: Grammar, question: str) -> None:
        self._raw = raw
        self._forms = forms
        self._grammar = grammar
        self._question = question
        self._phrases: list[Phrase] = []
        self._words: list[str] = []
        self._preposition = ""
        self._article = ""
        self._asking: list[str] = []
        self._pointing = ""
        self._asks = self._measures = self._file = self._more = False
        self._ordinal = 0
        self._last_kind: Kind = "plain"
        self._follows_on = False  # the words before the preposition end where it begins

    def clause(self, begin: int, cue: str, typed: Sequence[str]) -> Clause:
        """The clause. begin: the words of its cue."""
        mark = _NUMBER_MARK.search(self._question)
        if mark is not None:
            self._ordinal = int(mark[1])
        words = " ".join(self._forms[begin:])
        years = next((by for phrase, by in self._grammar.years if f" {phrase} " in f" {words} "), 0)
        at = begin
        while at < len(self._raw) and not years:
            at += self._take(at, first=at == begin and not cue)
        self._close()
        self._phrases += [Phrase((each,), "typed") for each in typed]
        return Clause(
            grammar=self._grammar, cue=cue, pointing=self._pointing, asking=tuple(self._asking), asks=self._asks,
            measures=self._measures, exists=tuple(self._forms[begin : begin + 2]) in self._grammar.exists, years=years,
            ordinal=self._ordinal, file=self._file, more=self._more, phrases=tuple(self._phrases),
            length=len(self._raw) - begin,
        )  # fmt: skip

    def _take(self, at: int, *, first: bool) -> int:
        """Take a word, or some that belong together; how many they were."""
        grammar, form, raw = self._grammar, self._forms[at], self._raw[at]
        if not form or _NUMBER_MARK.fullmatch(raw.strip("?!.,;:")):
            self._close()
        elif _TYPED.fullmatch(raw) and len(raw) > 2:
            self._close()
            self._phrases.append(Phrase((raw,), "typed"))
        elif (counted := self._source_at(at)) > 0:
            return counted
        elif form in _MONTHS and raw[:1].isupper() and not first:
            self._word(at, first=first)
        elif form in unspaced.ASKING:
            self._close()
            self._asks = True
            self._asking.append(form)
        elif form in unspaced.MORE:
            self._close()
            self._more = True
        elif form in unspaced.POINTING:
            self._close()
            self._pointing = self._pointing or form
        elif form == unspaced.OF:
            self._belongs()
        elif form in grammar.asking and form not in grammar.articles:
            self._ask(at)
        elif self._points(at, first=first):
            self._close()
            self._pointing = self._pointing or form
        elif form in grammar.prepositions:
            self._follows_on = bool(self._words)
            self._close()
            self._preposition = form
        elif form in grammar.articles:
            self._close_words()
            self._article = form
        elif form in grammar.more and not self._words:
            self._more = True
        elif form in grammar.helping or form.endswith("n't"):
            self._close()
            self._asks = True
        else:
            self._word(at, first=first)
        return 1

    def _ask(self, at: int) -> None:
        self._close()
        self._asks = True
        if self._forms[at] in self._grammar.vague - _WHATS:
            self._article = self._forms[at]  # “which flights”: the thing that is asked about
        if self._forms[at] not in self._grammar.vague or self._follows(at, self._grammar.measured):
            self._asking.append(self._raw[at].strip(_EDGES).casefold())
            if self._follows(at, self._grammar.measured):
                self._measures = True
                self._asking.append(self._forms[at + 1])
                self._forms = [*self._forms[: at + 1], "", *self._forms[at + 2 :]]

    def _follows(self, at: int, words: frozenset[str]) -> bool:
        return at + 1 < len(self._forms) and self._forms[at + 1] in words

    def _points(self, at: int, *, first: bool) -> bool:
        grammar, form = self._grammar, self._forms[at]
        if form in grammar.people and self._raw[at][:1].isupper() and not first:
            return False  # the polite “Sie”
        if form in grammar.there and self._raw[at].casefold() in ("there", "da"):
            before = self._forms[at - 1] if at else ""
            if before in ("is", "are", "was", "were") and at <= 2 and at + 1 < len(self._forms):
                return False  # “is there a cellar?”
        if form in grammar.pointing:
            return form not in grammar.articles or not self._content_follows(at)
        return form in grammar.naked and not self._content_follows(at) and not self._words and form != "es"

    def _content_follows(self, at: int) -> bool:
        """Whether the next word is one of its own, which an article or a “that” would stand before."""
        if at + 1 >= len(self._forms):
            return False
        after, grammar = self._forms[at + 1], self._grammar
        functional = grammar.helping | grammar.prepositions | grammar.pointing | grammar.asking
        return bool(after) and after not in functional

    def _source_at(self, at: int) -> int:
        """How many words from here name a source (“the second one”, “source 2”, “that file”); 0 if they do not."""
        grammar, forms = self._grammar, self._forms
        word = forms[at]
        number = unspaced.ORDINALS.get(word, 0) or grammar.ordinals.get(word, 0)
        number = number or (-1 if word in grammar.last else -2 if word in grammar.other else 0)
        after = forms[at + 1] if at + 1 < len(forms) else ""
        if number and (not after or after in grammar.files or self._ends_phrase(at + 1)):
            if word in grammar.more and not self._article and after not in grammar.files:
                return 0  # “autre chose”
            self._ordinal = number
            self._drop()
            return 2 if after in grammar.files else 1
        if word in _COUNTED and word in grammar.files and after.isdecimal() and len(after) <= 3:
            self._ordinal = int(after)
            self._drop()
            return 2
        demonstrative = word in grammar.things or word in grammar.naked or word in ("same", "dieselbe", "dasselbe")
        if demonstrative and after in grammar.files:
            self._file = True
            self._drop()
            return 2
        return 0

    def _ends_phrase(self, at: int) -> bool:
        grammar = self._grammar
        return self._forms[at] in grammar.helping | grammar.prepositions | grammar.asking

    def _word(self, at: int, *, first: bool) -> None:
        raw = self._raw[at]
        bare = raw.strip(_EDGES)
        owner = bare[:-2] if bare[-2:] in ("'s", "’s") and len(bare) > 2 else ""
        word = owner or bare
        kind = self._kind(at, word, first=first)
        if self._words and kind != self._last_kind and not (word.isdecimal() and kind == "plain"):
            self._close(keep_preposition=kind == "name" or bool(self._article))
        self._words.append(word)
        self._last_kind = kind
        if owner:
            self._phrases.append(Phrase(tuple(self._words), kind, "person", definite=True))
            self._drop()
        elif raw.rstrip().endswith((",", ";", ":")):
            self._close()

    def _kind(self, at: int, word: str, *, first: bool) -> Kind:
        form = self._forms[at]
        if _TIME.fullmatch(form):
            return "time"
        if _FILE_NAME.fullmatch(word):
            return "name"
        if form in _MONTHS and (word[:1].isupper() or form not in ("may", "march", "mars", "mai")):
            return "time"
        if self._words and word.isdecimal():
            return self._last_kind
        if any(letter.isdigit() for letter in word) and not word.isdecimal() and len(word) > 2:
            return "name"
        if not word[:1].isupper():
            return "plain"
        if word.isupper() and len(word) > 1 and not self._shouts:
            return "name"
        if self._grammar.articles_tell_names:
            return "name" if self._stands_bare(at) else "plain"
        return "plain" if first else "name"

    def _stands_bare(self, at: int) -> bool:
        """Whether a noun has no article, and so may be a name: “in Lissabon”, “von Knut Tamm”, “Knut Tamm”, “Weg 3”."""
        if self._words and self._last_kind == "name":
            return True
        after = self._raw[at + 1].strip(_EDGES) if at + 1 < len(self._raw) else ""
        if after.isdecimal():
            return True
        return bool(self._preposition) and not self._article and self._preposition not in self._grammar.contracted

    @property
    def _shouts(self) -> bool:
        letters = [letter for letter in self._question if letter.isalpha()]
        return all(letter.isupper() for letter in letters)

    def _belongs(self) -> None:
        """What came before is what the next words belong to (“公寓的押金”)."""
        if self._words:
            self._phrases.append(Phrase(tuple(self._words), "plain", "other", definite=True))
            self._words = []
            self._drop()

    def _close_words(self) -> None:
        """End the phrase before an article; its preposition stays if it had no words yet (“in the”)."""
        if self._words:
            self._close()

    def _close(self, *, keep_preposition: bool = False) -> None:
        if self._words:
            kind = self._last_kind
            role = self._role(self._preposition)
            definite = bool(self._article) or self._preposition in self._grammar.contracted
            self._add(Phrase(tuple(self._words), kind, role, definite))
        self._words = []
        if not keep_preposition:
            self._preposition = ""
        self._article = ""

    def _add(self, phrase: Phrase) -> None:
        """Add a phrase; one that only says which (“period of notice”) belongs to that before it."""
        last = self._phrases[-1] if self._phrases else None
        which = phrase.role == "person" and phrase.kind == "plain" and not phrase.definite
        if which and last is not None and not last.is_subject and self._follows_on:
            self._phrases[-1] = msgspec.structs.replace(last, words=(*last.words, *phrase.words))
        else:
            self._phrases.append(phrase)

    def _drop(self) -> None:
        self._words, self._preposition, self._article = [], "", ""

    def _role(self, preposition: str) -> Role:
        grammar = self._grammar
        if not preposition:
            return ""
        return "place" if preposition in grammar.places else "person" if preposition in grammar.persons else "other"


_COUNTED_WORDS = """
source number no quelle nummer nr ziffer treffer result hit numero fonte fuente bron kalla numer zrodlo номер источник
kaynak file datei fichier document archivo dokument
"""
_COUNTED = frozenset(_COUNTED_WORDS.split())
