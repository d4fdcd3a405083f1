"""familiar memory: what Familiar remembers of a person."""

from __future__ import annotations

from datetime import datetime

import click

from app.base.errors import Problem
from app.base.memory import Memory, MemoryAdd, MemoryEdit, MemoryForget, MemoryList
from app.base.wording import count
from app.cli.command import command
from app.cli.context import Context
from app.cli.parameters import OneOf, WholeNumber

_MOST = 10**15
_number = click.argument(
    "number", metavar="ID", type=WholeNumber(1, _MOST), help="its number in “familiar memory list”"
)


@command("memory list", "familiar memory list", "familiar memory list zurich --json")
@click.argument("words", metavar="[WORDS]...", nargs=-1, help="only what has all of these words")
def list_memories(context: Context, *, words: tuple[str, ...]) -> int:
    """Tell what Familiar remembers, with what an assistant has proposed first."""
    found = context.call(MemoryList(query=" ".join(words)))
    output = context.output
    if output.json:
        output.document(found)
        return 0
    for memory in found:
        proposed = "" if memory.kept else output.bold("  proposed: familiar memory keep " + str(memory.id))
        output.line(f"{memory.id:>6}  {output.faint(_day(memory.at))}  {_one_line(memory)}{proposed}")
    if not found:
        output.note("Nothing that is remembered has these words." if words else "Nothing is remembered yet.")
    return 0


@command("memory add", 'familiar memory add "I live in Zurich and work from Monday to Thursday"')
@click.argument("text", metavar="TEXT", nargs=-1, required=True, help="what is to be remembered")
def add(context: Context, *, text: tuple[str, ...]) -> int:
    """Have Familiar remember something. Models on servers are not told of it."""
    return _tell(context, context.call(MemoryAdd(text=" ".join(text))), "Remembered")


@command("memory edit", 'familiar memory edit 3 "I live in Basel"')
@_number
@click.argument("text", metavar="TEXT", nargs=-1, required=True, help="what is to be remembered instead")
def edit(context: Context, *, number: int, text: tuple[str, ...]) -> int:
    """Say one otherwise; what it said before is forgotten."""
    return _tell(context, context.call(MemoryEdit(id=number, text=" ".join(text))), "Remembered instead")


@command("memory keep", "familiar memory keep 4")
@_number
def keep(context: Context, *, number: int) -> int:
    """Keep what an assistant has proposed."""
    proposed = next((one for one in context.call(MemoryList()) if one.id == number), None)
    if proposed is None:
        raise Problem("memory.unknown", f"There is no memory {number}.", "“familiar memory list” shows them all.")
    return _tell(context, context.call(MemoryEdit(id=number, text=proposed.text)), "Remembered")


@command("memory forget", "familiar memory forget 3 5", "familiar memory forget --all")
@click.argument("numbers", metavar="[ID]...", nargs=-1, type=WholeNumber(1, _MOST), help="which, by their numbers")
@click.option("--all", "every", is_flag=True, help="all of them")
def forget(context: Context, *, numbers: tuple[int, ...], every: bool) -> int:
    """Forget some for good, in the backups too. What was said in conversations stays there."""
    if bool(numbers) == every:
        raise click.UsageError("name what is to be forgotten by its ID, or say --all")
    gone = context.call(MemoryForget(ids=list(numbers)))
    if context.output.json:
        context.output.document({"forgotten": [one.id for one in gone]})
    else:
        context.output.line(f"Forgotten for good: {count(len(gone), 'thing')}.")
    return 0


@command("memory export", "familiar memory export > about-me.md")
@click.option("--format", "form", metavar="md|json", type=OneOf("md", "json"),
              help="md for Markdown (the default), or json")  # fmt: skip
def export(context: Context, *, form: str | None) -> int:
    """Print all that is remembered as a document."""
    kept = [one for one in context.call(MemoryList()) if one.kept]
    output = context.output
    if form == "json" or (output.json and form is None):
        output.document(kept)
        return 0
    text = "# What Familiar remembers\n\n" + "".join(f"- {_one_line(one)} ({_day(one.at)})\n" for one in kept)
    if output.json:
        output.document({"markdown": text})
    else:
        output.stream(text)
    return 0


def _tell(context: Context, memory: Memory, done: str) -> int:
    if context.output.json:
        context.output.document(memory)
    else:
        context.output.line(f"{done}, as {memory.id}: {_one_line(memory)}")
    return 0


def _one_line(memory: Memory) -> str:
    return " ".join(memory.text.split())


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000).strftime("%Y-%m-%d")
