"""familiar eval answers: how often an answer is right, quotes what bears it, and owns up that there is none."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import NamedTuple

import click
import msgspec

from app.base.calls import Ask, RatedAnswers
from app.base.models import ModelsUse
from app.base.paths import Home
from app.base.settings import Settings, SettingsFile
from app.cli.command import command
from app.cli.context import Context
from app.cli.evaluation.answer_set import first_of, read_answer_set
from app.cli.evaluation.asking import Asking
from app.cli.evaluation.mine import own_questions, tell_own
from app.cli.evaluation.report import misses_file, report, report_curve
from app.cli.evaluation.scratch import read_documents, scratch_engine, scratch_folder, write_corpus
from app.cli.models import QUOTES
from app.cli.parameters import PathWord, Shares, WholeNumber, absolute

_MOST = 1_000_000


@command(
    "eval answers",
    "familiar eval answers xquad-en --limit 100",
    "familiar eval answers xquad-en --model assistant-4b --misses misses.jsonl",
    "familiar eval answers xquad-en --strict 0,0.25,0.5,0.75,1    how refusing goes with abstaining",
    "familiar eval answers --mine    on your own files, by the answers that you have rated",
)
@click.argument("folder", metavar="DIR", type=PathWord("dir"), required=False,
                help="with corpus.jsonl and questions.jsonl")  # fmt: skip
@click.option("--mine", is_flag=True, help="ask what you have rated once more, of your own files; nothing is kept")
@click.option("--model", metavar="NAME", help="answer with this model (familiar models list); otherwise in quotes")
@click.option("--limit", metavar="N", type=WholeNumber(1, _MOST),
              help="the first N questions with an answer, and half as many without")  # fmt: skip
@click.option("--misses", "misses_to", metavar="FILE", type=PathWord(),
              help="write each question that went wrong to FILE, a line of JSON each")  # fmt: skip
@click.option("--strict", metavar="SHARE", type=Shares(), default=(),
              help="how sure to be before it answers, 0 to 1; several with commas between make a curve")  # fmt: skip
@click.option("--consent", is_flag=True, help="agree that questions and documents go to the server of a remote model")
def answers(
    context: Context,
    *,
    folder: str | None,
    mine: bool,
    model: str | None,
    limit: int | None,
    misses_to: str | None,
    strict: tuple[float, ...],
    consent: bool,
) -> int:
    """Measure answers."""
    if (folder is None) != mine:
        raise click.UsageError("name either a folder or --mine", click.get_current_context())
    if mine and strict:
        why = "--strict is for a folder; your own files are asked as you have set it"
        raise click.UsageError(why, click.get_current_context())
    wanted = _Wanted(None if model == QUOTES else model, limit, misses_to, strict, consent)
    return _of_own(context, wanted) if folder is None else _of_set(context, Path(absolute(folder)), wanted)


class _Wanted(NamedTuple):
    """How to measure. model: None for quotes. strict: the values to try, () for the person's own."""

    model: str | None
    limit: int | None
    misses_to: str | None
    strict: tuple[float, ...]
    consent: bool


def _of_set(context: Context, folder: Path, wanted: _Wanted) -> int:
    """Measure on a test set, in a scratch home."""
    tests = read_answer_set(folder)
    questions = first_of(tests.questions, wanted.limit)
    output = context.output
    settings = _settings(context.home)
    runs: list[tuple[float, Asking]] = []
    with (
        misses_file(wanted.misses_to) as note,
        scratch_folder(output) as scratch,
        scratch_engine(scratch / "h", output, settings) as inner,
    ):
        if wanted.model is not None:
            _lend_measurements(context.home, inner.home)
            inner.call(ModelsUse(name=wanted.model))
        by_path = write_corpus(tests.documents(), scratch / "d")
        read_documents(inner, scratch / "d")
        for strict in wanted.strict or (settings.strict,):
            _set_strict(inner.home, strict)
            asking = Asking(
                inner,
                lambda question: Ask(question=question.text, model=wanted.model or QUOTES, consent=wanted.consent),
                lambda path: by_path.get(path, ""),
            )
            runs.append((strict, asking))
            asking.ask_all(questions, note)
            if asking.interrupted or asking.problem is not None:
                break
    measured = [(strict, asking.asked) for strict, asking in runs if asking.asked]
    if len(wanted.strict) > 1 and measured:
        report_curve(measured, len(questions), wanted.model, output)
    elif measured:
        report(measured[0][1], len(questions), wanted.model, output, {"strict": measured[0][0]})
    return runs[-1][1].end()


def _of_own(context: Context, wanted: _Wanted) -> int:
    """Measure on what the person has rated, in their own home, which is left as it is."""
    rated = context.call(RatedAnswers())
    own = own_questions(rated)
    questions = first_of(own.right, wanted.limit)
    wrong = own.wrong[: wanted.limit]
    with misses_file(wanted.misses_to) as note:
        asking = Asking(context, lambda question: own.call(question, wanted.model or QUOTES, wanted.consent), str)
        asking.ask_all(questions, note)
        again = Asking(context, lambda question: own.call(question, wanted.model or QUOTES, wanted.consent), str)
        if not asking.interrupted and asking.problem is None:
            again.ask_all(wrong, lambda _: None)
    outcomes = own.outcomes(again.asked)
    more = {"marked_wrong": outcomes, "left_out": own.left_out}
    report(asking.asked, len(questions), wanted.model, context.output, more)
    if not context.output.json:
        tell_own(own, outcomes, context.output)
    return asking.end() or again.end()


def _settings(own: Home) -> Settings:
    """Settings for the scratch home: fast, and with the person's models as they are to run."""
    person = SettingsFile(own.settings_toml).value
    return Settings(
        polite=False, models=person.models, remotes=person.remotes, model_folders=person.model_folders,
        model_folder=person.model_folder or str(own.models), context_tokens=person.context_tokens,
        threads=person.threads, first_word_s=person.first_word_s, strict=person.strict,
    )  # fmt: skip


def _set_strict(scratch: Home, strict: float) -> None:
    """Have the engine of the scratch home be so strict from now on: it heeds its settings at once."""
    SettingsFile(scratch.settings_toml).change(lambda settings: msgspec.structs.replace(settings, strict=strict))


def _lend_measurements(own: Home, scratch: Home) -> None:
    """Let the scratch home know how fast models were here, so that a prompt is as long as the person's would be."""
    with contextlib.suppress(OSError):  # nothing was measured yet
        shutil.copyfile(own.measurements_json, scratch.measurements_json)
