"""Pasted texts and files that cannot be read, through a real engine in quotes mode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.calls import Ask, Attach, ChatDelete, ChatErase, ChatsDeleted, DropPasted, KeepPasted, ShowPlace
from app.base.paths import Home
from app.base.preview import Lines
from tests.support.live import Live

FACT = "The boat is moored at pier seven in Lisbon."


@pytest.fixture
def live(home: Home) -> Iterator[Live]:
    """An engine of the test's own."""
    made = Live(home)
    yield made
    made.stop()


def long_text() -> str:
    """Ten million characters with one fact in the middle."""
    line = "Nothing of interest stands in this line of the log, number {}.\n"
    lines = [line.format(number) for number in range(160_000)]
    return "".join([*lines[:80_000], FACT + "\n\0\n", *lines[80_000:]])[:10_000_000]


def test_a_long_pasted_text_is_read_quoted_shown_and_goes_with_its_conversation(live: Live, home: Home) -> None:
    row = live.peer.call(KeepPasted(text=long_text()), timeout_s=60)
    assert Path(row.path).is_relative_to(home.pasted)
    (read,) = live.peer.call(Attach(paths=[row.path]), timeout_s=120)
    assert (read.state, read.reason) == ("ready", "")
    answer = live.peer.call(Ask(question="Where is the boat moored?", attachments=[row.path]), timeout_s=120)
    assert answer.mode == "quotes"
    assert FACT in answer.citations[0].quote
    cited = answer.citations[0]
    shown = live.peer.call(
        ShowPlace(path=row.path, place=cited.place, quote=cited.quote, conversation=answer.conversation), timeout_s=60
    )
    assert isinstance(shown.view, Lines)
    assert FACT in shown.view.text
    live.peer.call(ChatDelete(conversation=answer.conversation), timeout_s=30)
    assert Path(row.path).exists()
    assert [head.id for head in live.peer.call(ChatsDeleted(), timeout_s=30)] == [answer.conversation]
    live.peer.call(ChatErase(conversation=answer.conversation), timeout_s=30)
    assert not Path(row.path).parent.exists()


def test_a_pasted_text_that_is_taken_off_is_removed(live: Live) -> None:
    row = live.peer.call(KeepPasted(text="x" * 5_000), timeout_s=30)
    live.peer.call(DropPasted(path=row.path), timeout_s=30)
    assert not Path(row.path).parent.exists()


def test_a_file_that_cannot_be_read_is_said_and_nothing_else_is_quoted(live: Live, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "boat.txt").write_text(FACT)
    (files / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing of a document follows")
    live.watch(files)
    broken = str(files / "broken.pdf")
    question = "Where is the boat moored?"
    for call in (
        Ask(question=question, attachments=[broken]),
        Ask(question=question, scope=[broken]),
        Ask(question=question, attachments=[str(files / "gone.txt")]),
    ):
        answer = live.peer.call(call, timeout_s=60)
        assert (answer.mode, answer.citations) == ("not_found", ())
        assert "was not read: " in answer.text
        assert answer.text.endswith("Nothing else was looked at.")
