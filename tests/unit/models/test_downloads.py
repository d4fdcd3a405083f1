"""The queue of downloads where its folders are missing; everything else is tested through a real engine."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

import pytest

from app.base.chat import HubFile
from app.base.errors import Problem
from app.base.models import DownloadStart
from app.base.paths import Home
from app.base.settings import SettingsFile
from app.models.downloads import DownloadQueue
from app.models.hub_sources import FoundDownload
from tests.support.live import until


class Offline:
    """A worker that reaches nothing."""

    def call(self, *_: object, **__: object) -> str:
        """Fail as it does then."""
        raise Problem("download.network", "Nothing can be reached.", "")


class Finder:
    """Finds the same file whatever is asked for. `name`: the file's."""

    name = "m.gguf"

    def find(self, *_: object) -> FoundDownload:
        """The file."""
        return FoundDownload("maker/m", "main", HubFile(name=self.name, size_bytes=10, parts=(self.name,)), "m")

    def sources(self) -> list[str]:
        """No site."""
        return []

    def tokens(self) -> dict[str, str]:
        """No token."""
        return {}


@pytest.fixture
def finder() -> Finder:
    """What is found."""
    return Finder()


@pytest.fixture
def make(home: Home, tmp_path: Path, finder: Finder) -> Any:
    """Makes the queue of an engine of this home, whose models go to a folder of their own."""
    home.create()
    home.settings_toml.write_text(f'model_folder = "{tmp_path / "drive"}"\n', encoding="utf-8")

    def queue() -> DownloadQueue:
        return DownloadQueue(
            home, SettingsFile(home.settings_toml), sites=cast("Any", finder), fetcher=cast("Any", Offline()),
            add=cast("Any", None), on_change=lambda: None,
        )  # fmt: skip

    return queue


def start(queue: DownloadQueue, what: str = "maker/m") -> Any:
    """Begin or go on."""
    return queue.start(DownloadStart(what=what), cast("Any", None))


def test_folder_for_models_that_is_not_there_is_named_and_not_made(make: Any, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        start(make())
    assert caught.value.code == "download.no_folder"
    assert not (tmp_path / "drive").exists()


def test_drive_that_went_with_the_unfinished_file_is_waited_for(make: Any, home: Home, tmp_path: Path) -> None:
    (tmp_path / "drive").mkdir()
    queue = make()
    begun = start(queue)
    assert until(lambda: queue.list()[0].code == "download.network")
    queue.close()
    shutil.rmtree(home.downloads / begun.id)
    again = make()
    start(again, begun.id)
    assert until(lambda: not again.busy)
    [shown] = again.list()
    assert (shown.state, shown.code) == ("failed", "download.no_folder")
    assert not (home.downloads / begun.id).exists()


@pytest.mark.parametrize("name", ["../../m.gguf", "/etc/m.gguf", "a\n.gguf"])
def test_name_that_the_worker_should_have_left_out_is_refused(
    make: Any, finder: Finder, tmp_path: Path, name: str
) -> None:
    (tmp_path / "drive").mkdir()
    finder.name = name
    with pytest.raises(Problem) as caught:
        start(make())
    assert caught.value.code == "download.name"
