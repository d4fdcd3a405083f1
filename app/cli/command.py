"""What every command has: the common options, help, and mistakes answered with what was probably meant.

Built on click, which parses the words and completes them in shells. A command's module is imported when it is named.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import click
from click.core import augment_usage_errors
from typing_extensions import override

from app.cli.commands import COMMANDS, GROUPS, actions, group_help, overview, sentence, usage
from app.cli.output import Output

_DASHES = "put “--” before words that begin with a dash"
_NEEDED = {"DIR": "a folder", "PATH": "a file or folder"}


@dataclass
class Invocation:
    """One run of the command line. home: the folder that was named with --home, or None."""

    output: Output
    home: str | None = None


class Mistake(NamedTuple):
    """Words that make no sense. command: as typed so far ("familiar search"). usage: its pattern, or ""."""

    command: str
    message: str
    usage: str


class Command(click.Command):
    """One command. Its function gets our Context, then its parameters by name, and returns the exit code."""

    def __init__(self, name: str, examples: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(name, context_settings={"allow_extra_args": True}, add_help_option=False, **settings)
        self.full_name = name
        self.examples = tuple(examples)

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with augment_usage_errors(ctx):
            rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise click.UsageError(f"“{rest[0]}” is one word too many", ctx)
        return rest

    @override
    def invoke(self, ctx: click.Context) -> int:
        from app.base.paths import Home
        from app.cli.context import Context

        if not gc.isenabled():  # put off by app.__main__ until now, when all is imported
            gc.freeze()
            gc.enable()
        assert self.callback is not None
        invocation = ctx.find_object(Invocation)
        assert invocation is not None
        context = Context(Home.find(invocation.home), invocation.home, invocation.output)
        try:
            return int(self.callback(context, **ctx.params))
        finally:
            context.close()

    @override
    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(f"{usage(self.full_name)}\n")

    @override
    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(f"\n{sentence(COMMANDS[self.full_name].summary)}\n")

    @override
    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            formatter.write("\n".join(["", "Examples:", *(f"  {line}" for line in self.examples), ""]))


def command(name: str, *examples: str, json: bool = True) -> Callable[[Callable[..., int]], Command]:
    """A decorator that makes a function the command of that name. examples: command lines, for its help.

    json: whether it can print JSON; what opens a window cannot.
    """

    def decorate(run: Callable[..., int]) -> Command:
        made = click.command(name, cls=Command, examples=examples)(run)
        made.params += _common_options(json=json)
        return made

    return decorate


class CommandGroup(click.Group):
    """The commands below one word, or all of them. Nothing of a command is imported before it is named."""

    def __init__(self, name: str = "") -> None:
        params = _common_options(json=True) + ([] if name else [_version_option()])
        super().__init__(
            name or "familiar", params=params, callback=self._check_named, invoke_without_command=True,
            add_help_option=False,
        )  # fmt: skip
        self._group = name
        self._names = actions(name)

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with augment_usage_errors(ctx):
            return super().parse_args(ctx, args)

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._names

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._names:
            return None
        whole = self._whole(cmd_name)
        return CommandGroup(whole) if whole in GROUPS else _load(whole)

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if word in self._names or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        near = suggestion(word, self._names)
        if self._group:
            choices = f"; it can {', '.join(self._names)}"
            raise click.UsageError(f"cannot “{word}”{near or choices}", ctx)
        raise click.UsageError(f"there is no command “{word}”{near}", ctx)

    @override
    def get_help(self, ctx: click.Context) -> str:
        return group_help(self._group) if self._group else overview()

    @override
    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[click.shell_completion.CompletionItem[Any]]:
        from click.shell_completion import CompletionItem

        items: list[CompletionItem[Any]] = [
            CompletionItem(name, help=_summary(self._whole(name)))
            for name in self._names
            if name.startswith(incomplete)
        ]
        return items + click.Command.shell_complete(self, ctx, incomplete)

    def _whole(self, name: str) -> str:
        return f"{self._group} {name}".lstrip()

    def _check_named(self) -> None:
        ctx = click.get_current_context()
        if ctx.invoked_subcommand is not None:
            return
        if self._group:
            raise click.UsageError(f"name what to do: {', '.join(self._names)}", ctx)
        raise click.UsageError("what should be done? Name a command", ctx)


def understood(error: click.UsageError) -> Mistake:
    """A mistake in the words, said as we say it."""
    ctx = error.ctx
    if ctx is None:
        return Mistake("familiar", error.message, "")
    pattern = usage(ctx.command.full_name) if isinstance(ctx.command, Command) else ""
    return Mistake(ctx.command_path, _told(error, ctx), pattern)


def suggestion(word: str, known: Iterable[str]) -> str:
    """“; did you mean X?” for the nearest of `known`, or “” if none is near."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.55)
    return f"; did you mean {near[0]}?" if near else ""


def _told(error: click.UsageError, ctx: click.Context) -> str:
    if isinstance(error, click.NoSuchOption):
        message = f"there is no option {error.option_name}"
        message += suggestion(error.option_name, [name for param in ctx.command.params for name in param.opts])
        return (
            message
            if error.option_name.startswith("--")
            else f"{message}; put “--” before words that begin with a dash"
        )
    if isinstance(error, click.BadOptionUsage):
        option = next((one for one in ctx.command.params if error.option_name in one.opts), None)
        if not isinstance(option, click.Option) or option.is_flag:
            return f"{error.option_name} takes no value"
        metavar = option.make_metavar(ctx)
        return f"{error.option_name} needs {_NEEDED.get(metavar, metavar)}"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return f"{error.param.human_readable_name} is missing"
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = error.param.opts[0] if isinstance(error.param, click.Option) else error.param.human_readable_name
        return f"{name}: {error.message}"
    return error.message


def _load(name: str) -> Command:
    module = importlib.import_module(f"app.cli.{COMMANDS[name].module}")
    return next(one for one in vars(module).values() if isinstance(one, Command) and one.full_name == name)


def _summary(name: str) -> str:
    return COMMANDS[name].summary if name in COMMANDS else ", ".join(actions(name))


# ---- options of every command --------------------------------------------------------------------------------------


def _common_options(*, json: bool) -> list[click.Parameter]:
    options: list[click.Parameter] = [
        click.Option(["--home"], metavar="DIR", expose_value=False, callback=_take_home,
                     help="keep everything in DIR instead of your own Familiar"),
        click.Option(["--help", "-h"], is_flag=True, is_eager=True, expose_value=False, callback=_print_help,
                     help="print this"),
    ]  # fmt: skip
    if json:  # main has seen it, whatever came after it
        options.insert(
            0, click.Option(["--json"], is_flag=True, expose_value=False, help="print JSON for other programs")
        )
    return [*options]


def _version_option() -> click.Parameter:
    return click.Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_print_version)


def _take_home(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    invocation = ctx.find_object(Invocation)
    if value is not None and invocation is not None:
        invocation.home = value


def _print_help(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        _output(ctx).line(ctx.get_help())
        ctx.exit()


def _print_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from app.cli.about import version

    output = _output(ctx)
    if output.json:
        output.document({"version": version()})
    else:
        output.line(f"Familiar {version()}")
    ctx.exit()


def _output(ctx: click.Context) -> Output:
    invocation = ctx.find_object(Invocation)
    assert invocation is not None
    return invocation.output
