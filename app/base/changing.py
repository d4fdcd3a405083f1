"""Changes what a path names only if no link stands in it, and never puts one file in the place of another by mistake.

Every change is whole or not at all: a new text is written beside its place and takes it at once, a move takes a name
only where nothing has it. What is half done when the process dies is a file that `left_over` names, nothing else.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Callable
from contextlib import suppress

from app.base.opening import Spot, at, identity
from app.base.values import Value

_WINDOWS = sys.platform == "win32"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_BINARY"))
_NO_REPLACE = 1
_PIECE = 1 << 20
MOST_HASHED = 64 << 20
"""Bytes of the largest file that is told by its content; a larger one by size, time and identity alone."""


class Stamp(Value, frozen=True, kw_only=True):
    """What stood at a path. kind: "file", "folder", "other" or, where nothing did, "none".

    identity: device and inode; "" on Windows. ctime_ns: when anything of it but its name was changed last, 0 where the
    system does not tell. mode: who may read, write and run it. sha256: of its bytes, "" where they were not read.
    """

    kind: str = "none"
    size: int = 0
    mtime_ns: int = 0
    identity: str = ""
    ctime_ns: int = 0
    mode: int = 0
    sha256: str = ""


def stamp(path: str, *, content: bool = False) -> Stamp:
    """What stands there now. content: read its bytes too, up to MOST_HASHED. Raises OSError, ValueError."""
    try:
        with at(path) as spot:
            return stamp_of(spot, content=content)
    except FileNotFoundError:
        return Stamp()


def stamp_of(spot: Spot, *, content: bool = False) -> Stamp:
    """As `stamp`, of a spot that is open."""
    try:
        status = spot.status()
    except FileNotFoundError:
        return Stamp()
    kind = "file" if stat.S_ISREG(status.st_mode) else "folder" if stat.S_ISDIR(status.st_mode) else "other"
    sha256 = ""
    if content and kind == "file" and status.st_size <= MOST_HASHED:
        descriptor = spot.open()
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Stamp(
        kind=kind, size=status.st_size if kind == "file" else 0, mtime_ns=status.st_mtime_ns,
        identity="" if _WINDOWS else identity(status), ctime_ns=0 if _WINDOWS else status.st_ctime_ns,
        mode=stat.S_IMODE(status.st_mode), sha256=sha256,
    )  # fmt: skip


def same(one: Stamp, other: Stamp) -> bool:
    """Whether a file has not changed: its bytes are the same or, where they were not read, all else is."""
    if one.kind != other.kind or one.size != other.size:
        return False
    if one.sha256 and other.sha256:
        return one.sha256 == other.sha256
    return one.kind == "folder" or one.mtime_ns == other.mtime_ns


def untouched(one: Stamp, other: Stamp) -> bool:
    """Whether a file at one path is the same file and unchanged, by a time that nobody can set back."""
    return same(one, other) and (
        one.kind != "file" or bool(one.sha256 and other.sha256) or one.ctime_ns == other.ctime_ns
    )


def read(path: str, most: int) -> bytes:
    """The bytes of a file. Raises OSError (EFBIG where it has more than `most`), ValueError."""
    with at(path) as spot, os.fdopen(spot.open(), "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return data


def create(path: str, data: bytes, tag: str) -> None:
    """Make a file with these bytes where nothing stands. tag: as in `left_over`. Raises OSError: FileExistsError."""
    with at(path) as spot:
        made = _write_beside(spot, data, tag)
        try:
            _take_name(spot, made, spot, spot.name)
        except BaseException:
            _remove(spot, made)
            raise
        _sync(spot)


def replace(path: str, data: bytes, tag: str, still: Callable[[Spot], bool]) -> bool:
    """Give a file these bytes; what it may be read and run by stays. still: asked right before.

    Where it says no, the file stays as it is and False is returned. tag: as in `left_over`. Raises OSError.
    """
    with at(path) as spot:
        mode = stat.S_IMODE(spot.status().st_mode)
        made = _write_beside(spot, data, tag, mode)
        try:
            _copy_attributes(spot, made)
            if not still(spot):
                _remove(spot, made)
                return False
            os.replace(made, spot.name, src_dir_fd=spot.folder, dst_dir_fd=spot.folder)
        except BaseException:
            with suppress(OSError):
                _remove(spot, made)
            raise
        _sync(spot)
    return True


def move(source: str, target: str, tag: str) -> None:
    """Give a file another path, where nothing stands yet; to another disk as a whole copy. tag: as in `left_over`.

    Raises OSError: FileExistsError where something does.
    """
    with at(source) as old, at(target) as new:
        try:
            _take_name(old, old.name, new, new.name)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy_over(source, old, new, tag)
            _sync(new)
            _remove(old, old.name)
        _sync(new)
        _sync(old)


def copy(source: str, target: str, tag: str, mode: int) -> None:
    """Put a copy of a file where nothing stands, with its times. mode: of the copy. tag: as in `left_over`.

    Raises OSError: FileExistsError.
    """
    with at(source) as old, at(target) as new:
        _copy_over(source, old, new, tag, mode)
        _sync(new)


def make_folder(path: str) -> None:
    """Make a folder in one that is there. Raises OSError: FileExistsError."""
    with at(path) as spot:
        os.mkdir(spot.name, 0o777, dir_fd=spot.folder)
        _sync(spot)


def remove_folder(path: str) -> None:
    """Remove an empty folder. Raises OSError."""
    with at(path) as spot:
        os.rmdir(spot.name, dir_fd=spot.folder)


def remove_file(path: str) -> None:
    """Remove a file for good. Raises OSError."""
    with at(path) as spot:
        _remove(spot, spot.name)
        _sync(spot)


def left_over(path: str, tag: str) -> str:
    """Where a change of this path that was cut off may have left a file of its own. tag: names the change."""
    return os.path.join(os.path.dirname(path), f".familiar-{tag}.part")


def _write_beside(spot: Spot, data: bytes, tag: str, mode: int | None = None) -> str:
    """Write a file beside a spot, on the disk when this returns; its name. Raises OSError, and it is gone.

    mode: None for what new files get.
    """
    name = left_over(spot.name, tag)
    with suppress(FileNotFoundError):
        _remove(spot, name)
    descriptor = os.open(name, _NEW, 0o666 if mode is None else 0o600, dir_fd=spot.folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        if mode is not None:
            os.chmod(name, mode, dir_fd=spot.folder)
    except BaseException:
        _remove(spot, name)
        raise
    return name


def _copy_attributes(spot: Spot, name: str) -> None:
    """Give a new file the extended attributes of the one at a spot, as far as the system has and allows them."""
    if not hasattr(os, "listxattr"):
        return
    made = os.open(name, os.O_RDONLY, dir_fd=spot.folder)
    old = spot.open()
    try:
        with suppress(OSError):
            for key in os.listxattr(old):
                with suppress(OSError):
                    os.setxattr(made, key, os.getxattr(old, key))
    finally:
        os.close(old)
        os.close(made)


def _copy_over(path: str, old: Spot, new: Spot, tag: str, mode: int | None = None) -> None:
    """Copy a file to where nothing stands, as a whole, on the disk when this returns. mode: None for its own."""
    before = old.status()
    name = left_over(new.name, tag)
    with suppress(FileNotFoundError):
        _remove(new, name)
    try:
        with os.fdopen(old.open(), "rb") as source:
            target = os.open(name, _NEW, 0o600, dir_fd=new.folder)
            with os.fdopen(target, "wb") as file:
                shutil.copyfileobj(source, file, _PIECE)
                file.flush()
                os.fsync(target)
        os.chmod(name, stat.S_IMODE(before.st_mode) if mode is None else mode, dir_fd=new.folder)
        os.utime(name, ns=(before.st_atime_ns, before.st_mtime_ns), dir_fd=new.folder)
        after = old.status()
        if (after.st_size, after.st_mtime_ns, after.st_ino) != (before.st_size, before.st_mtime_ns, before.st_ino):
            raise OSError(errno.EBUSY, "it changed while it was copied", path)
        _take_name(new, name, new, new.name)
    except BaseException:
        with suppress(OSError):
            _remove(new, name)
        raise


def _take_name(source: Spot, name: str, target: Spot, wanted: str) -> None:
    """Rename what stands at `source` under `name` to `wanted` at `target`, where nothing has that name."""
    if _WINDOWS:
        os.rename(name, wanted)  # never takes another file's place there
        return
    if sys.platform == "linux":
        error = _rename_no_replace(source, name, target, wanted)
        if error == 0:
            return
        if error not in (errno.EINVAL, errno.ENOSYS):
            raise OSError(error, os.strerror(error), wanted)
    try:
        os.link(name, wanted, src_dir_fd=source.folder, dst_dir_fd=target.folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        # a file system that knows neither way: looked first, then renamed
        if stamp_of(Spot(wanted, target.folder)).kind != "none":
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), wanted) from error
        os.rename(name, wanted, src_dir_fd=source.folder, dst_dir_fd=target.folder)
        return
    os.unlink(name, dir_fd=source.folder)


def _rename_no_replace(source: Spot, name: str, target: Spot, wanted: str) -> int:
    """renameat2 with RENAME_NOREPLACE; 0 or the number of the error."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return errno.ENOSYS
    done = call(source.folder, os.fsencode(name), target.folder, os.fsencode(wanted), ctypes.c_uint(_NO_REPLACE))
    return 0 if done == 0 else ctypes.get_errno()


def _remove(spot: Spot, name: str) -> None:
    os.unlink(name, dir_fd=spot.folder)


def _sync(spot: Spot) -> None:
    """Have the folder's entries on the disk, where the system can."""
    if spot.folder is None:
        return
    with suppress(OSError):  # O_PATH descriptors cannot be synced themselves
        descriptor = os.open(".", os.O_RDONLY, dir_fd=spot.folder)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
