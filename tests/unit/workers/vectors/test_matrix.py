"""The matrix finds what comparing with every vector finds; its file gives back what was whole, whatever befell it."""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import pytest

from app.base.errors import Problem
from app.workers.vectors import matrix as module
from app.workers.vectors.matrix import Matrix
from app.workers.vectors.matrix_file import HEADER, SLOTS, MatrixFile
from app.workers.vectors.rows import LARGEST, cosines, to_rows
from tests.support.small_disk import small_disk

D = 16
Vectors = npt.NDArray[np.float32]


def _vectors(count: int, seed: int = 0, d: int = D) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, d))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _alike(count: int, seed: int = 0, d: int = 384) -> Vectors:
    """Vectors of texts of one kind: all near to one."""
    rows = _vectors(1, seed, d) + 0.2 * _vectors(count, seed + 1, d)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _path(folder: Path) -> Path:
    return folder / "matrix.bin"


def _open(folder: Path, name: str = "embedder-a1", d: int = D) -> Matrix:
    return Matrix(_path(folder), name, d)


def _holds_truly(matrix: Matrix, vectors: dict[int, Vectors]) -> None:
    """Each of these ids is there with its own vector, and nothing else is."""
    assert matrix.ids() == frozenset(vectors)
    for ident, row in vectors.items():
        assert matrix.compare([ident], row)[ident] == pytest.approx(1.0, abs=5e-5)


@pytest.fixture
def matrix(tmp_path: Path) -> Iterator[Matrix]:
    """An empty one."""
    opened = _open(tmp_path)
    yield opened
    opened.close()


# ---- comparing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda n: _vectors(n, d=384), _alike], ids=["scattered", "all alike"])
def test_nearest_are_those_of_comparing_with_all(make: Callable[[int], Vectors], tmp_path: Path) -> None:
    vectors = make(6000)
    matrix = _open(tmp_path, d=384)
    matrix.put(range(6000), vectors)
    for asked in [*_vectors(5, 9, 384), *vectors[::1500]]:
        truth = vectors @ asked
        found = matrix.nearest(asked, 100)
        assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))
        assert len({ident for ident, _ in found}) == 100
        assert min(truth[ident] for ident, _ in found) >= np.sort(truth)[-100] - 2e-5  # what is as near, to a rounding
    matrix.close()


def test_one_that_stands_alone_among_many_alike_is_found(tmp_path: Path) -> None:
    matrix = _open(tmp_path, d=384)
    matrix.put(range(3000), _alike(3000))
    alone = _vectors(1, 77, 384)
    matrix.put([5000], alone)
    assert matrix.nearest(alone[0], 1)[0][0] == 5000
    matrix.close()


@pytest.mark.parametrize("share", [0.0005, 0.02, 0.3, 0.7, 1.0])
def test_question_stays_among_what_it_is_limited_to(share: float, matrix: Matrix) -> None:
    vectors = _vectors(5000)
    matrix.put(range(5000), vectors)
    inside = np.random.default_rng(3).random(5000) < share
    asked = _vectors(1, 9)[0]
    truth = sorted(np.flatnonzero(inside).tolist(), key=lambda ident: -float(vectors[ident] @ asked))[:20]
    found = matrix.nearest(asked, 20, lambda ids: (ids >= 0) & inside[np.clip(ids, 0, 4999)])
    assert [ident for ident, _ in found] == truth


def test_no_more_is_found_than_there_is(matrix: Matrix) -> None:
    asked = _vectors(1)[0]
    assert matrix.nearest(asked, 10) == []
    matrix.put([4, 5, 6], _vectors(3))
    assert len(matrix.nearest(asked, 10)) == 3
    assert len(matrix.nearest(asked, 2)) == 2
    assert matrix.nearest(asked, 0) == []
    assert matrix.nearest(asked, -1) == []
    assert matrix.nearest(asked, 10, lambda ids: ids > 6) == []


def test_what_is_not_reached_in_time_is_found_where_it_is_proposed(
    matrix: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALWAYS", 2000)
    monkeypatch.setattr(module, "PASS_S", 0.0)
    vectors = _vectors(9000)
    matrix.put(range(9000), vectors)
    assert matrix.nearest(vectors[8800], 1)[0][0] == 8800
    assert matrix.nearest(vectors[10], 1)[0][0] != 10
    assert matrix.nearest(vectors[10], 1, None, [10, 77_777])[0][0] == 10
    assert matrix.nearest(vectors[10], 1, lambda ids: ids != 10, [10])[0][0] != 10
    assert matrix.nearest(vectors[10], 1, lambda ids: (ids >= 0) & (ids < 1500))[0][0] == 10


def test_rows_are_right_to_a_hundred_thousandth() -> None:
    vectors = np.concatenate([_vectors(500, d=384), np.eye(384, dtype=np.float32), -np.eye(384, dtype=np.float32)])
    rows = to_rows(vectors)
    whole = 256 * rows.upper.astype(np.int32) + rows.lower
    assert np.abs(whole).max() == LARGEST
    asked = _vectors(1, 9, 384)[0]
    np.testing.assert_allclose(cosines(rows, asked), vectors @ asked, atol=2e-5)


# ---- the file -------------------------------------------------------------------------------------------------------


def test_all_is_there_after_opening_again(tmp_path: Path) -> None:
    vectors = _vectors(5000)
    first = _open(tmp_path)
    first.put(range(5000), vectors)
    first.remove([3, 4999, 123_456])
    first.put([3], _vectors(1, seed=5))
    first.close()
    again = _open(tmp_path)
    expected = {ident: vectors[ident] for ident in range(4999)}
    expected[3] = _vectors(1, seed=5)[0]
    _holds_truly(again, expected)
    again.close()
    assert _path(tmp_path).stat().st_mode & 0o777 == 0o600


def test_removed_rooms_are_used_again(matrix: Matrix, tmp_path: Path) -> None:
    matrix.put(range(3 * SLOTS), _vectors(3 * SLOTS))
    size = _path(tmp_path).stat().st_size
    for round_ in range(1, 6):
        matrix.remove(range((round_ - 1) * 3 * SLOTS, round_ * 3 * SLOTS))
        matrix.put(range(round_ * 3 * SLOTS, (round_ + 1) * 3 * SLOTS), _vectors(3 * SLOTS, seed=round_))
    assert _path(tmp_path).stat().st_size == size
    assert matrix.count == 3 * SLOTS


@pytest.mark.parametrize(("name", "d"), [("embedder-b2", D), ("embedder-a1", 32)], ids=["embedder", "length"])
def test_file_of_another_embedder_is_begun_anew(name: str, d: int, tmp_path: Path) -> None:
    first = _open(tmp_path)
    first.put(range(100), _vectors(100))
    first.close()
    other = _open(tmp_path, name, d)
    assert other.count == 0
    other.put([1], _vectors(1, d=d))
    other.close()
    assert _open(tmp_path).count == 0


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a matrix of 2,500 vectors, in two blocks."""
    folder = tmp_path_factory.mktemp("sound")
    matrix = _open(folder)
    matrix.put(range(2500), _vectors(2500))
    matrix.close()
    return folder


def _damaged(sound: Path, folder: Path, damage: Callable[[Path], object]) -> Matrix:
    shutil.copy(_path(sound), _path(folder))
    damage(_path(folder))
    return _open(folder)


BLOCK = SLOTS * (16 + 2 * D)
SIZE = HEADER + 2 * BLOCK
CUTS = [0, 1, 31, 32, 4095, HEADER, HEADER + 1, HEADER + 40_000, HEADER + BLOCK - 1, HEADER + BLOCK, SIZE - 1]


@pytest.mark.parametrize("size", CUTS)
def test_cut_off_file_gives_what_is_whole_and_takes_the_rest_again(size: int, sound: Path, tmp_path: Path) -> None:
    assert _path(sound).stat().st_size == SIZE
    vectors = _vectors(2500)
    matrix = _damaged(sound, tmp_path, lambda path: os.truncate(path, size))
    there = sorted(matrix.ids())
    assert there == list(range(len(there)))
    assert len(there) == (SLOTS if size >= HEADER + BLOCK else 0)
    matrix.put(range(len(there), 2500), vectors[len(there) :])
    matrix.close()
    again = _open(tmp_path)
    _holds_truly(again, dict(enumerate(vectors)))
    again.close()


@pytest.mark.parametrize("seed", range(12))
def test_scratched_file_gives_no_wrong_vector(seed: int, sound: Path, tmp_path: Path) -> None:
    chosen = random.Random(seed)
    at, length = chosen.randrange(SIZE), chosen.choice([1, 8, 300, 20_000])

    def scratch(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(chosen.randbytes(min(length, SIZE - at)))

    matrix = _damaged(sound, tmp_path, scratch)
    vectors = _vectors(2500)
    _holds_truly(matrix, {ident: vectors[ident] for ident in matrix.ids()})
    assert matrix.count >= 2500 - length or at < 32
    matrix.close()


@pytest.mark.parametrize("content", [b"", b"x", os.urandom(500_000), bytes(500_000)], ids=["empty", "x", "noise", "0"])
def test_file_of_something_else_is_begun_anew(content: bytes, tmp_path: Path) -> None:
    _path(tmp_path).write_bytes(content)
    matrix = _open(tmp_path)
    assert matrix.count == 0
    matrix.put([1], _vectors(1))
    matrix.close()


def test_id_that_a_power_cut_brought_back_is_held_once(tmp_path: Path) -> None:
    path, rows = _path(tmp_path), to_rows(_vectors(3))
    file = MatrixFile(path, "embedder-a1", D)
    file.grow()
    file.write([0, 1, 2], [7, 8, 7], rows)
    file.close()
    matrix = _open(tmp_path)
    assert matrix.ids() == {7, 8}
    matrix.remove([7])
    matrix.close()
    assert _open(tmp_path).ids() == {8}


class _Killed(Exception):
    """Stands for the end of the process."""


def _kill_after(monkeypatch: pytest.MonkeyPatch, bytes_left: int) -> None:
    """Let the file write so many bytes more, then end in the middle of a write."""
    write = MatrixFile._write
    left = [bytes_left]

    def cut(self: MatrixFile, at: int, data: bytes) -> None:
        some = data[: left[0]]
        left[0] -= len(some)
        write(self, at, some)
        if len(some) < len(data):
            raise _Killed

    monkeypatch.setattr(MatrixFile, "_write", cut)


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_byte_it_holds_what_was_acknowledged(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are removed and added until a write is cut short: before it, within it, at each of its bytes."""
    vectors = _vectors(60, seed)
    expected = {ident: vectors[ident] for ident in range(20)}
    first = _open(tmp_path)
    first.put(range(20), vectors[:20])
    first.close()
    sound = _path(tmp_path).read_bytes()
    ops = [("remove", range(3, 6)), ("put", range(30, 34)), ("remove", range(31, 32)), ("put", range(50, 52))]
    for killed_at in range(seed, 500, 4):
        _path(tmp_path).write_bytes(sound)
        matrix = _open(tmp_path)
        held = dict(expected)
        doing: set[int] = set()
        with monkeypatch.context() as patch:
            _kill_after(patch, killed_at)
            try:
                for op, ids in ops:
                    doing = set(ids)
                    if op == "put":
                        matrix.put(ids, vectors[list(ids)])
                        held.update({ident: vectors[ident] for ident in ids})
                    else:
                        matrix.remove(ids)
                        held = {ident: row for ident, row in held.items() if ident not in doing}
                    doing = set()
            except _Killed:
                pass
        matrix.close()
        again = _open(tmp_path)
        assert again.ids() - doing == frozenset(held) - doing, killed_at
        _holds_truly(again, {ident: vectors[ident] for ident in again.ids()})
        again.close()


def test_full_disk_is_told_and_keeps_what_was_there(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        matrix = _open(disk)
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            for start in range(0, 100_000, 500):
                matrix.put(range(start, start + 500), _vectors(500, seed=start))
        count = matrix.count
        assert count >= SLOTS
        assert matrix.nearest(_vectors(500)[7], 1)[0][0] == 7
        matrix.remove(range(500))
        matrix.put(range(500), _vectors(500))
        matrix.close()
        again = _open(disk)
        assert again.count == count
        again.close()


def test_many_vectors_keep_few_files_open(matrix: Matrix) -> None:
    matrix.put([0], _vectors(1))
    files = psutil.Process().num_fds()
    matrix.put(range(1, 20 * SLOTS), _vectors(20 * SLOTS - 1))
    assert psutil.Process().num_fds() == files


def test_closed_matrix_says_so(matrix: Matrix) -> None:
    matrix.close()
    matrix.close()
    for use in (lambda: matrix.put([1], _vectors(1)), matrix.ids, lambda: matrix.nearest(_vectors(1)[0], 1)):
        with pytest.raises(Problem) as told:
            use()
        assert told.value.code == "vectors.closed"
