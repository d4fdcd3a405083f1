"""The questions that a search asks of index.db: which chunks hold these words, and what these chunks say."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.base.values import ChunkId, FileId, TextId
from app.store.full_text import query_terms
from app.store.index import PLACE_COLUMNS, IndexedPassage, IndexStore, place_of
from app.store.subtrees import below, separator

COMMON_SHARE = 0.2
COMMON_FLOOR = 400
NAME_WEIGHT = 0.5


class LexicalMatch(msgspec.Struct, frozen=True):
    """A chunk that matched. score: larger is better; its scale is the ranking's own."""

    chunk_id: ChunkId
    file_id: FileId
    score: float


class Scope(msgspec.Struct, frozen=True):
    """Files and folders to stay in; none for everything."""

    paths: tuple[str, ...] = ()

    def condition(self, column: str = "f.path") -> tuple[str, list[object]]:
        """SQL that holds for the files in scope, and its values."""
        if not self.paths:
            return "1", []
        parts: list[str] = []
        values: list[object] = []
        for path in self.paths:
            parts.append(f"({column} = ? OR ({column} >= ? AND {column} < ?))")
            values += [path, *below(path)]
        return f"({' OR '.join(parts)})", values


class Child(msgspec.Struct, frozen=True):
    """What stands in a folder. readable: files with text, below a folder too. reason: why a file has none."""

    name: str
    folder: bool
    readable: int
    reason: str


def telling_terms(index: IndexStore, query: str) -> list[str]:
    """The query's FTS5 phrases without those that stand in more than a fifth of all chunks.

    Very common words cost most of the time and gain nothing; kept if there is nothing else.
    """
    terms = query_terms(query)
    total = index.query("SELECT count(*) FROM chunks")[0][0]
    limit = int(max(COMMON_FLOOR, total * COMMON_SHARE))
    if total <= limit:
        return terms
    sql = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
    kept = [term for term in terms if index.query(sql, [term, limit + 1])[0][0] <= limit]
    return kept or terms


def match_words(index: IndexStore, terms: Sequence[str], scope: Scope, limit: int) -> list[LexicalMatch]:
    """Chunks with any of the phrases, best first by BM25; at most `limit`."""
    if not terms:
        return []
    condition, values = scope.condition()
    inner = "" if condition == "1" else (
        " AND words.rowid IN (SELECT c2.id FROM chunks AS c2 JOIN files AS f ON f.id = c2.file_id"
        f" WHERE {condition})"
    )  # fmt: skip
    rows = index.query(
        "SELECT w.rowid, c.file_id, w.score FROM ("
        f" SELECT rowid, -bm25(words, 1.0, {NAME_WEIGHT}) AS score FROM words WHERE words MATCH ?{inner}"
        " ORDER BY score DESC LIMIT ?) AS w JOIN chunks AS c ON c.id = w.rowid ORDER BY w.score DESC, w.rowid",
        [" OR ".join(terms), *values, limit],
    )
    return [LexicalMatch(row[0], row[1], row[2]) for row in rows]


def count_waiting(index: IndexStore, scope: Scope) -> int:
    """How many files in scope are still to be read."""
    condition, values = scope.condition()
    rows = index.query(
        f"SELECT count(*) FROM files AS f WHERE f.state IN ('waiting', 'reading') AND {condition}", values
    )
    return int(rows[0][0])


def count_readable(index: IndexStore, scope: Scope) -> int:
    """How many files in scope have text in the index."""
    condition, values = scope.condition()
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
        "SELECT c.text_id, c.id, c.file_id FROM chunks AS c JOIN files AS f ON f.id = c.file_id"
        f" WHERE c.text_id IN ({marks}) AND {condition} ORDER BY c.id",
        [*text_ids, *values],
    ):
        found.setdefault(row[0], []).append((row[1], row[2]))
    return found


def text_ids_in(index: IndexStore, scope: Scope, limit: int) -> list[int] | None:
    """The texts in scope whose vectors are stored; None if there are more than `limit`."""
    condition, values = scope.condition()
    rows = index.query(
        "SELECT DISTINCT c.text_id FROM chunks AS c JOIN files AS f ON f.id = c.file_id"
        f" JOIN texts AS t ON t.id = c.text_id WHERE t.stored = 1 AND {condition} LIMIT ?",
        [*values, limit + 1],
    )
    return None if len(rows) > limit else [int(row[0]) for row in rows]


def passages(index: IndexStore, chunk_ids: Sequence[ChunkId]) -> dict[ChunkId, IndexedPassage]:
    """The passages of these chunks, by id; chunks that went meanwhile are left out."""
    marks = ", ".join("?" * len(chunk_ids))
    rows = index.query(
        f"SELECT {PLACE_COLUMNS}, c.id, c.text_id, f.id, f.path, f.sha256, f.title, f.chars, c.heading, c.text"
        f" FROM chunks AS c JOIN files AS f ON f.id = c.file_id WHERE c.id IN ({marks})",
        list(chunk_ids),
    )
    return {
        row[6]: IndexedPassage(
            chunk_id=row[6], text_id=TextId(row[7]), file_id=row[8], path=row[9], sha256=row[10], title=row[11],
            file_chars=row[12], heading=row[13], text=row[14], place=place_of(row),
        )
        for row in rows
    }  # fmt: skip
