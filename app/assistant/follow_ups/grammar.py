"""What is known of one language: its closed classes of words, by which a question is read."""

from __future__ import annotations

import unicodedata

import msgspec

Words = frozenset[str]


class Grammar(msgspec.Struct, frozen=True):
    """The closed classes of one language, folded.

    going_on: what a question begins with that goes on from the one before, longest first; with “~” what tells nothing
    of that (“so”, “ok”) and is left out. places, persons: prepositions
    behind which mostly a place, or a person, stands; others: the rest. contracted: those that hold an article.
    things, people, there: what points back. naked: what points back only where no word of its own follows.
    vague: asking words that narrow nothing down. measured: what belongs to an asking word (“how much”).
    helping: auxiliaries, particles and the like. more: what asks for more of the same. files: what a source is called.
    exists: what asks whether there is something. years: what moves the year that was spoken of, and by how many.
    articles_tell_names: every noun has a capital, so that only what stands without an article may be a name.
    """

    going_on: tuple[tuple[str, ...], ...]
    articles: Words
    places: Words
    persons: Words
    others: Words
    contracted: Words
    things: Words
    people: Words
    there: Words
    naked: Words
    asking: Words
    vague: Words
    measured: Words
    helping: Words
    more: Words
    files: Words
    ordinals: dict[str, int]
    last: Words
    other: Words
    exists: frozenset[tuple[str, ...]] = frozenset()
    years: tuple[tuple[str, int], ...] = ()
    articles_tell_names: bool = False

    @property
    def prepositions(self) -> Words:
        """All of them."""
        return self.places | self.persons | self.others

    @property
    def gendered(self) -> bool:
        """Whether what points to persons points to things as well."""
        return self.articles != frozenset(["the", "a", "an"])

    @property
    def pointing(self) -> Words:
        """All that points back wherever it stands."""
        return self.things | self.people | self.there


def folded(word: str) -> str:
    """A word as it is compared here: lower case, no accents on Latin letters, one apostrophe."""
    lowered = word.casefold().replace("’", "'")
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered)
    return unicodedata.normalize("NFC", "".join(one for one in parts if not "\u0300" <= one <= "\u036f"))


def grammar(
    *,
    articles_tell_names: bool = False,
    ordinals: str = "",
    going_on: str = "",
    exists: str = "",
    year_before: str = "",
    year_after: str = "",
    **classes: str,
) -> Grammar:
    """going_on, exists, year_...: phrases between bars. ordinals: those of one number, then a bar, then the next."""
    years = [(folded(one), by) for by, some in ((-1, year_before), (1, year_after)) for one in some.split("|") if one]
    sets = {name: frozenset(folded(word) for word in classes.get(name, "").split()) for name in _CLASSES}
    phrases = sorted((tuple(folded(phrase).split()) for phrase in going_on.split("|")), key=len, reverse=True)
    numbers = {
        folded(word): number for number, words in enumerate(ordinals.split("|"), 1) for word in words.split()
    }  # fmt: skip
    return Grammar(
        going_on=tuple(phrases), ordinals=numbers, articles_tell_names=articles_tell_names, years=tuple(years),
        exists=frozenset(tuple(folded(one).split()) for one in exists.split("|") if one), **sets,
    )  # fmt: skip


_CLASSES = (
    "articles", "places", "persons", "others", "contracted", "things", "people", "there", "naked", "asking", "vague",
    "measured", "helping", "more", "files", "last", "other",
)  # fmt: skip
