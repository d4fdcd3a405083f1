"""What a process that reads strangers' bytes gives up before it reads the first one.

Whatever such bytes make it do, it reaches no network, no other process and no file but Python, its libraries, its own
temporary folder and what it is lent.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.base.paths import resources

log = logging.getLogger("familiar.link")
OPEN_FILES = 512
FILE_BYTES = 512 * 1024 * 1024  # of a file that is written: a drawn page has a fifth of it at most
SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime", "/dev/null",
    "/dev/urandom", "/sys/devices/system/cpu", "/sys/fs/cgroup", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
)  # fmt: skip


def confine(folder: Path) -> None:
    """Give up all that can be given up on this system. To be called before the process has a second thread.

    folder: where it may still write. What a system refuses to take is passed over; `offered` says what it takes.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a person's texts stand in a core
    for limit, most in ((resource.RLIMIT_NOFILE, OPEN_FILES), (resource.RLIMIT_FSIZE, FILE_BYTES)):
        hard = resource.getrlimit(limit)[1]
        lowered = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (lowered, lowered))
    if sys.platform != "linux":
        return
    from app.link import syscalls

    try:
        syscalls.forbid_new_privileges()
        if syscalls.landlock_version():
            syscalls.restrict_files(_readable(), [folder])
        if syscalls.has_seccomp():
            syscalls.refuse_calls()
    except OSError as error:
        log.warning("a process could not be confined: %s", error.strerror)


def offered() -> tuple[Sequence[str], Sequence[str]]:
    """What this system confines such processes by, and what it lacks."""
    if sys.platform != "linux":
        return (), ("Landlock", "seccomp")
    from app.link import syscalls

    version = syscalls.landlock_version()
    means = ((f"Landlock {version}" if version else "Landlock", bool(version)), ("seccomp", syscalls.has_seccomp()))
    return [name for name, there in means if there], [name for name, there in means if not there]


def _readable() -> Iterator[Path]:
    """Python, its libraries, our own code and what comes with it; of a folder that holds more than our code, that."""
    ours = Path(__file__).parents[1]
    yield from (Path(name) for name in SYSTEM)
    yield from (Path(sys.prefix), Path(sys.base_prefix), ours, resources())
    yield from (Path(entry) for entry in sys.path if entry and not (Path(entry) / ours.name).is_dir())
