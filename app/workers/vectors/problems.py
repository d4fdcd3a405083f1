"""What can be wrong with the vector index, as a person is told. All of it can be made again from the index."""

from __future__ import annotations

from pathlib import Path

from app.base.errors import Problem

DAMAGED = "vectors.damaged"


def damaged(folder: Path) -> Problem:
    """The index cannot be read: whoever owns the folder removes it and stores the vectors again."""
    return Problem(
        DAMAGED,
        f"The vector index in {folder} is damaged.",
        "It is made anew by itself; search works by words meanwhile.",
    )


def unwritable(folder: Path) -> Problem:
    """There is no room or no permission to write."""
    return Problem(
        "vectors.unwritable",
        f"The vector index in {folder} cannot be written.",
        "Nothing was lost. Free some space there, or make the folder writable; search works by words meanwhile.",
    )


def closed() -> Problem:
    """Nothing is open yet, or no longer."""
    return Problem("vectors.closed", "The vector index is not open.", "Try again in a moment.")


def invalid(reason: str) -> Problem:
    """A request that makes no sense."""
    return Problem("vectors.invalid", f"Vectors were malformed: {reason}.", "Nothing was changed.")
