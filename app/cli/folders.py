"""familiar folders: which folders are watched."""

from __future__ import annotations

import click

from app.base.calls import FoldersAdd, FoldersList, FoldersRemove
from app.base.index_values import Folder
from app.base.wording import count
from app.cli.command import command
from app.cli.context import Context
from app.cli.output import Output
from app.cli.parameters import PathWord, absolute

_ADDED = "Watching {}. It is being read in the background; “familiar index --wait” waits."
_REMOVED = "No longer watching {}. Its index is forgotten; its files are untouched."


_paths = click.argument("paths", metavar="PATH", nargs=-1, required=True, type=PathWord("dir"), help="a folder")


@command("folders add", "familiar folders add ~/Documents")
@_paths
def add(context: Context, *, paths: tuple[str, ...]) -> int:
    """Watch folders."""
    given = [absolute(path) for path in paths]
    return _tell(context.call(FoldersAdd(paths=given)), given, _ADDED, context.output)


@command("folders remove", "familiar folders remove ~/Documents")
@_paths
def remove(context: Context, *, paths: tuple[str, ...]) -> int:
    """Watch folders no longer."""
    given = [absolute(path) for path in paths]
    return _tell(context.call(FoldersRemove(paths=given)), given, _REMOVED, context.output)


def _tell(folders: list[Folder], changed: list[str], said: str, output: Output) -> int:
    if output.json:
        output.document(folders)
        return 0
    for path in changed:
        output.line(said.format(output.name(path)))
    return 0


@command("folders list")
def list_folders(context: Context) -> int:
    """Tell the watched folders."""
    folders = context.call(FoldersList())
    output = context.output
    if output.json:
        output.document(folders)
        return 0
    if not folders:
        output.line("No folders are watched yet. Begin with: familiar folders add FOLDER")
    for folder in folders:
        output.line(f"{output.bold(output.name(folder.path))}  {_state(folder, output)}")
    return 0


def _state(folder: Folder, output: Output) -> str:
    parts = [count(folder.files, "file")]
    if folder.state in ("offline", "unreadable"):
        parts.append(f"{folder.state}: {folder.reason}" if folder.reason else folder.state)
    else:
        parts.append("up to date" if folder.state == "current" else f"{folder.pending:,} still to be read")
    if folder.unread:
        parts.append(f"{folder.unread:,} could not be read")
    if folder.partial:
        parts.append(f"{folder.partial:,} partly read")
    why = " (familiar files --state problems)" if folder.unread or folder.partial else ""
    return output.faint(", ".join(parts) + why)
