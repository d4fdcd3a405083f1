"""Runs the vectors worker where the kernel ends the process at its first try to open a socket, from Python or not.

`python without_sockets.py worker FD` runs the worker; `python without_sockets.py probe` opens a socket and must die of
SIGSYS; exit code 77 says that this machine cannot do it.
"""

from __future__ import annotations

import ctypes
import platform
import socket
import struct
import sys

_SYSTEMS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # audit architecture, number of socket(2)
_LOAD, _EQUALS, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def forbid_sockets() -> bool:
    """Have the kernel kill this process at socket(2). False where that cannot be had."""
    if sys.platform != "linux" or platform.machine() not in _SYSTEMS:
        return False
    architecture, number = _SYSTEMS[platform.machine()]
    lines = [
        (_LOAD, 0, 0, 4),  # the architecture of the call
        (_EQUALS, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # its number
        (_EQUALS, 0, 1, number),
        (_RETURN, 0, 0, _KILL),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    program = _Program(len(lines), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def main() -> int:
    """Exit code of what was asked for."""
    if not forbid_sockets():
        return 77
    if sys.argv[1] == "probe":
        socket.socket()
        return 0
    from app.workers.vectors.main import main as worker

    return worker()


if __name__ == "__main__":
    sys.exit(main())
