"""Files shown by the real engine and its extract worker: grids whose rows are asked for, word of what changes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.base.calls import Call, ShowPlace, ShowRows, WatchFile
from app.base.errors import Cancelled, Problem
from app.base.paths import Home
from app.base.preview import WHOLE, FileStamp, Grid, Lines
from app.link.outgoing import Outgoing
from tests.support.live import Live

WAIT_S = 30.0


@pytest.fixture
def live(home: Home, tmp_path: Path) -> Iterator[Live]:
    """An engine that has a folder with a table indexed."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "sales.csv").write_text("client,amount\n" + "".join(f"c{n},{n}\n" for n in range(1_000)))
    made = Live(home)
    made.watch(tmp_path / "files")
    yield made
    made.stop()


class Watching:
    """A file that is watched; `stamp` gives what is told next."""

    def __init__(self, live: Live, path: Path) -> None:
        self._told: queue.SimpleQueue[FileStamp] = queue.SimpleQueue()
        self._outgoing: Outgoing = live.peer.start(WatchFile(path=str(path)))
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def stamp(self) -> FileStamp:
        return self._told.get(timeout=WAIT_S)

    def end(self) -> None:
        self._outgoing.cancel()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    def _listen(self) -> None:
        with pytest.raises(Cancelled):
            self._outgoing.result(lambda _, body: self._told.put(msgspec.json.decode(body, type=FileStamp)))


def test_rows_of_a_table_are_given_as_they_are_asked_for(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "files" / "sales.csv"
    shown = live.peer.call(ShowPlace(path=str(path), place=WHOLE, quote="c500,500"), timeout_s=WAIT_S)
    assert isinstance(shown.view, Grid)
    assert (shown.view.rows, shown.view.marked, shown.match) == (1_000, ((500, 501),), "exact")
    asked = ShowRows(path=str(path), sha256=shown.sha256, number=1, first=500, count=2)
    assert live.peer.call(asked, timeout_s=WAIT_S).rows == (("c500", "500"), ("c501", "501"))
    path.write_text("client,amount\nnew,1\n")
    with pytest.raises(Problem) as caught:
        live.peer.call(asked, timeout_s=WAIT_S)
    assert caught.value.code == "preview.changed"


def test_text_that_was_read_can_be_seen_instead(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "files" / "sales.csv"
    call = ShowPlace(path=str(path), place=WHOLE, quote="", as_text=True)
    view = live.peer.call(call, timeout_s=WAIT_S).view
    assert isinstance(view, Lines)
    assert view.text.startswith("client,amount\nc0,0\n")


def test_watched_file_is_told_of_when_it_is_edited_and_deleted(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "files" / "sales.csv"
    shown = live.peer.call(ShowPlace(path=str(path), place=WHOLE, quote=""), timeout_s=WAIT_S)
    watching = Watching(live, path)
    assert watching.stamp() == shown.stamp
    path.write_text("client,amount\nnew,1\n")
    edited = watching.stamp()
    assert edited.there
    assert edited != shown.stamp
    path.unlink()
    while (last := watching.stamp()).there:
        pass  # writing is told in two steps where they are seen apart
    assert last == FileStamp(there=False)
    watching.end()


def outside_calls(path: Path) -> list[Call[Any]]:
    """Every call that shows or watches a file."""
    return [
        ShowPlace(path=str(path), place=WHOLE, quote=""),
        ShowRows(path=str(path), sha256="0" * 64, number=1, first=0, count=1),
        WatchFile(path=str(path)),
    ]


def test_file_outside_of_the_folders_is_not_shown_nor_watched(live: Live, tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_text("a,b\n1,2\n")
    for call in outside_calls(outside):
        with pytest.raises(Problem) as caught:
            live.peer.call(call, timeout_s=WAIT_S)
        assert caught.value.code == "file.outside"
