"""llama-cpp-python's build: who may start one, when it is worth it, and what it tells."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from familiar_setup import chat_build, environment, system
from familiar_setup.chat_build import State
from familiar_setup.checkout import Checkout, SetupFailed
from familiar_setup.environment import Stamp

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout with an environment that has no pip: building in it fails."""
    made = Checkout(tmp_path)
    made.scripts.mkdir(parents=True)
    made.python.symlink_to("/bin/false")
    made.pyproject.write_text("[project]\n")
    (tmp_path / "packaging").mkdir()
    for part in ("chat", "build"):
        made.locked(part).write_text("thing==1\n")
    return made


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("  [123/210] Building CXX object a.cpp.o", "compiling the chat engine, 123 of 210"),
        ("Collecting llama-cpp-python==0.3.36", "fetching the source"),
        ("  -- Detecting CXX compiler ABI info", "looking at the compiler"),
        ("  *** Installing project into wheel...", "installing"),
        ("  /usr/bin/g++ -O3", ""),
    ],
)
def test_a_line_of_the_build_is_told_in_a_few_words(line: str, text: str) -> None:
    assert chat_build.meaning(line) == text


def test_a_build_that_fails_says_why_and_is_not_tried_again(checkout: Checkout) -> None:
    assert chat_build.is_wanted(checkout)
    with pytest.raises(SetupFailed, match="could not be built"):
        chat_build.build(checkout)
    state = chat_build.read_state(checkout)
    assert state.state == "failed"
    assert str(checkout.chat_log) in state.text
    assert not chat_build.is_wanted(checkout)


@pytest.mark.parametrize("part", ["chat", "build"])
def test_a_build_that_failed_is_tried_again_after_the_lock_changed(checkout: Checkout, part: str) -> None:
    with pytest.raises(SetupFailed):
        chat_build.build(checkout)
    checkout.locked(part).write_text("thing==2\n")
    assert chat_build.is_wanted(checkout)


def test_a_build_that_failed_is_tried_again_with_other_options(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SetupFailed):
        chat_build.build(checkout)
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_VULKAN=on")
    assert chat_build.is_wanted(checkout)


def test_a_missing_compiler_is_the_reason_with_its_command(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout.root))
    monkeypatch.setattr(system, "this_distribution", lambda: "debian")
    monkeypatch.setattr(system, "may_install", lambda _: False)
    with pytest.raises(SetupFailed, match="apt-get install -y build-essential"):
        chat_build.build(checkout)
    assert "cc or gcc or clang" in chat_build.read_state(checkout).text


def test_a_failure_for_want_of_a_network_is_tried_again(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object) -> None:
        checkout.chat_log.write_text("NameResolutionError")
        raise SetupFailed("no network")

    monkeypatch.setattr(environment, "pip", offline)
    with pytest.raises(SetupFailed, match="no network"):
        chat_build.build(checkout)
    assert chat_build.is_wanted(checkout)


def test_what_is_built_already_is_not_built(checkout: Checkout) -> None:
    stamp = Stamp(checkout)
    stamp.put("chat", stamp.fingerprint("chat"))
    assert not chat_build.is_wanted(checkout)
    chat_build.build(checkout)


def test_a_second_build_leaves_the_first_alone(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "nice", lambda _: 0)
    with environment.held(checkout.chat_lock):
        assert chat_build.is_running(checkout)
        assert chat_build.build_in_background(checkout, again=False) == 1
    assert chat_build.read_state(checkout) == State()
    assert not chat_build.is_running(checkout)


def test_a_damaged_state_file_counts_as_none(checkout: Checkout) -> None:
    checkout.chat_state.write_text('{"state": "done"')
    assert chat_build.read_state(checkout) == State()


def test_the_state_file_is_what_the_window_expects(checkout: Checkout) -> None:
    import msgspec

    from app.base.calls import SetupProgress

    chat_build.write_state(checkout, State("building", "compiling 3 of 9", 12))
    value = msgspec.json.decode(checkout.chat_state.read_bytes(), type=SetupProgress)
    assert value == SetupProgress(state="building", text="compiling 3 of 9", elapsed_s=12)


def test_no_more_compilers_run_than_there_are_cores() -> None:
    assert 1 <= chat_build.jobs() <= (os.cpu_count() or 1)
