"""Questions with their answers, and the documents that hold them, as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from app.base.errors import Problem
from app.cli.evaluation.beir import BeirDocument
from app.cli.evaluation.json_lines import BrokenLines, Form, json_lines
from app.cli.evaluation.overlap import holds, tokens

ANSWERS = Form("a test set of questions and answers", "corpus.jsonl and questions.jsonl")


class Question(msgspec.Struct, frozen=True):
    """A line of questions.jsonl.

    answers: any of them is right; none: the documents do not say it. evidence: ids of the documents that do.
    """

    id: str = msgspec.field(name="_id")
    text: str
    answers: tuple[str, ...]
    evidence: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the documents hold an answer."""
        return bool(self.answers)

    def held_by(self, text: str) -> bool:
        """Whether an answer stands in a text."""
        return holds(text, self.answers)


class AnswerSet(msgspec.Struct, frozen=True):
    """A checked test set. The documents themselves stay in the folder: `documents`."""

    folder: Path
    questions: tuple[Question, ...]

    def documents(self) -> Iterator[BeirDocument]:
        """The documents, one at a time. Raises Problem eval.malformed if they have changed meanwhile."""
        return (document for _, document in json_lines(self.folder / "corpus.jsonl", BeirDocument, ANSWERS))


def first_of(questions: Sequence[Question], limit: int | None) -> Sequence[Question]:
    """The first `limit` questions that have an answer and half as many that have none; None for all."""
    if limit is None:
        return questions
    answerable = [question for question in questions if question.answerable]
    others = [question for question in questions if not question.answerable]
    return [*answerable[:limit], *others[: limit // 2]]


def read_answer_set(folder: Path) -> AnswerSet:
    """The questions of a folder with corpus.jsonl and questions.jsonl, all of both checked.

    Raises Problem eval.malformed that names file and lines, eval.no_folder.
    """
    if not folder.is_dir():
        raise Problem("eval.no_folder", f"There is no folder {folder}.", f"Name one that holds {ANSWERS.files}.")
    known = _document_ids(folder / "corpus.jsonl")
    return AnswerSet(folder, tuple(_questions(folder / "questions.jsonl", known)))


def _document_ids(path: Path) -> set[str]:
    known: set[str] = set()
    broken = BrokenLines(path, ANSWERS)
    for number, document in json_lines(path, BeirDocument, ANSWERS, broken):
        if document.id in known:
            broken.add(number, f"there was a document “{document.id}” before")
        known.add(document.id)
    broken.check()
    if not known:
        raise ANSWERS.malformed(path, "holds no document")
    return known


def _questions(path: Path, known: set[str]) -> list[Question]:
    questions: dict[str, Question] = {}
    broken = BrokenLines(path, ANSWERS)
    for number, question in json_lines(path, Question, ANSWERS, broken):
        if wrong := _wrong(question, known, questions):
            broken.add(number, wrong)
        questions.setdefault(question.id, question)
    broken.check()
    if not questions:
        raise ANSWERS.malformed(path, "holds no question")
    return list(questions.values())


def _wrong(question: Question, known: set[str], before: dict[str, Question]) -> str:
    """What is wrong with a question, or ""."""
    if question.id in before:
        return f"there was a question “{question.id}” before"
    if not question.text.strip():
        return "the question is empty"
    if not all(map(tokens, question.answers)):
        return "an answer has no letter and no digit"
    if not question.answerable:
        return ""
    if not question.evidence:
        return "there are answers, but no evidence for them"
    strange = next((one for one in question.evidence if one not in known), None)
    return "" if strange is None else f"the evidence “{strange}” is no document of corpus.jsonl"
