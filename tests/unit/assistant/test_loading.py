"""A model that has to be loaded first: the person is told which, before it takes its time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assistant.cancellation import Stop
from app.store.user import UserStore
from tests.support.caller import Caller
from tests.support.live import until
from tests.support.scripted_model import Library, ScriptedModel, assistant_over

QUESTION = "When does the lease renew?"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[UserStore]:
    made = UserStore.open(tmp_path / "user.db")
    yield made
    made.close()


@pytest.fixture
def library() -> Library:
    return Library({"/docs/lease.txt": "The lease renews on 1 March 2027."})


def test_loading_is_told_by_name_before_anything_is_written(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library, ScriptedModel("In March [1]."), loading="Qwen3 4B"))
    caller.ask(QUESTION)
    assert caller.step("loading").title == "Loading Qwen3 4B"
    steps = caller.steps()
    assert steps.index("searching") < steps.index("loading") < steps.index("found")


def test_model_that_is_there_is_not_said_to_load(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library, ScriptedModel("In March [1].")))
    caller.ask(QUESTION)
    assert "loading" not in caller.steps()


def test_quotes_load_nothing(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library, ScriptedModel("x"), loading="Qwen3 4B"))
    caller.ask(QUESTION, model="quotes")
    assert "loading" not in caller.steps()


def test_stop_is_heard_while_a_model_loads(store: UserStore, library: Library) -> None:
    stop, loaded = Stop(), threading.Event()

    def slow(name: str | None) -> ScriptedModel:
        stop.cancel()
        loaded.wait(30)
        return ScriptedModel("Too late.")

    caller = Caller(assistant_over(store, library, provider=slow))
    try:
        assert caller.ask(QUESTION, stop).state == "stopped"
    finally:
        loaded.set()


def test_however_often_a_model_is_chosen_one_thread_makes_it_ready(store: UserStore, library: Library) -> None:
    loaded, loads, at_once = threading.Event(), [], []

    def slow(name: str | None) -> None:
        loads.append(name)
        at_once.append(sum(thread.name == "prepare" for thread in threading.enumerate()))
        loaded.wait(30)

    assistant = assistant_over(store, library, provider=slow)
    for _ in range(30):
        assistant.prepare()
    loaded.set()
    assert until(lambda: all(thread.name != "prepare" for thread in threading.enumerate()))
    assert 1 <= len(loads) <= 2  # the second for whatever was chosen while the first was loaded
    assert set(at_once) == {1}
