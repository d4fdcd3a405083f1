"""The reader: files that change, go, are exchanged or end their reader; writes that fail; pauses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.values import Document
from app.base.worker_calls import SPARING_CHARS, ReadDocument
from app.library import reading as reading_module
from app.library.reading import MOST_CHARS
from tests.support.index_room import IndexRoom, TextWorker
from tests.support.live import until


def raising(*failures: Exception) -> TextWorker:
    """A worker that fails so, one call after another, and reads from then on."""
    left = list(failures)

    def before(_: ReadDocument) -> None:
        if left:
            raise left.pop(0)

    return TextWorker(before)


def test_worker_is_told_which_file_is_meant(tmp_path: Path, root: Path) -> None:
    told: list[str] = []
    room = IndexRoom(tmp_path, root, worker=TextWorker(lambda call: told.append(call.identity)))
    room.scan()
    room.read_all()
    status = (root / "a.txt").stat()
    assert told == [f"{status.st_dev}:{status.st_ino}"]
    room.index.close()


def test_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path, root: Path) -> None:
    texts = ["second text", "third and last text"]

    def change(call: ReadDocument) -> None:
        if texts:
            Path(call.path).write_text(texts.pop(0))

    with IndexRoom(tmp_path, root, worker=TextWorker(change)) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready" and not texts, 30)
        assert room.text(root / "a.txt") == "third and last text"
        assert room.problems == []


def test_file_that_is_exchanged_for_a_link_while_it_is_read_is_named_as_a_link(tmp_path: Path, root: Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    file = root / "a.txt"

    def link(_: ReadDocument) -> None:
        if not file.is_symlink():
            file.unlink()
            file.symlink_to(outside)

    with IndexRoom(tmp_path, root, worker=TextWorker(link)) as room:
        assert until(lambda: room.worker.calls != [] and room.state(file) == "unsupported", 30)
        assert until(room.settled, 30)
        assert room.text(file) == ""


@pytest.mark.parametrize("code", ["file.linked", "file.replaced"])
def test_file_that_the_worker_finds_exchanged_is_looked_at_again(tmp_path: Path, root: Path, code: str) -> None:
    with IndexRoom(tmp_path, root, worker=raising(*[Problem(code, "It was exchanged.")] * 3)) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        assert room.looks == 3
        assert room.problems == []


def test_file_that_nobody_settles_holds_up_no_other_and_spins_nowhere(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = root / "bad.txt"
    bad.write_text("newest, so read first")

    def exchanged(call: ReadDocument) -> None:
        if call.path == str(bad):
            raise Problem("file.replaced", "It was exchanged.")

    with IndexRoom(tmp_path, root, worker=TextWorker(exchanged)) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        assert until(lambda: room.looks >= 5, 60)
        assert not until(lambda: room.looks > 12, 3)  # once a second by now
        assert room.state(bad) == "waiting"


def test_file_of_a_root_that_went_is_not_looked_for_again_and_again(tmp_path: Path, root: Path) -> None:
    with IndexRoom(tmp_path, root) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        root.rename(tmp_path / "away")
        room.scanner.request()
        assert until(lambda: room.state(root / "a.txt") == "offline", 30)
        before = room.looks
        assert room.index.retry([str(root / "a.txt")]) == 0
        room.reader.wake()
        assert until(room.settled, 30)
        assert (room.state(root / "a.txt"), room.text(root / "a.txt")) == ("offline", "old text")
        assert room.looks == before


def test_file_that_is_tried_again_as_its_root_goes_is_offline_and_not_waiting(tmp_path: Path, root: Path) -> None:
    with IndexRoom(tmp_path, root) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        room.paused = "a moment"
        assert room.index.retry([str(root / "a.txt")]) == 1
        root.rename(tmp_path / "away")
        room.paused = None
        room.reader.wake()
        assert until(lambda: room.state(root / "a.txt") == "offline", 30)
        (tmp_path / "away").rename(root)
        room.scanner.request()
        assert until(lambda: room.state(root / "a.txt") == "ready" and room.settled(), 30)


def test_file_tried_again_during_a_pause_waits_for_its_end(tmp_path: Path, root: Path) -> None:
    with IndexRoom(tmp_path, root) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        room.paused = "A person wants quiet."
        assert room.index.retry([str(root / "a.txt")]) == 1
        room.reader.wake()
        assert not until(lambda: len(room.worker.calls) > 1, 1.5)
        assert room.text(root / "a.txt") == "old text"  # still searchable
        room.paused = None
        room.reader.wake()
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)


def test_worker_that_dies_twice_over_a_file_quarantines_it_until_it_changes(
    tmp_path: Path, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    died = Problem("worker.died", "The extract process ended unexpectedly.")
    with IndexRoom(tmp_path, root, worker=raising(died, Problem("link.timeout", "It took too long."))) as room:
        assert until(lambda: room.state(root / "a.txt") == "quarantined", 30)
        (root / "b.txt").write_text("an innocent one")
        assert until(lambda: room.state(root / "b.txt") == "ready", 30)
        (root / "a.txt").write_text("other bytes by now")
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        assert room.problems == []


def test_file_that_has_cost_a_process_its_life_is_read_at_its_beginning_alone(
    tmp_path: Path, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wanted: list[int] = []

    def die_once(call: ReadDocument) -> None:
        wanted.append(call.max_chars)
        if len(wanted) == 1:
            raise Problem("worker.died", "The extract process ended unexpectedly.")

    with IndexRoom(tmp_path, root, worker=TextWorker(die_once)) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
    assert wanted == [MOST_CHARS, SPARING_CHARS]


def test_worker_that_cannot_start_costs_no_file_its_place(
    tmp_path: Path, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Problem("worker.broken", "The extract process cannot start.")
    with IndexRoom(tmp_path, root, worker=raising(broken, broken, broken)) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        assert [problem.code for problem in room.problems] == ["worker.broken"] * 3
        assert room.known(root / "a.txt").deaths == 0


def test_index_that_cannot_be_written_is_told_and_the_file_is_read_later(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = IndexRoom(tmp_path, root)
    room.fail_at("settle", Problem("store.full", "The disk is full."), patch=monkeypatch)
    with room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
    assert [problem.code for problem in room.problems] == ["store.full"]


def test_index_that_cannot_be_asked_is_asked_again(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = IndexRoom(tmp_path, root)
    room.fail_at("waiting", *[Problem("store.io", "The index cannot be read.")] * 2, patch=monkeypatch)
    with room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
    assert [problem.code for problem in room.problems] == ["store.io", "store.io"]


def test_mistake_of_ours_over_one_file_holds_up_no_other_and_is_not_made_every_second(
    tmp_path: Path, root: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_module, "FIRST_S", 0.5)
    bad = root / "bad.txt"
    bad.write_text("newest, so read first")

    def mistake(call: ReadDocument) -> None:
        if call.path == str(bad):
            raise ZeroDivisionError

    with IndexRoom(tmp_path, root, worker=TextWorker(mistake)) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        assert until(lambda: len(room.problems) >= 2, 30)
        assert not until(lambda: len(room.problems) > 5, 3)
        assert {problem.code for problem in room.problems} == {"internal"}


def test_root_that_is_removed_while_its_file_is_read_leaves_nothing_behind(tmp_path: Path, root: Path) -> None:
    begun, removed = threading.Event(), threading.Event()

    def wait(_: ReadDocument) -> None:
        begun.set()
        assert removed.wait(30)

    with IndexRoom(tmp_path, root, worker=TextWorker(wait)) as room:
        assert begun.wait(30)
        room.index.set_roots([])
        removed.set()
        assert until(lambda: room.reader.current == [] and room.settled(), 30)
        assert (room.index.states(), room.index.count_chunks()) == ({}, 0)
        assert room.problems == []


def test_saved_file_with_the_same_bytes_is_not_read_again(tmp_path: Path, root: Path) -> None:
    with IndexRoom(tmp_path, root) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        (root / "a.txt").write_text("old text")
        room.scanner.request()
        assert until(room.settled, 30)
        assert len(room.worker.calls) == 1


def test_same_bytes_elsewhere_are_not_taken_for_the_file(tmp_path: Path, root: Path) -> None:
    room = IndexRoom(tmp_path, root)
    room.scan()
    room.read_all()
    file = room.known(root / "a.txt")
    assert room.reader._same_bytes(file)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.txt").write_text("old text")
    root.rename(tmp_path / "aside")
    root.symlink_to(tmp_path / "elsewhere")
    assert not room.reader._same_bytes(file)
    root.unlink()
    (tmp_path / "elsewhere").rename(root)  # no link, but another file
    assert not room.reader._same_bytes(file)
    room.index.close()


@pytest.fixture
def slow(tmp_path: Path, root: Path) -> Iterator[tuple[IndexRoom, threading.Event]]:
    """A room whose worker waits for an event before it reads."""
    go = threading.Event()

    def wait(_: ReadDocument) -> None:
        go.wait(30)

    with IndexRoom(tmp_path, root, worker=TextWorker(wait)) as room:
        yield room, go
        go.set()


def test_stopped_reader_leaves_the_file_in_hand_to_the_next_engine(
    slow: tuple[IndexRoom, threading.Event], root: Path
) -> None:
    room, go = slow
    assert until(lambda: room.reader.current == [str(root / "a.txt")], 30)
    room.reader.stop()
    assert room.state(root / "a.txt") == "waiting"
    go.set()
    for thread in room.reader._threads:
        thread.join(30)
        assert not thread.is_alive()


def test_document_without_text_settles_too(tmp_path: Path, root: Path) -> None:
    class Empty(TextWorker):
        def call(self, call: ReadDocument, *, timeout_s: float | None = None) -> Document:
            return Document(state="empty", reason="The file holds no text.", hint="Nothing needs to be done.")

    with IndexRoom(tmp_path, root, worker=Empty()) as room:
        assert until(lambda: room.state(root / "a.txt") == "empty", 30)
