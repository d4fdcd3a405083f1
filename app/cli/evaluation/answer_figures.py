"""What answers to questions of a test set are worth: judged one by one, then as shares with their uncertainty."""

from __future__ import annotations

import math
import random
import re
import statistics
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import msgspec

from app.base.values import Answer, Claim
from app.base.values import Verdict as CheckedAs
from app.cli.evaluation.answer_set import Question
from app.cli.evaluation.beir import percentile
from app.cli.evaluation.overlap import exact_match, token_f1, tokens

_Z95 = 1.959964
_RESAMPLES = 1000
_TOLD_AGAIN = 0.8  # of a statement's words
_MARKER = re.compile(r"\[\d{1,4}\]")

Miss = Literal["failed", "refused", "first_source", "first_quote", "any_quote", "answer", "not_abstained"]


class Asked(msgspec.Struct, frozen=True):
    """A question and what came of it.

    sources: ids of the documents that the answer cites, in its order. problem: why there is no answer, else "".
    """

    question: Question
    answer: Answer | None
    sources: tuple[str, ...]
    seconds: float
    problem: str = ""

    @property
    def declined(self) -> bool:
        """Whether it was said that the files do not hold an answer."""
        return self.answer is not None and self.answer.mode == "not_found"

    @property
    def given(self) -> Answer | None:
        """The answer, where one was given."""
        return None if self.declined else self.answer


class Verdict(msgspec.Struct, frozen=True):
    """How one answer to an answerable question stands. One that was refused is right in nothing.

    nearest_holds: it was refused, and a stretch that was shown as the nearest holds the answer.
    """

    first_source_right: bool
    first_quote_holds: bool
    any_quote_holds: bool
    answer_holds: bool
    exact_match: bool
    f1: float
    refused: bool
    nearest_holds: bool


class Share(msgspec.Struct, frozen=True):
    """A figure from 0 to 1 with its 95 % confidence interval; None where nothing was counted."""

    value: float | None
    ci95: tuple[float, float] | None


class Figures(msgspec.Struct, frozen=True):
    """The figures of one run.

    shares: by their names, in the order in which they are told. claims: of the models' statements, by verdict.
    supported_true: of those called supported, by whoever knows the answer. seconds: "p50", "p95" and "max"; {} if none
    was asked.
    """

    answerable: int
    unanswerable: int
    failed: int
    shares: dict[str, Share]
    claims: dict[CheckedAs, Share]
    supported_true: Share
    seconds: dict[str, float]


def judged(asked: Asked) -> Verdict:
    """How the answer to an answerable question stands."""
    answers = asked.question.answers
    quotes = [citation.quote for citation in asked.answer.citations] if asked.answer else []
    held = [asked.question.held_by(quote) for quote in quotes]
    given = asked.given
    said = "" if given is None else _MARKER.sub(" ", given.text)
    return Verdict(
        first_source_right=given is not None and any(one in asked.question.evidence for one in asked.sources[:1]),
        first_quote_holds=given is not None and any(held[:1]),
        any_quote_holds=given is not None and any(held),
        answer_holds=asked.question.held_by(said),
        exact_match=exact_match(said, answers),
        f1=token_f1(said, answers),
        refused=asked.declined,
        nearest_holds=asked.declined and any(held),
    )  # fmt: skip


def misses(asked: Asked) -> list[Miss]:
    """What went wrong with one question; [] if nothing did."""
    if asked.answer is None:
        return ["failed"]
    if not asked.question.answerable:
        return [] if asked.declined else ["not_abstained"]
    verdict = judged(asked)
    if verdict.refused:
        return ["refused"]
    right: dict[Miss, bool] = {
        "first_source": verdict.first_source_right, "first_quote": verdict.first_quote_holds,
        "any_quote": verdict.any_quote_holds, "answer": verdict.answer_holds,
    }  # fmt: skip
    return [name for name, fine in right.items() if not fine]


def figures(asked: Sequence[Asked]) -> Figures:
    """The figures of these questions.

    with_source is of all answers that were given, the others are of the answerable questions, abstained of the rest.
    """
    answerable = [one for one in asked if one.question.answerable]
    others = [one for one in asked if not one.question.answerable]
    verdicts = [judged(one) for one in answerable]

    def share(of: Callable[[Verdict], bool]) -> Share:
        return wilson(sum(map(of, verdicts)), len(verdicts))

    given = [one.given for one in asked if one.given is not None]
    claims = [claim for answer in given for claim in answer.claims]
    supported = [
        _is_true(claim, answer, one.question)
        for one in asked
        if (answer := one.given) is not None
        for claim in answer.claims
        if claim.verdict == "supported"
    ]
    taken = [one.seconds for one in asked]
    return Figures(
        answerable=len(answerable),
        unanswerable=len(others),
        failed=sum(one.answer is None for one in asked),
        shares={
            "first_source_right": share(lambda verdict: verdict.first_source_right),
            "first_quote_holds": share(lambda verdict: verdict.first_quote_holds),
            "any_quote_holds": share(lambda verdict: verdict.any_quote_holds),
            "answer_holds": share(lambda verdict: verdict.answer_holds),
            "exact_match": share(lambda verdict: verdict.exact_match),
            "f1": mean_share([verdict.f1 for verdict in verdicts]),
            "refused": share(lambda verdict: verdict.refused),
            "nearest_holds": share(lambda verdict: verdict.nearest_holds),
            "abstained": wilson(sum(one.declined for one in others), len(others)),
            "with_source": wilson(sum(bool(answer.citations) for answer in given), len(given)),
        },
        claims={
            verdict: wilson(sum(claim.verdict == verdict for claim in claims), len(claims))
            for verdict in get_args(CheckedAs)
        },
        supported_true=wilson(sum(supported), len(supported)),
        seconds={"p50": percentile(taken, 50), "p95": percentile(taken, 95), "max": max(taken)} if taken else {},
    )


def _is_true(claim: Claim, answer: Answer, question: Question) -> bool:
    """Whether a statement holds the right answer, or says in the main what the words that it cites say."""
    if question.held_by(claim.text):
        return True
    said = tokens(claim.text)
    for citation in answer.citations:
        if citation.n in claim.citations:
            source = set(tokens(citation.quote))
            if sum(word in source for word in said) >= _TOLD_AGAIN * len(said):
                return True
    return False


def wilson(count: int, total: int) -> Share:
    """A share with its score interval. Source: Wilson 1927; unlike the plain one it holds near 0 and 1."""
    if total == 0:
        return Share(None, None)
    share, z2 = count / total, _Z95**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z95 / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return Share(share, (max(0.0, middle - half), min(1.0, middle + half)))


def mean_share(values: Sequence[float]) -> Share:
    """A mean with its percentile bootstrap interval, the same at every call. Source: Efron 1979."""
    if not values:
        return Share(None, None)
    chance = random.Random(0)
    means = sorted(statistics.fmean(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return Share(statistics.fmean(values), (percentile(means, 2.5), percentile(means, 97.5)))
