"""The checkout's `.venv`: made once, filled from the locks, stamped, so that a repeated run costs nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from familiar_setup.checkout import Checkout, ProgressLine, SetupFailed

OFFLINE = re.compile(
    r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|ConnectTimeout|ProxyError"
    r"|Network is unreachable|Connection refused|ReadTimeout|from versions: none"
)


@contextmanager
def held(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a lock file. Yields False at once if another process holds it and `wait` is False."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        yield _take(file.fileno(), wait=wait)  # closing the file gives the lock back


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int, *, wait: bool) -> bool:
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
            else:
                return True

else:
    import fcntl

    def _take(descriptor: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


class Stamp:
    """What was installed completely: one fingerprint a part, in a JSON file of the environment."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout

    def fingerprint(self, part: str) -> str:
        """What an installation of this part depends on, as a hex digest."""
        checkout = self._checkout
        digest = hashlib.sha256(f"{checkout.root}\0{sys.platform}\0{self._python_version()}".encode())
        sources = sorted(Path(__file__).parent.glob("*.py"))
        for path in (checkout.locked(part), checkout.pyproject, *([] if part in ("chat", "model") else sources)):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def has(self, part: str) -> bool:
        """Whether this part is installed as its lock says now."""
        return self._checkout.python.exists() and self.read().get(part) == self.fingerprint(part)

    def read(self) -> dict[str, str]:
        """Everything in the stamp; empty if there is none."""
        try:
            value = json.loads(self._checkout.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(key): str(entry) for key, entry in value.items()} if isinstance(value, dict) else {}

    def put(self, key: str, value: str) -> None:
        """Keep an entry; "" drops it."""
        with held(self._checkout.stamp.with_suffix(".lock")):
            entries = {**self.read(), key: value}
            write_whole(self._checkout.stamp, json.dumps({name: entry for name, entry in entries.items() if entry}))

    def _python_version(self) -> str:
        try:
            lines = (self._checkout.venv / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
        except OSError:
            return ""
        return next((line.split("=")[1].strip() for line in lines if line.startswith("version")), "")


def isolated(python: str, module: str, *arguments: str) -> list[str]:
    """The command that runs a module of Python's or of the environment, whatever lies in the current folder.

    Without -P a `venv.py` or `pip.py` there, in a download folder say, would be run in its place.
    """
    return [python, "-P", "-m", module, *arguments]


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step, so that a reader never sees half of it."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def make(checkout: Checkout) -> None:
    """Make the environment, or make it anew where its Python has gone or is too old."""
    venv = checkout.venv
    if (venv / "pyvenv.cfg").exists() and _starts(checkout.python):
        return
    print(f"Making the environment {venv}", file=sys.stderr, flush=True)
    _empty(venv)
    command = isolated(sys.executable, "venv", str(venv))
    done = subprocess.run(command, cwd=checkout.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        _empty(venv)
        tail = done.stdout.decode(errors="replace").strip()
        raise SetupFailed(f"The environment {venv} could not be made; nothing of it was kept.\n{tail}")


def _empty(venv: Path) -> None:
    """Remove everything but the lock files, one of which the caller holds."""
    for path in list(venv.iterdir()):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.suffix != ".lock":
            path.unlink()


def _starts(python: Path) -> bool:
    test = "import sys, pip; sys.exit(0 if sys.version_info >= (3, 11) else 1)"
    try:
        return subprocess.run([python, "-P", "-c", test], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def install(checkout: Checkout, part: str) -> None:
    """Install a part ("run" or "test") from its lock unless the stamp says that it is there. Raises SetupFailed."""
    stamp = Stamp(checkout)
    if stamp.has(part):
        return
    lock = checkout.locked(part)
    progress = ProgressLine("Installing what Familiar needs" if part == "run" else "Installing what the tests need")
    total = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if re.match(r"\w", line))
    seen = 0

    def heard(line: str) -> None:
        nonlocal seen
        collecting = re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line)
        if collecting:
            seen += 1
            progress.show(f"{collecting[1]}, {min(seen, total)} of {total}")
        elif line.startswith("Installing collected packages"):
            progress.show("unpacking")

    arguments = ["install", "--no-deps", "--require-hashes", "--retries", "2", "-r", str(lock)]
    pip(checkout, arguments, checkout.install_log, heard)
    if part == "run":
        progress.show("Familiar itself")
        ours = ["install", "--no-deps", "--no-build-isolation", "--no-index", "--editable", str(checkout.root)]
        pip(checkout, ours, checkout.install_log, heard)
    stamp.put(part, stamp.fingerprint(part))
    progress.finish("done")


def pip(
    checkout: Checkout,
    arguments: list[str],
    log: Path,
    heard: Callable[[str], None],
    more: Mapping[str, str] | None = None,
) -> None:
    """Run pip in the environment; its output goes to `log` and, line by line, to `heard`. more: variables for it.

    Raises SetupFailed with the reason in plain words.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    # PYTHONSAFEPATH: the same for the Pythons that pip starts.
    environment |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONSAFEPATH": "1", **(more or {})}
    command = isolated(str(checkout.python), "pip", *arguments)
    lines: list[str] = []
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            cwd=checkout.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            file.flush()
            lines.append(line.strip())
            heard(line.strip())
    if process.returncode != 0:
        raise SetupFailed(f"{reason(lines)}\nEverything that pip said is in {log}")


def reason(lines: list[str]) -> str:
    """Why pip failed, in plain words, from what it said."""
    text = "\n".join(lines)
    if "No space left on device" in text:
        return "The disk is full. Free some space, then run the same command again; what was fetched is kept."
    if "DO NOT MATCH THE HASHES" in text:
        return "A package that was fetched is not the one that the lock names. Nothing of it was installed."
    if OFFLINE.search(text):
        return (
            "The packages could not be fetched: this machine has no network now, or no way to its package index. "
            "Connect it, then run the same command again; what was fetched is kept."
        )
    errors = [line for line in lines if re.match(r"(?i)(ERROR:|fatal error|.*CMake Error|.*error: )", line)]
    return errors[0] if errors else "pip failed."
