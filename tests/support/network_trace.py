"""What processes ask the network for, seen by the kernel: strace over a command and all that it starts.

Sockets and lookups are counted whatever language or library makes them. Only a Unix socket in one of the given folders
is the link; any other connection, any other kind of socket, and any reading of what a name is looked up with is named.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CALLS = "execve,socket,connect,sendto,sendmsg,sendmmsg,openat,open,io_uring_setup"
LOOKED_UP = ("/etc/hosts", "/etc/resolv.conf", "/etc/host.conf", "/etc/gai.conf")
_LINE = re.compile(r"(?P<pid>\d+) +(?P<call>\w+)\((?P<told>.*)")
_FAMILY = re.compile(r"\bAF_(?P<family>\w+)")
_UNIX_PATH = re.compile(r'sun_path=(?P<abstract>@?)"(?P<path>[^"]*)"')
_OPENED = re.compile(r'(?:[^",]*, )?"(?P<path>[^"]*)"')


@dataclass(frozen=True)
class Seen:
    """What a trace tells. faults: each use of the network, by its process. programs: command lines that were run.

    links: connections to the link's own sockets.
    """

    faults: tuple[str, ...]
    programs: tuple[str, ...]
    links: int


def missing_strace() -> str:
    """Why no trace can be had here, or ""."""
    if shutil.which("strace") is None:
        return "strace is not installed: `python packaging/bootstrap.py test` installs it as root on Debian"
    command = ["strace", "-f", "--seccomp-bpf", "-e", "trace=socket", "true"]
    tried = subprocess.run(command, capture_output=True, check=False)
    return "" if tried.returncode == 0 else f"strace cannot trace here: {tried.stderr.decode(errors='replace')[-200:]}"


def traced(command: Sequence[str], trace: Path) -> list[str]:
    """The command line that runs `command` and writes what it and its children ask of the kernel into `trace`.

    Only the calls that are looked at stop a process (--seccomp-bpf), so the rest runs at full speed.
    """
    quiet = ["-qqq", "-e", "signal=none", "-s", "200"]
    return ["strace", "-f", "--seccomp-bpf", *quiet, "-e", f"trace={CALLS}", "-o", str(trace), "--", *command]


def read_trace(trace: Path, link: Sequence[Path]) -> Seen:
    """Judge a trace. link: folders whose sockets are ours."""
    faults: list[str] = []
    programs: list[str] = []
    names: dict[str, str] = {}
    links = 0
    with trace.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = _LINE.match(line)
            if found is None:
                continue
            pid, call, told = found["pid"], found["call"], found["told"].rstrip()
            if call == "execve":
                names[pid] = told[:160]
                if " = -1 " not in told:
                    programs.append(told)
                continue
            judged = _judged(call, told, link)
            if judged is None:
                links += call == "connect"
            elif judged:
                faults.append(f"{names.get(pid, f'thread {pid}')}: {judged}")
    return Seen(tuple(faults), tuple(programs), links)


def _judged(call: str, told: str, link: Sequence[Path]) -> str | None:
    """What is wrong with a call; "" if nothing, None if it is the link's own."""
    if call in ("open", "openat"):
        opened = _OPENED.match(told)
        return f"looked into {opened['path']}" if opened is not None and opened["path"] in LOOKED_UP else ""
    if call == "io_uring_setup":
        return "" if " = -1 " in told else "io_uring, whose sockets strace does not see"
    family = _FAMILY.search(told)
    if call == "socket":
        return "" if family is not None and family["family"] in ("UNIX", "LOCAL") else f"socket({told}"
    if family is None:
        return ""  # goes where its socket was connected to, which was judged then
    unix = _UNIX_PATH.search(told)
    if unix is not None and not unix["abstract"] and Path(unix["path"]).parent in link:
        return None
    return f"{call}({told}"
