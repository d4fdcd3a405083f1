"""Launchers with any letters in them, quoted so that each format gives the same words back."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.cli.desktop.launcher import for_desktop_entry, for_shell, for_xml, launcher

ODD = ["/opt/a b/100% 'Ünï' \"q\" $x `y` \\z/familiar", "--home", "/h&<>;#\ttab"]


def _read_desktop_value(value: str) -> list[str]:
    """The words of an Exec value, as the Desktop Entry Specification reads it: string escapes, quotes, field codes."""
    unescaped = ""
    letters = iter(value)
    for letter in letters:
        unescaped += (
            {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}[next(letters)] if letter == "\\" else letter
        )
    words, word, quoted = [], "", False
    letters = iter(unescaped)
    for letter in letters:
        if letter == '"':
            quoted = not quoted
        elif letter == "\\" and quoted:
            word += next(letters)
        elif letter == " " and not quoted:
            words.append(word)
            word = ""
        else:
            word += letter
    return [word.replace("%%", "%") for word in [*words, word]]


@pytest.mark.parametrize("words", [["/usr/bin/familiar"], ["familiar", *ODD], ["/a\nb"]])
def test_desktop_entry_gives_the_words_back(words: list[str]) -> None:
    value = for_desktop_entry(words)
    assert "\n" not in value
    assert _read_desktop_value(value) == words


def test_program_with_a_per_cent_sign_is_found_by_glib() -> None:
    assert _read_desktop_value(for_desktop_entry(["/a 100%/x"])) == ["/usr/bin/env", "/a 100%/x"]


def test_plain_launcher_is_not_quoted() -> None:
    assert for_desktop_entry(["/usr/bin/python3", "-P", "-m", "app"]) == "/usr/bin/python3 -P -m app"


def test_shell_gives_the_words_back() -> None:
    command = for_shell(ODD)
    assert shlex.split(command.replace("%%", "%")) == ODD
    printed = subprocess.run(
        ["sh", "-c", f'printf "%s\\0" {command.replace("%%", "%")}'], capture_output=True, check=True
    )
    assert printed.stdout.decode().split("\0")[:-1] == ODD


def test_xml_is_plain_ascii() -> None:
    assert for_xml("é <&> 漢") == b"&#233; &lt;&amp;&gt; &#28450;"


def test_launcher_is_this_installations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert launcher(None, None) == [sys.executable, "-P", "-m", "app"]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "familiar").touch()
    assert launcher(None, None) == [str(tmp_path / "bin" / "familiar")]


def test_home_that_was_named_is_kept() -> None:
    assert launcher("/bin/sh", "/h") == ["/bin/sh", "--home", "/h"]


@pytest.mark.parametrize("named", ["/nowhere/familiar", "/etc/passwd", "/etc"])
def test_launcher_that_cannot_run_is_refused(named: str) -> None:
    with pytest.raises(Problem) as caught:
        launcher(named, None)
    assert caught.value.code == "integrate.launcher"
