"""The client: never blocks the window's thread, delivers in order, survives the engine."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from app.base.calls import (
    Ask,
    Call,
    ChatsList,
    FoldersAdd,
    FoldersList,
    GetPreferences,
    GetStatus,
    OpenWindow,
    Pause,
    Preferences,
    SetPreferences,
    SetupProgress,
)
from app.base.errors import Problem
from app.base.index_values import Folder, Status
from app.base.models import Downloads, ModelsAdd, ModelsList, ModelsUse
from app.link.outgoing import Outgoing
from app.link.peer import Peer
from app.window.engine_client import EngineClient
from tests.support.fake_engine import FakeEngine, Script
from tests.support.fake_models import download, model


def test_reply_arrives_in_the_windows_thread(client: EngineClient, qtbot: QtBot) -> None:
    threads: list[QThread] = []
    client.request(FoldersList(), lambda _: threads.append(QThread.currentThread()))
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [client.thread()]


def test_request_made_before_the_engine_is_there_waits_for_it(engine: FakeEngine, qtbot: QtBot) -> None:
    there = threading.Event()

    def dial() -> Peer:
        there.wait(10)
        return engine.dial()

    client = EngineClient(dial)
    client.open()
    replies: list[list[Folder]] = []
    client.request(FoldersList(), replies.append)
    there.set()
    qtbot.waitUntil(lambda: len(replies) == 1)
    client.close()


def test_problem_is_handed_over_whole(client: EngineClient, qtbot: QtBot) -> None:
    problems: list[Problem] = []
    client.request(ModelsAdd(path="/x.txt"), failed=problems.append)
    qtbot.waitUntil(lambda: bool(problems))
    assert (problems[0].code, problems[0].title) == ("model.not_gguf", "That file is no GGUF model.")


def test_failure_that_nobody_asked_for_is_shown(client: EngineClient, qtbot: QtBot) -> None:
    with qtbot.waitSignal(client.trouble) as caught:
        client.request(ModelsAdd(path="/x.txt"))
    assert caught.args == ["That file is no GGUF model.", "Nothing was changed."]


def test_events_come_in_order_and_before_the_reply(client: EngineClient, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.scripts = [Script([f"{n} " for n in range(200)])]
    heard: list[Any] = []
    client.request(
        Ask(question="count"),
        lambda answer: heard.append(answer.text),
        on_event=lambda name, body: heard.append(msgspec.json.decode(body)),
    )
    qtbot.waitUntil(lambda: bool(heard) and isinstance(heard[-1], str))
    deltas = "".join(event["text"] for event in heard[:-1] if event["event"] == "delta")
    assert deltas == heard[-1] == "".join(f"{n} " for n in range(200))


def test_cancelled_ask_still_brings_its_stopped_answer(client: EngineClient, engine: FakeEngine, qtbot: QtBot) -> None:
    gate = threading.Semaphore(1)
    engine.scripts = [Script(["first ", "second"], gate=gate)]
    states: list[str] = []
    events: list[str] = []
    pending = client.request(
        Ask(question="q"), lambda answer: states.append(answer.state), on_event=lambda name, _: events.append(name)
    )
    qtbot.waitUntil(lambda: len(events) >= 2)
    pending.cancel()
    qtbot.waitUntil(lambda: states == ["stopped"])


def test_dropped_request_is_never_heard_of(client: EngineClient, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.scripts = [Script(["text"], gate=threading.Semaphore(0))]
    heard: list[object] = []
    pending = client.request(Ask(question="q"), heard.append, heard.append)
    qtbot.waitUntil(lambda: bool(engine.calls(Ask)))
    pending.drop()
    marker: list[object] = []
    client.request(FoldersList(), marker.append)
    qtbot.waitUntil(lambda: bool(marker))
    assert heard == []


@pytest.mark.expects_warnings
def test_request_that_an_engine_did_not_begin_as_it_left_is_answered_by_the_next_one(
    client: EngineClient, engine: FakeEngine, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: engine.following() == 1)
    replies: list[object] = []
    problems: list[str] = []
    with qtbot.waitSignals([client.lost, client.connected]):
        engine.leave()
        for _ in range(20):
            client.request(ChatsList(), replies.append, lambda problem: problems.append(problem.code))
    qtbot.waitUntil(lambda: len(replies) + len(problems) == 20)
    assert problems == []


@pytest.mark.expects_warnings
def test_engine_death_fails_what_runs_says_so_and_reconnects(
    client: EngineClient, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.scripts = [Script(["text"], gate=threading.Semaphore(0))]
    problems: list[str] = []
    client.request(Ask(question="q"), failed=lambda problem: problems.append(problem.code))
    qtbot.waitUntil(lambda: engine.following() == 1 and bool(engine.calls(Ask)))
    with qtbot.waitSignals([client.lost, client.connected]):
        engine.die()
    qtbot.waitUntil(lambda: problems == ["link.closed"])
    replies: list[object] = []
    client.request(ChatsList(), replies.append)
    qtbot.waitUntil(lambda: bool(replies))


@pytest.mark.expects_warnings
def test_engine_that_cannot_start_is_named_and_tried_again(engine: FakeEngine, qtbot: QtBot) -> None:
    engine.refusal = Problem("home.unwritable", "Familiar cannot write to its home.", "Free some space.")
    client = EngineClient(engine.dial)
    with qtbot.waitSignal(client.lost) as lost:
        client.open()
    assert lost.args == ["Familiar cannot write to its home.", "Free some space.", False]
    problems: list[str] = []
    client.request(FoldersList(), failed=lambda problem: problems.append(problem.code))
    qtbot.waitUntil(lambda: problems == ["home.unwritable"])
    with qtbot.waitSignal(client.connected):
        engine.refusal = None
        client.retry()
    client.close()


def test_status_setup_and_open_events_become_signals(client: EngineClient, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: engine.following() == 1)
    with qtbot.waitSignal(client.status_changed, check_params_cb=lambda status: status.chunks == 7) as status:
        engine.set_status(chunks=7)
    assert isinstance(status.args[0], Status)
    with qtbot.waitSignal(client.setup_changed, check_params_cb=lambda setup: setup.elapsed_s == 3):
        engine.tell("setup", SetupProgress(state="building", elapsed_s=3))
    with qtbot.waitSignal(client.open_requested) as opened:
        engine.tell("open", OpenWindow(view="sidebar", paths=["/a b"]))
    assert opened.args == ["sidebar", ["/a b"]]
    with qtbot.waitSignal(client.chats_changed):
        engine.tell("chats")


def test_folders_are_read_again_when_the_status_moves(client: EngineClient, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: engine.following() == 1)
    engine.folders = [Folder(path="/docs", state="reading", files=5, ready=1, pending=4)]
    engine.set_status(settled=False)
    qtbot.waitUntil(lambda: client.folders == engine.folders)
    engine.folders = [Folder(path="/docs", state="current", files=5, ready=5)]
    engine.set_status(settled=True)
    qtbot.waitUntil(lambda: client.folders == engine.folders)


def test_many_status_events_ask_for_the_folders_only_now_and_then(
    client: EngineClient, engine: FakeEngine, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: engine.following() == 1)
    for n in range(60):
        engine.set_status(chunks=n + 1)
    qtbot.waitUntil(lambda: client.status is not None and client.status.chunks == 60)
    assert len(engine.calls(FoldersList)) <= 5


def test_preferences_are_kept_by_the_engine(client: EngineClient, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: client.preferences is not None)
    client.save_preferences(SetPreferences(theme="dark"))
    replies: list[Preferences] = []
    qtbot.waitUntil(lambda: engine.preferences.theme == "dark")
    client.request(GetPreferences(), replies.append)
    qtbot.waitUntil(lambda: replies == [Preferences(theme="dark", first_run=False)])


def test_choice_leaves_what_was_changed_elsewhere_and_shows_it(
    client: EngineClient, engine: FakeEngine, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: client.preferences is not None)
    engine.preferences = Preferences(first_run=False, background=True)  # by hand, in settings.toml
    client.save_preferences(SetPreferences(theme="dark"))
    wanted = Preferences(theme="dark", first_run=False, background=True)
    qtbot.waitUntil(lambda: client.preferences == wanted)
    assert engine.preferences == wanted


def test_choice_before_the_preferences_are_known_does_not_set_the_others(engine: FakeEngine, qtbot: QtBot) -> None:
    client = EngineClient(engine.dial)
    shown: list[Preferences] = []
    client.preferences_changed.connect(shown.append)
    engine.preferences = Preferences(first_run=False, background=True)
    client.open()
    client.save_preferences(SetPreferences(theme="dark"))
    wanted = Preferences(theme="dark", first_run=False, background=True)
    qtbot.waitUntil(lambda: shown[-1:] == [wanted])
    assert engine.preferences == wanted
    assert not any(preferences.first_run for preferences in shown)
    client.close()


def test_window_started_at_the_same_moment_as_another_gives_way(engine: FakeEngine, qtbot: QtBot) -> None:
    engine.window_is_open = True
    client = EngineClient(engine.dial, greet=OpenWindow(view="sidebar", paths=["/x"]))
    with qtbot.waitSignal(client.superseded):
        client.open()
    assert engine.calls(OpenWindow) == [OpenWindow(view="sidebar", paths=["/x"])]
    client.close()


def test_close_with_requests_under_way_delivers_nothing_more(engine: FakeEngine, qtbot: QtBot) -> None:
    client = EngineClient(engine.dial)
    client.open()
    heard: list[object] = []
    engine.scripts = [Script(["x"], gate=threading.Semaphore(0))]
    client.request(Ask(question="q"), heard.append, heard.append)
    qtbot.waitUntil(lambda: bool(engine.calls(Ask)))
    client.close()
    marker: list[bool] = []
    other = EngineClient(engine.dial)
    other.open()
    other.request(FoldersList(), lambda _: marker.append(True))
    qtbot.waitUntil(lambda: bool(marker))
    other.close()
    assert heard == []


def test_many_wishes_for_the_models_are_few_requests_and_the_last_word_counts(
    engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: client.models_known)
    before = len(engine.calls(ModelsList))
    for number in range(20):
        engine.models = [model(f"Model {number}")]
        engine.tell("models")
    qtbot.waitUntil(lambda: [each.name for each in client.models] == ["Model 19"])
    assert len(engine.calls(ModelsList)) - before <= 3


def test_models_that_cannot_be_read_are_asked_for_again_later(
    engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: client.models_known)
    engine.chat.list_failure = Problem("model.busy", "Not now.", "")
    engine.tell("models")
    qtbot.waitUntil(lambda: engine.chat.list_failure is None)
    engine.models = [model("Qwen3 4B")]
    engine.tell("models")
    qtbot.waitUntil(lambda: [each.name for each in client.models] == ["Qwen3 4B"])


def test_downloads_are_known_followed_and_their_end_is_said_once(
    engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    ended: list[str] = []
    client.download_finished.connect(lambda each: ended.append(each.name))
    engine.chat.set_download(download("old", name="Old", state="done"))
    engine.chat.set_download(download())
    qtbot.waitUntil(lambda: len(client.downloads) == 2)
    client.take_download(download(state="paused"))
    assert [each.state for each in client.downloads] == ["paused", "done"]
    engine.chat.set_download(download(state="done"))
    engine.chat.set_download(download(state="done"))
    qtbot.waitUntil(lambda: [each.state for each in client.downloads] == ["done", "done"])
    assert ended == ["Qwen3 4B"]


def test_a_list_asked_for_before_a_choice_does_not_undo_the_choice(
    engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: client.models_known)
    engine.models = [model("Small", in_use=True)]
    late = engine.hold(ModelsList)
    before = len(engine.calls(ModelsList))
    engine.tell("models")
    qtbot.waitUntil(lambda: len(engine.calls(ModelsList)) > before)
    seen: list[list[bool]] = []
    client.models_changed.connect(lambda models: seen.append([each.in_use for each in models]))
    client.request(ModelsUse(name=None), client.take_own_models)
    qtbot.waitUntil(lambda: seen == [[False]])
    late.set()
    qtbot.waitUntil(lambda: len(engine.calls(ModelsList)) > before + 1)  # in case the older knew more: once more
    qtbot.waitUntil(lambda: len(seen) > 1)
    assert seen == [[False], [False]]


def test_a_reply_older_than_an_event_does_not_undo_it(engine: FakeEngine, client: EngineClient, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: engine.following() == 1)
    status, downloads = engine.hold(GetStatus), engine.hold(Downloads)
    seen: list[int] = []
    client.status_changed.connect(lambda status: seen.append(status.chunks))
    client.request(GetStatus(), client.take_status)
    client.refresh_downloads()
    qtbot.waitUntil(lambda: not engine.holds(GetStatus) and not engine.holds(Downloads))
    engine.set_status(chunks=5)
    engine.chat.set_download(download())
    qtbot.waitUntil(lambda: seen == [5] and len(client.downloads) == 1)
    status.set()
    downloads.set()
    ended: list[bool] = []
    client.request(FoldersList(), lambda _: ended.append(True))
    qtbot.waitUntil(lambda: bool(ended))
    assert (seen, len(client.downloads)) == ([5], 1)


def test_folders_of_an_older_question_do_not_undo_an_added_one(
    engine: FakeEngine, client: EngineClient, qtbot: QtBot, tmp_path: Path
) -> None:
    qtbot.waitUntil(lambda: bool(engine.calls(FoldersList)))
    late = engine.hold(FoldersList)
    seen: list[int] = []
    client.folders_changed.connect(lambda folders: seen.append(len(folders)))
    client.request(FoldersList(), client.take_folders)
    qtbot.waitUntil(lambda: not engine.holds(FoldersList))
    client.request(FoldersAdd(paths=[str(tmp_path)]), client.take_folders)
    qtbot.waitUntil(lambda: seen == [1])
    late.set()
    ended: list[bool] = []
    client.request(Pause(reason=None), lambda _: ended.append(True))
    qtbot.waitUntil(lambda: bool(ended) and len(engine.calls(FoldersList)) > 2)
    assert seen == [1]


def test_preferences_read_before_a_choice_do_not_undo_it(engine: FakeEngine, qtbot: QtBot) -> None:
    late = engine.hold(GetPreferences)
    client = EngineClient(engine.dial)
    client.open()
    qtbot.waitUntil(lambda: bool(engine.calls(GetPreferences)))
    client.save_preferences(SetPreferences(theme="dark"))
    qtbot.waitUntil(lambda: client.preferences is not None)
    late.set()
    replies: list[Preferences] = []
    qtbot.waitUntil(lambda: engine.preferences.theme == "dark")
    client.request(GetPreferences(), replies.append)
    qtbot.waitUntil(lambda: bool(replies))
    assert client.preferences == Preferences(theme="dark", first_run=False)
    client.close()


def test_calls_made_before_the_engine_is_there_are_sent_in_their_order(engine: FakeEngine, qtbot: QtBot) -> None:
    there = threading.Event()

    def dial() -> Peer:
        there.wait(60)
        peer = engine.dial()
        send = peer.start

        def start(call: Call[Any]) -> Outgoing:
            if isinstance(call, ChatsList):
                sent.append(call.query)
            return send(call)

        peer.start = start  # type: ignore[method-assign]
        return peer

    sent: list[str] = []
    client = EngineClient(dial)
    client.open()
    wanted = [str(number) for number in range(40)]
    for query in wanted:
        client.request(ChatsList(query=query))
    there.set()
    qtbot.waitUntil(lambda: len(sent) == 40)
    client.close()
    assert sent == wanted
