"""What an evaluation of answers tells: its figures, and which questions went wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec

from app.base.errors import Problem
from app.base.wording import count
from app.cli.evaluation.answer_figures import Asked, Figures, Share, figures, misses
from app.cli.output import Output
from app.cli.parameters import absolute

_LABELS = {
    "first_source_right": "first source is the right one",
    "first_quote_holds": "first quote holds the answer",
    "any_quote_holds": "any quote holds the answer",
    "answer_holds": "the answer's text holds it",
    "exact_match": "exact match",
    "f1": "token F1",
    "refused": "refused although it is there",
    "nearest_holds": "  of all: shown as the nearest",
    "abstained": "abstained where it is not there",
    "with_source": "answers that name a source",
}


_VERDICTS: dict[str, str] = {"supported": "found", "partly": "partly found", "not_found": "not found"}
_COLUMNS = {
    "refused": "refused", "abstained": "abstained", "first_source_right": "first source",
    "first_quote_holds": "first quote", "any_quote_holds": "any quote",
}  # fmt: skip
"""What a curve shows of each run, and under which heads."""


class _Missed(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the file of misses. sources: documents, quotes: their words, both in the answer's order."""

    id: str = msgspec.field(name="_id")
    text: str
    answers: tuple[str, ...]
    evidence: tuple[str, ...]
    wrong: Sequence[str]
    mode: str
    said: str
    sources: Sequence[str]
    quotes: Sequence[str]
    problem: str


@contextlib.contextmanager
def misses_file(path: str | None) -> Iterator[Callable[[Asked], None]]:
    """A function that writes what went wrong with a question to a file at once. Raises Problem eval.misses."""
    if path is None:
        yield lambda _: None
        return
    target = Path(absolute(path))
    try:
        with target.open("wb", buffering=0) as file:
            yield lambda asked: _note_miss(asked, file)
    except OSError as error:
        raise Problem(
            "eval.misses",
            f"The misses could not be written to {target}: {error.strerror or error}.",
            "Name a file in a folder that can be written to.",
        ) from error


def _note_miss(asked: Asked, file: IO[bytes]) -> None:
    wrong = misses(asked)
    if not wrong:
        return
    question, answer = asked.question, asked.answer
    line = _Missed(
        id=question.id, text=question.text, answers=question.answers, evidence=question.evidence, wrong=wrong,
        mode=answer.mode if answer else "", said=answer.text if answer else "", sources=asked.sources,
        quotes=[citation.quote for citation in answer.citations] if answer else (), problem=asked.problem,
    )  # fmt: skip
    file.write(msgspec.json.encode(line) + b"\n")


def report(asked: Sequence[Asked], wanted: int, model: str | None, output: Output, more: Mapping[str, object]) -> None:
    """Print the figures of what was asked, of `wanted` questions. model: its name, None for quotes. more: for JSON."""
    measured = figures(asked)
    if output.json:
        output.document({**_document(measured, model, complete=len(asked) == wanted), **more})
    else:
        _tell(measured, len(asked), wanted, model, output)


def report_curve(runs: Sequence[tuple[float, Sequence[Asked]]], wanted: int, model: str | None, output: Output) -> None:
    """Print how the figures change with how strict the answers are. runs: what was asked, by that number."""
    points = [(strict, figures(asked), len(asked) == wanted) for strict, asked in runs]
    if output.json:
        curve = [{"strict": strict, **_document(point, model, complete=whole)} for strict, point, whole in points]
        output.document({"model": model, "curve": curve})
        return
    output.line(output.bold("".join(["strict", *(f"{_COLUMNS[name]:>14}" for name in _COLUMNS)])))
    for strict, point, whole in points:
        values = [point.shares[name].value for name in _COLUMNS]
        cells = "".join("             –" if value is None else f"{value:>14.3f}" for value in values)
        output.line(f"{strict:>6g}{cells}{'' if whole else '  not all were asked'}")


def _document(measured: Figures, model: str | None, *, complete: bool) -> dict[str, object]:
    """The figures for programs."""
    return {
        "model": model, "answerable": measured.answerable, "unanswerable": measured.unanswerable,
        **_with_intervals(measured.shares),
        "claims": _with_intervals(measured.claims), **_with_intervals({"supported_true": measured.supported_true}),
        "seconds": measured.seconds or dict.fromkeys(("p50", "p95", "max")),
        "failed": measured.failed, "complete": complete,
    }  # fmt: skip


def _tell(measured: Figures, asked: int, wanted: int, model: str | None, output: Output) -> None:
    """The figures for people."""
    told = f"{count(measured.answerable, 'question')} with an answer, {measured.unanswerable:,} without"
    output.line(f"{told} · {output.name(model) if model else 'quotes'}")
    if asked < wanted:
        output.line(f"These are the first {asked:,} of {wanted:,} questions.")
    for name, share in measured.shares.items():
        if share.value is not None and share.ci95 is not None:
            low, high = share.ci95
            output.line(f"  {_LABELS[name]:<36} {share.value:.3f}  {output.faint(f'{low:.3f} to {high:.3f}')}")
    if measured.claims["supported"].value is not None:
        shares = ", ".join(f"{_VERDICTS[name]} {share.value:.3f}" for name, share in measured.claims.items())
        output.line(f"  statements: {shares}")
    if measured.supported_true.value is not None:
        output.line(f"  of those called found, true: {measured.supported_true.value:.3f}")
    seconds = measured.seconds
    if not seconds:
        return
    output.line(
        f"  seconds: {seconds['p50']:.2f} median, {seconds['p95']:.2f} for 95 % of them, {seconds['max']:.2f} at most"
    )
    if measured.failed:
        output.line(f"  {count(measured.failed, 'question')} failed, and counts as wrong")
    output.line(output.faint("  to the right: within which bounds 95 of 100 such sets would find it"))


def _with_intervals(shares: Mapping[Any, Share]) -> dict[str, object]:
    """The shares, each followed by its interval."""
    return {
        key: value
        for name, share in shares.items()
        for key, value in ((name, share.value), (f"{name}_ci95", share.ci95))
    }
