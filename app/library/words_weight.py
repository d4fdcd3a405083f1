"""How much words count against meaning, for one question: three things that can be seen speak for words.

Chosen on half of the questions of Cranfield, cosqa and scifact (of these two with some 2,000 and 1,300 documents) and
XQuAD in en, de, el and zh: nDCG@10 in the mean is 0.825 there and 0.829 on the other half, where half and half gives
0.774 and 0.785. Left out, the first reason costs 0.002, the second 0.016, the third 0.003; a constant a fifth more or
less changes less than 0.004. The question's length and how far both sides agree were tried and gained nothing.
"""

from __future__ import annotations

from app.base.values import Weight
from app.library.fusion import Side, best_of_files

LEAST = 0.2  # of the words, where nothing speaks for them: short questions to code and to prose that says it otherwise
MOST = 0.95
PEAKED = 0.6  # added where one file alone holds the words; in proportion where others hold some of them
SPELLED = 0.4  # added where the embedder has to spell the question: by then it finds what looks alike
WHOLE_LETTERS = 3.0  # a token, where the embedder knows the words; some 4 in English, 2.5 in German, 2 in Turkish
SPELLED_LETTERS = 1.2  # a token; 1 in Greek and Arabic
LEVEL = 0.3  # added where the files are all as near
LEVEL_GAP = 0.15  # of cosine from the nearest file to the tenth, over which some are clearly nearer: 0.37 in English
TENTH = 9
TOLD = 0.1  # what adds less is not worth telling


def weigh(by_words: Side, by_meaning: Side, letters_a_token: float) -> Weight:
    """How much words count in a question, 0.2 to 0.95, and why. by_words, by_meaning: neither empty.

    letters_a_token: how many letters of the question the embedder takes in at once, in the mean.
    """
    words = sorted(best_of_files(by_words).values(), reverse=True)
    cosines = sorted(best_of_files(by_meaning).values(), reverse=True)
    second = max(0.0, words[1]) if len(words) > 1 else 0.0
    peaked = (words[0] - second) / words[0] if words[0] > 0 else 0.0
    spelled = (WHOLE_LETTERS - letters_a_token) / (WHOLE_LETTERS - SPELLED_LETTERS)
    level = (LEVEL_GAP - (cosines[0] - cosines[min(TENTH, len(cosines) - 1)])) / LEVEL_GAP
    reasons = [
        (PEAKED * peaked, "one file holds the words far better than the next"),
        (SPELLED * min(1.0, max(0.0, spelled)), "the embedder does not know them"),
        (LEVEL * max(0.0, level), "in meaning the files are much alike"),
    ]
    total = min(MOST, LEAST + sum(added for added, _ in reasons))
    told = [why for added, why in sorted(reasons, reverse=True) if added >= TOLD]
    return Weight(words=round(total, 3), why="; ".join(told) or "nothing speaks for the words in particular")
