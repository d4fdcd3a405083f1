"""Clients that want to know what changes, and the window that a second launch is handed to."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from app.base.calls import Follow, OpenWindow, SetupProgress
from app.base.errors import Cancelled
from app.base.index_values import Status
from app.base.models import Download
from app.link.peer import Incoming

STATUS_S = 0.25
SETUP_S = 1.0
SILENT_S = 30.0


class Subscriptions:
    """Fans changes out. Thread-safe; costs nothing while nothing changes."""

    def __init__(self, status: Callable[[], Status], downloads: Callable[[], Sequence[Download]]) -> None:
        self._status = status
        self._downloads = downloads
        self._changed = threading.Condition()
        self._index_version = 0
        self._chats_version = 0
        self._models_version = 0
        self._downloads_version = 0
        self._windows: list[queue.SimpleQueue[OpenWindow]] = []
        self._closing = False

    def index_changed(self) -> None:
        """The status may differ."""
        with self._changed:
            self._index_version += 1
            self._changed.notify_all()

    def chats_changed(self) -> None:
        """The list of conversations differs."""
        with self._changed:
            self._chats_version += 1
            self._changed.notify_all()

    def models_changed(self) -> None:
        """The list of models may differ."""
        with self._changed:
            self._models_version += 1
            self._changed.notify_all()

    def downloads_changed(self) -> None:
        """A download differs."""
        with self._changed:
            self._downloads_version += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Let every subscriber go."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def open_window(self, launch: OpenWindow) -> bool:
        """Hand a launch to the newest window; False if there is none."""
        with self._changed:
            if not self._windows:
                return False
            self._windows[-1].put(launch)
            self._changed.notify_all()
        return True

    def follow(self, call: Follow, incoming: Incoming) -> None:
        """Emit changes to one client until it goes."""
        launches: queue.SimpleQueue[OpenWindow] = queue.SimpleQueue()
        if call.window:
            with self._changed:
                self._windows.append(launches)
        incoming.on_cancel(self._wake)
        try:
            self._feed(incoming, launches)
        finally:
            if call.window:
                with self._changed:
                    self._windows.remove(launches)
        raise Cancelled

    def _feed(self, incoming: Incoming, launches: queue.SimpleQueue[OpenWindow]) -> None:
        index_seen = chats_seen = models_seen = downloads_seen = -1
        last_downloads: Sequence[Download] = []
        last_status: Status | None = None
        last_setup: SetupProgress | None = None
        while not (incoming.cancelled or self._closing):
            while not launches.empty():
                incoming.emit("open", launches.get())
            setup = setup_progress()
            if setup != last_setup:
                incoming.emit("setup", setup)
                last_setup = setup
            if chats_seen != self._chats_version:
                chats_seen = self._chats_version
                incoming.emit("chats")
            if models_seen != self._models_version:
                models_seen = self._models_version
                incoming.emit("models")
            pause: float | None = SETUP_S if setup.state == "building" else None
            if index_seen != self._index_version:
                index_seen = self._index_version
                status = self._status()
                if status != last_status:
                    incoming.emit("status", status)
                    last_status = status
                    pause = STATUS_S
            if downloads_seen != self._downloads_version:
                downloads_seen = self._downloads_version
                downloads = self._downloads()
                if downloads != last_downloads:
                    incoming.emit("downloads", downloads)
                    last_downloads = downloads
                    pause = STATUS_S
            with self._changed:
                seen = (index_seen, chats_seen, models_seen, downloads_seen)
                now = (self._index_version, self._chats_version, self._models_version, self._downloads_version)
                nothing = seen == now and launches.empty()
                if not (incoming.cancelled or self._closing) and (nothing or pause == STATUS_S):
                    began = time.monotonic()
                    self._changed.wait(pause)
                    rest = STATUS_S - (time.monotonic() - began) if pause == STATUS_S else 0.0
                    if rest > 0 and launches.empty() and not incoming.cancelled:
                        self._changed.wait(rest)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


def setup_progress() -> SetupProgress:
    """How the background build of llama-cpp-python stands, as the set-up wrote it into this environment.

    The set-up writes every second while it builds, so an old word of a build means that it was ended.
    """
    path = Path(sys.prefix) / "familiar-setup.json"
    try:
        progress = msgspec.json.decode(path.read_bytes(), type=SetupProgress)
        silent_s = time.time() - path.stat().st_mtime
    except (OSError, msgspec.DecodeError):
        return SetupProgress()
    if progress.state == "building" and silent_s > SILENT_S:
        return SetupProgress(state="failed", text="It was ended; the next start of Familiar takes it up again.")
    return progress
