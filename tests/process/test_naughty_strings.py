"""The big list of naughty strings, as names of files, questions and titles, through a real engine and command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.calls import Ask, ChatRename, ChatsList
from app.base.errors import Problem
from app.base.foreign_text import harmless
from app.base.paths import Home
from tests.support.live import Live

ROOT = Path(__file__).parents[2]
ASKED = 25


@pytest.fixture(scope="module")
def naughty(yardsticks: Path) -> list[str]:
    """The strings, without those that no file and no question can have."""
    lines = json.loads((yardsticks / "agent" / "naughty_strings" / "blns.json").read_text(encoding="utf-8"))
    return [line for line in lines if line.strip() and "\0" not in line]


@pytest.fixture
def live(home: Home) -> Iterator[Live]:
    """An engine of the test's own."""
    made = Live(home)
    yield made
    made.stop()


def as_name(text: str, number: int) -> str:
    """A file's name with this text in it, as long as a name may be."""
    cut = os.fsencode(text.replace("/", "∕"))[:200]
    return f"{number} {cut.decode('utf-8', 'ignore')}.txt"


def familiar(home: Home, *words: str) -> str:
    """What a command prints through a pipe, in UTF-8."""
    command = [sys.executable, "-m", "app", "--home", str(home.root), *words]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=120)
    assert done.returncode in (0, 1), done.stderr.decode(errors="replace")
    assert harmless(done.stderr.decode()) == done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="few of them can be names there")
def test_no_naughty_string_breaks_the_index_the_answers_or_what_is_printed(
    live: Live, naughty: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    names = [as_name(text, number) for number, text in enumerate(naughty)]
    for number, (name, text) in enumerate(zip(names, naughty, strict=True)):
        (folder / name).write_text(f"Entry {number} says: {text}\n", encoding="utf-8")
    status = live.watch(folder)
    assert status.settled
    assert sum(status.files.values()) == len(names)
    chosen = naughty[:: len(naughty) // ASKED]
    for text in chosen:
        try:
            answer = live.peer.call(Ask(question=text), timeout_s=60)
        except Problem as problem:  # no words to look for
            assert harmless(problem.title) == problem.title
            continue
        live.peer.call(ChatRename(conversation=answer.conversation, title=text), timeout_s=30)
    kept = live.peer.call(ChatsList(), timeout_s=30)
    assert len(kept) > ASKED // 2

    listed = json.loads(familiar(live.home, "files", "--json"))
    assert {Path(row["path"]).name for row in listed} == set(names)
    shown = [familiar(live.home, "files"), familiar(live.home, "chats", "list")]
    shown += [familiar(live.home, "chats", "show", str(chat.id)) for chat in kept[:3]]
    shown += [familiar(live.home, "search", "--", text) for text in chosen[1:4]]
    for text in shown:
        assert harmless(text) == text
    assert len([line for line in shown[1].splitlines() if line.strip()]) >= len(kept)
    titles = {chat["title"] for chat in json.loads(familiar(live.home, "chats", "list", "--json"))}
    assert titles == {chat.title for chat in kept}
