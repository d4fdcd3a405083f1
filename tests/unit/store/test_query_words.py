"""What a question's words are to the index: which stand in how many chunks, and which nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.base.values import Chunk, Document, Place
from app.store.index import IndexStore
from app.store.index_files import Stat
from app.store.lexical import match_words
from app.store.query_words import QueryWord, QueryWords, query_words
from app.store.scope import Scope


@pytest.fixture
def index(tmp_path: Path) -> IndexStore:
    """An index with one root, /r."""
    store = IndexStore(tmp_path / "index.db", chunker="1")
    store.set_roots(["/r"])
    return store


def fill(index: IndexStore, **files: str | list[str]) -> None:
    """Files below /r, each a single chunk, or a chunk a text."""
    root = index.roots()[0]
    stat = Stat(10, 1, 1, "1:1")
    for name, text in files.items():
        path = f"/r/{name}.txt"
        place = Place(kind="whole", first=1, last=1, label="", start=0, end=0)
        texts = [text] if isinstance(text, str) else text
        document = Document(state="ready", sha256="ab", chunks=tuple(Chunk(text=one, place=place) for one in texts))
        index.enqueue(root.id, [(path, stat)])
        assert index.settle(index.known(root.id)[path].id, stat, document)


def found(index: IndexStore, query: str) -> list[str]:
    """The names of the files that a query finds by words, best first."""
    names = dict(index.query("SELECT id, path FROM files"))
    matches = match_words(index, query_words(index, query), Scope(), 100)
    return list(dict.fromkeys(Path(names[match.file_id]).stem for match in matches))


def test_each_word_says_how_many_chunks_hold_it(index: IndexStore) -> None:
    fill(index, a="boats in the harbour", b="a boat", c="nothing of it")
    words = query_words(index, "Which boat is in the harbour?")
    assert [(word.text, word.chunks) for word in words.words] == [("boat", 2), ("harbour", 1)]
    assert words.total == 3


def test_word_that_stands_in_no_file_is_missing_and_finds_nothing(index: IndexStore) -> None:
    fill(index, a="boats in the harbour")
    words = query_words(index, "zeppelin")
    assert words.missing == ("zeppelin",)
    assert words.looked_for == ()
    assert found(index, "zeppelin") == []
    assert query_words(index, "zeppelin boat").missing == ("zeppelin",)


def test_common_words_are_not_looked_for_among_rarer_ones() -> None:
    common, rare = word_in(500), word_in(3)
    assert QueryWords((common, rare), 1000, 400).looked_for == (rare,)
    assert QueryWords((common,), 1000, 400).looked_for == (common,)


def word_in(chunks: int) -> QueryWord:
    """A word that so many chunks hold."""
    return QueryWord(f"w{chunks}", f'"w{chunks}"', chunks)
