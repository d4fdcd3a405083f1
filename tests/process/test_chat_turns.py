"""Whole turns through a real engine: grounded answers on a scripted model, and a real one loaded and stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.base.calls import AnswerShow, Ask, Attach, ChatDelete, ChatShow, ShowPlace, StopTurn
from app.base.errors import Problem
from app.base.models import ModelsAdd, ModelsList, ModelsUse
from app.base.paths import Home
from app.base.preview import Rendered
from app.base.turn_events import Delta, Step, TurnEvent
from app.base.values import Answer
from tests.support.gguf_models import write_random_model
from tests.support.live import Live, scripted_engine, until

LEASE = "# Flat\n\nThe rent is 900 euros a month.\n\nThe lease renews on 1 March 2027 unless notice is given.\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a lease and a recipe."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "lease.md").write_text(LEASE)
    (folder / "bread.md").write_text("# Bread\n\nKnead the dough for ten minutes and let it rest.\n")
    return folder


@pytest.fixture
def scripted(home: Home, files: Path, tmp_path: Path) -> Iterator[Live]:
    """An engine with a scripted chat model in use, and `files` indexed."""
    with scripted_engine(home, files, tmp_path / "script.gguf") as live:
        yield live


class Heard:
    """Asks in a thread and keeps what comes."""

    def __init__(self, live: Live, call: Ask) -> None:
        self.events: list[TurnEvent] = []
        self.answer: Answer | None = None
        self.problem: Problem | None = None
        self._live = live
        self._call = call
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.answer = self._live.peer.call(self._call, on_event=self._hear, timeout_s=60)
        except Problem as problem:
            self.problem = problem

    def _hear(self, _name: str, body: msgspec.Raw) -> None:
        self.events.append(msgspec.json.decode(body, type=TurnEvent))

    @property
    def text(self) -> str:
        """What has streamed so far."""
        return "".join(event.text for event in self.events if isinstance(event, Delta))

    def join(self) -> Heard:
        """Wait for the end."""
        self._thread.join(90)
        assert not self._thread.is_alive()
        return self


def test_answer_is_grounded_cited_streamed_and_kept(scripted: Live, files: Path) -> None:
    heard = Heard(scripted, Ask(question="When does the lease renew?")).join()
    answer = heard.answer
    assert answer is not None
    assert (answer.mode, answer.state, answer.model) == ("chat", "done", "script")
    assert heard.text.strip() == answer.text
    (citation,) = answer.citations
    assert citation.path == str(files / "lease.md")
    assert LEASE[citation.place.start : citation.place.end] == citation.quote
    assert answer.coverage.read >= 1
    assert any(isinstance(event, Step) and event.name == "found" for event in heard.events)
    messages = scripted.peer.call(ChatShow(conversation=answer.conversation), timeout_s=10)
    assert [message.role for message in messages] == ["user", "assistant"]
    kept = messages[1].answer
    assert kept is not None
    assert kept.citations[0].checked == "exact"
    preview = scripted.peer.call(
        ShowPlace(path=citation.path, place=citation.place, quote=citation.quote), timeout_s=10
    )
    assert isinstance(preview.view, Rendered)
    assert (preview.match, preview.sha256) == ("exact", citation.sha256)


def test_edited_file_changes_the_next_answer_and_the_old_citation_says_so(scripted: Live, files: Path) -> None:
    first = Heard(scripted, Ask(question="When does the lease renew?")).join().answer
    assert first is not None
    (files / "lease.md").write_text(LEASE.replace("1 March 2027", "1 July 2031").replace("unless", "if no"))
    assert until(lambda: "July" in scripted.text(files / "lease.md"), 20)
    second = Heard(scripted, Ask(question="When does the lease renew?")).join().answer
    assert second is not None
    assert "July 2031" in second.text
    messages = scripted.peer.call(ChatShow(conversation=first.conversation), timeout_s=10)
    kept = messages[1].answer
    assert kept is not None
    assert kept.citations[0].checked == "missing"
    assert "March 2027" in kept.citations[0].quote


def test_what_the_files_do_not_tell_is_not_found(scripted: Live) -> None:
    answer = Heard(scripted, Ask(question="Which rocket reached Jupiter?")).join().answer
    assert answer is not None
    assert answer.mode == "not_found"
    assert answer.citations == ()


def test_stop_keeps_the_text_and_comes_at_once(scripted: Live) -> None:
    heard = Heard(scripted, Ask(question="When does the lease renew? Tell me slowly"))
    assert until(lambda: len(heard.text) > 40, 30)
    turn = next(event.turn for event in heard.events if isinstance(event, Step))
    began = time.monotonic()
    assert scripted.peer.call(StopTurn(turn=turn), timeout_s=10)
    answer = heard.join().answer
    assert time.monotonic() - began < 5
    assert answer is not None
    assert answer.state == "stopped"
    assert answer.text
    assert heard.text.startswith(answer.text)


def test_conversation_that_is_deleted_while_it_is_answered_is_forgotten_after_that_too(scripted: Live) -> None:
    heard = Heard(scripted, Ask(question="When does the lease renew? Tell me slowly"))
    assert until(lambda: len(heard.text) > 40, 30)
    step = next(event for event in heard.events if isinstance(event, Step))
    scripted.peer.call(ChatDelete(conversation=step.conversation), timeout_s=10)
    scripted.peer.call(StopTurn(turn=step.turn), timeout_s=10)
    heard.join()
    forgotten = scripted.home.states / f"forgotten-{step.conversation}"
    assert until(lambda: forgotten.exists() and forgotten.stat().st_size == 2, 20)


def test_killed_engine_leaves_an_interrupted_answer_with_its_text(scripted: Live) -> None:
    heard = Heard(scripted, Ask(question="When does the lease renew? Tell me slowly"))
    assert until(lambda: len(heard.text) > 40, 30)
    conversation = next(event.conversation for event in heard.events if isinstance(event, Step))
    saved = Live(scripted.home)
    assert until(lambda: bool(saved.peer.call(ChatShow(conversation=conversation), timeout_s=10)[-1].text.strip()), 10)
    saved.peer.close()
    scripted.kill()
    heard.join()
    assert heard.problem is not None
    messages = scripted.peer.call(ChatShow(conversation=conversation), timeout_s=30)
    answer = messages[1].answer
    assert answer is not None
    assert answer.state == "interrupted"
    assert answer.text
    assert heard.text.startswith(answer.text.rstrip())


def test_chat_process_that_dies_mid_answer_fails_the_turn_and_keeps_its_text(scripted: Live) -> None:
    heard = Heard(scripted, Ask(question="When does the lease renew? die here")).join()
    assert heard.problem is not None
    conversation = next(event.conversation for event in heard.events if isinstance(event, Step))
    answer = scripted.peer.call(ChatShow(conversation=conversation), timeout_s=10)[1].answer
    assert answer is not None
    assert answer.state == "failed"
    assert answer.error
    again = Heard(scripted, Ask(question="When does the lease renew?")).join().answer
    assert again is not None
    assert again.state == "done"


def test_attached_file_outside_the_folders_is_answered_from_at_once(scripted: Live, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("# Boat\n\nThe boat is moored at pier seven until October.\n")
    rows = scripted.peer.call(Attach(paths=[str(outside)]), timeout_s=30)
    assert [(row.path, row.state) for row in rows] == [(str(outside), "ready")]
    ask = Ask(question="Where is the boat moored?", attachments=[str(outside)])
    answer = Heard(scripted, ask).join().answer
    assert answer is not None
    assert [citation.path for citation in answer.citations] == [str(outside)]
    assert str(outside) not in scripted.rows()
    citation = answer.citations[0]
    look = ShowPlace(path=citation.path, place=citation.place, quote=citation.quote)
    with pytest.raises(Problem) as problem:
        scripted.peer.call(look, timeout_s=10)
    assert problem.value.code == "file.outside"
    shown = scripted.peer.call(msgspec.structs.replace(look, conversation=answer.conversation), timeout_s=10)
    assert shown.match == "exact"


def test_asking_again_makes_a_new_version_that_the_next_question_goes_on_from(scripted: Live) -> None:
    first = Heard(scripted, Ask(question="When does the lease renew?")).join().answer
    assert first is not None
    chat = first.conversation
    for question in ("What is the rent?", "And the notice?"):
        answer = Heard(scripted, Ask(question=question, conversation=chat)).join().answer
        assert answer is not None
        again = Heard(scripted, Ask(question="", conversation=chat, again=answer.turn)).join()
        assert again.problem is None
        assert again.answer is not None
        assert (again.answer.state, again.answer.turn != answer.turn) == ("done", True)
        shown = scripted.peer.call(ChatShow(conversation=chat), timeout_s=30)
        assert shown[-1].versions == (answer.turn, again.answer.turn)
        older = scripted.peer.call(AnswerShow(turn=answer.turn), timeout_s=30)
        assert (older.text, older.state) == (answer.text, "done")
    early = Heard(scripted, Ask(question="", conversation=chat, again=first.turn)).join()
    assert early.problem is None
    shown = scripted.peer.call(ChatShow(conversation=chat), timeout_s=30)
    assert [message.text for message in shown if message.role == "user"] == [
        "When does the lease renew?", "What is the rent?", "And the notice?",
    ]  # fmt: skip


def test_quotes_can_be_asked_for_while_a_model_is_in_use(scripted: Live) -> None:
    answer = Heard(scripted, Ask(question="When does the lease renew?", model="quotes")).join().answer
    assert answer is not None
    assert (answer.mode, answer.model) == ("quotes", None)
    assert "1 March 2027" in answer.citations[0].quote


def _stopped_at_its_first_words(live: Live) -> Answer | None:
    """What is kept of an answer that was stopped as it was written; None if that had ended: a tiny model is fast."""
    heard = Heard(live, Ask(question="When does the lease renew?"))
    assert until(lambda: any(isinstance(event, Delta) for event in heard.events), 60)
    turn = next(event.turn for event in heard.events if isinstance(event, Step))
    live.peer.call(StopTurn(turn=turn), timeout_s=10)
    answer = heard.join().answer
    assert answer is not None
    return answer if (answer.state, answer.mode) == ("stopped", "chat") else None


def test_real_model_is_added_loaded_streams_and_stops(home: Home, files: Path, tmp_path: Path) -> None:
    live = Live(home)
    live.watch(files)
    model = write_random_model(tmp_path / "tiny.gguf")
    info = live.peer.call(ModelsAdd(path=str(model)), timeout_s=60)
    assert (info.name, info.in_use, info.problem) == ("tiny", True, "")
    stopped = next(answer for answer in (_stopped_at_its_first_words(live) for _ in range(10)) if answer is not None)
    assert stopped.model == "tiny"
    assert stopped.usage.prompt_tokens > 0
    model.unlink()
    listed = live.peer.call(ModelsList(), timeout_s=30)
    assert listed[0].problem
    live.peer.call(ModelsUse(name=None), timeout_s=30)
    quoted = Heard(live, Ask(question="When does the lease renew?")).join().answer
    assert quoted is not None
    assert quoted.mode == "quotes"
    live.stop()
