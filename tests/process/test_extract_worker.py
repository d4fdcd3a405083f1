"""The extract worker as a process: it reads, keeps its limits, and dies of nothing that can be helped."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.errors import Cancelled
from app.base.preview import Drawn
from app.base.worker_calls import DrawPlace, ReadDocument
from app.link.outgoing import Outgoing
from app.link.workers import Worker, WorkerDied
from app.workers.extract.limits import EXIT_MEMORY, EXIT_TIME
from tests.support import sample_documents as made

ROOT = Path(__file__).parents[2]


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A supervised extract worker."""
    started = Worker("extract", environment={"PYTHONPATH": str(ROOT)})
    yield started
    started.stop()


def ends_with(code: str) -> int:
    """Exit code of a process that runs this code with a watchdog `dog` and a module `time` at hand."""
    lines = "import time, ctypes; from app.workers.extract.limits import Watchdog; dog = Watchdog({memory})\n"
    program = lines.format(memory=100_000_000) + code
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=False).returncode


def test_files_of_several_kinds_are_read_and_shown(worker: Worker, tmp_path: Path) -> None:
    report, notes = tmp_path / "report.pdf", tmp_path / "notes\n🦊.md"
    report.write_bytes(made.pdf([["Cover"], ["A line to quote"]]))
    notes.write_text("# Plan\n\nDo it.\n")
    document = worker.call(ReadDocument(path=str(report)))
    assert [chunk.place.label for chunk in document.chunks] == ["page 1", "page 2"]
    assert worker.call(ReadDocument(path=str(notes))).title == "Plan"
    call = DrawPlace(path=str(report), place=document.chunks[1].place, quote="line to quote", pixels_dir=str(tmp_path))
    shown = worker.call(call)
    assert isinstance(shown.view, Drawn)
    assert (shown.match, shown.number, Path(shown.view.path).parent) == ("exact", 2, tmp_path)


def test_one_file_after_another_in_one_process(worker: Worker, tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number}.txt").write_text(f"Note {number}.\n" * 20)
    pids = set()
    for number in range(200):
        assert worker.call(ReadDocument(path=str(tmp_path / f"{number}.txt"))).state == "ready"
        pids.add(worker.pid)
    assert len(pids) == 1


@pytest.mark.expects_warnings  # that the process ended
def test_file_that_takes_too_long_ends_the_process_and_the_next_is_read(worker: Worker, tmp_path: Path) -> None:
    long, short = tmp_path / "long.txt", tmp_path / "short.txt"
    long.write_text("".join(f"word{number} " for number in range(2_000_000)))
    short.write_text("Short.")
    with pytest.raises(WorkerDied):
        worker.call(ReadDocument(path=str(long), timeout_s=0.1))
    assert worker.call(ReadDocument(path=str(short))).state == "ready"


def test_reading_is_given_up_when_nobody_waits(worker: Worker, tmp_path: Path) -> None:
    archive = tmp_path / "many.zip"
    archive.write_bytes(made.zipped({f"{number}.txt": f"Words {number}. " * 500 for number in range(1_500)}))
    started: list[Outgoing] = []

    def begun(outgoing: Outgoing) -> None:
        started.append(outgoing)
        threading.Thread(target=outgoing.cancel).start()

    with pytest.raises(Cancelled):
        worker.call(ReadDocument(path=str(archive)), on_started=begun)
    assert len(started) == 1
    assert worker.pid is not None


def test_watchdog_ends_a_process_that_takes_too_long() -> None:
    assert ends_with("with dog.watching(0.2): time.sleep(30)") == EXIT_TIME


def test_watchdog_ends_a_process_that_takes_too_much_memory() -> None:
    assert ends_with("with dog.watching(30):\n  held = bytearray(b'x' * 300_000_000)\n  time.sleep(30)") == EXIT_MEMORY


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such timer on Windows")
def test_kernel_ends_a_process_whose_interpreter_is_held_by_native_code() -> None:
    assert ends_with("with dog.watching(0.1): ctypes.PyDLL(None).sleep(30)") == -signal.SIGALRM


def test_watchdog_leaves_a_process_alone_between_files() -> None:
    code = "with dog.watching(0.2): pass\ntime.sleep(1.5)\nwith dog.watching(5): time.sleep(0.3)\nraise SystemExit(7)"
    assert ends_with(code) == 7
