"""A process that changes files as an assistant does, and dies at the n-th thing that it asks of the system.

Run as `python -m tests.support.killed_acting FOLDER WHAT N`; N of 0 lives, and prints how many there were.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.support.acting_room import ActingRoom

_ASKED_OF_THE_SYSTEM = {
    "open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.truncate", "shutil.move",
    "ctypes.call_function", "ctypes.dlsym", "os.utime", "os.chmod",
}  # fmt: skip


def main() -> int:
    """Do it."""
    folder, what, last = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    os.environ["XDG_DATA_HOME"], os.environ["HOME"] = str(folder / "share"), str(folder)
    room = ActingRoom(folder)
    for path in room.files.rglob("*"):
        if path.is_file():
            room.library.texts[str(path)] = path.read_text()
    seen = 0

    def hook(event: str, _arguments: object) -> None:
        nonlocal seen
        if event in _ASKED_OF_THE_SYSTEM:
            seen += 1
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    _do(room, what)
    print(seen)
    return 0


def _do(room: ActingRoom, what: str) -> None:
    if what == "undo":
        room.acting.carrying.undo(None)
    elif what == "moves":
        room.run("move_files", moves=[{"from": f"{n}.txt", "to": f"New/{n}.md"} for n in range(50)])
    elif what == "edit":
        room.run("edit_file", path="0.txt", new="More")
    elif what == "create":
        room.run("create_file", path="Sub/new.txt", text="New")
    else:
        room.run("trash_files", paths=["0.txt", "1.txt"])


if __name__ == "__main__":
    sys.exit(main())
