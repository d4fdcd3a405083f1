"""familiar models: which chat models there are, how each would run here, and which one answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

import click
import msgspec

from app.base.aptitude import PROFILES, Aptitude, Profile, Score
from app.base.calls import Call
from app.base.chat import BenchReport, LoadOptions
from app.base.models import (
    FirstWord,
    ModelInfo,
    ModelsAdd,
    ModelsBench,
    ModelsBenchAnswers,
    ModelsInspect,
    ModelsList,
    ModelsProfile,
    ModelsRemove,
    ModelsTune,
    ModelsUse,
    ModelsWatch,
)
from app.base.wording import count
from app.cli.command import command
from app.cli.context import Context
from app.cli.model_report import describe
from app.cli.output import Output
from app.cli.parameters import AUTO, OneOf, PathWord, Seconds, WholeNumber, absolute
from app.cli.progress import Progress

R = TypeVar("R")
MEASURED = "measured"
QUOTES = "quotes"
"""The name that stands for “no model”."""

_MOST_TOKENS = 1 << 20
_name = click.argument("name", metavar="NAME", help="a name that “familiar models list” shows")


@command("models list")
def list_models(context: Context) -> int:
    """Tell the chat models."""
    _show(context.call(ModelsList()), context.output)
    return 0


@command("models add", "familiar models add ~/Downloads/assistant-4b-q4.gguf")
@click.argument("file", metavar="FILE", type=PathWord(), help="a chat model in GGUF format; it is used where it lies")
def add(context: Context, *, file: str) -> int:
    """Use the model in a file."""
    model = context.call(ModelsAdd(path=absolute(file)))
    if context.output.json:
        context.output.document(model)
    else:
        context.output.line(f"Added {model.name}. It answers from now on; its file stays where it is.")
        describe(model, context.output)
    return 0


@command("models use")
@_name
def use(context: Context, *, name: str) -> int:
    """Answer with a model, or in quotes."""
    models = context.call(ModelsUse(name=None if name == QUOTES else name))
    chosen = next((model for model in models if model.in_use), None)
    if context.output.json:
        context.output.document(models)
    elif chosen is None:
        context.output.line("Answers are quotes from your files now.")
    else:
        if not (chosen.problem or chosen.quarantine):
            context.output.line(f"{context.output.name(chosen.name)} answers from now on.")
        describe(chosen, context.output)
    return 0


@command("models remove")
@_name
def remove(context: Context, *, name: str) -> int:
    """Forget a model."""
    there = [model for model in context.call(ModelsList(found=False)) if model.name == name]
    models = context.call(ModelsRemove(name=name))
    if context.output.json:
        context.output.document(models)
    else:
        place = "".join(context.output.name(model.path) for model in there)
        remote = any(model.origin == "remote" for model in there)
        after = "Nothing more is sent to its server." if remote else f"Its file stays: {place}"
        context.output.line(f"Forgot {name}. {after}")
        if any(model.in_use for model in there):
            context.output.line("Answers are quotes from your files now. Choose another: familiar models use NAME")
    return 0


@command("models inspect")
@_name
def inspect(context: Context, *, name: str) -> int:
    """Tell all about a model."""
    context.engine()  # it has a line of its own while it starts
    with Progress(watched=context.output.watched) as progress:
        progress.show("Looking at the model")
        model = context.call(ModelsInspect(name=name))
    _show_one(model, context.output, details=True)
    return 0


@command(
    "models tune",
    "familiar models tune assistant-4b --context 8192",
    "familiar models tune assistant-4b --gpu-layers auto",
    "familiar models tune assistant-4b    all is chosen for this machine again",
)
@_name
@click.option("--context", "context_tokens", metavar="N", type=WholeNumber(1, _MOST_TOKENS, auto=True),
              help="tokens that it reads at once, or auto")  # fmt: skip
@click.option("--threads", metavar="N", type=WholeNumber(1, _MOST_TOKENS, auto=True),
              help="threads of the processor, or auto")  # fmt: skip
@click.option("--gpu-layers", metavar="N", type=WholeNumber(0, _MOST_TOKENS, auto=True),
              help="how many of its layers lie on the GPU, or auto")  # fmt: skip
@click.option("--cache", metavar="TYPE", type=OneOf(AUTO, "f16", "q8_0"),
              help="how its KV cache is kept: auto, f16 or q8_0, which takes half")  # fmt: skip
def tune(
    context: Context,
    *,
    name: str,
    context_tokens: int | str | None,
    threads: int | str | None,
    gpu_layers: int | str | None,
    cache: str | None,
) -> int:
    """Set how a model runs."""
    given = {
        "context": 0 if context_tokens == AUTO else context_tokens,
        "threads": 0 if threads == AUTO else threads,
        "gpu_layers": -1 if gpu_layers == AUTO else gpu_layers,
        "cache": "" if cache == AUTO else cache,
    }
    changes = {field: value for field, value in given.items() if value is not None}
    model = context.call(ModelsTune(name=name, options=_changed_options(name, changes, context)))
    _show_one(model, context.output, details=True)
    if model.options == LoadOptions() and not context.output.json:
        context.output.line("All of it is chosen for this machine again.")
    return 0


def _changed_options(name: str, changes: Mapping[str, object], context: Context) -> LoadOptions:
    """What was set before, with these changes; without any, nothing is set any more."""
    if not changes:
        return LoadOptions()
    present = next((model.options for model in context.call(ModelsList()) if model.name == name), LoadOptions())
    return msgspec.structs.replace(present, **changes)


@command(
    "models bench",
    "familiar models bench assistant-4b --lengths 256 1024",
    "familiar models bench assistant-4b --answers    what it can do with files",
)
@_name
@click.argument("more", metavar="TOKENS", nargs=-1, type=WholeNumber(1, _MOST_TOKENS), help="further lengths")
@click.option("--lengths", metavar="TOKENS...", multiple=True, type=WholeNumber(1, _MOST_TOKENS),
              help="lengths of the prompts to read, instead of 128, 512 and 2048")  # fmt: skip
@click.option("--answers", is_flag=True, help="have it answer some thirty short tasks, which tells what to ask of it")
def bench(context: Context, *, name: str, more: tuple[int, ...], lengths: Sequence[int], answers: bool) -> int:
    """Measure a model."""
    if more and not lengths:
        raise click.UsageError(f"“{more[0]}” is one word too many", click.get_current_context())
    if answers and lengths:
        raise click.UsageError("--answers takes no --lengths", click.get_current_context())
    if answers:
        return _bench_answers(context, name)
    call = ModelsBench(name=name, lengths=(*lengths, *more)) if lengths else ModelsBench(name=name)
    report = _watched(context, call)
    if context.output.json:
        context.output.document(report)
    else:
        _table(name, report, context.output)
    return 0


def _watched(context: Context, call: Call[R]) -> R:
    """The reply to a call that tells its progress, which is shown."""
    context.engine()
    with Progress(watched=context.output.watched) as progress:
        progress.show("Loading the model")

        def hear(event: str, body: msgspec.Raw) -> None:
            if event == "progress":
                progress.show(msgspec.json.decode(body, type=str))

        return context.call(call, hear)


def _bench_answers(context: Context, name: str) -> int:
    found = _watched(context, ModelsBenchAnswers(name=name))
    output = context.output
    if output.json:
        output.document(found)
        return 0
    output.line(f"{output.bold(output.name(name))} {found.says}")
    for done, score in _scores(found):
        output.line(f"{score.right:>5} of {score.of:<3}  {done}")
    output.line(output.faint(f"{found.seconds:.0f} s; used as: {found.profile}, unless you choose otherwise"))
    return 0


def _scores(found: Aptitude) -> list[tuple[str, Score]]:
    return [
        ("found what stands in the passages", found.finds),
        ("of those with the right number of its passage", found.cites),
        ("said that it is not there", found.admits),
        ("worded one sentence rightly", found.phrases),
        ("kept to the question's language", found.speaks),
        ("called the right tool", found.calls),
        ("ended by themselves, without repeating", found.ends),
    ]


@command(
    "models profile",
    "familiar models profile assistant-4b plain",
    "familiar models profile assistant-4b measured    what it was measured to be able to do",
)
@_name
@click.argument("profile", metavar="PROFILE", type=OneOf(*PROFILES, MEASURED),
                help="full: tools and several passages; plain: short instructions, few passages; reader: words one "
                     "sentence; quotes: writes nothing; measured")  # fmt: skip
def profile(context: Context, *, name: str, profile: str) -> int:
    """Set how much is asked of a model."""
    wanted = None if profile == MEASURED else cast("Profile", profile)
    _show_one(context.call(ModelsProfile(name=name, profile=wanted)), context.output, details=True)
    return 0


def _table(name: str, report: BenchReport, output: Output) -> None:
    """Rates in tokens a second, ours beside llama.cpp's own loop."""
    rounds = max((line.rounds for line in report.lines), default=0)
    where = "the processor" if report.backend == "cpu" else report.backend
    output.line(f"{output.bold(output.name(name))} on {where}, {count(report.threads, 'thread')}")
    output.line(output.faint(f"tokens a second, medians of {rounds} rounds; beside it llama.cpp's bare loop"))
    output.line(f"{'prompt':>8}  {'reads':>8}  {'bare':>8}  {'ratio':>6}  {'writes':>8}  {'bare':>8}  {'ratio':>6}")
    for line in report.lines:
        output.line(
            f"{line.tokens:>8,}  {line.prefill:>8.1f}  {line.bare_prefill:>8.1f}  "
            f"{_ratio(line.prefill, line.bare_prefill)}  {line.decode:>8.1f}  {line.bare_decode:>8.1f}  "
            f"{_ratio(line.decode, line.bare_decode)}"
        )


def _ratio(ours: float, theirs: float) -> str:
    return f"{ours / theirs:>6.2f}" if theirs else f"{'–':>6}"


@command("models watch")
@click.argument("folder", metavar="FOLDER", type=PathWord("dir"),
                help="a folder with models, which are used where they lie")  # fmt: skip
@click.option("--remove", "forget", is_flag=True, help="look there no longer")
def watch(context: Context, *, folder: str, forget: bool) -> int:
    """Look for models in a folder."""
    folder = absolute(folder)
    folders = context.call(ModelsWatch(path=folder, watch=not forget))
    if context.output.json:
        context.output.document(folders)
        return 0
    place = context.output.name(folder)
    if forget:
        context.output.line(f"No longer looking for models in {place}.")
    else:
        context.output.line(f"Looking for models in {place}. “familiar models list” shows what is there.")
    others = [watched for watched in folders if watched != folder]
    if others:
        context.output.line("And still in:")
    for watched in others:
        context.output.line(f"  {context.output.name(watched)}")
    return 0


@command("models begin-within")
@click.argument("seconds", metavar="SECONDS", required=False, type=Seconds(),
                help="4 at first: before an answer so much is read as can be read in that time")  # fmt: skip
def begin_within(context: Context, *, seconds: float | None) -> int:
    """Set, or tell, how soon answers should begin."""
    kept = context.call(FirstWord(seconds=seconds))
    if context.output.json:
        context.output.document({"first_word_s": kept})
    else:
        context.output.line(f"Answers of a chat model should begin within {kept:g} s.")
    return 0


def _show_one(model: ModelInfo, output: Output, *, details: bool) -> None:
    if output.json:
        output.document(model)
    else:
        describe(model, output, details=details)


def _show(models: list[ModelInfo], output: Output) -> None:
    if output.json:
        output.document(models)
        return
    for model in models:
        describe(model, output)
    if not any(model.in_use for model in models):
        output.line("No chat model is in use: answers are quotes from your files.")
        if any(not model.problem for model in models):
            output.line("Choose one: familiar models use NAME")
        else:
            output.line("Add one: familiar models add FILE.gguf, or see “familiar models catalogue” for some to fetch.")
