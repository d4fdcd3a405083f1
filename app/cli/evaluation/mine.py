"""The person's own test set: what they asked and rated, asked once more of their files as these are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from typing_extensions import override

from app.base.calls import Ask, RatedAnswer
from app.base.errors import Problem
from app.base.wording import count
from app.cli.evaluation.answer_figures import Asked
from app.cli.evaluation.answer_set import Question
from app.cli.evaluation.overlap import holds, tokens
from app.cli.output import Output

_LEAST_WORDS = 4
"""Words that a stretch must have to be taken for the same as one that it stands in."""


class OwnQuestion(Question, frozen=True):
    """A question whose answers are the quotes of an answer that was rated. evidence: the paths of their files."""

    @override
    def held_by(self, text: str) -> bool:
        """Whether a quote stands in a text, or the text in a quote: where one begins and ends may change."""
        return holds(text, self.answers) or (
            len(tokens(text)) >= _LEAST_WORDS and any(holds(answer, [text]) for answer in self.answers)
        )


class Outcomes(msgspec.Struct, frozen=True):
    """What became of answers that were marked wrong. None of these counts as right, whatever it says now."""

    questions: int
    same_again: int
    changed: int
    abstained: int
    failed: int


class LeftOut(msgspec.Struct, frozen=True):
    """Rated answers that nothing can be measured by: those that name no source, those whose files are gone."""

    without_source: int
    gone: int


class OwnSet(msgspec.Struct, frozen=True):
    """What can be asked once more. right, wrong: as they were marked. rated: by a question's id."""

    right: Sequence[OwnQuestion]
    wrong: Sequence[OwnQuestion]
    rated: Mapping[str, RatedAnswer]
    left_out: LeftOut

    def call(self, question: Question, model: str, consent: bool) -> Ask:
        """The call that asks a question as it was asked, follow-ups by what was searched; nothing of it is kept."""
        then = self.rated[question.id]
        return Ask(
            question=question.text, scope=[*then.scope], attachments=[*then.attachments], model=model, consent=consent,
            query=then.answer.query, without=[*then.answer.without], keep=False,
        )  # fmt: skip

    def outcomes(self, asked: Sequence[Asked]) -> Outcomes:
        """What became of those that were marked wrong."""
        told = [self._outcome(one) for one in asked]
        return Outcomes(
            questions=len(self.wrong), same_again=told.count("same"), changed=told.count("changed"),
            abstained=told.count("abstained"), failed=told.count("failed"),
        )  # fmt: skip

    def _outcome(self, asked: Asked) -> str:
        then = self.rated[asked.question.id].answer
        if asked.answer is None:
            return "failed"
        if asked.declined:
            return "same" if then.mode == "not_found" else "abstained"
        first = asked.answer.citations[:1]
        same = any(one.path in asked.question.evidence and asked.question.held_by(one.quote) for one in first)
        return "same" if same else "changed"


def own_questions(rated: Sequence[RatedAnswer]) -> OwnSet:
    """The questions that can be asked once more; of what was asked twice, the one that was rated last.

    An answer that was rightly “not in your files” makes a question without an answer. Raises Problem eval.no_ratings.
    """
    if not rated:
        raise Problem(
            "eval.no_ratings",
            "You have not rated an answer yet.",
            "Press a thumb under an answer, or: familiar chats rate TURN up. Nothing was changed.",
        )
    latest = {(one.question.strip(), one.scope, one.attachments, one.answer.query): one for one in _by_time(rated)}
    right: list[OwnQuestion] = []
    wrong: list[OwnQuestion] = []
    without_source = gone = 0
    by_id: dict[str, RatedAnswer] = {}
    for one in latest.values():
        question = _question(one)
        by_id[question.id] = one
        if one.answer.rating is None or one.answer.rating.thumb == "down":
            wrong.append(question)
        elif one.answer.mode != "not_found" and not question.answers:
            without_source += 1
        elif question.evidence and not any(Path(path).exists() for path in question.evidence):
            gone += 1
        else:
            right.append(question)
    return OwnSet(right, wrong, by_id, LeftOut(without_source, gone))


def tell_own(own: OwnSet, outcomes: Outcomes, output: Output) -> None:
    """Print what became of answers that were marked wrong, and what could not be measured."""
    if outcomes.questions:
        output.line(
            f"Of {count(outcomes.questions, 'answer')} that you found wrong, {outcomes.same_again:,} came again, "
            f"{outcomes.changed:,} differ now, {outcomes.abstained:,} are not given any more."
        )
    if own.left_out.without_source:
        output.line(f"{count(own.left_out.without_source, 'answer')} named no source, so nothing is measured by it.")
    if own.left_out.gone:
        output.line(f"{count(own.left_out.gone, 'answer')} rested on files that are gone.")


def _question(rated: RatedAnswer) -> OwnQuestion:
    """A rated answer as a question; one that said it is not in the files has no answers."""
    answer = rated.answer
    cited = () if answer.mode == "not_found" else answer.citations
    return OwnQuestion(
        id=str(answer.turn),
        text=rated.question,
        answers=tuple(one.quote for one in cited if tokens(one.quote)),
        evidence=tuple(dict.fromkeys(one.path for one in cited)),
    )


def _by_time(rated: Sequence[RatedAnswer]) -> Sequence[RatedAnswer]:
    return sorted(rated, key=lambda one: one.answer.rating.at if one.answer.rating is not None else 0)
