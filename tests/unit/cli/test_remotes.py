"""familiar models connect, offered: the key never stands in the words, and is asked for where it is needed."""

from __future__ import annotations

import getpass
import io
import json
import sys

import msgspec
import pytest

from app.base.errors import Problem
from app.base.models import ModelInfo, RemoteAdd, RemoteModels
from app.base.paths import Home
from app.cli import remotes
from app.link.peer import Incoming
from tests.support.cli_engine import CannedEngine
from tests.unit.cli.conftest import Familiar

URL = "http://127.0.0.1:8080/v1"
MODEL = ModelInfo(
    name="qwen", path=URL, model="qwen", place="127.0.0.1:8080", origin="remote", context=32768, in_use=True
)
KEY = "sk-of-the-test"


def _locked(call: RemoteAdd | RemoteModels, _incoming: Incoming) -> object:
    if call.key != KEY:
        raise Problem("remote.unauthorized", "127.0.0.1:8080 wants a key.", "Nothing was changed.")
    return MODEL if isinstance(call, RemoteAdd) else ["qwen", "llama"]


def test_a_model_is_connected(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {RemoteAdd: MODEL}) as engine:
        ran = familiar("models", "connect", "http://127.0.0.1:8080", "--model", "qwen", "--context", "9000")
        as_json = familiar("models", "connect", URL, "--name", "Mine", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == (
        "Connected qwen at 127.0.0.1:8080: 32,768 tokens of context. It answers from now on."
    )
    assert as_json.json == json.loads(msgspec.json.encode(MODEL))
    assert engine.seen == [RemoteAdd(url=URL, model="qwen", context=9000), RemoteAdd(url=URL, model="", name="Mine")]


def test_models_of_a_server_are_listed(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {RemoteModels: ["qwen", "llama"]}) as engine:
        assert familiar("models", "offered", URL).out == "qwen\nllama\n"
        assert familiar("models", "offered", URL, "--json").json == ["qwen", "llama"]
    assert engine.seen[0] == RemoteModels(url=URL)


def test_a_key_is_read_from_standard_input(home: Home, familiar: Familiar, monkeypatch: pytest.MonkeyPatch) -> None:
    with CannedEngine(home, {RemoteAdd: _locked}) as engine:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KEY}\nmore\n"))
        ran = familiar("models", "connect", URL, "--key")
    assert ran.code == 0
    assert engine.seen[0].key == KEY
    assert KEY not in ran.out + ran.err


@pytest.mark.parametrize("words", [("models", "connect", URL), ("models", "offered", URL)])
def test_a_key_that_is_wanted_is_asked_for_at_a_terminal(
    words: tuple[str, ...], home: Home, familiar: Familiar, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return KEY

    monkeypatch.setattr(remotes, "somebody_there", lambda: True)
    monkeypatch.setattr("app.cli.terminal_input.somebody_there", lambda: True)
    monkeypatch.setattr(getpass, "getpass", typed)
    with CannedEngine(home, {RemoteAdd: _locked, RemoteModels: _locked}) as engine:
        assert familiar(*words).code == 0
    assert [call.key for call in engine.seen] == [None, KEY]
    assert asked == ["Key of 127.0.0.1:8080 (it is not shown): "]


def test_without_a_terminal_a_wanted_key_is_a_problem(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {RemoteAdd: _locked}):
        ran = familiar("models", "connect", URL)
    assert ran.code == 1
    assert "[remote.unauthorized]" in ran.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["models", "connect", "example.org"], "[remote.address]"),
        (["models", "connect", "https://me:secret@example.org"], "[remote.address]"),
        (["models", "offered", "ftp://example.org"], "[remote.address]"),
    ],
)
def test_what_is_no_address_is_told_before_an_engine_starts(words: list[str], code: str, familiar: Familiar) -> None:
    ran = familiar(*words)
    assert ran.code == 1
    assert code in ran.err
    assert "secret" not in ran.err


def test_an_unencrypted_server_far_away_is_warned_of(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {RemoteAdd: MODEL}):
        ran = familiar("models", "connect", "http://llm.example.org/v1")
    assert "not encrypted" in ran.err
