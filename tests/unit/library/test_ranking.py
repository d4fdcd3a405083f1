"""Words and meaning over a real index: what is first before, while and after vectors come."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.base.values import Chunk, Document, Place, TextId
from app.base.worker_calls import Nearest
from app.library.search import rank
from app.store.index import IndexStore
from app.store.index_files import Stat
from app.store.lexical import passages
from app.store.scope import Scope
from app.store.texts import Texts

ALIKE = 400
LONE = "A letter from Ottilie about the boathouse and its key."


class Near:
    """Vectors as a table: texts are near by `cosine` of what they say; only those that are stored are known."""

    def __init__(self, index: IndexStore, cosine: Callable[[str], float]) -> None:
        self._index = index
        self._cosine = cosine

    def begin(self, text: str, limit: int, among: str | None) -> Near:
        """Nothing needs to be begun."""
        del text, limit, among
        return self

    def result(self) -> Nearest:
        """The three hundred nearest of the stored texts."""
        rows = self._index.query(
            "SELECT t.id, c.text FROM texts AS t JOIN chunks AS c ON c.text_id = t.id WHERE t.stored"
        )
        near = sorted(((row[0], self._cosine(row[1])) for row in rows), key=lambda pair: (-pair[1], pair[0]))
        return Nearest(texts=near[:300], letters_a_token=4.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hundred invoices and, in the midst of them, a letter. No vectors yet."""
    path = tmp_path_factory.mktemp("made") / "index.db"
    store = IndexStore(path, chunker="1")
    store.set_roots(["/r"])
    texts = [f"Invoice {n} for the key of room {n % 50}, paid by letter." for n in range(ALIKE)]
    for n, text in enumerate([*texts[: ALIKE // 2], LONE, *texts[ALIKE // 2 :]]):
        add(store, f"/r/{n:04}.txt", text)
    store.close()
    return path


@pytest.fixture
def index(made: Path, tmp_path: Path) -> Iterator[IndexStore]:
    """That index, for one test."""
    shutil.copy(made, tmp_path / "index.db")
    store = IndexStore(tmp_path / "index.db", chunker="1")
    yield store
    store.close()


def add(index: IndexStore, path: str, *texts: str) -> None:
    """A file that was read, a chunk a text."""
    stat = Stat(1, 1, 1, path)
    index.enqueue(index.roots()[0].id, [(path, stat)])
    known = index.by_path(path)
    assert known is not None
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=1)
    chunks = tuple(Chunk(text=text, place=place) for text in texts)
    assert index.settle(known.id, stat, Document(state="ready", sha256="ab", chunks=chunks))


def store_vectors(index: IndexStore, wanted: Callable[[str], bool]) -> None:
    """The texts that are wanted have their vectors."""
    waiting = Texts(index).to_store(10_000)
    Texts(index).mark_stored([TextId(text_id) for text_id, _, text in waiting if wanted(text)])


def first(index: IndexStore, query: str, near: Near | None) -> str:
    """What the best file says."""
    best = rank(index, near, query, Scope()).files[0]
    return passages(index, [best.chunks[0]])[best.chunks[0]].text


LONE_QUESTIONS = ["Ottilie", "the letter from Ottilie", "where is the key that Ottilie wrote about?", "invoice Ottilie"]


@pytest.mark.parametrize("query", LONE_QUESTIONS)
def test_file_that_alone_holds_a_rare_word_is_first_before_there_are_vectors(index: IndexStore, query: str) -> None:
    assert first(index, query, None) == LONE
    assert first(index, query, Near(index, lambda _: 0.5)) == LONE


@pytest.mark.parametrize("query", LONE_QUESTIONS)
def test_file_that_alone_holds_a_rare_word_is_first_while_it_is_not_embedded(index: IndexStore, query: str) -> None:
    store_vectors(index, lambda text: text != LONE)
    assert first(index, query, Near(index, lambda text: 0.4 + len(text) / 1000)) == LONE


@pytest.mark.parametrize("query", LONE_QUESTIONS)
def test_file_that_alone_holds_a_rare_word_is_first_though_meaning_likes_others(index: IndexStore, query: str) -> None:
    store_vectors(index, lambda _: True)
    liking_invoices = Near(index, lambda text: 0.1 if text == LONE else 0.5 + len(text) / 1000)
    assert first(index, query, liking_invoices) == LONE


def test_file_without_vectors_does_not_fall_behind_those_that_have_them(index: IndexStore) -> None:
    add(index, "/r/a.txt", "The heron and the kingfisher nest by the mill pond.")
    add(index, "/r/b.txt", "A heron was seen.")
    store_vectors(index, lambda text: "kingfisher" not in text)
    near = Near(index, lambda text: 0.6 if "heron" in text else 0.3)
    assert "kingfisher" in first(index, "heron and kingfisher at the pond", near)


def test_passage_without_vectors_does_not_fall_behind_within_its_file(index: IndexStore) -> None:
    add(index, "/r/a.txt", "Rowing is dear to us.", "The oars of the club are kept by Wendelin.")
    store_vectors(index, lambda text: "Wendelin" not in text)
    near = Near(index, lambda text: 0.6 if "Rowing" in text else 0.3)
    assert "Wendelin" in first(index, "who keeps the oars of the club", near)
