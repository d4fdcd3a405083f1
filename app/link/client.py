"""How a client finds the engine of a home, or starts one."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError
from pathlib import Path

import msgspec

from app.base.backoff import pause_s
from app.base.calls import Drain
from app.base.errors import Problem
from app.base.paths import Home
from app.link.frames import PROTOCOL
from app.link.peer import Peer
from app.link.sockets import dial

log = logging.getLogger("familiar.link")
START_S = 20.0
LEAVE_S = 10.0
ANSWER_S = 5.0
_CARRIED = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_ACTIVATION_TOKEN", "XDG_RUNTIME_DIR",
            "XAUTHORITY", "XDG_CURRENT_DESKTOP")  # fmt: skip


class EngineAddress(msgspec.Struct, frozen=True, kw_only=True):
    """HOME/run/engine.json. key: hex; started_ns: tells one engine from the next."""

    address: str
    pid: int
    key: str
    protocol: int


def read_address(home: Home) -> EngineAddress | None:
    """Where the engine of this home says it is, or None. It may have died since."""
    try:
        return msgspec.json.decode(home.engine_json.read_bytes(), type=EngineAddress)
    except (OSError, msgspec.DecodeError):
        return None


def connect(home: Home, *, role: str, spawn: bool = True, on_close: Callable[[Peer], None] | None = None) -> Peer:
    """A connection to this home's engine, which is started if there is none and `spawn`.

    One that is just leaving is waited for. Raises Problem engine.absent (only if not spawn), engine.failed with the
    engine's own reason, engine.newer, link.exhausted.
    """
    peer = _try(home, role, on_close)
    if peer is not None and _outdated(peer):
        if not spawn:
            return peer
        _drain(peer)
        peer = None
    if peer is not None:
        return peer
    if not spawn:
        raise Problem("engine.absent", "Familiar is not running for this home.", "")
    home.create()
    _forget_failure(home)
    deadline = time.monotonic() + LEAVE_S + START_S
    process = spawn_engine(home)
    elsewhere = 0
    while time.monotonic() < deadline:
        peer = _try(home, role, on_close)
        if peer is not None:
            return peer
        if process.poll() not in (None, 0):
            raise _failure(home)
        if process.poll() == 0:  # another engine holds the lock: it is just starting, or just leaving
            elsewhere += 1
            time.sleep(pause_s(elsewhere, first_s=0.1, longest_s=1.0))
            process = spawn_engine(home)
        time.sleep(0.01)  # nothing tells that another process has begun to listen
    raise Problem("engine.failed", "Familiar's engine did not answer in time.", f"Its log is in {home.logs}.")


def spawn_engine(home: Home) -> subprocess.Popen[bytes]:
    """Start an engine process for `home`, detached from this terminal. It exits 0 if another one holds the lock.

    Raises Problem engine.failed.
    """
    command = [sys.executable, "-P", "-m", "app", "engine", "--home", str(home.root)]
    options: dict[str, object] = {}
    if sys.platform == "win32":
        options["creationflags"] = 0x00000008 | 0x00000200  # DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True
    try:
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]  # options differ by platform
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/" if sys.platform != "win32" else None, **options,
        )  # fmt: skip
    except OSError as error:
        raise Problem(
            "engine.failed", f"Familiar's engine could not be started: {error.strerror or error}.",
            "Nothing was changed. Close other programs, then try again.",
        ) from error  # fmt: skip


def report_failure(home: Home, problem: Problem) -> None:
    """Leave word of why the engine could not start, for the client that started it; on a full disk it may be lost."""
    body = {"code": problem.code, "title": problem.title, "hint": problem.hint}
    try:
        _failure_json(home).write_bytes(msgspec.json.encode(body))
    except OSError as error:
        log.error("no word could be left of why the engine cannot start: %s", error.strerror)


def _forget_failure(home: Home) -> None:
    try:
        _failure_json(home).unlink(missing_ok=True)
    except OSError as error:
        raise home.unwritable(error) from error


def _failure_json(home: Home) -> Path:
    return home.run / "engine.failed.json"


def _failure(home: Home) -> Problem:
    try:
        body = msgspec.json.decode(_failure_json(home).read_bytes(), type=dict[str, str])
        return Problem(body["code"], body["title"], body["hint"])
    except (OSError, msgspec.DecodeError, KeyError):
        return Problem("engine.failed", "Familiar's engine could not start.", f"Its log is in {home.logs}.")


def _try(home: Home, role: str, on_close: Callable[[Peer], None] | None) -> Peer | None:
    address = read_address(home)
    if address is None:
        return None
    try:
        connection = dial(address.address, bytes.fromhex(address.key), ANSWER_S)
    except (OSError, EOFError, AuthenticationError, ValueError):
        return None
    environment = {name: os.environ[name] for name in _CARRIED if name in os.environ}
    peer = Peer(connection, role=role, on_close=on_close, environment=environment)
    try:
        peer.wait_hello(ANSWER_S)
    except Problem:
        peer.close()
        return None
    return peer


def _outdated(peer: Peer) -> bool:
    hello = peer.wait_hello(ANSWER_S)
    if hello.protocol > PROTOCOL:
        peer.close()
        raise Problem("engine.newer", "A newer Familiar is running for this home.", "Close it, or update this one.")
    return hello.protocol < PROTOCOL


def _drain(peer: Peer) -> None:
    """Have an engine leave, and wait until it has."""
    try:
        peer.call(Drain(), timeout_s=30)
    except Problem as problem:
        if problem.code not in ("link.closed", "link.leaving"):  # it left before its reply got through: just as well
            raise
    peer.wait_closed(30)
    peer.close()
