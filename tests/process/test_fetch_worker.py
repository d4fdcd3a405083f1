"""The fetch worker as a process: killed, cancelled, behind a proxy, with other people's tokens lying about."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.base.chat import FetchFile, HubFile, ListRepository
from app.base.errors import Cancelled
from app.link.outgoing import Outgoing
from app.link.workers import Worker, WorkerDied
from tests.support.fake_hub import FakeHub, fake_proxy
from tests.support.live import until

REPOSITORY, FILE = "maker/model-GGUF", "model-Q4_K_M.gguf"
DATA = b"GGUF" + os.urandom(8 << 20)
NO_PROXY = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "HF_ENDPOINT"), "")


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """A site with the file."""
    with FakeHub() as made:
        made.add(REPOSITORY, FILE, DATA)
        yield made


MakeWorker = Callable[..., Worker]


@pytest.fixture
def make_worker(tmp_path: Path) -> Iterator[MakeWorker]:
    """Starts fetch workers with variables of the environment."""
    made: list[Worker] = []

    def make(**environment: str) -> Worker:
        place = {"HF_HOME": str(tmp_path / "hf"), "HOME": str(tmp_path / "person")}
        made.append(Worker("fetch", environment=NO_PROXY | place | environment))
        return made[-1]

    yield make
    for worker in made:
        worker.stop()


def call(hub: FakeHub, tmp_path: Path, token: str = "") -> FetchFile:
    """The wish for the file."""
    return FetchFile(
        repository=REPOSITORY, file=FILE, revision="main", sources=[hub.url], partial=str(tmp_path / "partial"),
        target=str(tmp_path / FILE), tokens={hub.url: token} if token else {},
    )  # fmt: skip


def came(tmp_path: Path) -> int:
    """Bytes of the unfinished file."""
    return sum(path.stat().st_size for path in (tmp_path / "partial").glob("*.part"))


@pytest.mark.expects_warnings
def test_killed_worker_loses_nothing_of_what_had_come(hub: FakeHub, make_worker: MakeWorker, tmp_path: Path) -> None:
    hub.faults.rate = 8 << 20
    worker = make_worker()
    pid = worker.peer().wait_hello(10).pid

    def kill() -> None:
        until(lambda: came(tmp_path) > 2 << 20)
        os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(WorkerDied):
        worker.call(call(hub, tmp_path), timeout_s=60)
    killer.join()
    kept = came(tmp_path)
    assert 2 << 20 < kept < len(DATA)
    assert not (tmp_path / FILE).exists()
    hub.faults.rate = 0
    assert Path(worker.call(call(hub, tmp_path), timeout_s=60)).read_bytes() == DATA
    assert hub.requests("files")[-1].headers["range"] == f"bytes={kept}-"


def test_cancelled_download_stops_at_once_and_the_worker_lives(
    hub: FakeHub, make_worker: MakeWorker, tmp_path: Path
) -> None:
    hub.faults.stall_after = 1 << 20
    worker = make_worker()
    began: list[float] = []

    def cancel(outgoing: Outgoing) -> None:
        until(lambda: came(tmp_path) >= 1 << 20)
        began.append(time.monotonic())
        outgoing.cancel()

    def started(outgoing: Outgoing) -> None:
        threading.Thread(target=cancel, args=(outgoing,)).start()

    with pytest.raises(Cancelled):
        worker.call(call(hub, tmp_path), timeout_s=60, on_started=started)
    assert time.monotonic() - began[0] < 1
    assert came(tmp_path) == 1 << 20
    hub.faults.stall_after = -1
    assert Path(worker.call(call(hub, tmp_path), timeout_s=60)).read_bytes() == DATA


def test_proxy_of_the_environment_is_used(hub: FakeHub, make_worker: MakeWorker, tmp_path: Path) -> None:
    with fake_proxy() as (address, asked):
        worker = make_worker(http_proxy=address, HTTP_PROXY=address, no_proxy="", NO_PROXY="")
        assert Path(worker.call(call(hub, tmp_path), timeout_s=60)).read_bytes() == DATA
    assert [one.split("/", 3)[2] for one in asked] == [hub.url[7:], hub.files_url[7:]]


def test_only_the_token_of_the_call_is_sent_and_nothing_else_is_written(
    hub: FakeHub, make_worker: MakeWorker, tmp_path: Path
) -> None:
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text("hf_on_disk", encoding="ascii")
    worker = make_worker(HF_TOKEN="hf_of_the_environment")
    listing = worker.call(ListRepository(repository=REPOSITORY, endpoint=hub.url), timeout_s=30)
    assert listing == [
        HubFile(
            name=FILE, size_bytes=len(DATA), parts=(FILE,), sha256=listing[0].sha256, quantisation="Q4_K_M"
        )
    ]  # fmt: skip
    worker.call(call(hub, tmp_path), timeout_s=60)
    assert {one.headers.get("authorization") for one in hub.seen} == {None}
    assert worker.pid is not None
    assert not [word for word in psutil.Process(worker.pid).cmdline() if "hf_" in word]
    assert [path.name for path in (tmp_path / "hf").iterdir()] == ["token"]
    assert not (tmp_path / "person").exists()
    assert {one.headers["user-agent"] for one in hub.seen} == {"familiar"}
