"""Collections keep what they are given, know their ids, and show damage when they are opened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from app.base.errors import Problem
from app.workers.vectors import collection as module
from app.workers.vectors import matrix
from app.workers.vectors.collection import Collection, open_collection
from app.workers.vectors.seal import SEAL

D = 16
PRINT = "0123456789abcdef"


def _vectors(count: int, seed: int = 0) -> npt.NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, D)).astype(np.float32)
    normalised: npt.NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return normalised


def _open(folder: Path, generation: str = "a1") -> Collection:
    return open_collection(folder, PRINT, generation, D)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    collection = _open(tmp_path / "vectors")
    yield collection
    collection.close()


def test_nearest_come_first_with_their_cosine(collection: Collection) -> None:
    vectors = _vectors(300)
    collection.upsert(range(1000, 1300), vectors)
    asked = _vectors(1, seed=9)[0]
    truth = sorted(((float(row @ asked), 1000 + number) for number, row in enumerate(vectors)), reverse=True)[:50]
    found = collection.query(asked, 50)
    assert [ident for ident, _ in found] == [ident for _, ident in truth]
    np.testing.assert_allclose([score for _, score in found], [score for score, _ in truth], atol=5e-5)


def test_question_stays_among_its_ids(collection: Collection) -> None:
    vectors = _vectors(700)
    collection.upsert(range(700), vectors)
    asked = _vectors(1, seed=9)[0]
    truth = sorted(range(0, 700, 2), key=lambda ident: -float(vectors[ident] @ asked))[:5]
    assert [ident for ident, _ in collection.query(asked, 5, lambda ids: ids % 2 == 0)] == truth


def test_in_a_library_too_large_to_be_compared_in_time_chroma_proposes(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner in (module, matrix):
        monkeypatch.setattr(owner, "ALWAYS", 2000)
    monkeypatch.setattr(matrix, "PASS_S", 0.0)
    vectors = _vectors(6000)
    collection.upsert(range(6000), vectors)
    assert [collection.query(vectors[ident], 1)[0][0] for ident in (0, 900, 3000, 5999)] == [0, 900, 3000, 5999]
    assert collection.query(vectors[5], 1, lambda ids: ids != 5)[0][0] != 5


def test_matrix_of_other_vectors_is_not_taken(tmp_path: Path) -> None:
    first = _open(tmp_path)
    first.upsert(range(100), _vectors(100))
    first.close()
    own = tmp_path / f"{PRINT}-a1"
    (own / module.MATRIX).unlink()
    other = matrix.Matrix(own / module.MATRIX, own.name, D)
    other.put(range(100), _vectors(100, seed=8))
    other.close()
    again = _open(tmp_path)
    assert again.ids() == []
    again.upsert(range(100), _vectors(100))
    assert again.query(_vectors(100)[7], 1)[0][0] == 7
    again.close()


def test_what_the_matrix_has_and_chroma_lost_is_taken_out(tmp_path: Path) -> None:
    first = _open(tmp_path)
    first.upsert(range(100), _vectors(100))
    first.close()
    own = tmp_path / f"{PRINT}-a1"
    more = matrix.Matrix(own / module.MATRIX, own.name, D)
    more.put([500], _vectors(1, seed=8))
    more.remove([7])
    more.close()
    again = _open(tmp_path)
    assert again.ids() == [ident for ident in range(100) if ident != 7]
    again.upsert([7], _vectors(100)[7:8])
    assert again.ids() == list(range(100))
    again.close()


def test_question_gets_no_more_than_there_is(collection: Collection) -> None:
    asked = _vectors(1)[0]
    assert collection.query(asked, 10) == []
    assert collection.query(asked, 10, lambda ids: ids < 3) == []
    collection.upsert([4, 5, 6], _vectors(3))
    assert len(collection.query(asked, 10)) == 3
    assert len(collection.query(asked, 2)) == 2
    assert collection.query(asked, 0) == []
    assert collection.query(asked, 10, lambda ids: ids > 6) == []


def test_upsert_replaces(collection: Collection) -> None:
    old, new = _vectors(40), _vectors(40, seed=1)
    collection.upsert(range(40), old)
    collection.upsert([3, 7, 50], new[[3, 7, 9]])
    assert collection.ids() == [*range(40), 50]
    for ident, vector in ((3, new[3]), (7, new[7]), (50, new[9]), (8, old[8])):
        ((found, score),) = collection.query(vector, 1)
        assert found == ident
        assert score == pytest.approx(1.0, abs=5e-5)


def test_id_given_twice_keeps_its_last_vector(collection: Collection) -> None:
    vectors = _vectors(2)
    collection.upsert([7, 7], vectors)
    ((found, score),) = collection.query(vectors[1], 5)
    assert found == 7
    assert score == pytest.approx(1.0, abs=5e-5)


def test_deleted_are_gone_and_unknown_ids_are_fine(collection: Collection) -> None:
    vectors = _vectors(600)
    collection.upsert(range(600), vectors)
    collection.delete([*range(0, 600, 2), 77_777, 0])
    assert collection.ids() == list(range(1, 600, 2))
    found = collection.query(vectors[0], 600)
    assert sorted(ident for ident, _ in found) == collection.ids()
    collection.delete(collection.ids())
    assert collection.count == 0
    assert collection.query(vectors[0], 5) == []


def test_all_is_there_after_opening_again(tmp_path: Path) -> None:
    vectors = _vectors(2500)
    first = _open(tmp_path)
    first.upsert(range(2500), vectors)
    first.delete([3, 2400])
    first.close()
    again = _open(tmp_path)
    assert again.ids() == [ident for ident in range(2500) if ident not in (3, 2400)]
    for ident in (0, 1200, 2499):
        assert again.query(vectors[ident], 1)[0][0] == ident
    again.close()


def test_opening_drops_other_generations_and_nothing_else(tmp_path: Path) -> None:
    first = _open(tmp_path, "a1")
    first.upsert([1], _vectors(1))
    first.close()
    (tmp_path / "somebody else's").mkdir()
    second = _open(tmp_path, "b2")
    assert second.count == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"{PRINT}-b2", "somebody else's"}
    second.close()


@pytest.mark.parametrize("generation", ["", "../up", "a/b", "a b", "x" * 65])
def test_generation_that_is_no_name_is_refused(generation: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as told:
        _open(tmp_path / "vectors", generation)
    assert told.value.code == "vectors.invalid"
    assert list(tmp_path.iterdir()) == []


def test_worn_collection_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORN", 20)
    first = _open(tmp_path)
    first.upsert(range(50), _vectors(50))
    first.delete(range(25))
    assert not first.worn
    first.delete(range(25, 30))
    first.close()
    second = _open(tmp_path)
    assert second.count == 0
    second.upsert([1], _vectors(1))
    second.close()
    third = _open(tmp_path)
    assert third.ids() == [1]
    third.close()


# ---- damage ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a collection of 2,300 vectors, of which Chroma keeps 2,000 in index files and 300 in its log."""
    folder = tmp_path_factory.mktemp("sound")
    collection = _open(folder)
    for start in range(0, 2300, 100):
        collection.upsert(range(start, start + 100), _vectors(100, seed=start))
    collection.close()
    return folder


def _overwrite(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def _halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _scratch(path: Path) -> None:
    """Change a few bytes in the middle."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(64))


def _replace_by_file(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "database overwritten": ("chroma.sqlite3", _overwrite),
    "database cut": ("chroma.sqlite3", _halve),
    "ids overwritten": ("*/index_metadata.pickle", _overwrite),
    "ids empty": ("*/index_metadata.pickle", lambda path: path.write_bytes(b"")),
    "ids gone": ("*/index_metadata.pickle", Path.unlink),
    "vectors cut": ("*/data_level0.bin", _halve),
    "vectors empty": ("*/data_level0.bin", lambda path: path.write_bytes(b"")),
    "vectors gone": ("*/data_level0.bin", Path.unlink),
    "head overwritten": ("*/header.bin", _overwrite),
    "head empty": ("*/header.bin", lambda path: path.write_bytes(b"")),
    "index files gone": ("*/header.bin", lambda path: shutil.rmtree(path.parent)),
    "vectors overwritten": ("*/data_level0.bin", _overwrite),
    "vectors scratched": ("*/data_level0.bin", _scratch),
    "links overwritten": ("*/link_lists.bin", _overwrite),
    "lengths overwritten": ("*/length.bin", _overwrite),
    "database gone": ("chroma.sqlite3", Path.unlink),
    "seal gone": (SEAL, Path.unlink),
    "seal overwritten": (SEAL, _overwrite),
    "folder is a file": (".", _replace_by_file),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_shows_when_opening_and_a_new_start_is_possible(damage: str, sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    shutil.copytree(sound, folder)
    pattern, do = DAMAGES[damage]
    own = folder / f"{PRINT}-a1"
    do(own if pattern == "." else next(own.glob(pattern)))
    with pytest.raises(Problem) as told:
        _open(folder)
    assert told.value.code == "vectors.damaged"
    shutil.rmtree(folder)
    again = _open(folder)
    assert again.count == 0
    again.upsert([1], _vectors(1))
    again.close()


def test_closed_collection_says_so(tmp_path: Path) -> None:
    collection = _open(tmp_path)
    collection.close()
    collection.close()
    for use in (collection.ids, lambda: collection.query(_vectors(1)[0], 1), lambda: collection.delete([1])):
        with pytest.raises(Problem) as told:
            use()
        assert told.value.code == "vectors.closed"


def test_condemned_folder_is_not_opened_again(tmp_path: Path) -> None:
    first = _open(tmp_path)
    first.condemn()
    first.close()
    with pytest.raises(Problem) as told:
        _open(tmp_path)
    assert told.value.code == "vectors.damaged"
