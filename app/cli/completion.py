"""familiar completion: the script that makes a shell complete Familiar's commands, and what that script asks."""

from __future__ import annotations

import click

from app.cli.command import CommandGroup, Invocation, command
from app.cli.context import Context
from app.cli.output import Output
from app.cli.parameters import OneOf

_VARIABLE = "_FAMILIAR_COMPLETE"


@command(
    "completion",
    "familiar completion bash > ~/.local/share/bash-completion/completions/familiar",
    "familiar completion zsh > ~/.zfunc/_familiar    with ~/.zfunc in your fpath",
    "familiar completion fish > ~/.config/fish/completions/familiar.fish",
)
@click.argument("shell", metavar="SHELL", type=OneOf("bash", "zsh", "fish"), help="bash, zsh or fish")
def completion(context: Context, *, shell: str) -> int:
    """Print the script."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    asked = kind(CommandGroup(), {}, "familiar", _VARIABLE)
    script = asked.source_template % asked.source_vars()
    if context.output.json:
        context.output.document({"script": script})
    else:
        context.output.stream(script)
    return 0


def answer(instruction: str) -> int:
    """What the script asks. instruction: “bash_complete” or the like; the words are in the environment, too."""
    from click.shell_completion import shell_complete

    invocation = Invocation(Output(json=False))
    return shell_complete(CommandGroup(), {"obj": invocation}, "familiar", _VARIABLE, instruction)
