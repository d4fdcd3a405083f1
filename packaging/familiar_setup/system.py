"""What Familiar needs of the system beyond a window's libraries, and its installation where we may install."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable

from app.base.system_packages import Need, missing, packages, report, this_distribution
from familiar_setup.checkout import SetupFailed

PYTHON = (Need("module", "ensurepip", "python3-venv", "python3", "python"),)
COMPILER = (
    Need("command", "cc|gcc|clang", "build-essential", "gcc", "base-devel"),
    Need("command", "c++|g++|clang++", "build-essential", "gcc-c++", "base-devel"),
)
# Without one of these only the tests that need it are skipped.
TEST_TOOLS = (
    Need("command", "Xvfb", "xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"),
    Need("command", "xdotool", "xdotool", "xdotool", "xdotool"),
    Need("command", "thunar", "thunar", "Thunar", "thunar"),
    Need("command", "dbus-run-session", "dbus-daemon", "dbus-daemon", "dbus"),
    Need("command", "gio", "libglib2.0-bin", "glib2", "glib2"),
    Need("command", "desktop-file-validate", "desktop-file-utils", "desktop-file-utils", "desktop-file-utils"),
    Need("command", "strace", "strace", "strace", "strace"),
)


def needs_of_compiler() -> tuple[Need, ...]:
    """What compiling llama-cpp-python needs. On Windows its own build finds Visual Studio, or says so."""
    return () if os.name == "nt" else COMPILER


def may_install(family: str) -> bool:
    """Whether we install packages ourselves: as root on Debian and its kin."""
    return family == "debian" and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(needs: list[Need]) -> None:
    """Install packages with apt-get. Raises SetupFailed with its last words."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wanted = packages(needs, "debian")
    print(f"Installing with apt-get: {' '.join(wanted)}", file=sys.stderr, flush=True)
    # Stale lists may still do, so a failed update alone is no failure.
    subprocess.run(["apt-get", "-q", "update"], env=environment, capture_output=True, check=False)
    add = ["apt-get", "-q", "install", "-y", "--no-install-recommends", *wanted]
    done = subprocess.run(add, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        tail = "\n".join(done.stdout.decode(errors="replace").strip().splitlines()[-8:])
        raise SetupFailed(f"apt-get could not install {' '.join(wanted)}:\n{tail}")


def ensure(needs: Iterable[Need]) -> list[Need]:
    """Install what is missing where we may; returns what is still missing after that. Raises SetupFailed."""
    absent = missing(needs)
    if absent and may_install(this_distribution()):
        install(absent)
        importlib.invalidate_caches()
        absent = missing(absent)
    return absent


def demand(needs: Iterable[Need], *, later: Iterable[Need] = ()) -> None:
    """Like `ensure`; raises SetupFailed with the report if something is still missing.

    later: what will be missed next; it is not demanded, but named in the same command.
    """
    absent = ensure(needs)
    if absent:
        raise SetupFailed(report([*absent, *missing(later)], "from this system", this_distribution()))
