"""Every outcome has its exit code, and the crash log is the only place for a traceback."""

from __future__ import annotations

import json

import pytest

import app.cli.folders
from app.base.calls import ChatsList, FoldersList, GetStatus, Search
from app.base.errors import Cancelled, Problem
from app.base.paths import Home
from app.cli.main import main
from app.link.peer import Incoming
from tests.support.cli_engine import CannedEngine
from tests.unit.cli.conftest import Familiar


@pytest.mark.parametrize(
    "words",
    [
        ["--home", "{home}", "--json", "folders", "list"],
        ["--home={home}", "folders", "--json", "list"],
        ["folders", "list", "--json", "--home", "{home}"],
        ["folders", "--home={home}", "list", "--json"],
        ["--json", "folders", "list", "--home={home}"],
    ],
)
def test_common_options_stand_anywhere(words: list[str], home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with CannedEngine(home, {FoldersList: []}):
        assert main([word.format(home=home.root) for word in words]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_home_comes_from_the_environment(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAMILIAR_HOME", str(home.root))
    with CannedEngine(home, {FoldersList: []}):
        assert main(["folders", "list", "--json"]) == 0
    assert capsys.readouterr().out == "[]\n"


def test_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    human = capsys.readouterr().out
    assert main(["--version", "--json"]) == 0
    assert human == f"Familiar {json.loads(capsys.readouterr().out)['version']}\n"


def test_engines_bug_exits_3(home: Home, familiar: Familiar) -> None:
    def bug(_call: GetStatus, _incoming: Incoming) -> object:
        raise Problem("internal", "Familiar made a mistake.", "The log has the details.")

    with CannedEngine(home, {GetStatus: bug}):
        ran = familiar("status", "--json")
    assert ran.code == 3
    assert ran.json["error"]["code"] == "internal"


def test_our_bug_exits_3_with_its_traceback_in_the_crash_log_only(
    home: Home, familiar: Familiar, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("the bug of this test")

    monkeypatch.setattr(app.cli.folders, "absolute", broken)
    ran = familiar("folders", "remove", "x", "--json")
    assert ran.code == 3
    assert ran.json["error"]["code"] == "internal"
    assert "Traceback" not in ran.err + ran.out
    assert str(home.logs / "crash.log") in ran.err
    assert "ZeroDivisionError: the bug of this test" in (home.logs / "crash.log").read_text()


def test_our_bug_is_not_lost_where_no_log_can_be_written(
    home: Home, familiar: Familiar, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("the bug of this test")

    monkeypatch.setattr(app.cli.folders, "absolute", broken)
    home.root.write_text("a file where the home should be")
    ran = familiar("folders", "remove", "x")
    assert ran.code == 3
    assert "ZeroDivisionError: the bug of this test" in ran.err


def test_unwritable_home_is_a_problem(home: Home, familiar: Familiar) -> None:
    home.root.write_text("a file where the home should be")
    ran = familiar("status")
    assert ran.code == 1
    assert "[home.unwritable]" in ran.err


def test_engine_that_leaves_is_followed_by_the_next(home: Home, familiar: Familiar) -> None:
    asked: list[str] = []

    def leaving(_call: ChatsList, _incoming: Incoming) -> object:
        asked.append("once more")
        if len(asked) == 1:
            engine.drop_after_this()
            raise Problem("link.leaving", "Familiar is closing.", "Try again in a moment.")
        return []

    with CannedEngine(home, {ChatsList: leaving}) as engine:
        ran = familiar("chats", "list", "--json")
    assert (ran.code, ran.json, len(asked)) == (0, [], 2)


def test_engine_that_dies_is_a_problem(home: Home, familiar: Familiar) -> None:
    def dies(_call: Search, incoming: Incoming) -> object:
        engine.drop()
        incoming.wait_cancelled(10)  # else its reply might still get through
        return None

    with CannedEngine(home, {Search: dies}) as engine:
        ran = familiar("search", "x")
    assert ran.code == 1
    assert "[link.closed]" in ran.err


def test_request_ended_by_the_engine_is_a_problem(home: Home, familiar: Familiar) -> None:
    def cancelled(_call: Search, _incoming: Incoming) -> object:
        raise Cancelled

    with CannedEngine(home, {Search: cancelled}):
        ran = familiar("search", "x", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (1, "cancelled")


def test_stop_never_starts_an_engine(home: Home, familiar: Familiar) -> None:
    ran = familiar("stop", "--json")
    assert (ran.code, ran.json) == (0, {"stopped": False})
    assert not home.root.exists()


def test_stop_of_a_dead_engine_is_no_failure(home: Home, familiar: Familiar) -> None:
    home.create()
    home.engine_json.write_text('{"address":"/nowhere/x.sock","pid":1,"key":"00","protocol":1}')
    assert familiar("stop").out == "Familiar was not running.\n"
