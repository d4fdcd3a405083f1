"""One engine that is asked again and again, and what of the machine it holds meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType

import msgspec
import psutil

from app.base.calls import Ask, Drain, FoldersAdd, Index, Search
from app.base.models import ModelsAdd
from app.base.paths import Home
from app.base.turn_events import Step, TurnEvent
from app.base.values import ConversationId
from app.link.client import connect
from app.link.peer import Peer
from tests.support.live import until

IDLE_S = 600.0
TURNS_A_CONVERSATION = 10
_NOTES = (
    ("lease.md", "# Flat\n\nThe rent is 900 euros a month.\n\nThe lease renews on 1 March 2027.\n"),
    ("boat.md", "# Boat\n\nThe boat is moored at pier seven until October.\n"),
    ("log.txt", "".join(f"Entry {n}: the pump ran for {n} minutes.\n" for n in range(1, 400))),
)


class Held(msgspec.Struct, frozen=True):
    """What a process holds of the machine. memory_bytes: resident."""

    files: int
    threads: int
    memory_bytes: int


class Endurance:
    """A home with a few files and an engine of its own, whose chat worker writes a script. Use in a `with`."""

    def __init__(self, root: Path, *, open_files: int | None = None) -> None:
        """open_files: the most files that the engine may have open."""
        self._home = Home.find(str(root / "home"))
        self._files = root / "files"
        self._files.mkdir()
        for name, text in _NOTES:
            (self._files / name).write_text(text, encoding="utf-8")
        script = Path(__file__).with_name("scripted_engine.py")
        limits = [] if open_files is None else [str(open_files)]
        command = [sys.executable, "-P", str(script), str(self._home.root), str(IDLE_S), *limits]
        self._process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
        self._peer: Peer | None = None
        self._conversation: ConversationId | None = None
        self._turns = 0
        self.questions = 0
        self.tool_calls = 0
        self._model = root / "script.gguf"
        self._model.write_bytes(b"script")

    def __enter__(self) -> Endurance:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._peer is not None and not self._peer.closed:
            self._peer.call(Drain(), timeout_s=60)
            self._peer.close()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def peer(self) -> Peer:
        """A connection; at the first time the files are indexed, and the model is added."""
        if self._peer is None:
            if not until(self._home.engine_json.exists, 120):
                raise TimeoutError("the engine did not start")
            self._peer = connect(self._home, role="cli", spawn=False)
            self._peer.call(FoldersAdd(paths=[str(self._files)]), timeout_s=60)
            self._peer.call(Index(wait=True), timeout_s=300)
            self._peer.call(ModelsAdd(path=str(self._model)), timeout_s=60)
        return self._peer

    def ask_for_quotes(self, count: int) -> None:
        """So many questions that are answered in quotes, every one of them rightly."""
        for _ in range(count):
            self._ask("When does the lease renew?", "1 March 2027", model="quotes")
            self.questions += 1

    def ask_with_tools(self, calls: int) -> None:
        """Questions for which the scripted model makes at least so many tool calls."""
        until_there = self.tool_calls + calls
        while self.tool_calls < until_there:
            self._ask("When does the lease renew? Then look further for boat moored", "")
            self._ask("Please look everywhere: for which minutes did the pump run?", "")

    def search(self, count: int) -> None:
        """So many searches."""
        for _ in range(count):
            found = self.peer.call(Search(query="boat moored"), timeout_s=60)
            assert found.hits

    def held(self) -> Held:
        """What the engine holds now, calls that have just been answered let go."""
        process = psutil.Process(self._process.pid)
        calm = Held(process.num_fds(), process.num_threads(), process.memory_info().rss)
        for _ in range(20):  # threads of the last answer end by themselves; the least of several looks is without them
            until(lambda: False, 0.05)
            now = Held(process.num_fds(), process.num_threads(), process.memory_info().rss)
            calm = Held(min(calm.files, now.files), min(calm.threads, now.threads), now.memory_bytes)
        return calm

    def _ask(self, question: str, expected: str, model: str | None = None) -> None:
        if self._turns % TURNS_A_CONVERSATION == 0:
            self._conversation = None
        self._turns += 1
        calls: set[str] = set()

        def hear(_name: str, body: msgspec.Raw) -> None:
            event = msgspec.json.decode(body, type=TurnEvent)
            if isinstance(event, Step) and event.tool is not None and event.tool.state != "running":
                calls.add(event.tool.call)

        call = Ask(question=question, conversation=self._conversation, model=model)
        answer = self.peer.call(call, on_event=hear, timeout_s=120)
        assert answer.state == "done", answer
        assert expected in answer.text, answer.text
        self._conversation = answer.conversation
        self.tool_calls += len(calls)
