"""How an answer came about, for tests of what shows it."""

from __future__ import annotations

from app.base.turn_trace import (
    AnswerTrace,
    Generated,
    PassageTrace,
    QuoteTrace,
    RoundTrace,
    SearchTrace,
    Stage,
    TurnTrace,
)
from app.base.values import Answer, TurnId


def answer_trace(answer: Answer, *, passed_over: int = 2) -> AnswerTrace:
    """A turn that searched, read two passages and passed over some."""
    found = [
        PassageTrace(
            path=f"/home/ana/Leases/lease {n}.pdf", label=f"page {n}", chars=900, score=0.9 - n / 100, similarity=0.5
        )
        for n in range(1, passed_over + 1)
    ]
    trace = TurnTrace(
        stages=(Stage(name="searching", began_ms=1.0, ms=23.4), Stage(name="writing", began_ms=30.0, ms=12_345.0)),
        search=SearchTrace(
            query="lease end", carried="flat", why="It goes on with “and”.", passages=4, matching=3, searched=120,
            waiting=2, by_meaning=True, words_weight=0.4, weighed_so="a question in a sentence",
        ),
        passages=(
            PassageTrace(path="/home/ana/lease.pdf", label="page 4", score=0.95, similarity=0.7, n=1, tokens=210),
        ),
        passed_over=tuple(found),
        quotes=(QuoteTrace(path="/home/ana/lease.pdf", score=0.61),),
        prompts={"system": 1, "question": 2},
        budget={"dropped_turns": 1},
        rounds=(RoundTrace(reason="call", calls=("search_files",)), RoundTrace(reason="end")),
        generated=Generated(reason="end"),
    )  # fmt: skip
    return AnswerTrace(turn=TurnId(1), question="When does the lease end?", answer=answer, trace=trace)
