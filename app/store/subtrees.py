"""What lies below a path, in SQL's order of texts."""

from __future__ import annotations


def separator(path: str) -> str:
    """What stands between the parts of an absolute path of the system that it is of."""
    return "/" if path.startswith("/") else "\\"


def below(path: str) -> tuple[str, str]:
    """The first text that can be a path below this one, and the first after them that cannot."""
    mark = separator(path)
    stem = path.rstrip(mark)
    return stem + mark, stem + chr(ord(mark) + 1)
