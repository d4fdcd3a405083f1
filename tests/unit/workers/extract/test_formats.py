"""A reader is one module: nothing else needs to know of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.base.values import Document
from app.workers import extract
from app.workers.extract import formats

MODULE = """
from app.workers.extract.content import Section
from app.workers.extract.formats import Format

def read_songs(source, found, task):
    found.title = "Songs"
    yield Section(source.read()[5:].decode()[::-1])

FORMATS = (Format(("songs",), read_songs, is_it=lambda source: source.head.startswith(b"SONG:")),)
"""


@pytest.fixture
def songbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more module in the package, put there for the test."""
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "songbook.py").write_text(MODULE)
    monkeypatch.setattr(extract, "__path__", [*extract.__path__, str(folder)])
    formats.formats.cache_clear()
    yield
    sys.modules.pop("app.workers.extract.songbook", None)
    formats.formats.cache_clear()


@pytest.mark.usefixtures("songbook")
def test_format_is_added_by_a_module_alone(read: Callable[..., Document]) -> None:
    document = read("a.song", b"SONG:mus enim")
    assert (document.state, document.kind, document.title) == ("ready", "songs", "Songs")
    assert document.chunks[0].text == "mine sum"


def test_every_kind_has_one_reader() -> None:
    kinds = [kind for one in formats.formats() for kind in one.kinds]
    assert len(kinds) == len(set(kinds))
    assert {"pdf", "docx", "xlsx", "pptx", "odt", "epub", "msg", "mail", "zip", "html", "rtf", "notebook"} <= set(kinds)
    assert formats.reader_of("text") is None
