"""Verdicts on answers and the figures made of them, against values worked out by hand."""

from __future__ import annotations

import pytest

from app.base.values import Answer, AnswerMode, ChunkId, Citation, ConversationId, Place, TurnId
from app.cli.evaluation.answer_figures import Asked, Share, figures, judged, mean_share, misses, wilson
from app.cli.evaluation.answer_set import Question

WHO = Question(id="q1", text="Who was first?", answers=("Venom",), evidence=("d1",))
NOBODY = Question(id="q2", text="Who was last?", answers=())
PLACE = Place(kind="whole", first=1, last=1, label="", start=0, end=1)


def _asked(
    question: Question,
    *quotes: str,
    sources: tuple[str, ...] = (),
    mode: AnswerMode = "quotes",
    text: str | None = None,
    seconds: float = 1.0,
) -> Asked:
    cited = tuple(
        Citation(n=n, path="/x", sha256="", place=PLACE, quote=quote, chunk_id=ChunkId(n))
        for n, quote in enumerate(quotes, 1)
    )
    said = "\n\n".join(f"“{quote}” [{n}]" for n, quote in enumerate(quotes, 1)) if text is None else text
    answer = Answer(
        conversation=ConversationId(1), turn=TurnId(1), mode=mode, state="done", text=said, citations=cited
    )  # fmt: skip
    return Asked(question, answer, sources, seconds)


def _failed(question: Question) -> Asked:
    return Asked(question, None, (), 9.0, "It broke.")


def test_right_answer_is_right_in_all() -> None:
    asked = _asked(WHO, "Venom was first.", sources=("d1",))
    verdict = judged(asked)
    assert verdict.first_source_right and verdict.first_quote_holds and verdict.any_quote_holds and verdict.answer_holds
    assert not verdict.refused
    assert misses(asked) == []


def test_second_source_and_quote_count_only_as_any() -> None:
    asked = _asked(WHO, "Others came later.", "Venom was first.", sources=("d2", "d1"))
    verdict = judged(asked)
    assert (verdict.first_source_right, verdict.first_quote_holds) == (False, False)
    assert (verdict.any_quote_holds, verdict.answer_holds) == (True, True)
    assert misses(asked) == ["first_source", "first_quote"]


def test_numbers_of_citations_are_no_words_of_the_answer() -> None:
    how_many = Question(id="q", text="How many?", answers=("1",), evidence=("d1",))
    assert not judged(_asked(how_many, "Some.", sources=("d1",))).answer_holds
    assert judged(_asked(WHO, text="Venom [1][2].")).exact_match


def test_refused_answer_is_right_in_nothing_but_may_show_the_nearest() -> None:
    asked = _asked(WHO, "Venom was first.", sources=("d1",), mode="not_found")
    verdict = judged(asked)
    assert (verdict.refused, verdict.nearest_holds) == (True, True)
    assert not (verdict.first_source_right or verdict.first_quote_holds or verdict.any_quote_holds)
    assert not verdict.answer_holds
    assert verdict.f1 == 0.0
    assert misses(asked) == ["refused"]


def test_answer_without_a_source_has_none_right() -> None:
    asked = _asked(WHO, text="It was Venom.", mode="chat")
    assert not judged(asked).first_source_right
    assert judged(asked).answer_holds
    assert misses(asked) == ["first_source", "first_quote", "any_quote"]


def test_unanswerable_question_should_be_declined() -> None:
    assert misses(_asked(NOBODY, mode="not_found")) == []
    assert misses(_asked(NOBODY, "Something else.", sources=("d2",))) == ["not_abstained"]
    assert misses(_failed(NOBODY)) == ["failed"]


def test_figures_are_shares_of_the_questions_that_they_are_about() -> None:
    found = figures(
        [
            _asked(WHO, "Venom was first.", sources=("d1",), seconds=0.1),
            _asked(WHO, "Nobody knows.", sources=("d1",), seconds=0.2),
            _asked(WHO, mode="not_found", seconds=0.3),
            _failed(WHO),
            _asked(NOBODY, mode="not_found", seconds=0.4),
            _asked(NOBODY, text="Me.", mode="chat", seconds=0.5),
        ]
    )
    assert (found.answerable, found.unanswerable, found.failed) == (4, 2, 1)
    shares = {name: share.value for name, share in found.shares.items()}
    assert shares == {
        "first_source_right": 0.5, "first_quote_holds": 0.25, "any_quote_holds": 0.25, "answer_holds": 0.25,
        "exact_match": 0.0, "f1": pytest.approx(0.5 / 4), "refused": 0.25, "nearest_holds": 0.0, "abstained": 0.5,
        "with_source": pytest.approx(2 / 3),
    }  # fmt: skip
    assert found.seconds == {"p50": 0.3, "p95": 9.0, "max": 9.0}


def test_share_of_nothing_is_none() -> None:
    found = figures([_asked(WHO, "Venom.", sources=("d1",))])
    assert found.shares["abstained"].value is None
    assert found.shares["abstained"].ci95 is None


@pytest.mark.parametrize(
    ("count", "total", "low", "high"), [(90, 100, 0.8256, 0.9448), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0)]
)
def test_wilson_interval_is_that_of_the_books(count: int, total: int, low: float, high: float) -> None:
    """Values as in Newcombe 1998, method 3."""
    assert _bounds(wilson(count, total)) == [pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4)]


def test_mean_has_an_interval_that_is_the_same_at_every_call() -> None:
    values = [0.0, 0.5, 1.0] * 30
    share = mean_share(values)
    assert share == mean_share(values)
    assert share.value == 0.5
    spread = 1.96 * 0.4082 / 90**0.5
    assert _bounds(share) == [pytest.approx(0.5 - spread, abs=0.02), pytest.approx(0.5 + spread, abs=0.02)]


def _bounds(share: Share) -> list[float]:
    assert share.ci95 is not None
    return list(share.ci95)
