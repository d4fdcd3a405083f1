"""The watcher: folders made anew, watches that run out, events that are lost."""

from __future__ import annotations

import ctypes
import errno
import logging
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.library.watch import MANY, Watcher
from tests.support.live import until


class Seen:
    """A watcher with what it has reported."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.scans = 0
        self.watcher = Watcher(self._look)

    def _look(self, paths: list[str] | None) -> None:
        self.scans += paths is None
        self.paths += paths or []

    def sees(self, path: Path) -> bool:
        """Whether a file that is written now is reported."""
        path.write_text("x")
        return until(lambda: str(path) in self.paths, 20)


@pytest.fixture
def seen() -> Iterator[Seen]:
    """A watcher that watches nothing yet."""
    made = Seen()
    yield made
    made.watcher.stop()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a folder."""
    (tmp_path / "root" / "sub").mkdir(parents=True)
    return tmp_path / "root"


@pytest.mark.parametrize("way", ["moved", "deleted", "link"])
def test_folder_made_anew_is_watched_as_it_is_now(seen: Seen, root: Path, tmp_path: Path, way: str) -> None:
    seen.watcher.watch([str(root)])
    assert seen.sees(root / "sub" / "a.txt")
    assert not seen.watcher.outdated([str(root)])
    if way == "deleted":
        shutil.rmtree(root)  # what is made next may well get its inode
    else:
        root.rename(tmp_path / "aside")
    if way == "link":
        (tmp_path / "elsewhere").mkdir()
        root.symlink_to(tmp_path / "elsewhere")
        assert until(lambda: seen.watcher.outdated([str(root)]), 20)
        seen.watcher.watch([str(root)])
        assert not seen.watcher.outdated([str(root)])  # what a link leads to is not watched
        root.unlink()
    root.mkdir()
    assert until(lambda: seen.watcher.outdated([str(root)]), 20)
    seen.watcher.watch([str(root)])
    assert seen.sees(root / "b.txt")
    assert not seen.watcher.outdated([str(root)])
    assert seen.watcher.failed == {}


def test_folder_that_is_missing_is_watched_when_it_comes(seen: Seen, tmp_path: Path) -> None:
    late = tmp_path / "late"
    seen.watcher.watch([str(late)])
    assert not seen.watcher.outdated([str(late)])
    late.mkdir()
    assert seen.watcher.outdated([str(late)])
    seen.watcher.watch([str(late)])
    assert seen.sees(late / "a.txt")


def test_folder_that_is_no_longer_wanted_is_not_watched(seen: Seen, root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    seen.watcher.watch([str(root), str(other)])
    seen.watcher.watch([str(other)])
    (root / "a.txt").write_text("x")
    assert seen.sees(other / "b.txt")
    assert str(root / "a.txt") not in seen.paths


@pytest.fixture
def watches(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets how many more folders the system lets anybody watch."""
    if sys.platform != "linux":
        pytest.skip("only Linux counts watches")
    from watchdog.observers import inotify_c

    real = inotify_c.inotify_add_watch
    left = [10**9]

    def add(descriptor: int, path: bytes, mask: int) -> int:
        left[0] -= 1
        if left[0] < 0:
            ctypes.set_errno(errno.ENOSPC)
            return -1
        return int(real(descriptor, path, mask))

    monkeypatch.setattr(inotify_c, "inotify_add_watch", add)

    def allow(count: int) -> None:
        left[0] = count

    return allow


@pytest.mark.parametrize("room", [0, 1])
def test_system_out_of_watches_is_told_and_made_good_when_there_are_some(
    seen: Seen, root: Path, watches: Callable[[int], None], room: int, caplog: pytest.LogCaptureFixture
) -> None:
    watches(room)  # none for the root, or none for the folder in it, of which watchdog says nothing
    seen.watcher.watch([str(root)])
    assert seen.watcher.failed == {str(root): "inotify watch limit reached"}
    assert not seen.watcher.outdated([str(root)])  # known: it is scanned every minute
    seen.watcher.watch([str(root)])
    assert str(root) in seen.watcher.failed
    watches(10**9)
    seen.watcher.watch([str(root)])
    assert seen.watcher.failed == {}
    assert seen.sees(root / "sub" / "a.txt")
    assert len([line for line in caplog.messages if "cannot be watched" in line]) == 1


def test_watches_that_run_out_later_are_noticed(
    seen: Seen, root: Path, watches: Callable[[int], None], caplog: pytest.LogCaptureFixture
) -> None:
    seen.watcher.watch([str(root)])
    assert not seen.watcher.outdated([str(root)])
    watches(0)
    (root / "new").mkdir()  # a folder that nobody watches from here on
    assert seen.watcher.outdated([str(root)])
    seen.watcher.watch([str(root)])
    assert str(root) in seen.watcher.failed


def test_events_that_the_kernel_dropped_ask_for_a_scan(seen: Seen) -> None:
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; filesystem events were lost")
    assert until(lambda: seen.scans == 1, 20)


def test_too_many_paths_at_once_ask_for_a_scan(seen: Seen) -> None:
    from watchdog.events import FileModifiedEvent

    for number in range(MANY + 1):
        seen.watcher.on_any_event(FileModifiedEvent(f"/somewhere/{number}"))
    assert until(lambda: seen.scans >= 1, 20)


def test_stopped_watcher_leaves_no_thread(root: Path) -> None:
    before = set(threading.enumerate())
    seen = Seen()
    seen.watcher.watch([str(root)])
    seen.watcher.stop()
    seen.watcher.stop()  # twice does no harm

    def left() -> list[str]:
        return [t.name for t in threading.enumerate() if t not in before and type(t).__name__ != "InotifyFD"]

    assert until(lambda: left() == [], 20), left()
