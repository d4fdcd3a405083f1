"""What is to be done to files, exactly, before anything is: each change with what stands there now."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from app.assistant.tools.refusal import ToolFailed
from app.base.actions import Change
from app.base.changing import Stamp, read, stamp

MOST_CHANGES = 200
MOST_TEXT = 100_000
MOST_FILE = 2 << 20
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Plan:
    """What a tool proposes. title: what a person reads above it.

    written: the bytes that a change with this SHA-256 writes. perform: what is done where it is no change of files;
    returns what the model is told.
    """

    title: str
    changes: tuple[Change, ...]
    written: dict[str, bytes]
    perform: Callable[[], str] | None = None


def creating(path: str, text: str) -> Plan:
    """A new file with this text, and the folders that it needs. Raises ToolFailed."""
    if _looked_at(path).kind != "none":
        raise ToolFailed("There is a file or folder of that name already. Nothing was changed.")
    _expect_no_likeness([path], ())
    data = _checked(text).encode()
    change = _writing("create", path, "", text, data, Stamp())
    folders = _missing_folders([path])
    return Plan(f"Create {os.path.basename(path)}", (*folders, change), {change.after: data})


def appending(path: str, text: str) -> Plan:
    """More text at the end of a text file, on a line of its own. Raises ToolFailed."""
    before, data, old = _text_of(path)
    end = "" if not old or old.endswith("\n") else "\n"
    more = _checked(text)
    return _rewritten(path, before, data, old, old + end + more + ("" if more.endswith("\n") else "\n"))


def editing(path: str, old: str, new: str) -> Plan:
    """Words of a text file said otherwise; they must stand in it once. Raises ToolFailed."""
    before, data, text = _text_of(path)
    if not old:
        raise ToolFailed("“old” is empty. Give the words that are to be replaced, as they stand in the file.")
    times = text.count(old)
    if times != 1:
        raise ToolFailed(
            "The words of “old” do not stand in the file. Read it first, then give them exactly."
            if times == 0
            else f"The words of “old” stand in the file {times} times. Give more of what is around them."
        )
    return _rewritten(path, before, data, text, text.replace(old, _checked(new)))


def moving(moves: Sequence[tuple[str, str]]) -> Plan:
    """Files to other paths, where nothing stands; with the folders that they need. Raises ToolFailed."""
    if not moves:
        raise ToolFailed("There is nothing to move.")
    if len(moves) > MOST_CHANGES:
        raise ToolFailed(f"{len(moves)} files are too many at once; {MOST_CHANGES} are the most.")
    changes, taken, sources = [], set[str](), set[str]()
    for source, target in moves:
        before = _looked_at(source)
        name, there = os.path.basename(source), os.path.basename(target)
        if before.kind != "file":
            raise ToolFailed(f"“{name}” is no file; only files are moved.")
        if source == target:
            raise ToolFailed(f"“{name}” has that name and place already.")
        if source in sources:
            raise ToolFailed(f"“{name}” is named twice.")
        standing = _looked_at(target)
        other_letters = standing.identity and standing.identity == before.identity and there != name
        if target in taken or (standing.kind != "none" and not other_letters):
            raise ToolFailed(f"Something has the name “{there}” there already. Nothing was changed.")
        taken.add(target)
        sources.add(source)
        changes.append(Change(kind="move", path=source, target=target, before=before))
    _expect_no_likeness([target for _, target in moves], sources)
    folders = _missing_folders([target for _, target in moves])
    if len(changes) > 1:
        title = f"Move {len(changes)} files"
    else:
        source, target = moves[0]
        same = os.path.dirname(source) == os.path.dirname(target)
        title = f"{'Rename' if same else 'Move'} {os.path.basename(source)}"
    return Plan(title, (*folders, *changes), {})


def trashing(paths: Sequence[str]) -> Plan:
    """Files to the system's trash. Raises ToolFailed."""
    if not paths:
        raise ToolFailed("There is nothing to move to the trash.")
    paths = list(dict.fromkeys(paths))
    if len(paths) > MOST_CHANGES:
        raise ToolFailed(f"{len(paths)} files are too many at once; {MOST_CHANGES} are the most.")
    changes = []
    for path in paths:
        before = _looked_at(path, content=True)
        if before.kind != "file":
            raise ToolFailed(f"“{os.path.basename(path)}” is no file; only files are moved to the trash.")
        changes.append(Change(kind="trash", path=path, before=before, size=before.size))
    what = os.path.basename(paths[0]) if len(paths) == 1 else f"{len(paths)} files"
    return Plan(f"Move {what} to the trash", tuple(changes), {})


def unified(old: str, new: str, name: str) -> str:
    """What differs between two texts, as a unified diff without its head."""
    lines = difflib.unified_diff(_lines(old), _lines(new), f"{name} (now)", f"{name} (then)", n=2)
    shown = [line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines]
    return "".join(shown[2:])


def _lines(text: str) -> list[str]:
    """The lines of a text with their ends, at line feeds alone."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _rewritten(path: str, before: Stamp, data: bytes, old: str, new: str) -> Plan:
    if new == old:
        raise ToolFailed("That changes nothing: the file says so already.")
    encoding = "utf-8-sig" if data.startswith(_BOM) else "utf-8"
    written = (new.replace("\n", "\r\n") if _windows_lines(data) else new).encode(encoding)
    if len(written) > MOST_FILE:
        raise ToolFailed("The file would become larger than 2 MB. Write a new one beside it.")
    change = _writing("edit", path, old, new, written, before)
    return Plan(f"Change {os.path.basename(path)}", (change,), {change.after: written})


def _writing(kind: str, path: str, old: str, new: str, data: bytes, before: Stamp) -> Change:
    name = os.path.basename(path)
    return Change(
        kind="create" if kind == "create" else "edit", path=path, diff=unified(old, new, name), before=before,
        after=hashlib.sha256(data).hexdigest(), size=len(data),
    )  # fmt: skip


def _text_of(path: str) -> tuple[Stamp, bytes, str]:
    """A text file as it is: stamp, bytes, and text, "\\n" for line ends that are all alike. Raises ToolFailed."""
    before = _looked_at(path, content=True)
    if before.kind != "file":
        raise ToolFailed("There is no such file.")
    try:
        data = read(path, MOST_FILE)
        if hashlib.sha256(data).hexdigest() != before.sha256:
            raise ToolFailed("The file is being written at this moment. Try again.")
        text = data.decode("utf-8-sig")
        if os.stat(path, follow_symlinks=False).st_nlink > 1:
            raise ToolFailed("The file goes by several names (hard links), which changing it would part.")
    except OSError as error:
        reason = "it is larger than 2 MB" if before.size > MOST_FILE else error.strerror or str(error)
        raise ToolFailed(f"The file cannot be changed: {reason}.") from error
    except UnicodeDecodeError as error:
        raise ToolFailed("The file is no plain text in UTF-8, so it is not changed.") from error
    if "\0" in text:
        raise ToolFailed("The file is no plain text, so it is not changed.")
    return before, data, text.replace("\r\n", "\n") if _windows_lines(data) else text


def _windows_lines(data: bytes) -> bool:
    """Whether every line ends as Windows has it; where they differ, they stay as they are."""
    return 0 < data.count(b"\n") == data.count(b"\r\n")


def _looked_at(path: str, *, content: bool = False) -> Stamp:
    try:
        return stamp(path, content=content)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ToolFailed(f"“{os.path.basename(path)}” cannot be looked at: {reason}.") from error


def _expect_no_likeness(paths: Sequence[str], leaving: Collection[str]) -> None:
    """Raise ToolFailed where a name would look like another one there that is written otherwise: “é” in one letter and
    in two. leaving: paths that will not be there any more."""
    names: dict[str, dict[str, str]] = {}
    for path in paths:
        folder, name = os.path.split(path)
        if folder not in names:
            try:
                there = os.listdir(folder)
            except OSError:  # it is still to be made
                there = []
            names[folder] = {unicodedata.normalize("NFC", one): one for one in there}
        like = names[folder].setdefault(unicodedata.normalize("NFC", name), name)
        if like != name and os.path.join(folder, like) not in leaving:
            raise ToolFailed(f"Another name there looks like “{name}”. Choose one that differs.")


def _missing_folders(paths: Sequence[str]) -> list[Change]:
    """The folders that must be made first, outermost first."""
    missing: dict[str, None] = {}
    for path in paths:
        above, needed = os.path.dirname(path), []
        while above not in missing:
            standing = _looked_at(above)
            if standing.kind == "folder":
                break
            if standing.kind != "none":
                raise ToolFailed(f"“{os.path.basename(above)}” is no folder.")
            needed.append(above)
            above = os.path.dirname(above)
        missing.update(dict.fromkeys(reversed(needed)))
    return [Change(kind="folder", path=path) for path in missing]


def _checked(text: str) -> str:
    """Text to be written. Raises ToolFailed."""
    text = text.replace("\r\n", "\n")
    if len(text) > MOST_TEXT:
        raise ToolFailed(f"The text has {len(text):,} characters; {MOST_TEXT:,} are the most.")
    if "\0" in text:
        raise ToolFailed("The text holds a NUL character, which no text file has.")
    return text
