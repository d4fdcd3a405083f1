"""The command line's door: finds the command, runs it, turns every outcome into its exit code."""

from __future__ import annotations

import importlib
import sys
import traceback
from datetime import UTC, datetime
from typing import NamedTuple

from app.base.errors import Cancelled, Problem
from app.base.paths import Home
from app.cli.commands import COMMANDS, GROUPS, actions, group_help, overview, sentence, usage
from app.cli.context import Context
from app.cli.output import Output, silence
from app.cli.usage import Parser, UsageError, suggestion

DONE, REFUSED, WRONG_USAGE, OUR_BUG, INTERRUPTED = 0, 1, 2, 3, 130


class _Wish(NamedTuple):
    """What the words ask for. name: of the command. words: those after it, less what stands here already."""

    name: str
    words: list[str]
    home: str | None
    help: bool


def main(argv: list[str]) -> int:
    """Run one command; returns its exit code.

    0 done, 1 the world said no (code, title and hint on stderr), 2 wrong usage, 3 our bug, 130 after Ctrl+C.
    """
    output = Output(json="--json" in _before_dashes(argv))
    try:
        code = _run(argv, output)
        output.flush()
    except UsageError as error:
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
        _say_bug(argv, output)
        return OUR_BUG
    return code


def _run(argv: list[str], output: Output) -> int:
    wish = _understand(argv)
    if wish.name == "--version":
        from app.cli.about import version

        if output.json:
            output.document({"version": version()})
        else:
            output.line(f"Familiar {version()}")
        return DONE
    if wish.name == "":
        output.line(overview())
        return DONE
    if wish.name in GROUPS:
        output.line(group_help(wish.name))
        return DONE
    command = COMMANDS[wish.name]
    parser = Parser(prog=f"familiar {wish.name}", usage=usage(wish.name), description=sentence(command.summary))
    if command.module:
        parser.add_argument("--json", action="store_true", help="print JSON for other programs")
    parser.add_argument("--home", metavar="DIR", help="keep everything in DIR instead of your own Familiar")
    parser.add_argument("--help", action="store_true", help="print this")
    module = importlib.import_module(f"app.cli.{command.module or 'opening'}")
    module.declare(wish.name, parser)
    if wish.help:
        output.line(parser.format_help())
        return DONE
    options = parser.understand(wish.words)
    home_option: str | None = options.home or wish.home
    context = Context(Home.find(home_option), home_option, output)
    try:
        code: int = options.run(options, context)
    finally:
        context.close()
    return code


def _understand(argv: list[str]) -> _Wish:
    """Split the words into command, home and the rest. Raises UsageError."""
    rest = list(argv)
    home: str | None = None
    asks_help = False
    names: list[str] = []
    before: list[str] = []
    while rest:
        word = rest[0]
        if word == "--json":
            before.append(rest.pop(0))
        elif word in ("--help", "-h"):
            asks_help = True
            rest.pop(0)
        elif word == "--version" and not names:
            return _Wish("--version", [], None, help=False)
        elif word == "--home":
            if len(rest) < 2:
                raise UsageError(" ".join(["familiar", *names]), "--home needs a folder")
            home = rest[1]
            del rest[:2]
        elif word.startswith("--home="):
            home = rest.pop(0).removeprefix("--home=")
        elif not names or (len(names) == 1 and names[0] in GROUPS and not word.startswith("-")):
            names.append(_known(names, rest.pop(0)))
        else:
            break
    name = " ".join(names)
    asks_help = asks_help or _wants_help(rest)
    if not asks_help and name == "":
        raise UsageError("familiar", "what should be done? Name a command")
    if not asks_help and name in GROUPS:
        raise UsageError(f"familiar {name}", f"name what to do: {', '.join(actions(name))}")
    return _Wish(name, before + [word for word in rest if not asks_help], home, help=asks_help)


def _wants_help(words: list[str]) -> bool:
    options = _before_dashes(words)
    return "--help" in options or "-h" in options


def _before_dashes(words: list[str]) -> list[str]:
    """The words that may be options: those before a “--”."""
    return words[: words.index("--")] if "--" in words else words


def _known(names: list[str], word: str) -> str:
    """The word, if it names a command (or an action of the group before it). Raises UsageError."""
    if names:
        choices = actions(names[0])
        if word in choices:
            return word
        raise UsageError(
            f"familiar {names[0]}", f"cannot “{word}”" + (suggestion(word, choices) or f"; it can {', '.join(choices)}")
        )
    choices = [*GROUPS, *(name for name in COMMANDS if " " not in name)]
    if word in choices:
        return word
    if word.startswith("-"):
        message = f"there is no option {word}" + suggestion(word, ["--json", "--home", "--help", "--version"])
    else:
        message = f"there is no command “{word}”" + suggestion(word, choices)
    raise UsageError("familiar", message)


def _say_usage(error: UsageError, output: Output) -> None:
    pattern = f"Usage: {error.usage}" if error.usage else ""
    hint = f"“{error.command} --help” explains."
    message = error.message if error.message.endswith("?") else error.message + "."
    output.note("\n".join(part for part in (f"{error.command}: {message}", pattern, hint) if part))
    if output.json:
        _say_error("usage", message, hint, output)


def _say_problem(problem: Problem, output: Output) -> None:
    output.note("\n".join(part for part in (f"familiar: {problem.title}", problem.hint, f"[{problem.code}]") if part))
    if output.json and problem.code != "output.failed":
        _say_error(problem.code, problem.title, problem.hint, output)


def _say_error(code: str, title: str, hint: str, output: Output) -> None:
    try:
        output.document({"error": {"code": code, "title": title, "hint": hint}})
    except (Problem, BrokenPipeError):
        silence()  # it was said on stderr


def _say_bug(argv: list[str], output: Output) -> None:
    """Keep the traceback for us in the crash log; tell the person one plain sentence."""
    title = "Familiar made a mistake and could not finish."
    try:
        home = _understand(argv).home
    except UsageError:
        home = None
    crash_log = Home.find(home).logs / "crash.log"
    text = traceback.format_exc()
    try:
        crash_log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with crash_log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} command line\n{text}\n")
        hint = f"The details for its makers are in {crash_log}."
    except OSError:
        sys.stderr.write(text)
        hint = "The lines above are for its makers."
    output.note(f"familiar: {title}\n{hint}")
    if output.json:
        _say_error("internal", title, hint, output)
