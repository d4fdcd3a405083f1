"""Files that a person points at, read at once by the extract worker that is kept for them."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from app.base.errors import Problem
from app.base.index_values import FileRow
from app.base.opening import at, resolved
from app.base.values import Attachment, Document
from app.base.worker_calls import ReadDocument
from app.engine.attachments import chosen, standing
from app.library.library import Library
from app.library.reading import EXCHANGED
from app.library.scan import stat_of
from app.link.workers import Worker
from app.store.file_standing import RACY_MS
from app.store.index_files import Stat

READ_S = 60.0
KEPT = 16
CHOSEN = 256
HASH_BYTES = 512 * 1024 * 1024
HASH_S = 2.0
HASHES = 512
_BLOCK_BYTES = 1 << 20
KEPT_CHARS = 16_000_000


class Documents:
    """Reads attached files, indexed or not. Thread-safe; the last few documents are kept in memory."""

    def __init__(self, library: Library, worker: Worker) -> None:
        self._library = library
        self._worker = worker
        self._kept: OrderedDict[str, tuple[Stat, Document]] = OrderedDict()
        self._hashes: OrderedDict[str, tuple[Stat, str]] = OrderedDict()
        self._chosen: OrderedDict[str, Attachment] = OrderedDict()
        self._lock = threading.Lock()

    def choose(self, paths: Sequence[str], earlier: Sequence[Attachment]) -> list[Attachment]:
        """The files of a question. One that was shown by `rows` is what it was then, one of `earlier` what it was."""
        known = {one.path: one for one in earlier}
        with self._lock:
            shown = {path: one for path in paths if (one := self._chosen.pop(path, None)) is not None}
        return [shown.get(path) or known.get(path) or chosen(path) for path in paths]

    def read(self, attachments: Sequence[Attachment]) -> list[Document]:
        """One document for each, in that order; what could not be read says so in its state."""
        return [self._attached(one) for one in attachments]

    def replaced(self, attachments: Sequence[Attachment]) -> list[Attachment]:
        """Those in whose place another file stands by now, and may be read: each as it is now."""
        others: list[Attachment] = []
        for one in attachments:
            try:
                now = standing(one)
            except Problem:
                continue  # reading it says why not
            if now and one.identity and now != one.identity:
                others.append(msgspec.structs.replace(one, identity=now))
        return others

    def read_one(self, path: str, known: str = "") -> Document:
        """The file as it is now. path: its real path; no link in it is followed. known: its identity, "" for any."""
        stat = stat_of(path)
        with self._lock:
            kept = self._kept.get(path)
            if kept is not None and kept[0] == stat and known in ("", kept[0].inode):
                self._kept.move_to_end(path)
                return kept[1]
        call = ReadDocument(path=path, timeout_s=READ_S, identity=known)
        try:
            document = self._worker.call(call, timeout_s=READ_S + 10)
        except Problem as problem:
            if problem.code in EXCHANGED:
                return _unread(problem)
            if problem.code not in ("worker.died", "link.timeout"):
                raise
            return Document(
                state="quarantined", reason="Reading it ended the reading process.",
                hint="Opening and saving it again in its own program may help.",
            )  # fmt: skip
        if stat is not None:
            with self._lock:
                self._kept[path] = (stat, document)
                while len(self._kept) > KEPT or (len(self._kept) > 1 and self._kept_chars() > KEPT_CHARS):
                    self._kept.popitem(last=False)
        return document

    def _attached(self, attachment: Attachment) -> Document:
        try:
            known = standing(attachment)
        except Problem as problem:
            return _unread(problem)
        return self.read_one(attachment.real, known)

    def _kept_chars(self) -> int:
        return sum(len(chunk.text) for _, document in self._kept.values() for chunk in document.chunks)

    def current(self, path: str) -> tuple[str, str] | None:
        """(sha256, extracted text) of a cited file as it is now; None if it is gone or cannot be read.

        The sha256 is "" where finding it would take too long. The text is "" where it was not read yet, and of a file
        that is neither indexed nor in a watched folder.
        """
        real = resolved(path)
        stat = stat_of(real)
        if stat is None:
            return None
        standing, document = self._library.standing(path), self._library.document(path)
        if standing is None or document is None:
            if self._library.real(path) is None:
                return self._hashed(real, stat)
            document = self.read_one(real)
        elif not standing.settled or standing.stat != stat:
            now = self._hashed(real, stat)
            if now is None or now[0] != document.sha256:
                return now
        return document.sha256, "".join(chunk.text for chunk in document.chunks)

    def _hashed(self, path: str, stat: Stat) -> tuple[str, str] | None:
        """(sha256, "") of the file's bytes now, "" for the hash if it takes too long; None if it cannot be read."""
        with self._lock:
            known = self._hashes.get(path)
            if known is not None and known[0] == stat:
                self._hashes.move_to_end(path)
                return known[1], ""
        try:
            digest = _sha256(path)
        except (OSError, ValueError):
            return None
        calm = max(stat.mtime_ns, stat.ctime_ns) // 1_000_000 < time.time_ns() // 1_000_000 - RACY_MS
        if digest and calm and stat_of(path) == stat:
            with self._lock:
                self._hashes[path] = (stat, digest)
                while len(self._hashes) > HASHES:
                    self._hashes.popitem(last=False)
        return digest, ""

    def rows(self, paths: Sequence[str]) -> list[FileRow]:
        """How each of these files, which a person has just chosen, can be read."""
        rows: list[FileRow] = []
        for path in paths:
            attachment = chosen(path)
            with self._lock:
                self._chosen[path] = attachment
                self._chosen.move_to_end(path)
                while len(self._chosen) > CHOSEN:
                    self._chosen.popitem(last=False)
            document, stat = self._attached(attachment), stat_of(attachment.real)
            rows.append(
                FileRow(
                    path=path, state=document.state, reason=document.reason, hint=document.hint,
                    chunks=len(document.chunks), size_bytes=stat.size_bytes if stat else 0,
                )
            )  # fmt: skip
        return rows


def _sha256(path: str) -> str:
    """The sha256 of a file's bytes; "" where there are too many of them, or reading them takes too long."""
    digest, until = hashlib.sha256(), time.monotonic() + HASH_S
    with at(path) as spot, os.fdopen(spot.open(), "rb") as stream:
        if os.fstat(stream.fileno()).st_size > HASH_BYTES:
            return ""
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
            if time.monotonic() > until:
                return ""
    return digest.hexdigest()


def _unread(problem: Problem) -> Document:
    return Document(state="unreadable", reason=problem.title, hint=problem.hint)
