"""Which file an attachment is, and whether the one that stands in its place now may be read for it."""

from __future__ import annotations

import stat
from pathlib import PurePath

from app.base.errors import Problem
from app.base.opening import at, identity, is_link, resolved
from app.base.values import Attachment

HINT = "Nothing of it was read. Attach it again if it is what you mean."


def chosen(path: str) -> Attachment:
    """The file at a path as a person attaches it now; the links that stand in the path now are theirs."""
    real = resolved(path)
    try:
        with at(real) as spot:
            return Attachment(path=path, real=real, identity=identity(spot.status()))
    except (OSError, ValueError):
        return Attachment(path=path, real=real)


def standing(attachment: Attachment) -> str:
    """The identity of the file that may be read for an attachment now; "" if there is none.

    Many programs save by putting a new file in the old one's place, so another file will do. But a link is not
    followed, and neither is a file read that has a second name elsewhere, which is how one that is not the person's to
    give gets into its place without being copied. Raises Problem file.linked, file.replaced.
    """
    name = PurePath(attachment.path).name
    try:
        with at(attachment.real) as spot:
            status = spot.status()
    except (OSError, ValueError) as error:
        if is_link(error):
            raise _linked(name) from error
        return ""
    if stat.S_ISLNK(status.st_mode):
        raise _linked(name)
    now = identity(status)
    if attachment.identity and now != attachment.identity and status.st_nlink > 1 and stat.S_ISREG(status.st_mode):
        raise Problem(
            "file.replaced", f"Another file has taken the place of {name}, one that also stands elsewhere.", HINT
        )
    return now


def _linked(name: str) -> Problem:
    return Problem("file.linked", f"A link has taken the place of {name} or of a folder above it.", HINT)
