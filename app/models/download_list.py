"""The list of downloads on disk: it survives the engine, and so does what each of them has fetched."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from app.base.files import write_durably
from app.base.paths import Home

log = logging.getLogger("familiar.engine")
_PARTS = "*.part"
_WHOLE = "whole"
_STAGING = ".familiar-downloads"


class QueuedDownload(msgspec.Struct, kw_only=True):
    """One download. Changed in place by its queue, under its lock.

    parts: the files to fetch, in order; sha256: of each, "" where unknown. folder: private, of what is unfinished.
    target: the path of the whole model, or of its first part.
    """

    id: str
    name: str
    repository: str
    revision: str
    file: str
    parts: tuple[str, ...]
    sha256: tuple[str, ...]
    size_bytes: int
    use: bool
    folder: str
    target: str
    state: Literal["waiting", "running", "checking", "paused", "failed", "done"] = "waiting"
    problem: str = ""
    code: str = ""

    def whole(self, part: str) -> Path:
        """Where a part goes when it is whole: a model of several parts is moved only when all of them are."""
        return Path(self.target) if len(self.parts) == 1 else Path(self.folder) / _WHOLE / part.rpartition("/")[2]

    def bytes_on_disk(self) -> int:
        """What was fetched so far and is kept."""
        folder = Path(self.folder)
        return sum(size_of(path) for path in (*folder.glob(_PARTS), *folder.joinpath(_WHOLE).glob("*")))

    def move_parts(self) -> None:
        """Give the parts of a model their place, the first one last. Raises OSError."""
        target = Path(self.target)
        target.parent.mkdir(parents=True, exist_ok=True)
        for part in reversed(self.parts):
            there = target.parent / part.rpartition("/")[2]
            if self.whole(part).exists():
                if there.exists():
                    raise FileExistsError(17, "there is another file of that name", str(there))
                os.rename(self.whole(part), there)

    def delete_unfinished(self) -> None:
        """Free the room of what is not a whole model."""
        shutil.rmtree(self.folder, ignore_errors=True)


class DownloadList:
    """Reads and writes the list of one home. Not thread-safe."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def load(self) -> list[QueuedDownload]:
        """The downloads that an earlier engine had not finished, at rest; none if the list cannot be read."""
        path = self._home.downloads_json
        try:
            items = msgspec.json.decode(path.read_bytes(), type=list[QueuedDownload])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            log.warning("the list of downloads cannot be read: %s", type(error).__name__)
            return []
        unfinished = [item for item in items if item.state != "done"]
        for item in unfinished:
            if item.state != "failed":
                item.state = "paused"
        self._delete_strangers(unfinished)
        return unfinished

    def save(self, items: Sequence[QueuedDownload]) -> None:
        """Keep the list. A disk that refuses is logged: what was fetched is there anyway."""
        try:
            self._home.downloads.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(self._home.downloads_json, msgspec.json.encode(list(items)))
        except OSError as error:
            log.warning("the list of downloads could not be saved: %s", error.strerror)

    def staging(self, ident: str, models: Path) -> Path:
        """A folder for what is unfinished: in the home if that is the same disk as the models' folder, else in this."""
        self._home.downloads.mkdir(parents=True, exist_ok=True, mode=0o700)
        same = models.stat().st_dev == self._home.downloads.stat().st_dev
        return (self._home.downloads if same else models / _STAGING) / ident

    def _delete_strangers(self, items: Sequence[QueuedDownload]) -> None:
        """Folders of downloads that nobody knows any more, such as one whose removal was cut short."""
        known = {item.id for item in items}
        for folder in self._home.downloads.iterdir():
            if folder.is_dir() and not folder.is_symlink() and folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)


def size_of(path: Path) -> int:
    """Bytes of a file, 0 if it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
