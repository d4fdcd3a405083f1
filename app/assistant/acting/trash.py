"""The system's trash."""

from __future__ import annotations

import errno

from app.base.opening import at


def move_to_trash(path: str) -> None:
    """Move a file to the trash of the system. Raises OSError; then it is where it was."""
    from send2trash import send2trash
    from send2trash.exceptions import TrashPermissionError

    with at(path) as spot:  # no link stands in its path now
        spot.status()
    try:
        send2trash(path)
    except TrashPermissionError as error:
        raise OSError(errno.EACCES, "this disk has no trash that can be written to", path) from error
