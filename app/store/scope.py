"""What a search stays in, as SQL over files and chunks."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.base.file_types import file_type
from app.language.question.tokens import plain
from app.store.subtrees import below

Condition = tuple[str, list[object]]
"""SQL that holds or not, and its values; "1" where everything does."""


_HOLDING = "SELECT rowid FROM words WHERE words MATCH ? UNION SELECT rowid FROM borders WHERE borders MATCH ?"
"""Chunks that hold an FTS5 expression, or in which what holds it begins."""


class Scope(msgspec.Struct, frozen=True):
    """What to stay in. Nothing given is everything; what is given must hold together.

    paths: files and folders; in one of them. folders: the same, as the question says it. types: of `base.file_types`,
    or single endings; of one of them. names: what the file's name holds, folded; all of them. senders: what the name or
    address of the message's sender, or of the document's author, holds, folded; one of them. after, before: Unix ms,
    UTC, the first that is in and the first that is out again, 0 for open: of the message, else when its file is from;
    what is from nobody knows when is out. without: files and folders; in none of them. phrases: FTS5 expressions; all
    of them in the passage or its file's name. lacking: the same; none of them anywhere in the file.
    """

    paths: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    after: int = 0
    before: int = 0
    without: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return self != Scope()

    def condition(self) -> Condition:
        """For a chunk `c`; its file need not be joined.

        To list the 1 % of 100,000 chunks that a filter leaves takes 0.1 to 6 ms, the longest for names and senders.
        """
        holds: list[Condition] = [(f"c.id IN ({_HOLDING})", [phrase, phrase]) for phrase in self.phrases]
        return _all(self._in_file(), self._of_sender(), _between("c.dated", self.after, self.before), *holds)

    def files(self) -> Condition:
        """For a file `f`: whether it, or some chunk of it, is in scope. One that waits counts where it may be."""
        name, values = self._of_file()
        if not (self.senders or self.after or self.before):
            return name, values
        said, more = _all(self._of_sender(), _between("c.dated", self.after, self.before))
        written, when = _between("f.dated", self.after, self.before)
        unread = "0" if self.senders else written
        holds = f"(f.id IN (SELECT c.file_id FROM chunks AS c WHERE {said}) OR f.chunks = 0 AND {unread})"
        return _all((name, values), (holds, [*more, *([] if self.senders else when)]))

    def _in_file(self) -> Condition:
        """What holds of the file of a chunk `c`: by the ids of the fewer files, those in or those left out."""
        inside, values = self._of_file()
        if inside == "1":
            return "1", []
        if self.paths or self.folders or self.types or self.names:
            return f"c.file_id IN (SELECT f.id FROM files AS f WHERE {inside})", values
        lacking = [_lacks("c.file_id", words) for words in self.lacking]
        if not self.without:
            return _all(*lacking)
        left_out, values = _any([_below("f.path", path) for path in self.without])
        return _all((f"c.file_id NOT IN (SELECT f.id FROM files AS f WHERE {left_out})", values), *lacking)

    def _of_file(self) -> Condition:
        return _all(
            _any([_below("f.path", path) for path in self.paths]),
            _any([_below("f.path", path) for path in self.folders]),
            _any([_of_type(name) for name in self.types]),
            _named(self.names),
            *[_not(_below("f.path", path)) for path in self.without],
            *[_lacks("f.id", words) for words in self.lacking],
        )

    def _of_sender(self) -> Condition:
        if not self.senders:
            return "1", []
        who = " OR ".join(["instr(plain, ?) > 0"] * len(self.senders))
        values = [plain(sender) for sender in self.senders]
        return (
            f"c.id IN (WITH who AS MATERIALIZED (SELECT id FROM people WHERE {who})"
            " SELECT id FROM chunks WHERE sender_id IN (SELECT id FROM who)"
            " UNION ALL SELECT w.id FROM files AS a JOIN chunks AS w ON w.file_id = a.id"
            " WHERE a.author_id IN (SELECT id FROM who))"
        ), [*values]


def _of_type(name: str) -> Condition:
    found = file_type(name)
    parts = [("f.kind", found.kinds), ("f.ending", found.endings)]
    return _any([(f"{column} IN ({', '.join('?' * len(values))})", [*values]) for column, values in parts if values])


def _named(names: Sequence[str]) -> Condition:
    """Whether a file's name holds all of these. All names are looked through, in an index of nothing but names."""
    if not names:
        return "1", []
    holds = " AND ".join(["instr(plain_name, ?) > 0"] * len(names))
    return f"f.id IN (SELECT id FROM files WHERE {holds})", [plain(name) for name in names]


def _not(condition: Condition) -> Condition:
    return f"NOT {condition[0]}", condition[1]


def _lacks(file_id: str, words: str) -> Condition:
    return f"{file_id} NOT IN (SELECT x.file_id FROM chunks AS x WHERE x.id IN ({_HOLDING}))", [words, words]


def _below(column: str, path: str) -> Condition:
    return f"({column} = ? OR ({column} >= ? AND {column} < ?))", [path, *below(path)]


def _between(column: str, after: int, before: int) -> Condition:
    if not after and not before:
        return "1", []
    parts: list[Condition] = [(f"{column} <> 0", [])]
    if after:
        parts.append((f"{column} >= ?", [after]))
    if before:
        parts.append((f"{column} < ?", [before]))
    return _all(*parts)


def _all(*conditions: Condition) -> Condition:
    kept = [(sql, values) for sql, values in conditions if sql != "1"]
    return " AND ".join(sql for sql, _ in kept) or "1", [value for _, values in kept for value in values]


def _any(conditions: Sequence[Condition]) -> Condition:
    if not conditions:
        return "1", []
    return f"({' OR '.join(sql for sql, _ in conditions)})", [value for _, values in conditions for value in values]
