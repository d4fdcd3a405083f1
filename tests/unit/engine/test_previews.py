"""Views of files that are exchanged just as they are drawn."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from app.base.calls import ShowPlace
from app.base.errors import Problem
from app.base.opening import identity
from app.base.preview import Lines, Preview
from app.base.values import Attachment, ConversationId, Place
from app.base.worker_calls import DrawPlace
from app.engine.attachments import chosen
from app.engine.drawings import Drawings
from app.engine.previews import TRIES, Previews

WHOLE = Place(kind="whole", first=1, last=1, label="", start=0, end=3)
CHAT = ConversationId(1)


class Drawer:
    """Draws a file's text, if it is the one that is meant. before: happens first, with the number of the call."""

    def __init__(self, before: Callable[[int], None]) -> None:
        self.calls: list[DrawPlace] = []
        self._before = before

    def call(self, call: DrawPlace, *, timeout_s: float) -> Preview:
        self.calls.append(call)
        self._before(len(self.calls))
        path = Path(call.path)
        if call.identity not in ("", identity(path.stat())):
            raise Problem("file.replaced", "It was replaced by another file.", "Nothing of it was read.")
        return Preview(view=Lines(text=path.read_text()), match="exact", number=1, count=1)


class Nowhere:
    """A library without folders."""

    def real(self, _path: str) -> str | None:
        return None


@pytest.fixture
def boat(tmp_path: Path) -> Path:
    """An attached file."""
    (tmp_path / "boat.txt").write_text("old")
    return tmp_path / "boat.txt"


def shown(boat: Path, attachment: Attachment, before: Callable[[int], None]) -> tuple[str, Drawer]:
    """What is seen of the attachment, and who drew it."""
    drawer = Drawer(before)
    drawings = Drawings(boat.parent / "pixels")
    previews = Previews(cast("Any", Nowhere()), cast("Any", drawer), drawings, lambda _: [attachment])
    try:
        preview = previews.show(ShowPlace(path=str(boat), place=WHOLE, quote="", conversation=CHAT), cast("Any", None))
    finally:
        drawings.close()
    assert isinstance(preview.view, Lines)
    assert preview.stamp.inode == identity(boat.stat())
    return preview.view.text, drawer


def save_anew(boat: Path, text: str) -> None:
    """As many programs save."""
    other = boat.with_name("saving")
    other.write_text(text)
    other.rename(boat)


def test_attachment_is_drawn_by_its_identity(boat: Path) -> None:
    text, drawer = shown(boat, chosen(str(boat)), lambda _: None)
    assert text == "old"
    assert [call.identity for call in drawer.calls] == [identity(boat.stat())]


def test_attachment_that_is_saved_anew_just_as_it_is_drawn_is_drawn_as_it_is_then(boat: Path) -> None:
    text, drawer = shown(boat, chosen(str(boat)), lambda number: save_anew(boat, "new") if number == 1 else None)
    assert (text, len(drawer.calls)) == ("new", 2)


def test_attachment_that_is_saved_all_the_time_is_given_up_on_in_plain_words(boat: Path) -> None:
    calls: list[int] = []

    def save(number: int) -> None:
        calls.append(number)
        save_anew(boat, f"version {number}")

    with pytest.raises(Problem, match="replaced by another file"):
        shown(boat, chosen(str(boat)), save)
    assert len(calls) == TRIES + 1


def test_attachment_in_whose_place_a_link_stands_is_not_drawn(boat: Path, tmp_path: Path) -> None:
    attachment = chosen(str(boat))
    (tmp_path / "secret.txt").write_text("secret")
    boat.unlink()
    boat.symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Problem, match="A link has taken the place of boat"):
        shown(boat, attachment, lambda _: None)
    boat.unlink()
    os.link(tmp_path / "secret.txt", boat)
    with pytest.raises(Problem, match="one that also stands elsewhere"):
        shown(boat, attachment, lambda _: None)
