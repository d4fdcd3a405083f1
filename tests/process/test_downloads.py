"""Downloads through a real engine: from a wish to a model that answers, over pauses, kills, restarts and bad sites."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from app.base.calls import Follow, GetStatus
from app.base.errors import Cancelled, Problem
from app.base.models import (
    Catalogue,
    Download,
    DownloadPause,
    DownloadRemove,
    Downloads,
    DownloadStart,
    HubToken,
    ModelInfo,
    ModelsList,
)
from app.base.paths import Home
from app.base.settings import SettingsFile
from app.engine.engine import Engine
from app.link.client import connect
from tests.support.fake_hub import FakeHub, Faults
from tests.support.gguf_models import write_random_model
from tests.support.live import Live, until

FILE = "tiny-Q4_K_M.gguf"
ROOT = Path(__file__).resolve().parents[2]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A model that can be loaded, with enough behind it that a download takes its time."""
    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    return write_random_model(path).read_bytes() + os.urandom(6 << 20)


@pytest.fixture(scope="module")
def site() -> Iterator[FakeHub]:
    """A site without files."""
    with FakeHub() as made:
        yield made


@pytest.fixture
def hub(site: FakeHub) -> FakeHub:
    """The site, with nothing wrong."""
    site.faults = Faults()
    site.sent = 0
    return site


@pytest.fixture
def repository(hub: FakeHub, model: bytes) -> str:
    """A repository of the test's own with the model."""
    name = f"maker/tiny{next(_numbers)}-GGUF"
    hub.add(name, FILE, model + name.encode())
    return name


def _engine(home: Home, site: FakeHub) -> Iterator[Live]:
    with pytest.MonkeyPatch.context() as environment:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "HF_ENDPOINT"):
            environment.delenv(name, raising=False)
        home.create()
        home.settings_toml.write_text(f'model_sources = ["{site.url}"]\n', encoding="utf-8")
        made = Live(home)
        yield made
        made.stop()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, site: FakeHub, model: bytes) -> Iterator[Live]:
    """An engine that knows this site alone, with its workers running; most tests share it."""
    site.add("maker/first-GGUF", FILE, model)
    for made in _engine(Home.find(str(tmp_path_factory.mktemp("home"))), site):
        settled(made, start(made, "maker/first-GGUF").id, "done")
        _wait_until_made_ready(made)
        yield made


def _wait_until_made_ready(live: Live) -> None:
    """Until the process of the model in use runs, beside the one that looks at files."""
    assert until(lambda: len(live.peer.call(GetStatus(), timeout_s=30).pids.chat) == 2)


@pytest.fixture
def mortal(home: Home, site: FakeHub) -> Iterator[Live]:
    """Such an engine that the test may kill."""
    yield from _engine(home, site)


def start(live: Live, what: str, **more: object) -> Download:
    """Begin or go on with a download."""
    return live.peer.call(DownloadStart(what=what, **more), timeout_s=60)  # type: ignore[arg-type]


def shown(live: Live) -> list[Download]:
    """All downloads."""
    return live.peer.call(Downloads(), timeout_s=30)


def settled(live: Live, ident: str, *states: str) -> Download:
    """The download when it is in one of these states."""
    found: list[Download] = []

    def there() -> bool:
        found[:] = [one for one in shown(live) if one.id == ident and one.state in states]
        return bool(found)

    assert until(there, 30), shown(live)
    return found[0]


def partly(live: Live, ident: str) -> Callable[[], bool]:
    """Whether some of it has come, and not all."""
    return lambda: any(one.id == ident and 0 < one.done_bytes < one.total_bytes for one in shown(live))


def parts(live: Live, ident: str) -> int:
    """Bytes of unfinished files of a download."""
    return sum(path.stat().st_size for path in (live.home.downloads / ident).rglob("*.part"))


def place(live: Live, repository: str) -> Path:
    """Where a repository's models go."""
    return live.home.models.joinpath(*repository.split("/"))


def models(live: Live) -> list[ModelInfo]:
    """The models that are the person's own."""
    return live.peer.call(ModelsList(found=False), timeout_s=60)


def test_downloaded_model_is_the_one_in_use(live: Live, hub: FakeHub, repository: str) -> None:
    data = hub.repositories[repository][FILE]
    begun = start(live, repository)
    assert (begun.repository, begun.file, begun.name) == (repository, FILE, "tiny-Q4_K_M")
    done = settled(live, begun.id, "done", "failed")
    assert (done.state, done.problem, done.done_bytes, done.total_bytes) == ("done", "", len(data), len(data))
    path = place(live, repository) / FILE
    assert done.path == str(path)
    assert path.read_bytes() == data
    used = [one for one in models(live) if one.in_use]
    assert [(one.path, one.origin, one.problem) for one in used] == [(str(path), "downloaded", "")]
    assert hub.sent == len(data)
    assert not (live.home.downloads / begun.id).exists()


def test_subscribers_hear_of_it_at_most_four_times_a_second(live: Live, hub: FakeHub, repository: str) -> None:
    hub.faults.rate = 4 << 20
    heard: list[Download] = []
    following = live.peer.start(Follow())
    begun = start(live, repository, use=False)

    def hear(name: str, body: msgspec.Raw) -> None:
        if name == "downloads":
            heard.extend(one for one in msgspec.json.decode(body, type=list[Download]) if one.id == begun.id)
            if heard and heard[-1].state in ("done", "failed"):
                following.cancel()

    with pytest.raises(Cancelled):
        following.result(hear, 60)
    assert heard[-1].state == "done"
    amounts = [one.done_bytes for one in heard if one.state == "running"]
    assert amounts == sorted(amounts)
    assert any(one.rate > 1 << 20 for one in heard)
    assert len(heard) <= 20  # some 1.6 s at 4 MB/s, and what comes before and after


def test_downloads_survive_a_killed_engine(mortal: Live, hub: FakeHub, repository: str, model: bytes) -> None:
    other = f"{repository}-2"
    hub.add(other, FILE, model + b"other")
    hub.faults.rate = 2 << 20
    paused = start(mortal, repository)
    assert until(partly(mortal, paused.id))
    assert mortal.peer.call(DownloadPause(id=paused.id), timeout_s=30).state == "paused"
    running = start(mortal, other, use=False)
    assert until(partly(mortal, running.id))
    mortal.kill()
    kept = {one.id: parts(mortal, one.id) for one in (paused, running)}
    assert all(0 < size < len(model) for size in kept.values())
    again = {one.id: one for one in shown(mortal)}
    assert {ident: (again[ident].state, again[ident].done_bytes) for ident in kept} == {
        ident: ("paused", size) for ident, size in kept.items()
    }
    hub.faults.rate = 0
    start(mortal, paused.id)
    assert start(mortal, other).id == running.id  # the same wish goes on with the same download
    for ident in kept:
        assert settled(mortal, ident, "done", "failed").state == "done"
    asked = {one.headers.get("range") for one in hub.requests("files")}
    assert {f"bytes={size}-" for size in kept.values()} <= asked


def test_killed_worker_is_started_again_and_goes_on(mortal: Live, hub: FakeHub, repository: str) -> None:
    hub.faults.rate = 4 << 20
    begun = start(mortal, repository, use=False)
    assert until(partly(mortal, begun.id))
    engine = psutil.Process(mortal.status().pids.engine)
    workers = [one for one in engine.children(recursive=True) if "fetch" in one.cmdline()]
    assert workers
    hub.faults.rate = 0
    for worker in workers:
        worker.send_signal(signal.SIGKILL)
    assert settled(mortal, begun.id, "done", "failed").state == "done"
    assert (place(mortal, repository) / FILE).read_bytes() == hub.repositories[repository][FILE]


def test_others_wait_their_turn_and_removing_deletes_what_came(
    live: Live, hub: FakeHub, repository: str, model: bytes
) -> None:
    hub.add(f"{repository}-2", "second.gguf", model + b"next")
    hub.faults.rate = 1 << 20
    first = start(live, repository)
    second = start(live, f"{repository}-2", use=False)
    assert second.state == "waiting"
    assert until(partly(live, first.id))
    left = live.peer.call(DownloadRemove(id=first.id), timeout_s=30)
    assert first.id not in [one.id for one in left]
    assert not (live.home.downloads / first.id).exists()
    hub.faults.rate = 0
    assert settled(live, second.id, "done", "failed").state == "done"
    assert not [one for one in models(live) if one.in_use and "second" in one.path]


def test_several_files_are_offered_for_choice(live: Live, hub: FakeHub, repository: str, model: bytes) -> None:
    hub.add(repository, "tiny-Q8_0.gguf", model + b"x")
    before = shown(live)
    with pytest.raises(Problem) as caught:
        start(live, repository)
    assert caught.value.code == "download.choose"
    assert "Q8_0" in caught.value.hint
    assert shown(live) == before
    begun = start(live, repository, file="q8_0", use=False)
    assert settled(live, begun.id, "done", "failed").file == "tiny-Q8_0.gguf"


def test_parts_of_a_split_model_appear_together(live: Live, hub: FakeHub, model: bytes) -> None:
    names = [f"big-Q8_0-0000{n}-of-00002.gguf" for n in (1, 2)]
    for name in names:
        hub.add("maker/big-GGUF", f"Q8_0/{name}", model + name.encode())
    hub.faults.cuts = [-1, 1 << 20]
    begun = start(live, "maker/big-GGUF", use=False)
    assert begun.name == "big-Q8_0"
    ended = settled(live, begun.id, "done", "failed")
    folder = place(live, "maker/big-GGUF")
    assert sorted(path.name for path in folder.iterdir()) == names
    assert [(folder / name).read_bytes() for name in names] == [model + name.encode() for name in names]
    # These parts are no real split, which the models' own reader may say; the files are there all the same.
    assert ended.state == "done" or ended.code.startswith("model.")


@pytest.mark.parametrize(
    ("fault", "code"), [("html", "download.not_hub"), ("gated", "download.gated"), ("corrupt", "download.corrupt")]
)
def test_failure_says_why_and_makes_no_model(live: Live, hub: FakeHub, repository: str, fault: str, code: str) -> None:
    if fault == "html":
        hub.faults.html = "files"
    elif fault == "gated":
        hub.faults.gated = True
    else:
        hub.faults.corrupt_at = 1 << 20
    begun = start(live, repository, use=False)
    failed = settled(live, begun.id, "failed", "done")
    assert (failed.state, failed.code) == ("failed", code)
    assert failed.problem
    assert not place(live, repository).exists()
    hub.faults = Faults()
    start(live, begun.id, use=False)
    assert settled(live, begun.id, "failed", "done").state == "done"


def test_token_is_sent_and_stays_off_the_disk(live: Live, hub: FakeHub, repository: str) -> None:
    hub.faults.token = "hf_geheim"
    with pytest.raises(Problem) as caught:
        start(live, repository)
    assert caught.value.code == "download.not_found"
    assert live.peer.call(HubToken(source=hub.url), timeout_s=30) is False
    assert live.peer.call(HubToken(token="hf_geheim"), timeout_s=30) is True
    with pytest.raises(Problem):  # that one is for huggingface.co alone
        start(live, repository)
    assert {one.headers.get("authorization") for one in hub.seen} == {None}
    assert live.peer.call(HubToken(token="hf_geheim", source=hub.url), timeout_s=30) is True
    begun = start(live, repository, use=False)
    assert settled(live, begun.id, "done", "failed").state == "done"
    kinds = (".json", ".log", ".toml")
    written = [path for path in live.home.root.rglob("*") if path.is_file() and path.suffix in kinds]
    assert written
    assert not [path for path in written if "hf_geheim" in path.read_text(encoding="utf-8", errors="replace")]
    assert live.peer.call(HubToken(token="", source=hub.url), timeout_s=30) is False
    assert live.peer.call(HubToken(), timeout_s=30) is True, "the other site's is kept"
    with pytest.raises(Problem):
        live.peer.call(HubToken(token="hf_two words"), timeout_s=30)


def test_wishes_that_lead_elsewhere_are_refused(live: Live, hub: FakeHub) -> None:
    with pytest.raises(Problem):
        live.peer.call(DownloadRemove(id="../../etc"), timeout_s=30)
    for what in ("../../etc/passwd", "https://evil.example/m/x", "a/b/../../c"):
        with pytest.raises(Problem) as caught:
            start(live, what)
        assert caught.value.code == "download.unknown"
    hub.add("maker/hostile-GGUF", "../../../etc/cron.d/x.gguf", b"GGUF")
    with pytest.raises(Problem) as caught:
        start(live, "maker/hostile-GGUF")
    assert caught.value.code == "download.no_gguf"


def test_catalogue_is_told_with_verdicts(live: Live) -> None:
    entries = live.peer.call(Catalogue(), timeout_s=30)
    assert len(entries) >= 10
    assert all(entry.verdict and entry.memory_bytes for entry in entries)


def test_list_on_disk_is_private_and_readable(live: Live, hub: FakeHub, repository: str) -> None:
    hub.faults.stall_after = 1 << 20
    begun = start(live, repository)
    assert until(partly(live, begun.id))
    assert live.home.downloads.stat().st_mode & 0o077 == 0
    assert live.home.downloads_json.stat().st_mode & 0o077 == 0
    [item] = [one for one in json.loads(live.home.downloads_json.read_bytes()) if one["id"] == begun.id]
    assert item["repository"] == repository
    assert Path(item["folder"]).parent == live.home.downloads
    live.peer.call(DownloadPause(id=begun.id), timeout_s=30)
    live.peer.call(DownloadRemove(id=begun.id), timeout_s=30)


def test_ctrl_c_pauses_and_says_how_to_go_on(live: Live, hub: FakeHub, repository: str) -> None:
    hub.faults.rate = 1 << 20
    words = ["--home", str(live.home.root), "models", "download", repository, "--no-use"]
    command = subprocess.Popen(
        [sys.executable, "-P", "-m", "app", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert until(lambda: any(one.repository == repository and one.done_bytes for one in shown(live)), 30)
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=30)
    ident = next(one.id for one in shown(live) if one.repository == repository)
    assert (command.returncode, err) == (130, "")
    assert out.startswith("Paused at ")
    assert out.endswith(f"It goes on with: familiar models download {ident}\n")
    hub.faults.rate = 0
    start(live, ident, use=False)
    assert settled(live, ident, "done", "failed").state == "done"


def test_pause_does_not_wait_for_a_site_that_is_silent(mortal: Live, hub: FakeHub, repository: str) -> None:
    hub.faults.rate = 4 << 20
    begun = start(mortal, repository)
    assert until(partly(mortal, begun.id))
    mortal.peer.call(DownloadPause(id=begun.id), timeout_s=30)
    hub.faults.silent = True
    asked = len(hub.requests("site", "HEAD"))
    start(mortal, begun.id)
    assert until(lambda: len(hub.requests("site", "HEAD")) > asked)
    assert mortal.peer.call(DownloadPause(id=begun.id), timeout_s=30).state == "paused"
    left = mortal.peer.call(DownloadRemove(id=begun.id), timeout_s=12)  # a site may be silent for longer
    assert left == []
    assert not (mortal.home.downloads / begun.id).exists()


def test_engine_stays_for_a_download_and_leaves_after_it(
    home: Home, site: FakeHub, hub: FakeHub, repository: str
) -> None:
    home.create()
    home.settings_toml.write_text(f'model_sources = ["{site.url}"]\n', encoding="utf-8")
    hub.faults.rate = 4 << 20
    engine = Engine(home, idle_s=0.2)
    thread = threading.Thread(target=engine.run)
    thread.start()
    assert until(home.engine_json.exists)
    peer = connect(home, role="cli")
    peer.call(DownloadStart(what=repository), timeout_s=60)
    peer.close()
    assert until((home.models.joinpath(*repository.split("/")) / FILE).exists, 30)
    assert thread.is_alive()  # the model is taken in
    thread.join(30)
    assert not thread.is_alive()
    assert [one.origin for one in SettingsFile(home.settings_toml).value.models] == ["downloaded"]
