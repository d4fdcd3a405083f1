"""One file, from several sources in turn, over as many interruptions as come: whole and proven, or not there."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from app.base.backoff import pause_s
from app.base.chat import FetchFile, FetchProgress
from app.base.errors import Problem
from app.link.peer import Incoming
from app.workers.fetch import problems
from app.workers.fetch.hub import Hub, HubAnswer, HubFile, Patience
from app.workers.fetch.partial import Partial, sha256_of
from app.workers.fetch.problems import KEPT, Failed, Refused

_EMIT_S = 0.25
_ALIVE_S = 1.0
_GAIN_BYTES = 64 << 10
_LOCK_S = 10.0
_MAGIC = b"GGUF"
_LOOK_AT_ROOM_BYTES = 16 << 20


class Fetching:
    """The fetching of one file. It can be killed at any moment and taken up by another one."""

    def __init__(self, call: FetchFile, incoming: Incoming, patience: Patience) -> None:
        self._call = call
        self._incoming = incoming
        self._patience = patience
        self._name = call.file.rpartition("/")[2]
        key = hashlib.sha256(f"{call.repository}\n{call.revision}\n{call.file}".encode()).hexdigest()[:16]
        self._partial = Partial(Path(call.partial), key)
        self._sources = list(dict.fromkeys(call.sources))
        self._gave: set[str] = set()
        self._identity = f"sha256:{call.sha256}" if call.sha256 else ""
        self._sha256 = call.sha256
        self._sizes = {call.size_bytes} - {0}
        self._restarted = False
        self._emitted_at = 0.0
        self._source = ""

    def run(self) -> str:
        """Fetch until it is whole; the path of the whole. Raises Problem download.*, Cancelled; then what came is kept.

        Only bytes whose checksum proved wrong and bytes that are no GGUF are deleted.
        """
        target = Path(self._call.target)
        if target.exists():
            return self._take_what_is_there(target)
        folder = Path(self._call.partial)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Problem("download.unwritable", f"No folder could be made: {error.strerror}.", KEPT) from error
        try:
            with FileLock(folder / ".lock", timeout=_LOCK_S):
                self._fetch()
                self._partial.move_to(target)
        except Timeout as error:
            raise Problem("download.busy", f"{self._name} is being fetched already.", KEPT) from error
        finally:
            self._partial.close()
        self._emit(now=True)
        return str(target)

    def _take_what_is_there(self, target: Path) -> str:
        """A file of that name: the same one (then all is done), or a Problem."""
        if self._call.sha256 and sha256_of(target, self._checking) == self._call.sha256:
            return str(target)
        raise Problem(
            "download.exists",
            f"There is already another file {target.name}.",
            f"It lies in {target.parent} and was left as it is. Move or rename it, then try again.",
        )

    def _fetch(self) -> None:
        """Have all bytes, proven. One fresh try from another source if they prove wrong."""
        fresh = True
        while True:
            self._gather()
            self._emit(now=True, checking=True)
            if not self._sha256 or self._partial.sha256 == self._sha256:
                return
            self._partial.discard()
            self._sources = [source for source in self._sources if source not in self._gave]
            if not fresh or not self._sources:
                raise problems.corrupt(self._name)
            fresh = False

    # ---- sources in turn -------------------------------------------------------------------------------------------

    def _gather(self) -> None:
        """Have as many bytes as the file has. Goes from source to source; gives up after failures without gain."""
        failures = 0
        turn = 0
        while True:
            self._incoming.check()
            source = self._sources[turn % len(self._sources)]
            before = self._partial.size
            try:
                self._try(source)
                return
            except Refused as refused:
                self._incoming.check()
                self._sources.remove(source)
                if not self._sources:
                    raise refused.problem from refused
            except Failed as failed:
                self._incoming.check()
                failures = 1 if self._partial.size - before >= _GAIN_BYTES else failures + 1
                if failures > self._patience.tries:
                    raise failed.problem from failed
                turn += 1
                if turn % len(self._sources) == 0:  # all were asked: leave them alone for a while
                    self._rest(failed, failures)

    def _rest(self, failed: Failed, failures: int) -> None:
        wait_s = pause_s(failures, first_s=self._patience.first_wait_s, longest_s=self._patience.longest_wait_s)
        wait_s *= random.uniform(0.75, 1.25)
        if failed.wait_s is not None:
            if failed.wait_s > self._patience.longest_pause_s:
                raise problems.rate_limited(urlsplit(self._source).hostname or self._source) from failed
            wait_s = max(failed.wait_s, self._patience.first_wait_s)
        until = time.monotonic() + wait_s
        while (rest := until - time.monotonic()) > 0:
            self._incoming.wait_cancelled(min(rest, _ALIVE_S))
            self._incoming.check()
            self._emit(now=True)  # whoever waits for us hears that we live

    def _try(self, source: str) -> None:
        """Ask one source for what is missing. Raises Refused, Failed, Problem."""
        self._source = source
        hub = Hub(source, self._call.tokens.get(source, ""), self._patience)
        place = hub.locate(self._call.repository, self._call.file, self._call.revision)
        self._agree(place, hub)
        if self._partial.identity != self._identity:
            self._open()
        if self._is_whole():
            return
        self._need_room(min(self._sizes, default=0) - self._partial.size)
        with hub.open(place, self._partial.size, f"{self._call.repository}: {self._call.file}") as answer:
            self._receive(answer, source)
        if not self._is_whole():
            host = hub.host
            raise Failed(Problem("download.network", f"{host} sent less than it had promised.", KEPT))

    def _agree(self, place: HubFile, hub: Hub) -> None:
        """Every source must have the same file as the first one that answered, or as the checksum asked for."""
        identity = f"sha256:{place.sha256}" if place.sha256 else f"etag:{place.etag}"
        if self._call.sha256 and not place.sha256:
            identity = self._identity
        if self._identity and identity != self._identity:
            raise Refused(problems.changed(self._name, hub.host))
        if not identity.partition(":")[2]:
            raise Refused(problems.no_hub(hub.host))
        self._identity = identity
        self._sha256 = self._sha256 or place.sha256
        self._sizes |= {place.size} - {0}

    @property
    def _size(self) -> int:
        """The largest that was told of, 0 if none was; a checksum knows better."""
        return max(self._sizes, default=0)

    def _is_whole(self) -> bool:
        """Whether all bytes are there."""
        if self._sha256 and self._partial.size and self._partial.sha256 == self._sha256:
            return True
        return 0 < self._size <= self._partial.size

    # ---- bytes -----------------------------------------------------------------------------------------------------

    def _receive(self, answer: HubAnswer, source: str) -> None:
        """Append what comes, as far as it is new, up to the file's size."""
        host = urlsplit(source).hostname or source
        if answer.start < 0:
            self._begin_anew(host)
        if answer.length:
            self._sizes.add(answer.start + answer.length)
        elif not self._sizes:
            raise Refused(problems.no_hub(host))
        self._incoming.on_cancel(answer.interrupt)
        skip = self._partial.size - answer.start  # a source that ignores ranges begins at the beginning
        looked_at = self._partial.size
        began, fresh = time.monotonic(), 0
        try:
            for piece in answer.pieces():
                self._incoming.check()
                new = piece[skip:] if skip > 0 else piece
                skip -= len(piece) - len(new)
                new = new[: self._size - self._partial.size]
                if new:
                    self._append(new)
                    self._gave.add(source)
                    fresh += len(new)
                    self._look_at_head()
                self._emit()
                if self._partial.size >= self._size:
                    break
                if self._partial.size - looked_at >= _LOOK_AT_ROOM_BYTES:
                    looked_at = self._partial.size
                    self._need_room(0)
                self._keep_below_limit(fresh, began)
        finally:
            if self._partial.identity:
                self._partial.sync()

    def _open(self) -> None:
        with self._saying_how_much():
            self._partial.open(self._identity, self._checking)

    def _append(self, data: bytes) -> None:
        with self._saying_how_much():
            self._partial.append(data)

    @contextmanager
    def _saying_how_much(self) -> Iterator[None]:
        """Where the disk turns out to be full, the Problem says how much is missing."""
        try:
            yield
        except Problem as problem:
            if problem.code == "download.no_space":
                self._need_room(self._size - self._partial.size)
            raise

    def _begin_anew(self, host: str) -> NoReturn:
        """The source has nothing beyond what is there, and that is not the file: once, all of it is fetched again."""
        if self._restarted:
            raise Refused(problems.changed(self._name, host))
        self._restarted = True
        self._partial.discard()
        self._open()
        raise Failed(Problem("download.network", f"{host} has no more of {self._name}.", KEPT))

    def _look_at_head(self) -> None:
        head = self._partial.head
        if not _MAGIC.startswith(head):
            self._partial.discard()
            raise Refused(problems.not_gguf(self._name))

    def _need_room(self, rest_bytes: int) -> None:
        missing = rest_bytes + self._patience.spare_bytes - self._partial.room()
        if missing > 0:
            raise problems.no_space(missing)

    def _keep_below_limit(self, fetched: int, began: float) -> None:
        if self._call.limit_bytes_s > 0:
            ahead_s = fetched / self._call.limit_bytes_s - (time.monotonic() - began)
            if ahead_s > 0:
                self._incoming.wait_cancelled(ahead_s)
                self._incoming.check()

    # ---- telling ---------------------------------------------------------------------------------------------------

    def _checking(self, read: int, of: int) -> None:
        self._incoming.check()
        now = time.monotonic()
        if now - self._emitted_at >= _EMIT_S:
            self._emitted_at = now
            self._incoming.emit(
                "progress", FetchProgress(done_bytes=read, total_bytes=max(of, self._size), checking=True)
            )

    def _emit(self, *, now: bool = False, checking: bool = False) -> None:
        at = time.monotonic()
        if now or at - self._emitted_at >= _EMIT_S:
            self._emitted_at = at
            progress = FetchProgress(
                done_bytes=self._partial.size, total_bytes=self._size, checking=checking, source=self._source
            )
            self._incoming.emit("progress", progress)
