"""A folder of real files, an assistant's way to change them, and a person who answers what they are asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.assistant.acting.acting import Acting, Asking
from app.assistant.acting.hands import Hands
from app.assistant.acting.plans import Plan
from app.assistant.acting.policy import PolicyFile
from app.assistant.acting.targets import Targets
from app.assistant.cancellation import Stop
from app.assistant.citation_numbers import CitationNumbers
from app.assistant.file_access import Reach
from app.assistant.ports import Passage
from app.assistant.tools.tool import Tool, ToolContext
from app.assistant.tools.toolbox import Toolbox, find_tools
from app.base.actions import Action, Approval, Decide
from app.base.chat import ToolCall
from app.base.memory import Memory
from app.base.tables import TableResult
from app.base.values import ToolStep
from app.store.user import UserStore, now_ms
from tests.support.scripted_model import Library, ScriptedModel

_ROOM = 4000  # tokens for a result


class Bound:
    """Hands that do nothing: for tools that only read."""

    def act(
        self, tool: str, effect: str, call: ToolCall, plan: Plan, *, read: Sequence[Passage], foreign: bool
    ) -> tuple[Action, str]:
        raise AssertionError("nothing is to be done here")

    def refused(self, tool: str, effect: str, call: ToolCall, reason: str) -> None:
        raise AssertionError("nothing is to be refused here")

    def more(self, call: str, spent: str) -> bool:
        return False

    def readable(self, tool: str, call: str, paths: Iterable[str]) -> frozenset[str]:
        return frozenset(paths)


class Person:
    """Answers approvals as they come. answer: whether to allow one, and which of its lines to strike; None: never."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting
        self.asked: list[Approval] = []
        self.told: list[Approval] = []
        self.answer: Callable[[Approval], tuple[bool, tuple[int, ...]] | None] = lambda _: (True, ())
        self.before: Callable[[], object] = lambda: None

    def hear(self, approval: Approval) -> None:
        """An approval is shown."""
        self.told.append(approval)
        if approval.state != "waiting":
            return
        self.asked.append(approval)
        self.before()
        answer = self.answer(approval)
        if answer is not None:
            decide = Decide(approval=approval.id, allow=answer[0], struck=answer[1])
            threading.Thread(target=self._acting.approvals.decide, args=(decide,)).start()


class ActingRoom:
    """`files` is the person's folder, `home` Familiar's own; `foreign` whether the model has read anything."""

    def __init__(self, folder: Path, tools: Sequence[Tool] | None = None, *, foreign: bool = False) -> None:
        self.files = folder / "Files"
        self.home = folder / "home"
        self.trash = folder / "share"
        for made in (self.files, self.home):
            made.mkdir(exist_ok=True)
        self.store = UserStore.open(folder / "home" / "user.db")
        self.turn = self.store.turns.begin("A question")
        self.policy = PolicyFile(self.home / "policy.toml")
        self.now = now_ms
        self.acting = Acting(self.store.actions, self.home, self.policy, self._clock)
        self.person = Person(self.acting)
        self.library = Library({}, folder=str(self.files))
        self.numbers = CitationNumbers({})
        self.stop = Stop()
        self.outcomes: list[str] = []
        self.asks = True
        self.foreign = foreign
        self._tools = tools
        self._count = 0

    def _clock(self) -> int:
        return self.now()

    def write(self, name: str, text: str = "", *, data: bytes | None = None) -> Path:
        """A file of the person's that is in the index."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if data is None else data)
        self.library.texts[str(path)] = text
        return path

    def box(self, scope: Sequence[str] = ()) -> Toolbox:
        """A turn's tools."""
        reach = Reach(self.library, scope, (), self.acting.hides)
        context = ToolContext(
            retriever=self.library, reader=self.library, files=self.library, reach=reach,
            targets=Targets(reach, str(self.home)), seen=lambda: self.numbers.paths, propose=_propose,
            tables=lambda _path, _sql: TableResult(tables=()), recall=lambda _words, _most: [],
        )  # fmt: skip
        asking = Asking(self.turn.conversation, self.turn.turn, self.stop, self.person.hear if self.asks else None)
        hands = Hands(self.acting, asking, foreign=self.foreign, tell=lambda told, _: self.outcomes.append(told))
        tools = find_tools() if self._tools is None else self._tools
        return Toolbox(tools, context, model=ScriptedModel(), numbers=self.numbers, hands=hands, stop=self.stop)

    def run(self, name: str, box: Toolbox | None = None, /, **arguments: Any) -> ToolStep:
        """Make one call, in a turn of its own if no toolbox is given."""
        self._count += 1
        call = ToolCall(id=f"c{self._count}", name=name, arguments=arguments)
        box = box or self.box()
        return box.run(call, box.begin(call), _ROOM)

    def events(self) -> list[str]:
        """What the audit has, in order."""
        report = self.store.actions.audit(10_000, verify=True)
        assert report.problem == ""
        return [entry.event for entry in report.entries]

    def tree(self) -> Mapping[str, bytes]:
        """All that stands in the person's folder."""
        return {
            str(path.relative_to(self.files)): path.read_bytes()
            for path in sorted(self.files.rglob("*"))
            if path.is_file()
        }

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def _propose(text: str) -> Memory:
    return Memory(id=1, text=text, at=0, origin="assistant", kept=False)
