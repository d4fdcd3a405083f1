"""What is forgotten is nowhere any more: in no file of the home, and in nothing that a model keeps of it."""

from __future__ import annotations

from pathlib import Path

from app.base.calls import Ask
from app.base.memory import MemoryAdd, MemoryForget, MemoryList
from app.base.models import ModelsAdd
from app.base.paths import Home
from tests.support.gguf_models import write_random_model
from tests.support.live import Live, until

SECRET = "Quatermass lives at Harbour Street 7."


def holding(home: Home, text: str) -> list[str]:
    """The files below the home that hold a text."""
    return [
        str(path.relative_to(home.root))
        for path in home.root.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def test_forgotten_is_in_no_file_and_in_no_state_of_a_model(home: Home, tmp_path: Path) -> None:
    live = Live(home)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "lease.md").write_text("The lease renews on 1 March 2027.\n")
    live.watch(tmp_path / "files")
    live.peer.call(ModelsAdd(path=str(write_random_model(tmp_path / "tiny.gguf"))), timeout_s=60)
    told = live.peer.call(MemoryAdd(text=SECRET), timeout_s=30)
    live.peer.call(Ask(question="When does the lease renew?"), timeout_s=90)
    assert holding(home, "Quatermass")
    live.peer.call(MemoryForget(ids=[told.id]), timeout_s=30)
    assert live.peer.call(MemoryList(), timeout_s=30) == []
    assert until(lambda: not list(home.states.glob("*.kv")), 30)
    live.stop()
    assert holding(home, "Quatermass") == []
    assert list(home.states.glob("*.kv")) == []


def test_what_is_told_in_a_conversation_is_kept_without_a_model(home: Home) -> None:
    live = Live(home)
    answer = live.peer.call(Ask(question="Remember that I live in Basel."), timeout_s=60)
    (one,) = live.peer.call(MemoryList(query="basel"), timeout_s=30)
    assert (one.text, one.turn, answer.memories) == ("I live in Basel.", answer.turn, (one.id,))
    recalled = live.peer.call(Ask(question="Where do I live?"), timeout_s=60)
    assert recalled.text.startswith("You have told Familiar: “I live in Basel.”")
    live.stop()
