"""Numbers, times and names as a person reads them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from app.base.index_values import Folder, Pids, Status
from app.base.values import Answer, ConversationId, TurnId, Usage
from app.base.wording import count
from app.window.chat.turn_wording import cost_text
from app.window.controls import wording as words


def ms(*when: int) -> int:
    return int(datetime(*when).timestamp() * 1000)  # type: ignore[arg-type]  # the stars hide that these are six ints


NOW = ms(2026, 3, 10, 9, 0, 0)


@pytest.mark.parametrize(("number", "told"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1204, "1,204 files")])
def test_counts_agree_with_their_noun(number: int, told: str) -> None:
    assert count(number, "file") == told


@pytest.mark.parametrize(
    ("size_bytes", "told"),
    [(0, "0 KB"), (1, "1 KB"), (1500, "2 KB"), (412_000_000, "412 MB"), (1_300_000_000, "1.3 GB")],
)
def test_sizes_are_decimal_and_never_zero_for_something(size_bytes: int, told: str) -> None:
    assert words.size(size_bytes) == told


@pytest.mark.parametrize(
    ("then", "told"),
    [
        (ms(2026, 3, 10, 8, 59, 30), "just now"),
        (ms(2026, 3, 10, 8, 58, 0), "2 minutes ago"),
        (ms(2026, 3, 10, 6, 0, 0), "3 hours ago"),
        (ms(2026, 3, 9, 23, 0, 0), "10 hours ago"),
        (ms(2026, 3, 8, 9, 0, 0), "on 8 March"),
        (ms(2025, 10, 3, 9, 0, 0), "on 3 October 2025"),
        (NOW + 60_000, "just now"),
    ],
)
def test_times_are_told_from_now(then: int, told: str) -> None:
    assert words.ago(then, NOW) == told


def test_conversations_are_grouped_by_the_calendar_not_by_hours() -> None:
    assert words.age(ms(2026, 3, 10, 0, 1, 0), NOW) == "Today"
    assert words.age(ms(2026, 3, 9, 23, 59, 0), NOW) == "Yesterday"
    assert words.age(ms(2026, 3, 8, 23, 59, 0), NOW) == "Earlier"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(10, "less than a minute left"), (60, "about 1 minute left"), (360, "about 6 minutes left"),
     (7300, "about 2 hours left")],
)  # fmt: skip
def test_remaining_time_is_told_roughly(seconds: float, told: str) -> None:
    assert words.remaining(seconds) == told


def test_a_file_is_named_from_its_watched_folder() -> None:
    assert words.within("/data/Documents/a/b.txt", ["/data", "/data/Documents"]) == "Documents/a/b.txt"
    assert words.within("/elsewhere/b.txt", ["/data"]) == "/elsewhere/b.txt"
    assert words.under_home(str(Path.home() / "x")) == "~/x"
    assert words.under_home(str(Path.home()) + "-not/x") == str(Path.home()) + "-not/x"


def test_lists_of_names_stay_short() -> None:
    assert words.listed(["A"]) == "A"
    assert words.listed(["A", "B"]) == "A and B"
    assert words.listed(["A", "B", "C"]) == "A, B and C"
    assert words.listed(["A", "B", "C", "D", "E"]) == "A, B and 3 more"


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        (Folder(path="/d", state="current", files=1204, ready=1204), "1,204 files"),
        (Folder(path="/d", state="current", files=10, ready=8, problems=2, unread=2), "10 files · 2 could not be read"),
        (Folder(path="/d", state="current", files=10, partial=3), "10 files · 3 partly read"),
        (Folder(path="/d", state="reading", files=4750, ready=3400, pending=1332), "3,418 of 4,750 files"),
        (Folder(path="/d", state="reading"), "Looking for files…"),
        (Folder(path="/d", state="offline", files=9, ready=9), "Not connected · 9 files kept"),
        (Folder(path="/d", state="current"), "No files to read in it"),
        (Folder(path="/d", state="unreadable", reason="Permission denied."), "Permission denied."),
    ],
)
def test_a_folder_is_summed_up_in_a_line(folder: Folder, told: str) -> None:
    assert words.folder_summary(folder, NOW) == told


def test_the_index_is_summed_up_in_a_line() -> None:
    status = Status(files={"waiting": 3, "reading": 1}, chunks=0, pending_vectors=0, embedded_total=0, settled=False,
                    paused=None, pids=Pids(engine=1))  # fmt: skip
    assert words.index_summary(status) == "Reading · 4 files to go"
    assert words.index_summary(None) == "Starting…"


@pytest.mark.parametrize(("total_ms", "text"), [(0, ""), (20, ""), (240, "0.2 s"), (6100, "6.1 s")])
def test_time_too_short_to_say_is_not_said(total_ms: int, text: str) -> None:
    answer = Answer(conversation=ConversationId(1), turn=TurnId(1), mode="quotes", state="done", text="x",
                    usage=Usage(total_ms=total_ms))  # fmt: skip
    assert cost_text(answer) == text
