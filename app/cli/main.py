"""The command line's door: runs the command that is named, turns every outcome into its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.base.errors import Cancelled, Problem
from app.cli.command import CommandGroup, Invocation, understood
from app.cli.output import Output, silence

if TYPE_CHECKING:
    from app.base.problem_data import ProblemData

DONE, REFUSED, WRONG_USAGE, OUR_BUG, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: list[str]) -> int:
    """Run one command; returns its exit code.

    0 done, 1 the world said no (code, title and hint on stderr), 2 wrong usage, 3 our bug, 130 after Ctrl+C.
    """
    output = Output(json="--json" in _before_dashes(argv))
    invocation = Invocation(output)
    try:
        code = _run([_as_text(word) for word in argv], invocation)
        output.flush()
    except click.UsageError as error:
        _say_usage(error, output)
        return WRONG_USAGE
    except Problem as problem:
        if problem.code == "output.failed":
            silence()
        _say_problem(problem, output)
        return OUR_BUG if problem.code == "internal" else REFUSED
    except Cancelled:
        _say_problem(Problem("cancelled", "The engine ended this request.", "Try again."), output)
        return REFUSED
    except BrokenPipeError:  # the reader had enough, as `head` does
        silence()
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - the top of a process: whatever comes here is our own bug
        _say_bug(invocation)
        return OUR_BUG
    return code


def _run(argv: list[str], invocation: Invocation) -> int:
    """Run the command. Not by click's own main, which ends the process in its own way when the output fails."""
    root = CommandGroup()
    try:
        with root.make_context("familiar", list(argv), obj=invocation) as ctx:
            return int(root.invoke(ctx))
    except click.exceptions.Exit as done:
        return done.exit_code


def _as_text(word: str) -> str:
    """A word of the command line. Raises click.UsageError for bytes that are no text, as a file's name may hold."""
    try:
        word.encode()
    except UnicodeEncodeError:
        shown = word.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        raise click.UsageError(f"“{shown}” holds bytes that are no text in UTF-8") from None
    return word


def _before_dashes(words: list[str]) -> list[str]:
    """The words that may be options: those before a “--”."""
    return words[: words.index("--")] if "--" in words else words


def _say_usage(error: click.UsageError, output: Output) -> None:
    mistake = understood(error)
    pattern = f"Usage: {mistake.usage}" if mistake.usage else ""
    hint = f"“{mistake.command} --help” explains."
    message = mistake.message if mistake.message.endswith("?") else mistake.message + "."
    output.note("\n".join(part for part in (f"{mistake.command}: {message}", pattern, hint) if part))
    if output.json:
        _say_error("usage", message, hint, output)


def _say_problem(problem: Problem, output: Output) -> None:
    output.note("\n".join(part for part in (f"familiar: {problem.title}", problem.hint, f"[{problem.code}]") if part))
    if output.json and problem.code != "output.failed":
        _say_error(problem.code, problem.title, problem.hint, output, problem.data)


def _say_error(code: str, title: str, hint: str, output: Output, data: ProblemData | None = None) -> None:
    error = {"code": code, "title": title, "hint": hint} | ({"data": data} if data is not None else {})
    try:
        output.document({"error": error})
    except (Problem, BrokenPipeError):
        silence()  # it was said on stderr


def _say_bug(invocation: Invocation) -> None:
    """Keep the traceback for us in the crash log; tell the person one plain sentence."""
    import traceback
    from datetime import UTC, datetime

    from app.base.paths import Home

    output = invocation.output
    title = "Familiar made a mistake and could not finish."
    crash_log = Home.find(invocation.home).logs / "crash.log"
    text = traceback.format_exc()
    try:
        crash_log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with crash_log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} command line\n{text}\n")
        hint = f"The details for its makers are in {crash_log}."
    except OSError:
        output.note(text)
        hint = "The lines above are for its makers."
    output.note(f"familiar: {title}\n{hint}")
    if output.json:
        _say_error("internal", title, hint, output)
