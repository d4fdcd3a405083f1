"""What the window shows of files: views of places, rows of grids, and word of files that change meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from app.base.calls import ShowPlace, ShowRows, WatchFile
from app.base.errors import Cancelled, Problem
from app.base.preview import Drawn, FileStamp, Preview, Rows
from app.base.values import Attachment, ConversationId
from app.base.worker_calls import DrawPlace, ReadRows
from app.engine.attachments import standing
from app.engine.drawings import Drawings
from app.library.library import Library
from app.library.scan import stat_of
from app.link.peer import Incoming
from app.link.workers import Worker

DRAW_S = 5.0
LOOK_S = 1.0  # between two looks at a file of which no event tells: outside the folders, or while indexing rests
TRIES = 2  # for a file that is written just as it is drawn


class Previews:
    """Answers calls about files that are being looked at. Thread-safe.

    attachments: the files of a conversation, which may be shown though they lie outside the folders.
    """

    def __init__(
        self,
        library: Library,
        worker: Worker,
        drawings: Drawings,
        attachments: Callable[[ConversationId], Sequence[Attachment]],
    ) -> None:
        self._library = library
        self._worker = worker
        self._drawings = drawings
        self._attachments = attachments
        self._changed = threading.Condition()
        self._version = 0

    def index_changed(self) -> None:
        """The library has seen something: whoever watches a file looks at it again."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def show(self, call: ShowPlace, _incoming: Incoming) -> Preview:
        """The view of a place. Raises Problem file.outside, file.missing, preview.slow, preview.failed, preview.*."""
        tries = TRIES
        while True:
            real, known = self.real(call.path, call.conversation)
            stamp = stamp_of(real)
            if not stamp.there:
                raise Problem(
                    "file.missing", f"{Path(call.path).name} is no longer there.", "What was cited of it is kept."
                )
            wanted = DrawPlace(
                path=real, place=call.place, quote=call.quote, number=call.number, width=call.width,
                as_text=call.as_text, pixels_dir=str(self._drawings.place()), identity=known,
            )  # fmt: skip
            try:
                preview = self._drawn(wanted)
            except Problem as problem:
                if problem.code != "file.replaced" or tries == 0:
                    raise
            else:
                if tries == 0 or stamp_of(real) == stamp:
                    return msgspec.structs.replace(preview, stamp=stamp)
                if isinstance(preview.view, Drawn):
                    Path(preview.view.path).unlink(missing_ok=True)
            tries -= 1

    def rows(self, call: ShowRows, _incoming: Incoming) -> Rows:
        """Rows of a grid. Raises Problem as `show` does, and preview.changed."""
        real, _ = self.real(call.path, call.conversation)
        wanted = ReadRows(
            path=real, sha256=call.sha256, number=call.number, first=call.first, count=call.count
        )  # fmt: skip
        with _told_plainly():
            return self._worker.call(wanted, timeout_s=DRAW_S)

    def watch(self, call: WatchFile, incoming: Incoming) -> None:
        """Tell how the file stands, until the client goes."""
        real, _ = self.real(call.path, call.conversation)
        incoming.on_cancel(self.index_changed)
        told: FileStamp | None = None
        while not incoming.cancelled:
            with self._changed:
                version = self._version
            stamp = stamp_of(real)
            if stamp != told:
                incoming.emit("file", stamp)
                told = stamp
            with self._changed:
                if version == self._version and not incoming.cancelled:
                    self._changed.wait(LOOK_S)
        raise Cancelled

    def real(self, path: str, conversation: ConversationId | None) -> tuple[str, str]:
        """The file's path with its links resolved, as it may be opened, and its identity, "" for any.

        Raises Problem file.outside, and of an attachment in whose place another file stands file.linked, file.replaced.
        """
        attached = self._attachments(conversation) if conversation is not None else ()
        attachment = next((one for one in attached if one.path == path), None)
        if attachment is not None:
            return attachment.real, standing(attachment)
        real = self._library.real(path)
        if real is None:
            raise Problem("file.outside", f"{path} is not in a watched folder.", "It can be opened by you.")
        return real, ""

    def _drawn(self, wanted: DrawPlace) -> Preview:
        with _told_plainly():
            return self._worker.call(wanted, timeout_s=DRAW_S)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Within, the loss of the drawing process is told as what the person can do."""
    try:
        yield
    except Problem as problem:
        if problem.code == "link.timeout":
            raise Problem("preview.slow", "Showing this takes too long.", "Open the file instead.") from problem
        if problem.code == "worker.died":
            raise Problem("preview.failed", "This cannot be shown.", "Open the file instead.") from problem
        raise


def stamp_of(path: str) -> FileStamp:
    """How a file stands on disk now."""
    stat = stat_of(path)
    if stat is None:
        return FileStamp(there=False)
    return FileStamp(size_bytes=stat.size_bytes, mtime_ns=stat.mtime_ns, inode=stat.inode)
