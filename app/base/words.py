"""What counts as a word, for whoever looks for words or compares them: the index and the assistant alike."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+")
UNSPACED_RUN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
"""Of scripts without spaces: Thai, Lao, Myanmar, Khmer, kana, Han. There, pairs of characters stand for words."""

_STOP_WORDS = """
a about above after again all also am an and any are as at be because been before being below between both but by can
could did do does doing down during each for from further had has have having he her here hers him his how i if in
into is it its itself just me more most my no nor not now of off on once only or other our out over own s same she
should so some such t than that the their them then there these they this those through to too under until up us very
was we were what when where which while who whom whose why will with would you your yours
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def pairs(run: str) -> list[str]:
    """The overlapping pairs of characters of a run of a script without spaces; of a single one, itself."""
    return [run[at : at + 2] for at in range(max(1, len(run) - 1))]
