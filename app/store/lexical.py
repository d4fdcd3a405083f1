"""The questions that a search asks of index.db: which chunks hold these words, and what these chunks say."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.base.values import ChunkId, FileId, TextId
from app.store.index import PLACE_COLUMNS, IndexedPassage, IndexStore, place_of
from app.store.query_words import QueryWords
from app.store.scope import Scope
from app.store.scope_ids import scope_ids
from app.store.subtrees import below, separator

BODY_WEIGHT = 1.0
NAME_WEIGHT = 0.5
EXTRA_WEIGHT = 0.8  # the word as it stands comes before another spelling of it


class LexicalMatch(msgspec.Struct, frozen=True):
    """A chunk that matched. score: larger is better; its scale is the ranking's own. embedded: its vector is stored."""

    chunk_id: ChunkId
    file_id: FileId
    score: float
    embedded: bool


class Child(msgspec.Struct, frozen=True):
    """What stands in a folder. readable: files with text, below a folder too. reason: why a file has none."""

    name: str
    folder: bool
    readable: int
    reason: str


def match_words(index: IndexStore, words: QueryWords, scope: Scope, limit: int) -> list[LexicalMatch]:
    """Chunks with any of the words, best first by BM25; at most `limit`."""
    wanted = words.looked_for
    if not wanted:
        return []
    among = scope_ids(index, scope)
    inner = "" if among is None else " AND in_scope(words.rowid)"
    sql = (
        "SELECT w.rowid, c.file_id, w.score, t.stored FROM ("
        f" SELECT rowid, -bm25(words, {BODY_WEIGHT}, {NAME_WEIGHT}, {EXTRA_WEIGHT}) AS score"
        f" FROM words WHERE words MATCH ?{inner}"
        " ORDER BY score DESC LIMIT ?) AS w JOIN chunks AS c INDEXED BY chunks_by_id ON c.id = w.rowid"
        " JOIN texts AS t ON t.id = c.text_id"
        " ORDER BY w.score DESC, w.rowid"
    )
    with index.reading() as connection:
        if among is not None:
            connection.create_function("in_scope", 1, among.holds)
        rows = connection.execute(
            sql, [" OR ".join(word.match for word in wanted for _ in range(word.weight)), limit]
        ).fetchall()
    return [LexicalMatch(row[0], row[1], row[2], bool(row[3])) for row in rows]


def count_holding(index: IndexStore, asked: QueryWords, scope: Scope) -> int:
    """How many files in scope hold any of the words that are looked for."""
    if not asked.looked_for:
        return 0
    among = scope_ids(index, scope)
    inner = "" if among is None else " AND in_scope(words.rowid)"
    sql = (
        "SELECT count(DISTINCT c.file_id) FROM words JOIN chunks AS c INDEXED BY chunks_by_id ON c.id = words.rowid"
        f" WHERE words MATCH ?{inner}"
    )
    with index.reading() as connection:
        if among is not None:
            connection.create_function("in_scope", 1, among.holds)
        return int(connection.execute(sql, [" OR ".join(word.match for word in asked.looked_for)]).fetchone()[0])


def count_waiting(index: IndexStore, scope: Scope) -> int:
    """How many files in scope are still to be read."""
    condition, values = scope.files()
    rows = index.query(
        f"SELECT count(*) FROM files AS f WHERE f.state IN ('waiting', 'reading') AND {condition}", values
    )
    return int(rows[0][0])


def count_readable(index: IndexStore, scope: Scope) -> int:
    """How many files in scope have text in the index."""
    condition, values = scope.files()
    rows = index.query(f"SELECT count(*) FROM files AS f WHERE f.chunks > 0 AND {condition}", values)
    return int(rows[0][0])


def children(index: IndexStore, folder: str, limit: int) -> tuple[list[Child], int]:
    """The files and folders right below a folder, folders first, then by name, at most `limit`; and how many in all."""
    first, after = below(folder)
    rows = index.query(
        "WITH below AS (SELECT substr(path, ?1) AS rest, chunks, reason FROM files WHERE path >= ?2 AND path < ?3)"
        " SELECT CASE instr(rest, ?5) WHEN 0 THEN rest ELSE substr(rest, 1, instr(rest, ?5) - 1) END AS name,"
        " instr(rest, ?5) > 0 AS folder, sum(chunks > 0), min(CASE WHEN chunks > 0 THEN '' ELSE reason END),"
        " count(*) OVER () FROM below GROUP BY folder, name ORDER BY folder DESC, name LIMIT ?4",
        [len(first) + 1, first, after, limit, separator(folder)],
    )
    found = [Child(row[0], bool(row[1]), row[2], "" if row[1] else row[3]) for row in rows]
    return found, rows[0][4] if rows else 0


def ending(index: IndexStore, tail: str, limit: int) -> list[str]:
    """The files whose paths end with a name, or with folders and a name; at most `limit`, by path."""
    sql = "SELECT path FROM files WHERE substr(path, -length(?1)) IN (?1, ?2) ORDER BY path LIMIT ?3"
    on_windows = "\\" + tail.replace("/", "\\")  # no path elsewhere ends so but one of a rare name
    return [row[0] for row in index.query(sql, ["/" + tail, on_windows, limit])]


def chunks_of_texts(
    index: IndexStore, text_ids: Sequence[int], scope: Scope
) -> dict[int, list[tuple[ChunkId, FileId]]]:
    """The chunks in scope that say each of these texts; texts that the index does not know are left out."""
    condition, values = scope.condition()
    marks = ", ".join("?" * len(text_ids))
    found: dict[int, list[tuple[ChunkId, FileId]]] = {}
    for row in index.query(
        "SELECT c.text_id, c.id, c.file_id FROM chunks AS c"
        f" WHERE c.text_id IN ({marks}) AND {condition} ORDER BY c.id",
        [*text_ids, *values],
    ):
        found.setdefault(row[0], []).append((row[1], row[2]))
    return found


def passages(index: IndexStore, chunk_ids: Sequence[ChunkId]) -> dict[ChunkId, IndexedPassage]:
    """The passages of these chunks, by id; chunks that went meanwhile are left out."""
    marks = ", ".join("?" * len(chunk_ids))
    rows = index.query(
        f"SELECT {PLACE_COLUMNS}, c.id, c.text_id, f.id, f.path, f.sha256, f.title, f.chars, c.heading, c.text,"
        " coalesce(p.name, ''), c.sent_at, c.dated, CASE c.sent_at WHEN 0 THEN f.dated_by ELSE 'document' END"
        " FROM chunks AS c JOIN files AS f ON f.id = c.file_id LEFT JOIN people AS p ON p.id = c.sender_id"
        f" WHERE c.id IN ({marks})",
        list(chunk_ids),
    )
    return {
        row[6]: IndexedPassage(
            chunk_id=row[6], text_id=TextId(row[7]), file_id=row[8], path=row[9], sha256=row[10], title=row[11],
            file_chars=row[12], heading=row[13], text=row[14], place=place_of(row),
            sender=row[15], sent_at=row[16], dated=row[17], dated_by=row[18],
        )
        for row in rows
    }  # fmt: skip
