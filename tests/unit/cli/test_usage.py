"""Words of the command line: understood in any order, mistakes answered with what was meant."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.cli.commands import COMMANDS, GROUPS, overview
from app.cli.main import main
from app.cli.parameters import absolute
from tests.unit.cli.conftest import Familiar

COMMON = {"--json", "--home", "--help"}


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert text == overview() + "\n"
    for name in COMMANDS:
        assert f"\n  {name}" in text


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"familiar {name}")
    assert "--home DIR" in text


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_overview_and_help_tell_of_the_same_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([*name.split(), "--help"])
    usage, _, rest = capsys.readouterr().out.partition("\n")
    told = set(re.findall(r"--[a-z-]+", rest.partition("Examples:")[0].partition("Options:")[2]))
    shown = set(re.findall(r"--[a-z-]+", usage))
    assert shown == {option for option in told if re.search(rf"^  (-., )?{option}\b", rest, re.MULTILINE)} - COMMON


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_explains_itself(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([group, "--help"]) == 0
    assert f"familiar {group} ACTION" in capsys.readouterr().out


def test_no_help_line_is_wider_than_a_terminal() -> None:
    assert [line for line in overview().splitlines() if len(line) > 110] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["serach", "x"], "there is no command “serach”; did you mean search?"),
        (["folders", "ad", "x"], "cannot “ad”; did you mean add?"),
        (["folders", "zz"], "cannot “zz”; it can add, remove, list."),
        (["folders"], "name what to do: add, remove, list."),
        (["search"], "QUERY is missing."),
        (["search", "x", "--limt", "3"], "there is no option --limt; did you mean --limit?"),
        (["search", "-x"], "put “--” before words that begin with a dash."),
        (["search", "x", "--limit", "0"], "must be a whole number from 1 to 200, not “0”."),
        (["search", "x", "--limit", "201"], "must be a whole number from 1 to 200, not “201”."),
        (["status", "now"], "“now” is one word too many."),
        (["files", "--state", "lockd"], "there is no state “lockd”; did you mean locked?"),
        (["chats", "show", "seven"], "must be a number that “familiar chats list” shows, not “seven”."),
        (["chats", "export", "1", "--format", "pdf"], "must be md or json, not “pdf”."),
        (["ask", "x", "--conversation", "old"], "must be a number that “familiar chats list” shows"),
        (["--jsn", "status"], "there is no option --jsn; did you mean --json?"),
        (["--home"], "--home needs a folder."),
        (["ask-about"], "PATH is missing."),
        (["sidebar", "--json"], "there is no option --json."),
        (["--json", "sidebar"], "a window takes only files, --home and --help."),
        (["search", "x", "--limit"], "--limit needs N."),
        (["index", "--wait=yes"], "--wait takes no value."),
        (["models", "bench", "m", "128"], "“128” is one word too many."),
        (["models", "tune", "m", "--cache", "q4"], "must be auto, f16 or q8_0, not “q4”."),
        (["models", "tune", "m", "--threads", "0"], "must be a whole number from 1, or “auto”, not “0”."),
        (["completion", "tcsh"], "must be bash, zsh or fish, not “tcsh”."),
    ],
)
def test_mistake_is_answered_with_what_was_meant(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert "--help” explains." in err
    assert out == "" or "--json" in words


def test_wrong_usage_is_json_for_programs(capsys: pytest.CaptureFixture[str], familiar: Familiar) -> None:
    ran = familiar("search", "--json")
    assert ran.code == 2
    assert ran.json == {
        "error": {"code": "usage", "title": "QUERY is missing.", "hint": "“familiar search --help” explains."}
    }


@pytest.mark.parametrize("words", [["memory", "add"], ["ask"], ["search"], ["folders", "add"], []])
def test_bytes_that_are_no_text_are_wrong_usage(words: list[str], familiar: Familiar) -> None:
    outcome = familiar(*words, "caf\udce9")
    assert outcome.code == 2
    assert outcome.err.startswith("familiar: “caf�” holds bytes that are no text in UTF-8.")


def test_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute("a/../b c.txt") == str(tmp_path / "b c.txt")
    assert absolute("/x/y") == "/x/y"


def test_tilde_means_home_unless_a_file_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/people/me")
    assert absolute("~/notes") == "/people/me/notes"
    (tmp_path / "~").mkdir()
    (tmp_path / "~" / "notes").touch()
    assert absolute("~/notes") == str(tmp_path / "~" / "notes")


@pytest.mark.parametrize(
    ("path", "code"), [("", "path.invalid"), ("a\0b", "path.invalid"), (os.fsdecode(b"caf\xe9"), "path.encoding")]
)
def test_impossible_path_is_refused(path: str, code: str) -> None:
    with pytest.raises(Problem) as caught:
        absolute(path)
    assert caught.value.code == code


def test_vanished_current_folder_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(Problem) as caught:
        absolute("a.txt")
    assert caught.value.code == "path.no_folder"
    monkeypatch.chdir(tmp_path)
