"""What real models are found fit for, and that measuring them stands in nobody's way."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assistant.aptitude.exam import Exam
from app.assistant.aptitude.tasks import TaskSet
from app.assistant.prompt import Prompts
from app.assistant.tools.search_files import TOOL
from app.base.aptitude import Aptitude
from app.base.chat import ChatMessage, Generate
from app.base.paths import Home, resources
from app.engine.examination import Examination
from app.models.resource_policy import Readings
from tests.process.test_models import Kit
from tests.support.gguf_models import write_random_model
from tests.support.live import until
from tests.support.scripted_model import Never
from tests.support.small_model import small_model

NAMES = ("finds", "cites", "admits", "phrases", "speaks", "calls", "ends")


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """Models of a home, run by the real worker."""
    made = Kit(Home.find(str(tmp_path / "home")), real=True, places=())
    calm = Readings(available_bytes=8 << 30, total_bytes=16 << 30)
    made.models._resources._readings = lambda: calm
    yield made
    made.close()


def examination(kit: Kit, *, asking: threading.Event | None = None, quiet_s: float = 20.0) -> Examination:
    exam = Exam(TaskSet.load(resources() / "aptitude.toml"), Prompts.load(resources() / "prompts"), TOOL.spec)
    busy = asking or threading.Event()
    return Examination(exam, kit.models, busy.is_set, quiet_s=quiet_s)


def figures(found: Aptitude) -> list[int]:
    return [getattr(found, name).right for name in NAMES]


@pytest.mark.timeout(400)
def test_small_real_model_is_found_fit_to_word_what_was_found_twice_the_same(kit: Kit) -> None:
    name = kit.models.add(str(small_model()), use=True).name
    examined = examination(kit)
    first, second = (examined.measure(name, Never(), lambda _: None) for _ in range(2))
    assert first.profile == second.profile == "reader"
    for one, other in zip(figures(first), figures(second), strict=True):
        assert abs(one - other) <= 2
    listed = kit.models.list()[0]
    assert (listed.aptitude, listed.profile) == (second, "reader")


@pytest.mark.timeout(400)
def test_model_that_tells_stories_is_found_fit_for_quotes_twice_the_same(kit: Kit, yardsticks: Path) -> None:
    name = kit.models.add(str(yardsticks / "llama" / "stories260K.gguf"), use=True).name
    examined = examination(kit)
    first, second = (examined.measure(name, Never(), lambda _: None) for _ in range(2))
    assert first.profile == second.profile == "quotes"
    for one, other in zip(figures(first), figures(second), strict=True):
        assert abs(one - other) <= 2
    assert max(first.finds.share, first.cites.share, first.admits.share) < 0.3


def test_model_that_babbles_is_found_fit_for_quotes(kit: Kit, tmp_path: Path) -> None:
    name = kit.models.add(str(write_random_model(tmp_path / "babble.gguf")), use=True).name
    found = examination(kit).measure(name, Never(), lambda _: None)
    assert (found.profile, found.finds.right, found.cites.right, found.admits.right) == ("quotes", 0, 0, 0)


def test_question_is_answered_while_a_model_is_measured_which_goes_on_after_it(kit: Kit, tmp_path: Path) -> None:
    name = kit.models.add(str(write_random_model(tmp_path / "babble.gguf")), use=True).name
    told: list[str] = []
    under_way = threading.Event()

    def tell(text: str) -> None:
        told.append(text)
        if text.startswith("Task 5"):
            under_way.set()

    results: list[Aptitude] = []
    measuring = threading.Thread(target=lambda: results.append(examination(kit).measure(name, Never(), tell)))
    measuring.start()
    assert under_way.wait(60)
    model = kit.models.provide(None)
    assert model is not None
    said = model.generate(
        Generate(messages=[ChatMessage(role="user", content="Hello")], max_tokens=8), on_event=lambda _: None,
        cancellation=Never(),
    )  # fmt: skip
    assert said.usage.generated_tokens
    assert not results, "the question did not wait for all of it"
    measuring.join(120)
    assert results
    assert results[0].finds.of == 12


def test_model_in_use_is_measured_by_itself_once_nobody_asks(kit: Kit, tmp_path: Path) -> None:
    asking = threading.Event()
    asking.set()
    name = kit.models.add(str(write_random_model(tmp_path / "babble.gguf")), use=True).name
    examined = examination(kit, asking=asking, quiet_s=0.1)
    examined.start()
    try:
        kit.models.provide(None)
        assert kit.models.unmeasured(1) == name
        asking.clear()
        assert until(lambda: kit.models.list()[0].aptitude is not None, 60)
        assert kit.models.unmeasured(1) == ""
    finally:
        examined.stop()


def test_person_decides_what_is_asked_of_a_model(kit: Kit, tmp_path: Path) -> None:
    path = write_random_model(tmp_path / "babble.gguf")
    name = kit.models.add(str(path), use=True).name
    assert kit.models.list()[0].profile == "full"
    assert kit.models.set_profile(name, "plain").profile == "plain"
    model = kit.models.provide(None)
    assert model is not None
    assert model.profile == "plain"
    assert kit.models.unmeasured(1) == "", "what the person decides needs no measuring"
    measured = kit.models.set_profile(name, None)
    assert (measured.profile, measured.set_by_person) == ("full", False)
    examination(kit).measure(name, Never(), lambda _: None)
    assert kit.models.list()[0].profile == "quotes"
    os.utime(path, ns=(1, 1))
    assert kit.models.list()[0].aptitude is None, "another file is another model"
