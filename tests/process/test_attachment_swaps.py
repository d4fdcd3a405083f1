"""An attached file is exchanged between two questions: what is not the person's is never read, and they are told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.calls import Ask, Attach, ShowPlace
from app.base.errors import Problem
from app.base.paths import Home
from app.base.values import Answer, ConversationId, Place
from tests.support.live import Live

SECRET = "zyzzyva"
QUESTION = "Where is the boat moored?"
FACT = "The boat is moored at pier seven."
WHOLE = Place(kind="whole", first=1, last=1, label="", start=0, end=10)


@pytest.fixture
def live(home: Home) -> Iterator[Live]:
    """An engine of the test's own."""
    made = Live(home)
    yield made
    made.stop()


@pytest.fixture
def boat(tmp_path: Path) -> Path:
    """A file to attach. Beside its folder stands another with a file of the same name, which holds the secret."""
    for folder, text in (("docs", FACT), ("outside", f"The boat is moored at {SECRET}.")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "boat.txt").write_text(text)
    return tmp_path / "docs" / "boat.txt"


def ask(live: Live, *attachments: Path, conversation: ConversationId | None = None) -> Answer:
    """Ask about the boat."""
    call = Ask(question=QUESTION, attachments=[str(path) for path in attachments], conversation=conversation)
    return live.peer.call(call, timeout_s=120)


def link(place: Path, target: Path) -> None:
    """A link to the target takes the place of a file or folder."""
    place.rename(place.with_name(f"{place.name} aside"))
    place.symlink_to(target)


@pytest.mark.parametrize("linked", ["file", "folder"])
def test_attachment_that_becomes_a_link_is_not_read_and_that_is_said(live: Live, boat: Path, linked: str) -> None:
    outside = boat.parents[1] / "outside"
    live.peer.call(Attach(paths=[str(boat)]), timeout_s=120)
    first = ask(live, boat)
    assert FACT in first.text
    link(boat, outside / boat.name) if linked == "file" else link(boat.parent, outside)
    second = ask(live, boat, conversation=first.conversation)  # named again, but not chosen anew
    assert SECRET not in repr(second)
    assert second.mode == "not_found"
    assert "boat.txt was not read: a link has taken the place of boat.txt or of a folder above it." in second.text
    with pytest.raises(Problem) as caught:
        live.peer.call(
            ShowPlace(path=str(boat), place=WHOLE, quote=FACT, conversation=first.conversation), timeout_s=60
        )
    assert caught.value.code == "file.linked"
    (row,) = live.peer.call(Attach(paths=[str(boat)]), timeout_s=120)  # now the person chooses it as it is
    assert row.state == "ready"
    third = ask(live, boat, conversation=first.conversation)
    assert SECRET in third.text


def test_attachment_that_becomes_a_link_before_the_question_is_not_read(live: Live, boat: Path) -> None:
    live.peer.call(Attach(paths=[str(boat)]), timeout_s=120)
    link(boat, boat.parents[1] / "outside" / boat.name)
    answer = ask(live, boat)
    assert SECRET not in repr(answer)
    assert "a link has taken the place" in answer.text


def test_second_name_of_another_file_is_not_read_and_that_is_said(live: Live, boat: Path) -> None:
    first = ask(live, boat)
    boat.unlink()
    os.link(boat.parents[1] / "outside" / boat.name, boat)
    second = ask(live, conversation=first.conversation)
    assert SECRET not in repr(second)
    assert "Another file has taken the place of boat.txt, one that also stands elsewhere." in second.text


def test_attachment_that_was_saved_anew_is_read_and_told_once(live: Live, boat: Path) -> None:
    first = ask(live, boat)
    saved = boat.with_name("saving")
    saved.write_text("The boat is moored at pier nine.")
    saved.rename(boat)
    told = "boat.txt was replaced by another file since you attached it; that one was read."
    second = ask(live, conversation=first.conversation)
    assert "pier nine" in second.text and second.text.endswith(told)
    third = ask(live, conversation=first.conversation)
    assert "pier nine" in third.text and told not in third.text
    boat.write_text("The boat is moored at pier ten.")  # the same file, edited: nothing to tell
    fourth = ask(live, conversation=first.conversation)
    assert "pier ten" in fourth.text and "replaced" not in fourth.text


def test_attachment_named_by_a_link_of_the_persons_is_read(live: Live, boat: Path) -> None:
    shortcut = boat.parents[1] / "shortcut"
    shortcut.symlink_to(boat.parent)
    first = ask(live, shortcut / boat.name)
    assert FACT in first.text
    assert first.citations[0].path == str(shortcut / boat.name)
    shown = live.peer.call(
        ShowPlace(path=str(shortcut / boat.name), place=first.citations[0].place, quote=FACT,
                  conversation=first.conversation),
        timeout_s=60,
    )  # fmt: skip
    assert shown.match == "exact"
    shortcut.unlink()
    shortcut.symlink_to(boat.parents[1] / "outside")
    second = ask(live, conversation=first.conversation)
    assert FACT in second.text and SECRET not in repr(second)
