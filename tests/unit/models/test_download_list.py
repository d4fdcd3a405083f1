"""The list of downloads on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.base.paths import Home
from app.models.download_list import DownloadList, QueuedDownload
from tests.support.small_disk import small_disk


def item(home: Home, ident: str, **more: object) -> QueuedDownload:
    """A download of a model in two parts."""
    names = ("m-00001-of-00002.gguf", "m-00002-of-00002.gguf")
    target = home.models / "maker" / "m" / names[0]
    fields: dict[str, object] = {
        "id": ident, "name": "m", "repository": "maker/m", "revision": "main", "file": names[0], "parts": names,
        "sha256": ("", ""), "size_bytes": 100, "use": True, "folder": str(home.downloads / ident),
        "target": str(target),
    }  # fmt: skip
    return QueuedDownload(**(fields | more))  # type: ignore[arg-type]


@pytest.fixture
def made(home: Home) -> Home:
    """A home with its folders."""
    home.create()
    return home


def test_what_was_under_way_comes_back_at_rest(made: Home) -> None:
    states = ("waiting", "running", "checking", "paused", "failed", "done")
    DownloadList(made).save([item(made, f"id{n}", state=state) for n, state in enumerate(states)])
    again = DownloadList(made).load()
    assert [(one.id, one.state) for one in again] == [
        ("id0", "paused"), ("id1", "paused"), ("id2", "paused"), ("id3", "paused"), ("id4", "failed"),
    ]  # fmt: skip
    assert again[0] == item(made, "id0", state="paused")


def test_folder_that_no_download_knows_is_deleted(made: Home) -> None:
    for name in ("known", "stranger"):
        (made.downloads / name).mkdir(parents=True)
        (made.downloads / name / "x.part").write_bytes(b"GGUF")
    DownloadList(made).save([item(made, "known")])
    [known] = DownloadList(made).load()
    assert known.bytes_on_disk() == 4
    assert not (made.downloads / "stranger").exists()


def test_list_that_cannot_be_read_costs_no_bytes(made: Home, caplog: pytest.LogCaptureFixture) -> None:
    (made.downloads / "known").mkdir(parents=True)
    made.downloads_json.write_bytes(b"[{")
    assert DownloadList(made).load() == []
    assert (made.downloads / "known").exists()
    assert "cannot be read" in caplog.text


def test_parts_take_their_place_together(made: Home) -> None:
    download = item(made, "a")
    for n, part in enumerate(download.parts):
        download.whole(part).parent.mkdir(parents=True, exist_ok=True)
        download.whole(part).write_bytes(b"GGUF%d" % n)
    download.move_parts()
    folder = Path(download.target).parent
    assert [(folder / part).read_bytes() for part in download.parts] == [b"GGUF0", b"GGUF1"]
    download.whole(download.parts[0]).write_bytes(b"again")
    with pytest.raises(FileExistsError):
        download.move_parts()
    assert (folder / download.parts[0]).read_bytes() == b"GGUF0"


def test_unfinished_files_lie_on_the_disk_of_the_models(made: Home, tmp_path: Path) -> None:
    assert DownloadList(made).staging("a", made.models) == made.downloads / "a"
    with small_disk(tmp_path / "drive", 1) as drive:
        assert DownloadList(made).staging("a", drive) == drive / ".familiar-downloads" / "a"
