"""What a person has rated, as a test set of their own."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from app.base.calls import RatedAnswer
from app.base.errors import Problem
from app.base.ratings import Rating, Thumb
from app.base.values import Answer, AnswerMode, ChunkId, Citation, ConversationId, Place, TurnId
from app.cli.evaluation.answer_figures import Asked, judged
from app.cli.evaluation.mine import LeftOut, Outcomes, OwnQuestion, own_questions

PLACE = Place(kind="whole", first=1, last=1, label="", start=0, end=1)
QUOTE = "The lease ends on 31 May 2031."


def _answer(turn: int, path: str = "/x", *quotes: str, mode: AnswerMode = "quotes", query: str = "") -> Answer:
    cited = tuple(
        Citation(n=n, path=path, sha256="", place=PLACE, quote=quote, chunk_id=ChunkId(n))
        for n, quote in enumerate(quotes, 1)
    )
    return Answer(
        conversation=ConversationId(turn), turn=TurnId(turn), mode=mode, state="done", text=" ".join(quotes),
        citations=cited, query=query,
    )  # fmt: skip


def _rated(answer: Answer, thumb: Thumb, question: str = "When does it end?", at: int = 0) -> RatedAnswer:
    rating = Rating(thumb=thumb, at=at or answer.turn)
    return RatedAnswer(
        question=question, scope=("/docs",), attachments=(), answer=msgspec.structs.replace(answer, rating=rating)
    )


@pytest.fixture
def there(tmp_path: Path) -> str:
    """The path of a file that is there."""
    path = tmp_path / "lease.txt"
    path.touch()
    return str(path)


def test_right_answer_becomes_a_question_with_its_quotes_and_files(there: str) -> None:
    own = own_questions([_rated(_answer(7, there, QUOTE, "Second one.", query="end of the lease"), "up")])
    (question,) = own.right
    assert (question.id, question.text, question.answers) == ("7", "When does it end?", (QUOTE, "Second one."))
    assert question.evidence == (there,)
    call = own.call(question, "quotes", consent=False)
    assert (call.query, call.scope, call.model, call.keep) == ("end of the lease", ["/docs"], "quotes", False)
    assert own.wrong == []


def test_rightly_not_found_becomes_a_question_without_an_answer() -> None:
    own = own_questions([_rated(_answer(1, "/x", "the nearest", mode="not_found"), "up")])
    assert [(one.answerable, one.evidence) for one in own.right] == [(False, ())]


def test_wrong_answers_are_never_among_the_right_ones(there: str) -> None:
    own = own_questions([_rated(_answer(1, there, QUOTE), "down"), _rated(_answer(2, there, QUOTE), "up", "Who?")])
    assert [one.id for one in own.right] == ["2"]
    assert [one.id for one in own.wrong] == ["1"]


def test_last_rating_of_a_question_counts(there: str) -> None:
    answer, again = _answer(1, there, QUOTE), _answer(2, there, QUOTE)
    own = own_questions([_rated(answer, "down", at=20), _rated(again, "up", at=10)])
    assert ([one.id for one in own.right], [one.id for one in own.wrong]) == ([], ["1"])


def test_what_nothing_can_be_measured_by_is_counted(tmp_path: Path) -> None:
    own = own_questions(
        [
            _rated(_answer(1, mode="chat"), "up"),
            _rated(_answer(2, str(tmp_path / "gone.txt"), QUOTE), "up", "Who?"),
        ]
    )
    assert (own.right, own.left_out) == ([], LeftOut(without_source=1, gone=1))


def test_nothing_rated_is_a_problem() -> None:
    with pytest.raises(Problem) as caught:
        own_questions([])
    assert caught.value.code == "eval.no_ratings"


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (QUOTE, True),
        (f"Before it. {QUOTE} After it.", True),
        ("lease ends on 31 May", True),
        ("The lease", False),
        ("The lease ends on 30 June 2031.", False),
    ],
)
def test_stretch_may_begin_and_end_elsewhere_than_it_did(now: str, holds: bool) -> None:
    question = OwnQuestion(id="1", text="When?", answers=(QUOTE,), evidence=("/x",))
    asked = Asked(question, _answer(1, "/x", now), ("/x",), 0.1)
    assert judged(asked).first_quote_holds is holds


def test_outcome_of_a_wrong_answer_is_told(there: str) -> None:
    modes: list[AnswerMode] = ["quotes", "quotes", "quotes", "not_found", "quotes"]
    wrong = [_rated(_answer(n, there, QUOTE, mode=mode), "down", f"question {n}") for n, mode in enumerate(modes, 1)]
    own = own_questions(wrong)
    now = [
        _answer(9, there, QUOTE), _answer(9, there, "Quite another thing here."), _answer(9, mode="not_found"),
        _answer(9, mode="not_found"), None,
    ]  # fmt: skip
    asked = [Asked(question, answer, (), 0.1) for question, answer in zip(own.wrong, now, strict=True)]
    assert own.outcomes(asked) == Outcomes(questions=5, same_again=2, changed=1, abstained=1, failed=1)
