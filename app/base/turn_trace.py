"""How an answer came about, as it is kept with its turn: what was searched, read, passed over, written, and how long.

It has no text of files but the places of passages; the question as it was searched is the person's own.
"""

from __future__ import annotations

from typing import Any

import msgspec

from app.base.values import Answer, TurnId, Value


class Stage(Value):
    """Something that the turn did. name: "searching", "reading", … as in `Step`. Milliseconds; began: since Enter."""

    name: str
    began_ms: float
    ms: float


class SearchTrace(Value):
    """What was searched for, and in how many files.

    carried: the subject that was taken from before; file: the only one looked in; why: of these, one sentence.
    words_weight: how much words counted against meaning, 0 to 1; weighed_so: why.
    """

    ms: float = 0.0
    query: str = ""
    carried: str = ""
    file: str = ""
    why: str = ""
    passages: int = 0
    matching: int = 0
    searched: int = 0
    waiting: int = 0
    by_meaning: bool = False
    words_weight: float | None = None
    weighed_so: str = ""


class PassageTrace(Value):
    """A passage that was found. n: its number in the prompt, 0 for one that was passed over. start, chars: characters
    of the file's text. score: 0 to 1 within its search; similarity: cosine to the question. tokens: in the prompt.
    sha256: of the file's bytes as they were.
    """

    path: str
    chunk_id: int = 0
    label: str = ""
    start: int = 0
    chars: int = 0
    score: float = 0.0
    similarity: float = 0.0
    n: int = 0
    tokens: int = 0
    sha256: str = ""


class QuoteTrace(Value):
    """A sentence that was quoted. score: how well it answers; what the setting “strict” is held against."""

    path: str
    chunk_id: int = 0
    score: float = 0.0


class RoundTrace(Value):
    """What a model wrote until it ended or called tools: tokens, and seconds to its first word, foretold and real."""

    reason: str
    calls: tuple[str, ...] = ()
    refused: int = 0
    cut_call: str = ""
    prompt: int = 0
    reused: int = 0
    generated: int = 0
    predicted_s: float = 0.0
    measured_s: float = 0.0


class Generated(Value):
    """How writing ended: "end", "length", "stop" or "repeated"; "" where no model wrote."""

    reason: str = ""


class TurnTrace(Value):
    """A turn. prompts: versions by name. budget: what took how many tokens of it. failed: the Problem's code.

    first_quote_ms: from Enter until a quote was told, 0 if none was before the answer. lost: why all but this could not
    be kept, "" where it was.
    """

    stages: tuple[Stage, ...] = ()
    search: SearchTrace | None = None
    passages: tuple[PassageTrace, ...] = ()
    passed_over: tuple[PassageTrace, ...] = ()
    quotes: tuple[QuoteTrace, ...] = ()
    prompts: dict[str, int] = msgspec.field(default_factory=dict)
    budget: dict[str, Any] = msgspec.field(default_factory=dict)
    rounds: tuple[RoundTrace, ...] = ()
    generated: Generated = Generated()
    first_quote_ms: float = 0.0
    failed: str = ""
    lost: str = ""


class AnswerTrace(Value):
    """An answer, what it answers, and how it came about."""

    turn: TurnId
    question: str
    answer: Answer
    trace: TurnTrace
