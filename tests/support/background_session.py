"""The watched session of `traced_session`, run beside the other tests: started early, looked at when it has ended."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil

from app.base.telemetry import REFUSED
from tests.support.network_trace import traced

IDLE_S = 120.0
ROOT = Path(__file__).resolve().parents[2]
_MARK = "FAMILIAR_BACKGROUND_SESSION"
# Where these tell onnxruntime that nobody real is there it is silent by itself, which would prove nothing.
NOBODY = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "JENKINS_URL", "TRAVIS", "PYTEST_CURRENT_TEST")
# Nor may the session find refused already what Familiar has to refuse. A desktop's own sockets are not looked at.
_LEFT_OUT = (*NOBODY, *REFUSED, "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")


class Done(msgspec.Struct, frozen=True):
    """What the session did. window: a word for each thing that came on its screen."""

    files: int
    ready: int
    answers: int
    of_model: int
    pages: int
    window: str
    vectors: int
    idle_s: float


class BackgroundSession:
    """A session that runs, or has run. It belongs to no test: its processes are nobody's children, and its folders are
    its own, so that the process that looks at it need not be the one that began it.
    """

    def __init__(self, place: Path) -> None:
        """place: its folder."""
        self._place = place
        self._token = place.name
        self.trace = place / "trace"
        self._log = place / "log"
        self._runtime, self._person = place / "run", place / "person"
        self.link = [self._runtime / "familiar"]
        self._session = place / "session"
        self._done = self._session / "done.json"
        self._ended = place / "ended"

    @classmethod
    def begun(cls, record: Path, *, patience_s: float = 60.0) -> BackgroundSession:
        """The one of which `begin` has written, or writes in a moment."""
        deadline = time.monotonic() + patience_s
        while not record.exists():
            assert time.monotonic() < deadline, "no watched session was begun"
            time.sleep(0.1)
        return cls(Path(record.read_text()))

    @classmethod
    def begin(cls, record: Path) -> None:
        """Start one, and write where it is to `record`."""
        made = cls(Path(tempfile.mkdtemp(prefix="familiar-traced-")))
        made._start()
        written = record.with_suffix(".new")
        written.write_text(str(made._place))
        written.replace(record)

    def _start(self) -> None:
        self._runtime.mkdir(mode=0o700)
        self._person.mkdir()
        self._session.mkdir()
        environment = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        environment.pop("XDG_CACHE_HOME", None)
        environment |= {
            "HOME": str(self._person), "XDG_RUNTIME_DIR": str(self._runtime), "QT_QPA_PLATFORM": "offscreen",
            "PYTHONPATH": str(ROOT), _MARK: self._token,
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.support.traced_session", str(self._session), str(IDLE_S)]
        shell = '"$@" >"$LOG" 2>&1; echo $? >"$ENDED"'
        environment |= {"LOG": str(self._log), "ENDED": str(self._ended)}
        # The first shell leaves at once, so that what it started is not taken for what a test left behind.
        subprocess.run(
            ["sh", "-c", f"({shell}) &", "sh", *traced(command, self.trace)], env=environment, check=True,
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def wait(self, limit_s: float) -> Done:
        """What was done, once all of it is. Fails the test if the session failed, or is not over in time."""
        deadline = time.monotonic() + limit_s
        while not self._ended.exists() or not self._ended.read_text().strip():
            assert time.monotonic() < deadline, f"the watched session is not over: {self._told()}"
            time.sleep(0.2)
        assert self._ended.read_text().strip() == "0", self._told()
        return msgspec.json.decode(self._done.read_bytes(), type=Done)

    def left_in_cache(self) -> list[str]:
        """What the session left in the person's cache folder that is not the fonts' or drivers' own."""
        cache = self._person / ".cache"
        return sorted(path.name for path in cache.glob("*") if path.name not in ("fontconfig", "mesa_shader_cache"))

    def end(self) -> None:
        """End what still runs of it, and remove its folders."""
        ours = [process for process in psutil.process_iter() if self._is_ours(process)]
        for process in ours:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(ours, timeout=10)
        shutil.rmtree(self._place, ignore_errors=True)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(_MARK) == self._token
        except (psutil.Error, OSError):
            return False

    def _told(self) -> str:
        return self._log.read_text(errors="replace")[-3000:] if self._log.exists() else "it said nothing"
