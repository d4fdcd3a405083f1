"""The extract worker as it would be if a file had taken it over: it tries what it should not be able to do.

A call to read names what is tried; the document's reason is "refused: ..." or what came of it.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import mmap
import os
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.base.values import Document
from app.base.worker_calls import ReadDocument
from app.link.lending import Places
from app.link.peer import Incoming
from app.link.serving import serve
from app.workers.extract.main import begin

IOPRIO_SET, SHMAT = (251, 30) if platform.machine() == "x86_64" else (30, 196)
SETXATTRAT = 463


def _connect(family: int, address: object) -> str:
    with socket.socket(family) as opened:
        opened.connect(address)  # type: ignore[arg-type]  # of any family
    return "connected"


def _ptrace() -> str:
    ctypes.set_errno(0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, os.getppid(), 0, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "attached"


def _owner_of_signals(command: int, value: int) -> str:
    """Descriptors send signals to the owner that they were given: to any process of the person's."""
    with socket.socketpair()[0] as end:
        fcntl.fcntl(end, command, value)
    return "set"


def _call(number: int, *arguments: object) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "called"


def _of_a_file(change: Callable[[int], object]) -> str:
    with open(json.__file__, "rb") as file:
        return str(change(file.fileno()))


def _from_memory() -> str:
    descriptor = os.memfd_create("program")
    os.write(descriptor, Path(sys.executable).read_bytes()[:4096])
    os.execve(descriptor, ["program"], {})


def _thread_pool() -> str:
    import kreuzberg

    found = kreuzberg.extract_bytes_sync(b"<p>words</p>", "text/html", kreuzberg.ExtractionConfig(use_cache=False))
    return found.content.strip()


ATTEMPTS: dict[str, Callable[[], object]] = {
    "connect by IPv4": lambda: _connect(socket.AF_INET, ("127.0.0.1", 9)),
    "connect by IPv6": lambda: _connect(socket.AF_INET6, ("::1", 9)),
    "ask the kernel about networks": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "connect to another program": lambda: _connect(socket.AF_UNIX, os.environ["TMPDIR"] + "/bus"),
    "look up a name": lambda: socket.getaddrinfo("localhost.example", 80),
    "send to another program": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
    "start a program": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
    "become a program": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
    "become a program in memory": _from_memory,
    "fork": os.fork,
    "signal its parent": lambda: os.kill(os.getppid(), 0),
    "trace its parent": _ptrace,
    "change who may read a file": lambda: os.chmod(os.environ["TMPDIR"], 0o777),
    "have a descriptor signal its parent": lambda: _owner_of_signals(fcntl.F_SETOWN, os.getppid()),
    "choose the signal of a descriptor": lambda: _owner_of_signals(fcntl.F_SETSIG, 9),
    "have a socket signal its parent": lambda: fcntl.ioctl(
        socket.socketpair()[0], 0x8901, os.getppid().to_bytes(4, "little")
    ),
    "bind its parent to a processor": lambda: os.sched_setaffinity(os.getppid(), {0}),
    "slow its parent's files": lambda: _call(IOPRIO_SET, 1, os.getppid(), 3 << 13),
    "look into shared memory": lambda: _call(SHMAT, 0, None, 0),
    "cut a file by its name": lambda: os.truncate(os.environ["TMPDIR"] + "/none", 0),
    "cut a file that it reads": lambda: os.open(json.__file__, os.O_RDONLY | os.O_TRUNC),
    "use a call newer than this": lambda: _call(SETXATTRAT, 0, None, 0, None, None, 0),
    "keep others from writing a file": lambda: _of_a_file(lambda file: fcntl.fcntl(file, fcntl.F_SETLEASE, 0)),
    "lock a file": lambda: _of_a_file(lambda file: fcntl.flock(file, fcntl.LOCK_SH)),
    "lock a part of a file": lambda: _of_a_file(lambda file: fcntl.lockf(file, fcntl.LOCK_SH)),
    "change a file's marks": lambda: _of_a_file(lambda file: fcntl.ioctl(file, 0x40086602, bytes(8))),
    "type into a terminal": lambda: fcntl.ioctl(2, 0x5412, b"x"),
    "read the list of users": lambda: Path("/etc/passwd").read_text(),
    "list the person's folder": lambda: os.listdir("/root" if os.getuid() == 0 else "/home"),
    "read its parent's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "write outside its folder": lambda: Path(os.environ["TMPDIR"], "..", "planted").write_text("x"),
    "write into a library": lambda: os.open(json.__file__, os.O_WRONLY),
    "map a file of its neighbour": lambda: mmap.mmap(os.open(Path(os.environ["TMPDIR"], ".."), os.O_RDONLY), 1),
    "write into its own folder": lambda: tempfile.mkstemp()[1].startswith(os.environ["TMPDIR"]),
    "read a library": lambda: len(Path(json.__file__).read_text()) > 0,
    "read by native threads": _thread_pool,
    "tell its environment": lambda: json.dumps(sorted(os.environ)),
}


def main() -> int:
    """Serve as the real one does."""
    places = begin()
    return serve("extract", {ReadDocument: lambda call, incoming: _attempt(call, incoming, places)})


def _attempt(call: ReadDocument, _incoming: Incoming, places: Places) -> Document:
    try:
        if call.path in ATTEMPTS:
            came = str(ATTEMPTS[call.path]())
        else:  # "what is named|what is asked for"
            with open(places.open(call.path.partition("|")[2] or call.path), "rb") as file:
                came = file.read().decode()
    except OSError as error:
        came = f"refused: {type(error).__name__} {error.errno}"
    return Document(state="empty", reason=came)


if __name__ == "__main__":
    sys.exit(main())
