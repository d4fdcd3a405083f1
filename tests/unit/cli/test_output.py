"""What is printed: plain for people, JSON for programs, and nothing that steers a terminal."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from app.cli.output import Output, count, harmless, size


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def _terminal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Terminal:
    """Make standard output a terminal, from now on in this test."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in ({"TERM": "xterm"} | environment).items():
        monkeypatch.setenv(name, value)
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    return stream


def test_hostile_text_cannot_steer_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    output = Output(json=False)
    output.line(output.bold("a\x1b]0;title\x07b\x1b[2Jc\u202egpj.exe\x9b31m"))
    written = terminal.getvalue()
    assert written == "\x1b[1ma�]0;title�b�[2Jc�gpj.exe�31m\x1b[0m\n"


def test_text_for_a_pipe_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(json=False)
    output.line("form feed \x0c and " + output.bold("bold"))
    assert capsys.readouterr().out == "form feed \x0c and bold\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    _terminal(monkeypatch, **{name: value})
    output = Output(json=False)
    assert output.terminal
    assert output.bold("x") == "x"


def test_path_is_shown_relative_and_on_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    output = Output(json=False)
    assert output.name(str(tmp_path / "a" / "b.txt")) == "a/b.txt"
    assert output.name("/elsewhere/b.txt") == "/elsewhere/b.txt"
    assert output.name(str(tmp_path / "two\nlines\x1b[31m")) == "two\\nlines�[31m"


def test_emphasis_of_our_own_passes() -> None:
    assert harmless("\x1b[1mx\x1b[0m\x1b[31my") == "\x1b[1mx\x1b[0m�[31my"


def test_counts_and_sizes_read_well() -> None:
    assert [count(1, "file"), count(2310, "file"), count(0, "match", "matches")] == [
        "1 file",
        "2,310 files",
        "0 matches",
    ]
    assert [size(1), size(999), size(1234), size(7_700_000), size(3_000_000_000_000)] == [
        "1 byte", "999 bytes", "1.2 kB", "7.7 MB", "3.0 TB",
    ]  # fmt: skip


def test_document_is_one_line_of_utf8(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    Output(json=True).document({"path": "/ä/\n"})
    assert capsysbinary.readouterr().out == '{"path":"/ä/\\n"}\n'.encode()
