"""Spans of answers, from a real engine to a real collector on loopback, and nowhere where none is named."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.base.calls import Ask, Doctor
from app.base.errors import Problem
from app.base.index_values import Check
from app.base.paths import Home
from app.base.settings import SettingsFile
from app.base.worker_calls import SendSpans, Span
from app.engine.span_sender import MOST_WAITING, SpanSender
from app.link.workers import Worker
from tests.support.collector import Collector
from tests.support.live import Live, until

SPANS = (Span(name="a", start_ns=1, end_ns=3), Span(name="b", start_ns=1, end_ns=2, parent=0, error="chat.died"))
NO_PROXY = {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}


@pytest.fixture
def live(home: Home, tmp_path: Path) -> Iterator[Live]:
    """An engine over one file."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "lease.md").write_text("The lease ends on 30 June 2027.\n")
    made = Live(home)
    made.watch(folder)
    yield made
    made.stop()


def spans_check(live: Live) -> Check | None:
    """What `familiar doctor` says of spans."""
    found = [check for check in live.peer.call(Doctor(), timeout_s=60) if check.name == "spans"]
    return found[0] if found else None


def set_collector(live: Live, url: str) -> None:
    """As a person does, in the file."""
    file = live.home.settings_toml
    text = file.read_text() if file.exists() else ""
    file.write_text(f'spans_to = "{url}"\n{text}')


def workers_of(live: Live) -> list[str]:
    """The command lines of the engine's processes."""
    engine = psutil.Process(live.status().pids.engine)
    return [" ".join(process.cmdline()) for process in engine.children(recursive=True)]


def test_collector_that_is_named_is_told_of_an_answer_without_its_words(live: Live) -> None:
    live.peer.call(Ask(question="When does the lease end?"), timeout_s=60)
    assert spans_check(live) is None
    assert not any("worker spans" in command for command in workers_of(live))
    with Collector() as collector:
        set_collector(live, collector.url)
        answer = live.peer.call(Ask(question="When does the lease end?"), timeout_s=60)
        assert "30 June 2027" in answer.text
        assert until(lambda: len(collector.spans) >= 3, 30)
        by_name = {span.name: span for span in collector.spans}
        turn = by_name["invoke_agent Familiar"]
        assert by_name["retrieval"].parent_span_id == turn.span_id
        assert {span.trace_id for span in collector.spans} == {turn.trace_id}
        told = b"".join(span.SerializeToString() for span in collector.spans)
        assert b"lease" not in told
        assert b"June" not in told
        check = spans_check(live)
        assert check is not None
        assert (check.level, "1 traces were sent" in check.text) == ("ok", True)


def test_collector_that_hangs_holds_up_no_answer(live: Live) -> None:
    with Collector(hangs=True) as collector:
        set_collector(live, collector.url)
        began = time.monotonic()
        for _ in range(3):
            assert live.peer.call(Ask(question="When does the lease end?"), timeout_s=60).state == "done"
        assert time.monotonic() - began < 4.0, "less than one export may take"
        assert until(lambda: (check := spans_check(live)) is not None and check.level == "warning", 30)


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A spans worker."""
    made = Worker("spans", environment=NO_PROXY)
    yield made
    made.stop()


def test_span_that_failed_says_so_to_the_collector(worker: Worker) -> None:
    with Collector() as collector:
        worker.call(SendSpans(endpoint=collector.url, spans=SPANS), timeout_s=30)
        a, b = sorted(collector.spans, key=lambda span: span.name)
        assert (b.parent_span_id, a.parent_span_id) == (a.span_id, b"")
        assert b.status.message == "chat.died"


def test_collector_that_is_not_there_is_a_problem_with_a_hint(worker: Worker) -> None:
    with pytest.raises(Problem) as caught:
        worker.call(SendSpans(endpoint="http://127.0.0.1:9", spans=SPANS, timeout_s=1.0), timeout_s=30)
    assert caught.value.code == "spans.unsent"
    assert "spans_to" in caught.value.hint


@pytest.mark.expects_warnings
def test_what_comes_faster_than_it_is_taken_is_counted_as_lost() -> None:
    silent = [sys.executable, "-c", "import time; time.sleep(60)"]
    sender = SpanSender(Worker("spans", silent), lambda: "http://127.0.0.1:9")
    began = time.monotonic()
    for _ in range(MOST_WAITING + 10):
        sender.send(SPANS)
    assert time.monotonic() - began < 1.0
    sender.stop()
    (check,) = sender.checks()
    lost = int(check.text.split(" lost")[0].split()[-1])
    assert lost >= 9


def test_setting_that_is_no_address_is_refused(home: Home) -> None:
    home.settings_toml.parent.mkdir(parents=True, exist_ok=True)
    for wrong in ("localhost:4317", "http://", "ftp://x:1", "http://a/b c"):
        home.settings_toml.write_text(f'spans_to = "{wrong}"\n')
        with pytest.raises(Problem) as caught:
            SettingsFile(home.settings_toml)
        assert caught.value.code == "settings.invalid"
        assert "spans_to" in caught.value.title
