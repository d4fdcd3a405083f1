"""A turn as OpenTelemetry's spans."""

from __future__ import annotations

import msgspec

from app.assistant.spans import spans_of
from app.base.turn_trace import TurnTrace
from app.base.values import Claim, Usage
from tests.support.answers import answer, citation
from tests.support.traces import answer_trace

ENDED_NS = 1_900_000_000_000_000_000
CLAIM = Claim(text="It ends in June.", start=0, end=16, verdict="partly", citations=(1,), missing=("June",))
SAID = msgspec.structs.replace(
    answer("It ends in June [1].", citations=[citation(1)]), claims=(CLAIM,), model="qwen", rung="plain",
    usage=Usage(prompt_tokens=900, reused_tokens=200, generated_tokens=40, total_ms=13_000.0, first_text_ms=4_000.0),
)  # fmt: skip
SPANS = spans_of(SAID, answer_trace(SAID).trace, ended_ns=ENDED_NS, local=True)


def test_turn_is_the_parent_of_its_stages_which_lie_within_it() -> None:
    turn, *stages = SPANS
    assert [span.name for span in SPANS] == ["invoke_agent Familiar", "retrieval", "chat qwen"]
    assert (turn.parent, {span.parent for span in stages}) == (-1, {0})
    assert turn.end_ns - turn.start_ns == 13_000_000_000
    assert all(turn.start_ns <= span.start_ns <= span.end_ns <= turn.end_ns for span in stages)


def test_names_are_those_of_the_conventions() -> None:
    turn, search, chat = (span.attributes for span in SPANS)
    assert turn["gen_ai.operation.name"] == "invoke_agent"
    assert (turn["familiar.claims.partly"], turn["familiar.rung"]) == (1, "plain")
    assert search["familiar.search.matching"] == 3
    assert chat["gen_ai.request.model"] == "qwen"
    assert (chat["gen_ai.usage.input_tokens"], chat["gen_ai.usage.output_tokens"]) == (900, 40)
    assert chat["gen_ai.response.finish_reasons"] == ["call", "end"]


def test_no_word_of_question_file_or_answer_is_told() -> None:
    told = msgspec.json.encode(SPANS).decode()
    for word in ("lease", "June", "flat", "/home"):
        assert word not in told


def test_turn_that_failed_says_at_what() -> None:
    turn, *_ = spans_of(SAID, TurnTrace(failed="chat.died"), ended_ns=ENDED_NS, local=False)
    assert turn.error == "chat.died"
