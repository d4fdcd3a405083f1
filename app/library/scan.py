"""The truth about a root: walk it, compare with the index, say what is new, changed, moved and gone."""

from __future__ import annotations

import os
import stat as stat_bits
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.base.opening import at, identity, is_link
from app.base.values import FileId
from app.library.ignore_rules import Rules
from app.store.index import Known
from app.store.index_files import Stat


@dataclass(frozen=True)
class Link:
    """A link to a folder or a file that is there. stat: of the link. target: where it leads, without links.

    Nothing is read through one: whoever may write into a watched folder, as an archive, a repository or a shared drive
    does, could make one to anything of the person's, and then it would be they who chose what is read. So it is named,
    and whoever wants what it leads to adds that folder, which is then watched as what it is.
    """

    stat: Stat
    target: str
    folder: bool


Seen = Stat | Link | str
"""A file's stat, a link, or why something could not be opened."""


@dataclass(frozen=True)
class ScanResult:
    """What a walk saw, by path. closed: folders and files that could not be looked into, with the reason."""

    files: dict[str, Stat] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What the index has to do to agree with the disk."""

    read: list[tuple[str, Stat]]
    move: list[tuple[FileId, str, Stat]]
    forget: list[FileId]


def stat_of(path: str) -> Stat | None:
    """A regular file's stat, or None. No link in the path is followed, devices and pipes are not files."""
    try:
        with at(path) as spot:
            return _stat(spot.status())
    except (OSError, ValueError):
        return None


def walk(start: str, rules: Rules, stopped: Callable[[], bool]) -> Iterator[tuple[str, Seen]]:
    """(path, Stat) of each regular file at or below `start`; (path, reason) where something could not be opened.

    No link is followed, also none that takes a folder's place while it is walked: nothing outside the root is seen, and
    no loop is walked. One that leads anywhere is told as a Link.
    """
    link = _link(start)
    if link is not None and not rules.skip(start, folder=link.folder):
        yield start, link
    one = stat_of(start)
    if one is not None:
        if not rules.skip(start, folder=False):
            yield start, one
        return
    folders = [start]
    while folders and not stopped():
        folder = folders.pop()
        try:
            below, seen = _entries(folder, rules)
        except (FileNotFoundError, NotADirectoryError):
            continue  # it went meanwhile; an event or the next scan says so
        except ValueError:
            if "\0" not in folder:
                raise
            continue  # no path
        except OSError as error:
            if not is_link(error):
                yield folder, error.strerror or str(error)
            continue
        folders += below
        yield from seen


def _link(path: str) -> Link | None:
    """The link at a path; None if there is none, or it leads to nothing that is a folder or a file.

    What it leads to is asked for its kind, and not opened.
    """
    try:
        with at(path) as spot:
            status = spot.status()
        if not stat_bits.S_ISLNK(status.st_mode):
            return None
        mode = os.stat(path).st_mode
        target = os.path.realpath(path)
    except (OSError, ValueError):
        return None
    if not stat_bits.S_ISDIR(mode) and not stat_bits.S_ISREG(mode):
        return None
    stat = Stat(status.st_size, status.st_mtime_ns, status.st_ctime_ns, identity(status))
    return Link(stat, target, stat_bits.S_ISDIR(mode))


def _entries(folder: str, rules: Rules) -> tuple[list[str], list[tuple[str, Seen]]]:
    """The folders in a folder, and its files as `walk` tells of them. Raises OSError, ValueError."""
    below: list[str] = []
    seen: list[tuple[str, Seen]] = []
    with at(folder) as spot, spot.entries() as entries:
        for entry in entries:
            path = os.path.join(folder, entry.name)
            try:
                if entry.is_symlink():
                    link = None if rules.skip(path, folder=False) else _link(path)
                    if link is not None and not (link.folder and rules.skip(path, folder=True)):
                        seen.append((path, link))
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if not rules.skip(path, folder=True):
                        below.append(path)
                    continue
                if rules.skip(path, folder=False):
                    continue
                found = _stat(entry.stat(follow_symlinks=False))
            except FileNotFoundError:
                continue
            except OSError as error:
                seen.append((path, error.strerror or str(error)))
                continue
            if found is not None:
                seen.append((path, found))
    return below, seen


def collect(starts: Iterable[str], rules: Rules, stopped: Callable[[], bool]) -> ScanResult:
    """The walks from several starts as one."""
    found = ScanResult()
    for start in starts:
        for path, seen in walk(start, rules, stopped):
            add(found, path, seen)
    return found


def add(found: ScanResult, path: str, seen: Seen) -> None:
    """Put one thing that a walk saw where it belongs."""
    if isinstance(seen, Stat):
        found.files[path] = seen
    elif isinstance(seen, Link):
        found.links[path] = seen
    else:
        found.closed[path] = seen


def compare(found: ScanResult, known: Mapping[str, Known]) -> Difference:
    """What differs. A file that went and one of the same inode, size and mtime that came are one file that moved.

    One whose bytes were never read is read at its new place: its old name may have been what was wrong with it.
    Files below a folder that could not be opened are kept, and links.
    """
    there = found.files.keys() | found.links.keys()
    gone = {path: file for path, file in known.items() if path not in there and not _below(path, found.closed)}
    by_identity = {(f.stat.inode, f.stat.size_bytes, f.stat.mtime_ns): f for f in gone.values()}
    read: list[tuple[str, Stat]] = []
    move: list[tuple[FileId, str, Stat]] = []
    moved: set[FileId] = set()
    for path, stat in found.files.items():
        present = known.get(path)
        if present is None:
            origin = by_identity.get((stat.inode, stat.size_bytes, stat.mtime_ns))
            was_read = origin is not None and origin.sha256 and origin.state not in ("waiting", "reading")
            if origin is not None and was_read and origin.id not in moved:
                moved.add(origin.id)
                move.append((origin.id, path, stat))
            else:
                read.append((path, stat))
        elif present.stat != stat:
            read.append((path, stat))
    forget = [file.id for file in gone.values() if file.id not in moved]
    return Difference(read, move, forget)


def _below(path: str, closed: Mapping[str, str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in closed)


def _stat(status: os.stat_result) -> Stat | None:
    if not stat_bits.S_ISREG(status.st_mode):
        return None
    return Stat(status.st_size, status.st_mtime_ns, status.st_ctime_ns, identity(status))
