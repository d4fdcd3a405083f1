"""What every test stands on: a home of its own, no display needed, no process left behind, no warning unheard."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.base.paths import Home
from tests.support.background_session import BackgroundSession
from tests.support.network_trace import missing_strace

ROOT = Path(__file__).resolve().parents[1]
_MARK = "FAMILIAR_TEST_RUN"
"""Environment variable that every process started by this run inherits, however far it detaches."""

_RUN_PLACE = "FAMILIAR_TEST_RUN_PLACE"
"""Environment variable that names the folder of the whole run, which may be one of several processes."""

_temporary: Path | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Put the person's own folders and keyring out of the tests' reach, and windows off the screen.

    What the tests start hears Ctrl+C, also where the run itself was started in the background.
    """
    global _temporary
    _temporary = Path(tempfile.mkdtemp(prefix="familiar-test-"))  # short: sockets lie below it
    if not hasattr(config, "workerinput"):
        os.environ[_RUN_PLACE] = str(_temporary)
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        folder = _temporary / name.lower()
        folder.mkdir()
        os.environ[f"XDG_{name}_HOME"] = str(folder)
    own = _temporary / "person"  # other programs' models lie there, for one
    own.mkdir()
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(own)
    for name in ("HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN", "OLLAMA_MODELS"):
        os.environ.pop(name, None)
    runtime = _temporary / "run"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.pop("FAMILIAR_HOME", None)
    os.environ[_MARK] = secrets.token_hex(8)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts what runs in the background so
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _session_record() -> Path:
    """Where it is written which watched session this run has."""
    return Path(os.environ[_RUN_PLACE]) / "watched-session"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Start the watched session if a test of this run looks at it, and put that test last: it takes minutes."""
    items.sort(key=lambda item: item.get_closest_marker("background_session") is not None)
    if config.getoption("collectonly") or getattr(config, "workerinput", {"workerid": "gw0"})["workerid"] != "gw0":
        return
    if items and items[-1].get_closest_marker("background_session") and not missing_strace():
        BackgroundSession.begin(_session_record())


@pytest.fixture
def background_session() -> BackgroundSession:
    """The watched session, which began with this run."""
    return BackgroundSession.begun(_session_record())


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if a process of ours outlived it, and end that process."""
    if not hasattr(session.config, "workerinput") and _session_record().exists():
        BackgroundSession.begun(_session_record()).end()
    left = [process for process in psutil.process_iter() if process.pid != os.getpid() and _is_ours(process)]
    _, alive = psutil.wait_procs(left, timeout=10)
    for process in alive:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\nLeft running by the tests, ended now: {_describe(process)}")
        _kill(process)
    if _temporary is not None:
        shutil.rmtree(_temporary, ignore_errors=True)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in the test's own folder; nothing in it exists yet."""
    return Home.find(str(tmp_path / "home"))


@pytest.fixture(scope="session")
def yardsticks() -> Path:
    """The folder of public test data; the test is skipped where it is absent."""
    named = os.environ.get("FAMILIAR_YARDSTICKS")
    folder = Path(named) if named else ROOT.parent / "shared" / "yardsticks"
    if not folder.is_dir():
        pytest.skip(f"needs the public test data, and there is no folder {folder} (set FAMILIAR_YARDSTICKS)")
    return folder


@pytest.fixture(autouse=True)
def _no_process_left() -> Iterator[None]:
    """Fails a test whose child processes still run five seconds after it; ends them."""
    before = set(psutil.Process().children(recursive=True))
    yield
    left = [process for process in psutil.Process().children(recursive=True) if process not in before]
    if not left:
        return
    _, alive = psutil.wait_procs(left, timeout=5)
    for process in alive:
        _kill(process)
    if alive:
        pytest.fail("left running: " + "; ".join(_describe(process) for process in alive), pytrace=False)


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def _no_unexpected_warning(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in whose process Familiar logged a WARNING or worse that the test does not look at.

    A test that expects one reads it through `caplog`, or is marked `expects_warnings`.
    """
    if "caplog" in request.fixturenames or request.node.get_closest_marker("expects_warnings"):
        yield
        return
    heard = _Heard()
    logger = logging.getLogger("familiar")
    logger.addHandler(heard)
    yield
    logger.removeHandler(heard)
    if heard.lines:
        pytest.fail("logged unexpectedly:\n" + "\n".join(heard.lines), pytrace=False)


def _is_ours(process: psutil.Process) -> bool:
    try:
        return process.environ().get(_MARK) == os.environ[_MARK]
    except (psutil.Error, OSError):
        return False


def _describe(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())}"
    except psutil.Error:
        return str(process.pid)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        pass
