"""Test sets of questions and answers: what is understood of them, and what is said of those that are broken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.cli.evaluation.answer_set import first_of, read_answer_set

CORPUS = [{"_id": "d1", "title": "", "text": "Venom was first."}, {"_id": "d2", "title": "T", "text": "Second."}]
QUESTIONS = [
    {"_id": "q1", "text": "Who was first?", "answers": ["Venom"], "evidence": ["d1"]},
    {"_id": "q2", "text": "Who was last?", "answers": [], "evidence": []},
    {"_id": "q3", "text": "What came then?", "answers": ["Second", "second"], "evidence": ["d2", "d1"]},
    {"_id": "q4", "text": "Why?", "answers": []},
]


def _write(folder: Path, corpus: Sequence[object] = CORPUS, questions: Sequence[object] = QUESTIONS) -> Path:
    """A small set; a str is a line as it stands, anything else becomes JSON."""
    folder.mkdir()
    for name, lines in (("corpus", corpus), ("questions", questions)):
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        (folder / f"{name}.jsonl").write_text(text + "\n", encoding="utf-8", errors="surrogateescape")
    return folder


def _said(folder: Path) -> str:
    with pytest.raises(Problem) as caught:
        read_answer_set(folder)
    assert caught.value.code == "eval.malformed"
    assert caught.value.hint.startswith("Such a folder holds corpus.jsonl and questions.jsonl.")
    return caught.value.title


def test_limit_takes_the_first_answerable_and_half_as_many_others(tmp_path: Path) -> None:
    tests = read_answer_set(_write(tmp_path / "set"))
    assert [question.id for question in first_of(tests.questions, None)] == ["q1", "q2", "q3", "q4"]
    assert [question.id for question in first_of(tests.questions, 1)] == ["q1"]
    assert [question.id for question in first_of(tests.questions, 2)] == ["q1", "q3", "q2"]
    assert [question.id for question in first_of(tests.questions, 9)] == ["q1", "q3", "q2", "q4"]
    assert [document.id for document in tests.documents()] == ["d1", "d2"]


def test_empty_lines_and_a_byte_order_mark_are_passed_over(tmp_path: Path) -> None:
    folder = _write(tmp_path / "set", ["", CORPUS[0], "  ", CORPUS[1]])
    corpus = folder / "corpus.jsonl"
    corpus.write_bytes(b"\xef\xbb\xbf" + corpus.read_bytes())
    assert len(list(read_answer_set(folder).documents())) == 2


def test_broken_lines_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    lines = [CORPUS[0], "no json", '{"_id": 5}', "[1]", '{"_id": "d"', "\udcff", '{"_id": "d8", "text": 8}']
    said = _said(_write(tmp_path / "set", lines))
    assert "corpus.jsonl line 2: " in said
    assert "; line 3: " in said
    assert "; line 4: " in said
    assert "line 5" not in said
    assert said.endswith("; and 3 more broken lines.")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"_id": "q1", "text": "again?", "answers": []}, "line 2: there was a question “q1” before"),
        ({"_id": "q9", "text": " ", "answers": []}, "line 2: the question is empty"),
        ({"_id": "q9", "text": "x", "answers": ["?!"], "evidence": ["d1"]}, "line 2: an answer has no letter and no"),
        ({"_id": "q9", "text": "x", "answers": ["x"], "evidence": []}, "line 2: there are answers, but no evidence"),
        ({"_id": "q9", "text": "x", "answers": ["x"], "evidence": ["d1", "d9"]}, "the evidence “d9” is no document of"),
        ({"_id": "q9", "text": "x", "answers": "x", "evidence": ["d1"]}, "line 2: Expected `array`, got `str`"),
        ({"_id": "q9", "text": "x"}, "line 2: Object missing required field `answers`"),
        ({"_id": "q9", "text": "x", "answers": [None]}, "line 2: Expected `str`, got `null`"),
    ],
)
def test_question_that_makes_no_sense_is_named(question: object, said: str, tmp_path: Path) -> None:
    assert said in _said(_write(tmp_path / "set", questions=[QUESTIONS[0], question]))


def test_document_that_comes_twice_is_named(tmp_path: Path) -> None:
    assert "corpus.jsonl line 3: there was a document “d1” before" in _said(
        _write(tmp_path / "set", [*CORPUS, {"_id": "d1", "text": "again"}])
    )


def test_deeply_nested_line_is_a_broken_line(tmp_path: Path) -> None:
    nested = '{"_id": "d1", "text": "x", "more": ' + "[" * 100_000 + "]" * 100_000 + "}"
    assert "corpus.jsonl line 1: " in _said(_write(tmp_path / "set", [nested]))


def test_set_without_documents_or_questions_is_none(tmp_path: Path) -> None:
    assert "corpus.jsonl holds no document" in _said(_write(tmp_path / "a", corpus=[]))
    assert "questions.jsonl holds no question" in _said(_write(tmp_path / "b", questions=["", " "]))


def test_folder_without_the_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert "corpus.jsonl cannot be read: No such file" in _said(tmp_path / "a")
    folder = _write(tmp_path / "b")
    (folder / "questions.jsonl").unlink()
    (folder / "questions.jsonl").mkdir()
    assert "questions.jsonl cannot be read: Is a directory" in _said(folder)


def test_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for name in ("none", "file"):
        with pytest.raises(Problem) as caught:
            read_answer_set(tmp_path / name)
        assert caught.value.code == "eval.no_folder"


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_public_sets_are_understood(language: str, yardsticks: Path) -> None:
    tests = read_answer_set(yardsticks / "answers" / f"xquad-{language}")
    assert sum(question.answerable for question in tests.questions) == 400
    assert len(first_of(tests.questions, 100)) == 150
