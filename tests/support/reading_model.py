"""A model of make-believe that does what the prompt asks, and no more: it copies the best sentence and cites it.

So an evaluation with it shows what the prompt brought to a model, and that what a model writes is understood.
"""

from __future__ import annotations

import re
from collections import Counter

from tests.support.fake_openai import Asked, Reply, told

_PASSAGE = re.compile(r'<passage n="(\d+)"[^>]*>\n(.*?)\n</passage>', re.DOTALL)
_QUESTION = re.compile(r"^Question: (.*)\Z", re.MULTILINE | re.DOTALL)
_ABSTAIN = re.compile(r"reply with exactly this sentence and nothing else: (.*)$", re.MULTILINE)
_LEAST = 0.3
"""Share of the question's weight that a sentence must have to be taken for an answer."""


def read_aloud(asked: Asked) -> Reply:
    """The reply to a request for an answer."""
    messages = asked.body["messages"]
    prompt = messages[-1]["content"]
    question = _QUESTION.search(prompt)
    sentence = _ABSTAIN.search(messages[0]["content"])
    assert question is not None, "the prompt ends with the question"
    assert sentence is not None, "the prompt says what to reply where nothing is found"
    passages = [(number, text) for number, text in _PASSAGE.findall(prompt)]
    common = Counter(word for _, text in passages for word in _words(text))
    weight = {word: 1 / (1 + common[word]) for word in _words(question[1]) if common[word]}
    best = max(
        (
            (sum(weight.get(word, 0.0) for word in _words(one)), -int(number), one)
            for number, text in passages
            for one in re.split(r"(?<=[.!?])\s+", text)
        ),
        default=(0.0, 0, ""),
    )
    unknown = sum(word not in common for word in _words(question[1]))
    if best[0] < _LEAST * (sum(weight.values()) + unknown / 2):
        return told(sentence[1])
    return told(f"{best[2]} [{-best[1]}]")


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3 or word.isdecimal()}
