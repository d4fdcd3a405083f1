"""Whether the best there is answers a question, or merely comes nearest to it."""

from __future__ import annotations

from app.assistant.quoting.scoring import About, Scored

# Sureness is a mean of what the passage holds of the question, what the quote holds, and their nearness in meaning. The
# weights are those of a regression on half of XQuAD's questions in English, rounded; German and the other half gain
# from the same ones. `familiar eval answers DIR --strict 0.3,0.4,0.5` prints what each costs.
_PASSAGE = 1.0
_QUOTE = 0.5
_MEANING = 1.0
_SAME_SUBJECT = 0.55
_NEAR = 0.3
"""Cosine from which a passage that shares no word with a question is worth showing as the nearest one."""


def sureness(best: Scored, about: About, *, by_meaning: bool) -> float:
    """How sure it is that a stretch answers the question, 0 to 1. by_meaning: whether similarities are known."""
    if about.names_alone and best.passage.similarity < _SAME_SUBJECT:
        return 0.0  # "the alarm code of Mole 4", and the file is called Mole 4 and has no such thing
    words = _PASSAGE * about.share + _QUOTE * best.whole
    if not by_meaning:
        return words / (_PASSAGE + _QUOTE)
    return (words + _MEANING * best.passage.similarity) / (_PASSAGE + _QUOTE + _MEANING)


def is_near(best: Scored, about: About) -> bool:
    """Whether a stretch has anything to do with the question."""
    return bool(about.held) or best.passage.similarity >= _NEAR
