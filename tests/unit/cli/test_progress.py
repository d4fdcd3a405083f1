"""The progress line: what it says, how it fits, and that it leaves nothing behind."""

from __future__ import annotations

import io
import sys

import pytest

from app.base.index_values import Pids, Status
from app.cli.progress import Progress, duration, fitted, show_index


def _status(**fields: int | bool | str | dict[str, int]) -> Status:
    values = {
        "files": {}, "chunks": 0, "pending_vectors": 0, "embedded_total": 0, "settled": False, "paused": None,
        "pids": Pids(engine=1),
    } | fields  # fmt: skip
    return Status(**values)  # type: ignore[arg-type]  # the fields above and the test's own, by name


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (_status(scanning=True, files={"ready": 2}), "Looking through the folders  0 s  2 files so far"),
        (
            _status(files={"ready": 30, "waiting": 9, "reading": 1}, current="/a/b.pdf"),
            "██████████████████░░░░░░  Reading files 30 of 40  0 s  /a/b.pdf",
        ),
        (
            _status(files={"ready": 40}, chunks=100, pending_vectors=50),
            "████████████░░░░░░░░░░░░  Preparing search by meaning 50 of 100  0 s",
        ),
        (_status(files={"ready": 40}, chunks=100), "Finishing  0 s"),
    ],
)
def test_line_says_what_happens(status: Status, text: str) -> None:
    progress = Progress(watched=False)
    show_index(progress, status)
    assert progress.drawn(100) == text


def test_hostile_file_name_stays_on_the_line() -> None:
    progress = Progress(watched=False)
    progress.show("Reading files", detail="a\nb\x1b[2Jc")
    assert progress.drawn(100) == "Reading files  0 s  a b�[2Jc"


def test_line_fits_the_terminal() -> None:
    assert fitted("abcdef", 6) == "abcdef"
    assert fitted("abcdefg", 6) == "abcde…"
    assert fitted("日本語日本語", 6) == "日本…"


def test_durations_read_well() -> None:
    assert [duration(s) for s in (0.4, 59.9, 125, 3780)] == ["0 s", "59 s", "2 min 5 s", "1 h 3 min"]


def test_nothing_is_drawn_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(watched=False) as progress:
        progress.show("Reading files", done=1, total=2)
    assert capsys.readouterr().err == ""


def test_line_is_wiped_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress(watched=True) as progress:
        progress.show("Reading files", done=1, total=2)
    assert stream.getvalue().endswith("\r\x1b[K")
