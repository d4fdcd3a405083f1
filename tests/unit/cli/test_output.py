"""What is printed: plain for people, JSON for programs, and nothing that steers a terminal."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import msgspec
import pytest

from app.base.foreign_text import harmless
from app.base.wording import count
from app.cli.output import Output, size


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


def test_text_for_a_pipe_is_harmless_too(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(json=False)
    output.line("\x1b[1mSources\x1b[0m \x07 \x9b31m \x0c and " + output.bold("bold"))
    assert capsys.readouterr().out == "�[1mSources�[0m � �31m � and bold\n"


def test_a_strangers_text_never_looks_like_our_own_headings(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    output, other = Output(json=False), Output(json=False)
    output.stream("\n\x1b[1mSources\x1b[0m\n")
    output.stream(other.bold("Sources"))  # not even with marks that another output would take for its own
    assert "\x1b" not in terminal.getvalue()
    output.line(output.bold("Sources \x1b[31m"))
    assert terminal.getvalue().endswith("\x1b[1mSources �[31m\x1b[0m\n")


def test_letters_that_come_in_pieces_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(json=False)
    for piece in ("می", "\u200c", "خواهم 👩🏽", "\u200d", "🚀 one\r", "\ntwo \u200d"):
        output.stream(piece)
    output.line()
    assert capsys.readouterr().out == "می\u200cخواهم 👩🏽\u200d🚀 one\r\ntwo �\n"


@pytest.mark.parametrize("json", [False, True])
def test_no_naughty_string_breaks_output(
    yardsticks: Path, capsysbinary: pytest.CaptureFixture[bytes], json: bool
) -> None:
    """As a file's name, a title and an answer: for people one line each that steers nothing, for programs its value."""
    naughty = msgspec.json.decode((yardsticks / "agent" / "naughty_strings" / "blns.json").read_bytes(), type=list[str])
    output = Output(json=json)
    for text in naughty:
        if json:
            output.document({"path": text})
        else:
            output.line(output.bold(output.name(f"/files/{text}")))
    written = capsysbinary.readouterr().out.decode()
    assert harmless(written) == written
    lines = written.removesuffix("\n").split("\n")
    assert len(lines) == len(naughty)
    if json:
        assert [msgspec.json.decode(line)["path"] for line in lines] == naughty


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
