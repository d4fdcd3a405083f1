"""Remote models as the engine keeps them: connected, asked for consent, answered through, forgotten with their key."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import msgspec
import pytest

from app.base.calls import Ask, ChatShow, ChatsList, Doctor
from app.base.chat import ChatMessage, Generate
from app.base.chat_model import ModelEvent
from app.base.errors import Problem
from app.base.models import ModelInfo, ModelsBench, ModelsUse, RemoteAdd, RemoteModels
from app.base.paths import Home
from app.base.problem_data import OfferedModels
from app.base.settings import ModelEntry, SettingsFile
from app.base.values import ConversationId
from app.link.peer import Incoming
from app.link.workers import Worker
from app.models.remotes import Remotes
from app.store.measurements import Measurements
from app.store.secrets import Secrets
from tests.support.fake_openai import (
    DONE,
    FakeOpenAI,
    Reply,
    calls,
    delta,
    error,
    event,
    fake_openai,
    listed,
    streamed,
    told,
)
from tests.support.live import Live, until

KEY = "sk-of-the-test-0123456789"
QUESTION = "When does the lease renew?"


class Patient:
    """A request that nobody takes back."""

    cancelled = False

    def on_cancel(self, callback: object) -> None:
        """Never."""


PATIENT = cast("Incoming", Patient())


@pytest.fixture
def settings(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "settings.toml")


@pytest.fixture
def remotes(settings: SettingsFile, bare_remote: Worker, tmp_path: Path) -> Remotes:
    return Remotes(settings, Secrets("familiar-test"), bare_remote, Measurements(tmp_path / "measurements.json"))


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with fake_openai() as fake:
        fake.replies = [told("The lease renews on 1 March 2027 [1].")]
        yield fake


def connect(remotes: Remotes, server: FakeOpenAI, **fields: object) -> ModelInfo:
    call = RemoteAdd(url=server.url, model="one", key=KEY)
    return remotes.add(msgspec.structs.replace(call, **fields), PATIENT)


def refusal(remotes: Remotes, **fields: object) -> Problem:
    with pytest.raises(Problem) as raised:
        remotes.add(msgspec.structs.replace(RemoteAdd(url="", model="one"), **fields), PATIENT)
    return raised.value


def test_a_model_is_connected_and_listed(remotes: Remotes, settings: SettingsFile, server: FakeOpenAI) -> None:
    server.pages["/v1/models"] = listed({"id": "one", "max_model_len": 32768})
    model = connect(remotes, server, url=server.url.removesuffix("/v1"))
    assert (model.name, model.path, model.place, model.origin) == ("one", server.url, server.host, "remote")
    assert (model.context, model.in_use, model.model) == (32768, True, "one")
    assert remotes.infos() == [msgspec.structs.replace(model, note="")]
    assert settings.value.model == "one"


def test_a_key_goes_with_the_last_model_of_its_server(
    remotes: Remotes, settings: SettingsFile, server: FakeOpenAI, tmp_path: Path
) -> None:
    server.pages["/v1/models"] = listed("one", "two")
    assert "until Familiar's engine ends" in connect(remotes, server).note  # the tests have no keyring
    connect(remotes, server, model="two", key=None)
    assert server.asked[-1].headers["authorization"] == f"Bearer {KEY}"
    remotes.remove("one")
    remotes.offered(RemoteModels(url=server.url), PATIENT)
    assert server.asked[-1].headers["authorization"] == f"Bearer {KEY}"
    remotes.remove("two")
    assert settings.value.model == ""
    remotes.offered(RemoteModels(url=server.url), PATIENT)
    assert "authorization" not in server.asked[-1].headers
    assert KEY not in (tmp_path / "settings.toml").read_text()


def test_connecting_again_changes_the_same_model(remotes: Remotes, server: FakeOpenAI) -> None:
    connect(remotes, server, name="Mine")
    again = connect(remotes, server, context=2000, key=None, use=False)
    assert (again.name, again.context, again.in_use) == ("Mine", 2000, True)
    assert [model.name for model in remotes.infos()] == ["Mine"]


def test_names_are_never_shared(remotes: Remotes, settings: SettingsFile, server: FakeOpenAI) -> None:
    settings.change(lambda s: msgspec.structs.replace(s, models=(ModelEntry(name="one", path="/m/one.gguf"),)))
    assert connect(remotes, server).name == "one 2"
    assert refusal(remotes, url=server.url, name="one").code == "remote.name"
    assert refusal(remotes, url=server.url, name="quotes").code == "remote.name"


def test_the_only_model_is_taken_and_among_several_one_is_chosen(remotes: Remotes, server: FakeOpenAI) -> None:
    assert connect(remotes, server, model="").name == "one"
    server.pages["/v1/models"] = listed("one", "two")
    problem = refusal(remotes, url=server.url, model="")
    assert problem.code == "remote.choose"
    assert "one, two" in problem.hint
    assert problem.data == OfferedModels(names=("one", "two"))


def test_what_cannot_be_connected_changes_nothing(remotes: Remotes, server: FakeOpenAI) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert refusal(remotes, url=nowhere).code == "remote.unreachable"
    assert refusal(remotes, url="ftp://example.org").code == "remote.address"
    assert refusal(remotes, url=server.url, model="three").code == "remote.no_model"
    server.pages["/v1/models"] = error(401, "no")
    assert refusal(remotes, url=server.url, key="wrong").code == "remote.unauthorized"
    assert remotes.infos() == []
    with pytest.raises(Problem, match="key"):
        remotes.offered(RemoteModels(url=server.url), PATIENT)
    assert "authorization" not in server.asked[-1].headers


def test_counts_are_corrected_by_what_the_server_counted(remotes: Remotes, server: FakeOpenAI) -> None:
    connect(remotes, server)
    chat = remotes.provide("one")
    text = "a sentence of some length, " * 40
    before = chat.count([text])[0]
    counts = {"prompt_tokens": 2 * before, "completion_tokens": 40}
    ended: Reply = streamed(delta(content="Yes"), delta("stop", content="."), event({"choices": [], "usage": counts}))
    server.replies = [ended]
    told_events: list[ModelEvent] = []
    call = Generate(messages=[ChatMessage(role="user", content=text)], max_tokens=9, temperature=0.0)
    for _ in range(12):
        chat.generate(call, on_event=told_events.append, cancellation=PATIENT)
    assert 1.8 * before < chat.count([text])[0] < 2.1 * before
    assert "Yes" in told_events
    assert chat.cost.known
    assert chat.decode_rate > 0


@pytest.mark.expects_warnings
def test_a_question_is_asked_again_if_the_worker_died_before_any_text(
    settings: SettingsFile, server: FakeOpenAI, tmp_path: Path
) -> None:
    worker = Worker("remote")
    remotes = Remotes(settings, Secrets("familiar-test"), worker, Measurements(tmp_path / "measurements.json"))
    connect(remotes, server)
    server.replies = [streamed(threading.Event()), told("Yes.")]

    def kill() -> None:
        until(lambda: bool(server.chats), 20)
        worker.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        call = Generate(messages=[ChatMessage(role="user", content=QUESTION)], max_tokens=9, temperature=0.0)
        result = remotes.provide("one").generate(call, on_event=lambda _: None, cancellation=PATIENT)
    finally:
        killer.join()
        worker.stop()
    assert result.reason == "end"
    assert len(server.chats) == 2


def test_a_whole_turn_needs_consent_streams_and_keeps_what_came(home: Home, server: FakeOpenAI, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "lease.md").write_text("# Flat\n\nThe lease renews on 1 March 2027 unless notice is given.\n")
    (folder / "rent.md").write_text("# Rent\n\nThe rent is 900 euros a month, due on the third.\n")
    live = Live(home)
    try:
        live.watch(folder)
        live.peer.call(RemoteAdd(url=server.url, model="one", key=KEY), timeout_s=60)
        _refuses_without_consent(live, server)
        _is_told_apart_from_models_that_run_here(live, server)
        answer = live.peer.call(Ask(question=QUESTION, consent=True), timeout_s=60)
        assert (answer.mode, answer.state, answer.model) == ("chat", "done", "one")
        asked = server.chats[-1]
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        assert "1 March 2027" in str(asked.body["messages"])
        later = live.peer.call(Ask(question="And until when?", conversation=answer.conversation), timeout_s=60)
        assert later.state == "done"
        _calls_a_tool(live, server, answer.conversation)
        server.replies = [streamed(delta(content="The lease renews on "), delta(content="1 March"), cut=True)]
        with pytest.raises(Problem) as raised:
            live.peer.call(Ask(question=QUESTION, conversation=answer.conversation, anew=True), timeout_s=60)
        assert raised.value.code == "remote.bad_answer"
        kept = live.peer.call(ChatShow(conversation=answer.conversation), timeout_s=10)[-1].answer
        assert kept is not None
        assert (kept.state, kept.text) == ("failed", "The lease renews on 1 March [1]")
        used = live.peer.call(ModelsUse(name=None), timeout_s=30)
        assert not any(model.in_use for model in used)
    finally:
        live.stop()


def _refuses_without_consent(live: Live, server: FakeOpenAI) -> None:
    """A conversation for which the person has not agreed; nothing of it leaves."""
    with pytest.raises(Problem) as raised:
        live.peer.call(Ask(question=QUESTION), timeout_s=60)
    assert raised.value.code == "remote.consent"
    assert server.host in raised.value.title
    assert server.chats == []
    assert len(live.peer.call(ChatsList(), timeout_s=10)) == 1


def _is_told_apart_from_models_that_run_here(live: Live, server: FakeOpenAI) -> None:
    """The doctor says where it runs; measuring it beside llama.cpp makes no sense."""
    (check,) = [check for check in live.peer.call(Doctor(), timeout_s=60) if check.name == "chat model"]
    assert (check.level, check.text) == ("ok", f"one answers, {server.host}")
    with pytest.raises(Problem) as raised:
        live.peer.call(ModelsBench(name="one"), timeout_s=60)
    assert raised.value.code == "model.remote"


def _calls_a_tool(live: Live, server: FakeOpenAI, conversation: ConversationId) -> None:
    """The model asks for a search before it answers; what was found is in the next request."""
    options = {"name": "search_files", "arguments": '{"query": "rent"}'}
    call = calls({"index": 0, "id": "c1", "function": options})
    server.replies = [streamed(call, delta("tool_calls"), DONE), told("It is 900 euros [1].")]
    answer = live.peer.call(Ask(question="What is due then?", conversation=conversation), timeout_s=60)
    assert [(step.name, step.state) for step in answer.steps] == [("search_files", "done")]
    made, result = server.chats[-1].body["messages"][-2:]
    assert made["tool_calls"][0]["function"]["name"] == "search_files"
    assert (result["role"], result["tool_call_id"]) == ("tool", made["tool_calls"][0]["id"])
    assert re.search(r"\[\d\]", result["content"])  # passages that the prompt has already are only named
