"""Files that nothing could be read of, found by their names: scans, pictures, what is locked or damaged."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.base.values import FileId
from app.language.question.tokens import plain, words_in
from app.store.index import IndexStore
from app.store.scope import Scope

_MOST = 200
_STATES = (
    "'empty', 'locked', 'damaged', 'too_large', 'unsupported', 'unreadable', 'placeholder', 'offline', 'quarantined'"
)


class UnreadFile(msgspec.Struct, frozen=True):
    """A file without text. why: a sentence or two. held: which of the words stand in its name. dated: Unix ms or 0."""

    file_id: FileId
    path: str
    state: str
    why: str
    held: frozenset[int]
    dated: int


def unread_named(index: IndexStore, words: Sequence[str], scope: Scope) -> list[UnreadFile]:
    """The files in scope without text whose names hold any of the words, those that hold most first; at most 200.

    words: their numbers are given back as `held`; a word of the name begins with each. Without any, all such files.
    """
    wanted = [plain(word) for word in words]
    condition, values = scope.files()
    counted = " + ".join(["(instr(f.plain_name, ?) > 0)"] * len(wanted)) or "1"
    rows = index.query(
        "SELECT f.id, f.path, f.state, f.reason, f.hint, f.dated, f.plain_name FROM files AS f"
        f" WHERE f.chunks = 0 AND f.state IN ({_STATES}) AND {condition} AND ({counted}) > 0"
        f" ORDER BY ({counted}) DESC, f.dated DESC, f.path LIMIT {_MOST}",
        [*values, *wanted, *wanted],
    )
    found = []
    for row in rows:
        name = words_in(row[6])
        held = frozenset(number for number, word in enumerate(wanted) if any(part.startswith(word) for part in name))
        if held or not wanted:
            found.append(UnreadFile(row[0], row[1], row[2], f"{row[3]} {row[4]}".strip(), held, row[5]))
    return found
