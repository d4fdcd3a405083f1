"""familiar models: which chat models there are, and which one answers."""

from __future__ import annotations

import argparse

from app.base.models import ModelInfo, ModelsAdd, ModelsList, ModelsRemove, ModelsUse
from app.cli.context import Context
from app.cli.output import Output, size
from app.cli.usage import Parser, absolute

QUOTES = "quotes"
"""The name that stands for “no model”."""


def declare(name: str, parser: Parser) -> None:
    """The words of `models list`, `add`, `use` and `remove`."""
    if name == "models add":
        parser.add_argument("file", metavar="FILE", help="a chat model in GGUF format; it is used where it lies")
        parser.examples("familiar models add ~/Downloads/assistant-4b-q4.gguf")
    elif name != "models list":
        parser.add_argument("name", metavar="NAME", help="a name that “familiar models list” shows")
    runs = {"models list": _list, "models add": _add, "models use": _use, "models remove": _remove}
    parser.set_defaults(run=runs[name])


def _list(_options: argparse.Namespace, context: Context) -> int:
    _show(context.call(ModelsList()), context.output)
    return 0


def _add(options: argparse.Namespace, context: Context) -> int:
    model = context.call(ModelsAdd(path=absolute(options.file)))
    if context.output.json:
        context.output.document(model)
    else:
        context.output.line(f"Added {model.name}. It answers from now on; its file stays where it is.")
    return 0


def _use(options: argparse.Namespace, context: Context) -> int:
    name: str | None = None if options.name == QUOTES else options.name
    _show(context.call(ModelsUse(name=name)), context.output)
    return 0


def _remove(options: argparse.Namespace, context: Context) -> int:
    models = context.call(ModelsRemove(name=options.name))
    if context.output.json:
        context.output.document(models)
    else:
        context.output.line(f"Forgot {options.name}. Its file stays.")
    return 0


def _show(models: list[ModelInfo], output: Output) -> None:
    if output.json:
        output.document(models)
        return
    for model in models:
        mark = "→" if model.in_use else " "
        facts = [fact for fact in (model.architecture, size(model.size_bytes) if model.size_bytes else "") if fact]
        if model.context:
            facts.append(f"{model.context:,} tokens of context")
        output.line(f"{mark} {output.bold(model.name)}  {output.faint(', '.join(facts))}")
        output.line(f"    {output.faint(output.name(model.path))}")
        if model.problem:
            output.line(f"    cannot be used: {model.problem}")
    if not any(model.in_use for model in models):
        output.line("No chat model is in use: answers are quotes from your files.")
        output.line("Add one: familiar models add FILE.gguf")
