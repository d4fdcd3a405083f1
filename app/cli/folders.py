"""familiar folders: which folders are watched."""

from __future__ import annotations

import argparse

from app.base.calls import FoldersAdd, FoldersList, FoldersRemove
from app.base.values import Folder
from app.cli.context import Context
from app.cli.output import Output, count
from app.cli.usage import Parser, absolute

_ADDED = "Watching {}. It is being read in the background; “familiar index --wait” waits."
_REMOVED = "No longer watching {}. Its index is forgotten; its files are untouched."


def declare(name: str, parser: Parser) -> None:
    """The words of `folders add`, `folders remove` and `folders list`."""
    if name == "folders list":
        parser.set_defaults(run=_list)
        return
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a folder")
    parser.examples(f"familiar {name} ~/Documents")
    call, said = (FoldersAdd, _ADDED) if name == "folders add" else (FoldersRemove, _REMOVED)
    parser.set_defaults(run=_change, call=call, said=said)


def _change(options: argparse.Namespace, context: Context) -> int:
    paths = [absolute(path) for path in options.paths]
    folders: list[Folder] = context.call(options.call(paths=paths))
    output = context.output
    if output.json:
        output.document(folders)
        return 0
    for path in paths:
        output.line(options.said.format(output.name(path)))
    return 0


def _list(_options: argparse.Namespace, context: Context) -> int:
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
    if folder.problems:
        parts.append(f"{count(folder.problems, 'problem')} (familiar files --state problems)")
    return output.faint(", ".join(parts))
