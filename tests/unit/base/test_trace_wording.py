"""How an answer came about, in words."""

from __future__ import annotations

import msgspec

from app.base.trace_wording import as_lines, sections
from app.base.turn_trace import AnswerTrace, TurnTrace
from app.base.values import Claim, TurnId
from tests.support.answers import answer, citation
from tests.support.traces import answer_trace

CLAIM = Claim(text="It ends in June.", start=0, end=16, verdict="partly", citations=(1,), missing=("June",))


def test_every_part_of_a_turn_is_told_in_its_order() -> None:
    said = msgspec.structs.replace(answer("It ends in June [1].", citations=[citation(1)]), claims=(CLAIM,))
    told = dict(sections(answer_trace(said)))
    assert list(told) == [
        "Searched", "Given to the model", "Quoted", "Found, but passed over", "Read of each file", "Written",
        "Statements", "Took",
    ]  # fmt: skip
    searched = dict(told["Searched"])
    assert searched["For"] == "“lease end”"
    assert searched["Found"] == "3 files of 120, 4 passages"
    assert searched["By"] == "40% words, 60% meaning: a question in a sentence"
    assert told["Given to the model"] == (("[1] lease.pdf · page 4", "score 0.95 · meaning 0.70 · 210 tokens"),)
    assert told["Statements"] == (("It ends in June.", "Only partly in your files. Missing: “June”."),)
    written = dict(told["Written"])
    assert written["Prompts"] == "question 2, system 1"
    assert written["Left out"] == "1 earlier question, for which there was no room"
    assert written["Ended"] == "it came to its end"
    assert ("the model, reading and writing", "12.3 s") in told["Took"]


def test_turn_of_which_nothing_was_kept_tells_what_the_answer_knows() -> None:
    quoted = answer("“x” [1]", mode="quotes")
    bare = AnswerTrace(turn=TurnId(1), question="?", answer=quoted, trace=TurnTrace())
    assert [section.title for section in sections(bare)] == ["Read of each file", "Written", "Took"]
    assert "  By  your files: quotes, no model" in list(as_lines(bare))
