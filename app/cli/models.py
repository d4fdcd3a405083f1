"""familiar models: which chat models there are, how each would run here, and which one answers."""

from __future__ import annotations

import argparse
import math
from typing import Any

import msgspec

from app.base.chat import BenchReport, LoadOptions
from app.base.models import (
    FirstWord,
    ModelInfo,
    ModelsAdd,
    ModelsBench,
    ModelsInspect,
    ModelsList,
    ModelsRemove,
    ModelsTune,
    ModelsUse,
    ModelsWatch,
)
from app.cli.context import Context
from app.cli.model_words import describe
from app.cli.output import Output, count
from app.cli.progress import Progress
from app.cli.usage import Parser, absolute, count_up_to

QUOTES = "quotes"
"""The name that stands for “no model”."""

_NAME_HELP = "a name that “familiar models list” shows"
_MOST_TOKENS = 1 << 20


def declare(name: str, parser: Parser) -> None:
    """The words of the commands that are about models on this machine."""
    if name == "models add":
        parser.add_argument("file", metavar="FILE", help="a chat model in GGUF format; it is used where it lies")
        parser.examples("familiar models add ~/Downloads/assistant-4b-q4.gguf")
    elif name == "models watch":
        parser.add_argument("folder", metavar="FOLDER", help="a folder with models, which are used where they lie")
        parser.add_argument("--remove", action="store_true", help="look there no longer")
    elif name == "models begin-within":
        parser.add_argument(
            "seconds", metavar="SECONDS", nargs="?", type=_seconds,
            help="4 at first: so much of your files is read before an answer as can be read in that time",
        )  # fmt: skip
    elif name != "models list":
        parser.add_argument("name", metavar="NAME", help=_NAME_HELP)
    if name == "models tune":
        _declare_wish(parser)
    if name == "models bench":
        parser.add_argument(
            "--lengths", nargs="+", type=count_up_to(_MOST_TOKENS), metavar="TOKENS",
            help="lengths of the prompts to read, instead of 128, 512 and 2048",
        )  # fmt: skip
    parser.set_defaults(run=_RUNS[name])


def _declare_wish(parser: Parser) -> None:
    parser.add_argument("--context", type=_or_auto(1), metavar="N", help="tokens that it reads at once, or auto")
    parser.add_argument("--threads", type=_or_auto(1), metavar="N", help="threads of the processor, or auto")
    parser.add_argument(
        "--gpu-layers", type=_or_auto(0), metavar="N", help="how many of its layers lie on the GPU, or auto"
    )
    parser.add_argument("--cache", choices=("auto", "f16", "q8_0"), help="how its KV cache is kept; q8_0 takes half")
    parser.examples(
        "familiar models tune assistant-4b --context 8192",
        "familiar models tune assistant-4b --gpu-layers auto",
        "familiar models tune assistant-4b    all is chosen for this machine again",
    )


def _or_auto(least: int) -> Any:
    """An argparse type: a whole number from `least`, or "auto", which becomes None."""

    def convert(text: str) -> int | str:
        if text == "auto":
            return text
        if not text.isdecimal() or not least <= int(text) <= _MOST_TOKENS:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least}, or “auto”, not “{text}”")
        return int(text)

    return convert


def _seconds(text: str) -> float:
    """An argparse type: seconds, also with a fraction."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise argparse.ArgumentTypeError(f"must be a number of seconds, not “{text}”")
    return seconds


def _list(_options: argparse.Namespace, context: Context) -> int:
    _show(context.call(ModelsList()), context.output)
    return 0


def _add(options: argparse.Namespace, context: Context) -> int:
    model = context.call(ModelsAdd(path=absolute(options.file)))
    if context.output.json:
        context.output.document(model)
    else:
        context.output.line(f"Added {model.name}. It answers from now on; its file stays where it is.")
        describe(model, context.output)
    return 0


def _use(options: argparse.Namespace, context: Context) -> int:
    name: str | None = None if options.name == QUOTES else options.name
    models = context.call(ModelsUse(name=name))
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


def _remove(options: argparse.Namespace, context: Context) -> int:
    there = [model for model in context.call(ModelsList(found=False)) if model.name == options.name]
    models = context.call(ModelsRemove(name=options.name))
    if context.output.json:
        context.output.document(models)
    else:
        place = "".join(context.output.name(model.path) for model in there)
        remote = any(model.origin == "remote" for model in there)
        after = "Nothing more is sent to its server." if remote else f"Its file stays: {place}"
        context.output.line(f"Forgot {options.name}. {after}")
        if any(model.in_use for model in there):
            context.output.line("Answers are quotes from your files now. Choose another: familiar models use NAME")
    return 0


def _inspect(options: argparse.Namespace, context: Context) -> int:
    context.engine()  # it has a line of its own while it starts
    with Progress(watched=context.output.watched) as progress:
        progress.show("Looking at the model")
        model = context.call(ModelsInspect(name=options.name))
    _show_one(model, context.output, details=True)
    return 0


def _tune(options: argparse.Namespace, context: Context) -> int:
    model = context.call(ModelsTune(name=options.name, options=_wish(options, context)))
    _show_one(model, context.output, details=True)
    if model.options == LoadOptions() and not context.output.json:
        context.output.line("All of it is chosen for this machine again.")
    return 0


def _wish(options: argparse.Namespace, context: Context) -> LoadOptions:
    """What was wished before, changed by the options; without any, nothing is wished any more."""
    given = {
        "context": 0 if options.context == "auto" else options.context,
        "threads": 0 if options.threads == "auto" else options.threads,
        "gpu_layers": -1 if options.gpu_layers == "auto" else options.gpu_layers,
        "cache": "" if options.cache == "auto" else options.cache,
    }
    given = {field: value for field, value in given.items() if value is not None}
    if not given:
        return LoadOptions()
    present = next((model.options for model in context.call(ModelsList()) if model.name == options.name), LoadOptions())
    return msgspec.structs.replace(present, **given)


def _bench(options: argparse.Namespace, context: Context) -> int:
    call = ModelsBench(name=options.name)
    if options.lengths:
        call = ModelsBench(name=options.name, lengths=tuple(options.lengths))
    context.engine()
    with Progress(watched=context.output.watched) as progress:
        progress.show("Loading the model")

        def hear(event: str, body: msgspec.Raw) -> None:
            if event == "progress":
                progress.show(msgspec.json.decode(body, type=str))

        report = context.call(call, hear)
    if context.output.json:
        context.output.document(report)
    else:
        _table(options.name, report, context.output)
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


def _watch(options: argparse.Namespace, context: Context) -> int:
    folder = absolute(options.folder)
    folders = context.call(ModelsWatch(path=folder, watch=not options.remove))
    if context.output.json:
        context.output.document(folders)
        return 0
    place = context.output.name(folder)
    if options.remove:
        context.output.line(f"No longer looking for models in {place}.")
    else:
        context.output.line(f"Looking for models in {place}. “familiar models list” shows what is there.")
    others = [watched for watched in folders if watched != folder]
    if others:
        context.output.line("And still in:")
    for watched in others:
        context.output.line(f"  {context.output.name(watched)}")
    return 0


def _begin_within(options: argparse.Namespace, context: Context) -> int:
    seconds = context.call(FirstWord(seconds=options.seconds))
    if context.output.json:
        context.output.document({"first_word_s": seconds})
    else:
        context.output.line(f"Answers of a chat model should begin within {seconds:g} s.")
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


_RUNS = {
    "models list": _list, "models add": _add, "models use": _use, "models remove": _remove, "models tune": _tune,
    "models inspect": _inspect, "models bench": _bench, "models watch": _watch,
    "models begin-within": _begin_within,
}  # fmt: skip
