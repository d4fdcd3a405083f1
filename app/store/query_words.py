"""A question's words as the index knows them: which forms to look for, and how many chunks hold each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from app.base.values import Correction
from app.language.folding import fold, other_spellings, spelled_out
from app.language.hyphenation import compounds
from app.language.identifiers import mentions
from app.language.languages import function_words, language_of_question, without_function_words
from app.language.stemming import stem
from app.language.words import HIRAGANA, UNSPACED_RUN, gram_length, grams, word_spans
from app.store.full_text import any_of, beginning, camel_parts, phrase, quoted
from app.store.index import IndexStore
from app.store.misspelling import known_words, meant_by

COMMON_SHARE = 0.2
COMMON_FLOOR = 400
MAX_WORDS = 64
_MAX_MENTIONS = 64
# Of all files: a language of fewer is asked in only by its own questions, and where a word stands nowhere otherwise.
# With a share of 0 the few of cosqa's functions that look Polish or Danish cost .033 of its nDCG@10.
_LANGUAGE_SHARE = 0.02
_UMLAUT_LANGUAGES = frozenset(["de", "sv", "da", "no", "fi"])
_IDENTIFIER_WEIGHT = 3  # times a word: one that stands somewhere is what the question is about


class QueryWord(msgspec.Struct, frozen=True):
    """A word of a question that is looked for.

    text: as it was asked for, small. match: an FTS5 expression that finds all its forms. chunks: how many hold one of
    them, 0 where the word stands in no file; counted no further than `QueryWords.common` and one more. weight: how
    many times a word's worth it counts. kind: an "identifier" is one thing, a "piece" is characters of a run in a
    script without spaces, which tell less than a word.
    """

    text: str
    match: str
    chunks: int
    weight: int = 1
    kind: str = "word"


class QueryWords(msgspec.Struct, frozen=True):
    """The words of a question that tell what it is about, in its order.

    total: how many chunks there are. common: a word in more chunks than this is not looked for while there are others.
    language: of the question, as ISO 639-1; "" where it cannot be told. corrections: names that stand in no file,
    each with what was looked for in its place.
    """

    words: tuple[QueryWord, ...]
    total: int
    common: int
    language: str = ""
    corrections: tuple[Correction, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The words that stand in no file."""
        return tuple(word.text for word in self.words if not word.chunks and word.kind != "piece")

    @property
    def looked_for(self) -> tuple[QueryWord, ...]:
        """The words that `match_words` looks for: those that stand somewhere, without the common ones among rarer.

        Very common words cost most of the time and gain nothing.
        """
        present = [word for word in self.words if word.chunks]
        return tuple([word for word in present if word.chunks <= self.common] or present)


def query_words(index: IndexStore, query: str) -> QueryWords:
    """What of a question is looked for by words. Function words do not count unless there is nothing else."""
    return _Question(index, query).read()


class _Question:
    """A question being read against an index."""

    def __init__(self, index: IndexStore, query: str) -> None:
        self._index = index
        self._query = query
        self._total = int(index.query("SELECT count(*) FROM chunks")[0][0])
        self._common = int(max(COMMON_FLOOR, self._total * COMMON_SHARE))
        files = dict(index.query("SELECT language, files FROM languages WHERE files > 0"))
        self._language = language_of_question(query, max(files, key=lambda name: files[name], default="en"))
        enough = sum(files.values()) * _LANGUAGE_SHARE
        self._all_languages = tuple(files) or ("en",)
        self._languages = tuple(
            name for name in self._all_languages if name == self._language or files.get(name, enough) >= enough
        )
        self._empty = function_words(self._language or "en")

    def read(self) -> QueryWords:
        found: dict[str, QueryWord] = {}
        corrections: list[Correction] = []
        for word in self._words():
            if len(found) >= MAX_WORDS:
                break
            if (
                not word.chunks
                and word.kind == "word"
                and (meant := meant_by(self._index, word.text, self._query, self._language))
            ):
                corrections.append(meant)
                found.setdefault(word.match, word)
                word = self._word(meant.meant)
            found.setdefault(word.match, word)
        return QueryWords(tuple(found.values()), self._total, self._common, self._language, tuple(corrections))

    def _words(self) -> Iterator[QueryWord]:
        identifiers = self._identifiers()
        yield from identifiers.values()
        written: dict[str, str] = {}  # each word once, however often the question repeats it
        for start, end in word_spans(self._query):
            if not any(one.chunks and start < last and first < end for (first, last), one in identifiers.items()):
                written.setdefault(fold(self._query[start:end]), self._query[start:end])
        telling = [word for folded, word in written.items() if folded not in self._empty]
        said = [found for word in telling[:MAX_WORDS] for found in self._of_word(word)]
        if not said and not identifiers:  # nothing but function words
            self._empty = frozenset()
            said = [found for word in list(written.values())[:MAX_WORDS] for found in self._of_word(word)]
        yield from said
        for joined in compounds(self._query):
            if (word := self._word(joined)).chunks:
                yield word

    def _identifiers(self) -> dict[tuple[int, int], QueryWord]:
        """By their place in the question: identifiers that stand in the index, and whole ones that do not."""
        found: dict[tuple[int, int], QueryWord] = {}
        for mention in mentions(self._query)[:_MAX_MENTIONS]:
            if any(mention.start < last and first < mention.end for first, last in found):
                continue
            text = self._query[mention.start : mention.end]
            match = any_of(quoted([form]) for sign in mention.signs for form in (sign, sign[1:]))
            chunks = self._count(match)
            if not chunks and mention.whole:  # a beginning or an end of one, or one that is spaced otherwise
                match = phrase(text, self._languages)
                chunks = self._count(match)
            if chunks or mention.whole:
                found[mention.start, mention.end] = QueryWord(
                    text.lower(), match, chunks, _IDENTIFIER_WEIGHT, "identifier"
                )
        return found

    def _of_word(self, word: str) -> Iterator[QueryWord]:
        folded = fold(word)
        runs = UNSPACED_RUN.findall(folded)
        if not runs:
            yield self._word(word)
            for part in camel_parts(word):
                yield self._word(part)
            return
        for run in runs:
            left = without_function_words(run, self._language) if self._empty else [run]
            pieces = [piece for stretch in left for piece in grams(stretch)]
            for piece in [one for one in pieces if not HIRAGANA.fullmatch(one)] or pieces:
                match = quoted([piece]) if len(piece) >= gram_length(piece) else beginning([piece])
                yield QueryWord(piece, match, self._count(match), kind="piece")
        for rest in UNSPACED_RUN.sub(" ", folded).split():
            yield self._word(rest)

    def _word(self, word: str) -> QueryWord:
        folded = fold(word)
        written = [word, spelled] if (spelled := spelled_out(word)) else [word]
        named = self._language in _UMLAUT_LANGUAGES or word[:1].isupper()
        match = self._match(written)
        chunks = self._count(match)
        if not chunks and self._languages != self._all_languages:
            match = self._match(written, self._all_languages)
            chunks = self._count(match)
        if (named or not chunks) and (others := known_words(self._index, other_spellings(folded))):
            match = self._match([*written, *others])
            chunks = self._count(match)
        return QueryWord(folded, match, chunks)

    def _match(self, written: Iterable[str], languages: Sequence[str] = ()) -> str:
        """An expression for words in each of some languages, those of most files if none are given."""
        tokens = [stem(word, language) for word in written for language in languages or self._languages]
        signs = ["=" + token for token in tokens if any(map(str.isdecimal, token))]
        return any_of(quoted([token]) for token in [*tokens, *signs])

    def _count(self, match: str) -> int:
        """How many chunks an FTS5 expression finds, at most one more than are common."""
        if not match:
            return 0
        sql = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
        return int(self._index.query(sql, [match, self._common + 1])[0][0])
