"""Opens what a path names only if no link stands anywhere in it.

A path of a person's file is kept as it was when they chose it, its links resolved. A link that stands in it later was
put there by somebody else, and may lead anywhere. So nothing is looked at first and opened then: every part is opened
below the one before it, and a descriptor, once open, stays with what it is.

Windows has no such way of opening: there what was opened is compared with what the path leads to afterwards, which
leaves somebody who exchanges folders at the right three moments a chance.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_WINDOWS = sys.platform == "win32"
_FILE = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))
_FOLDER = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_DIRECTORY", "O_CLOEXEC"))
_STEP = getattr(os, "O_PATH", 0) | _FOLDER  # with O_PATH a folder on the way need not be readable, as /home may not be
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class Spot:
    """A name in an open folder that no link leads to. For as long as `at` lasts."""

    def __init__(self, name: str, folder: int | None) -> None:
        """folder: a descriptor; None on Windows, where `name` is the whole path."""
        self._name = name
        self._folder = folder

    @property
    def name(self) -> str:
        """What stands in the folder, for calls with `dir_fd`; on Windows the whole path."""
        return self._name

    @property
    def folder(self) -> int | None:
        """The folder's descriptor; None on Windows."""
        return self._folder

    def status(self) -> os.stat_result:
        """What stands there, a link as itself. Raises OSError."""
        return os.stat(self._name, dir_fd=self._folder, follow_symlinks=False)

    def open(self) -> int:
        """A descriptor for reading, of a file; a pipe or device does not block. Raises OSError: ELOOP for a link."""
        return self._open(_FILE)

    @contextmanager
    def entries(self) -> Iterator[Iterator[os.DirEntry[str]]]:
        """What stands in the folder that this is, to be asked for only while it is open. Raises OSError."""
        if self._folder is None:
            _compare(self._name, os.stat(self._name))
            with os.scandir(self._name) as found:
                yield found
            return
        descriptor = self._open(_FOLDER)
        try:
            with os.scandir(descriptor) as found:
                yield found
        finally:
            os.close(descriptor)

    def _open(self, flags: int) -> int:
        if self._folder is not None:
            return _below(self._folder, self._name, flags)
        descriptor = os.open(self._name, flags)
        try:
            _compare(self._name, os.fstat(descriptor))
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


@contextmanager
def at(path: str) -> Iterator[Spot]:
    """The spot that an absolute path names.

    Raises OSError: ELOOP where a link stands in the path, and whatever else keeps its folders from being opened;
    ValueError for what is no path at all.
    """
    if not os.path.isabs(path):
        raise OSError(errno.EINVAL, "the path is not absolute", path)
    if _WINDOWS:
        yield Spot(path, None)
        return
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise OSError(errno.EINVAL, "the path leads upwards", path)
    here = os.open("/", _STEP)
    try:
        for part in parts[:-1]:
            above, here = here, _below(here, part, _STEP)
            os.close(above)
        yield Spot(parts[-1] if parts else ".", here)
    finally:
        os.close(here)


def resolved(path: str) -> str:
    """The path without the links that stand in it now.

    As it is, but for dots, where they cannot be followed: one went at this moment, or is not the person's to follow, or
    this is no path at all. Whoever opens it by `at` is told.
    """
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return os.path.normpath(path)


def identity(status: os.stat_result) -> str:
    """Device and inode: what makes two names one file."""
    return f"{status.st_dev}:{status.st_ino}"


def is_link(error: OSError | ValueError) -> bool:
    """Whether something could not be opened because a link stands in its path."""
    return isinstance(error, OSError) and error.errno == errno.ELOOP


def _below(folder: int, name: str, flags: int) -> int:
    try:
        return os.open(name, flags | _NO_LINK, dir_fd=folder)
    except NotADirectoryError as error:  # what Linux says of a link where a folder is wanted
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from error
        raise


def _compare(path: str, opened: os.stat_result) -> None:
    """Raise OSError if what was opened is not what the path names without links."""
    real = os.path.realpath(path)
    if os.path.normcase(real) != os.path.normcase(path) or not os.path.samestat(opened, os.stat(real)):
        raise OSError(errno.ELOOP, "a link leads there", path)
