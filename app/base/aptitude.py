"""What a chat model was measured to be able to do with files, and how much is asked of it for that."""

from __future__ import annotations

from typing import Literal

from app.base.values import Value

Profile = Literal["full", "plain", "reader", "quotes"]
"""How a model is used. full: long instructions, several passages, tools; plain: short instructions, few passages, no
tools; reader: one extracted sentence to phrase; quotes: it writes nothing, the files' own words answer."""

PROFILES: tuple[Profile, ...] = ("full", "plain", "reader", "quotes")
"""From the one that asks most of a model to the one that asks nothing."""

_GOOD_FOR = {
    "full": "good for answers from files, with tools",
    "plain": "good for answers from files",
    "reader": "good for wording what was found",
    "quotes": "answers are better quoted from the files",
}


class Score(Value, frozen=True, kw_only=True):
    """So many of so many tasks."""

    right: int = 0
    of: int = 0

    @property
    def share(self) -> float:
        """0 to 1; 0 where there was no task."""
        return self.right / self.of if self.of else 0.0


class Aptitude(Value, frozen=True, kw_only=True):
    """What a model did with the built-in tasks.

    finds: the fact or the number that stands in the passages. cites: by the right number, of those. admits: that it is
    not there. phrases: an answer of one sentence that it was given. speaks: the question's language. calls: the right
    tool, as it should be called. ends: by itself and without repeating itself, of all written answers. profile: what
    follows from it. says: all that in a sentence. version: of the tasks. at: Unix ms.
    """

    finds: Score = Score()
    cites: Score = Score()
    admits: Score = Score()
    phrases: Score = Score()
    speaks: Score = Score()
    calls: Score = Score()
    ends: Score = Score()
    profile: Profile = "full"
    says: str = ""
    seconds: float = 0.0
    version: int = 0
    at: int = 0


def below(profile: Profile) -> Profile:
    """The next profile that asks less; of quotes itself."""
    return PROFILES[min(PROFILES.index(profile) + 1, len(PROFILES) - 1)]


def aptitude_words(finds: Score, cites: Score, admits: Score, profile: Profile) -> str:
    """ "finds 11 of 12, cites 9 of 12, admits 5 of 5 that are not there: good for answers from files"."""
    return (
        f"finds {finds.right} of {finds.of}, cites {cites.right} of {cites.of}, "
        f"admits {admits.right} of {admits.of} that are not there: {_GOOD_FOR[profile]}"
    )
