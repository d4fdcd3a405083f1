"""familiar integrate: the application menu and "Ask about this file" in the file manager, for this person alone."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.cli.command import command
from app.cli.context import Context
from app.cli.desktop import changes, linux, macos
from app.cli.desktop.changes import Change, Made
from app.cli.desktop.launcher import launcher
from app.cli.output import Output
from app.cli.parameters import PathWord, absolute

_UNTESTED = "This was written from {system}'s documentation and has not been tried there. Please tell us how it goes."


@command("integrate", "familiar integrate", "familiar integrate --remove")
@click.option("--remove", is_flag=True, help="take away what was installed, and nothing else")
@click.option("--launcher", "program", metavar="PATH", type=PathWord(),
              help="the program that the entries run, instead of this installation's own")  # fmt: skip
def integrate(context: Context, *, remove: bool, program: str | None) -> int:
    """Install the entries, or take them away."""
    named = absolute(program) if program else None
    words = [] if remove else launcher(named, context.home_option)
    if sys.platform == "win32":
        from app.cli.desktop import windows

        made = windows.remove() if remove else windows.install(words)
        notes = [_UNTESTED.format(system="Windows")]
    elif sys.platform == "darwin":
        services = Path.home() / "Library" / "Services"
        made = _make(macos.removing(services) if remove else macos.installing(words, services))
        notes = [_UNTESTED.format(system="macOS")]
    else:
        folders = linux.XdgFolders.find()
        made = _make(linux.removing(folders) if remove else linux.installing(words, folders))
        linux.refresh_icons(folders)
        notes = [] if remove else linux.notes()
    _report(made, notes, context.output)
    return 0


def _make(planned: list[Change]) -> list[Made]:
    changes.check(planned)
    return changes.make(planned)


def _report(made: list[Made], notes: list[str], output: Output) -> None:
    if output.json:
        output.document({"changes": made, "notes": notes})
        return
    for one in made:
        output.line(f"{one.done:<9}  {one.what}: {one.path}")
        if one.backup:
            output.line(f"{'':<9}  the file as it was before is kept at {one.backup}")
    for note in notes:
        output.line(note)
