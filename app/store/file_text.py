"""Stretches of what was read of a file, without the rest of it."""

from __future__ import annotations

from app.store.index import IndexStore


def text_between(index: IndexStore, path: str, start: int, end: int) -> str:
    """The extracted text of a file between two offsets; "" if the index does not have it."""
    rows = index.query(
        "SELECT c.start, c.text FROM files AS f JOIN chunks AS c ON c.file_id = f.id"
        ' WHERE f.path = ? AND c.start < ? AND c."end" > ? ORDER BY c.ordinal',
        [path, end, start],
    )
    return "".join(text for _, text in rows)[start - rows[0][0] :][: end - start] if rows else ""
