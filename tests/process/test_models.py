"""Models in the engine's hands: listed, found, loaded, measured, given up on, with real processes behind them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest

from app.base.chat import ChatMessage, Generate, Generated, LoadOptions
from app.base.chat_model import ChatModel, ModelEvent
from app.base.errors import Problem
from app.base.models import ModelInfo
from app.base.paths import Home
from app.base.settings import SettingsFile
from app.library.watch import Watcher
from app.link.peer import Incoming
from app.link.workers import Worker, WorkerDied
from app.models.discovery import Discovery
from app.models.model_places import ModelPlace
from app.models.models import Models
from app.models.named_models import own_places
from app.models.remotes import Remotes
from app.models.resource_policy import Readings
from app.store.measurements import Measurements
from app.store.secrets import Secrets
from tests.support.gguf_models import CHATML, Shape, write_header_only, write_random_model
from tests.support.live import until
from tests.support.sparse_models import Type, write_sparse_model

SCRIPT = [sys.executable, "-P", str(Path(__file__).parents[1] / "support" / "scripted_chat.py")]
WORDS = {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": ["a", "b"]}
Opened = Callable[..., "Kit"]


class Kit:
    """The engine's models at a home, with a scripted worker or the real one; what changed is counted."""

    def __init__(self, home: Home, *, real: bool, places: Sequence[ModelPlace]) -> None:
        home.create()
        self.home = home
        self.settings = SettingsFile(home.settings_toml)
        self.measurements = Measurements(home.measurements_json)
        command = None if real else SCRIPT
        self.worker, self.prober, self.remote = Worker("chat", command), Worker("chat", command), Worker("remote")
        self.changed = threading.Event()
        self.models = Models(
            self.settings, self.worker, self.prober,
            Remotes(self.settings, Secrets("test"), self.remote, self.measurements), self.measurements,
            discovery=Discovery(
                lambda: [*own_places(self.settings.value, str(home.models)), *places], self.changed.set, Watcher
            ),
            states=str(home.states), on_change=self.changed.set,
        )  # fmt: skip
        calm = Readings(available_bytes=8 << 30, total_bytes=16 << 30)
        self.models._resources._readings = lambda: calm  # a machine that other tests keep busy reads nothing ahead

    def close(self) -> None:
        self.models.close()
        for worker in (self.worker, self.prober, self.remote):
            worker.stop()

    def add(self, path: Path) -> ChatModel:
        """A file as a model that is loaded and ready."""
        path.write_bytes(b"GGUF of a script")
        self.models.add(str(path), use=True)
        return self.model()

    def model(self) -> ChatModel:
        """The one in use, loaded."""
        model = self.models.provide(None)
        assert model is not None
        return model

    def info(self, name: str) -> ModelInfo:
        """What the list tells of one."""
        return next(info for info in self.models.list() if info.name == name)


class Never:
    """A turn that nobody stops."""

    cancelled = False

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Nothing: it never is."""

    def emit(self, event: str, body: object = None) -> None:
        """Nothing: nobody listens."""


@pytest.fixture
def opened(home: Home) -> Iterator[Opened]:
    """Opens the models of the test's home; closed after the test."""
    kits: list[Kit] = []

    def make(*, real: bool = False, places: Sequence[ModelPlace] = ()) -> Kit:
        for kit in kits:
            kit.close()
        kits.append(Kit(home, real=real, places=places))
        return kits[-1]

    yield make
    kits[-1].close()


def _ask(model: ChatModel, question: str = "Hello", conversation: int = 0) -> tuple[str, Generated]:
    pieces: list[str] = []

    def hear(event: ModelEvent) -> None:
        if isinstance(event, str):
            pieces.append(event)

    messages = [ChatMessage(role="user", content=f"Question: {question}")]
    call = Generate(messages=messages, max_tokens=20, temperature=0, conversation=conversation)
    result = model.generate(call, on_event=hear, cancellation=Never())
    return "".join(pieces), result


# ---- answers, and how fast they were -------------------------------------------------------------------------------


def test_speed_is_measured_with_every_answer_and_known_after_a_restart(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    model = kit.add(tmp_path / "m.gguf")
    assert (model.decode_rate, model.cost.known) == (0, False)
    _ask(model, "a longer question, so that some tokens are read and counted in the law of costs " * 4)
    assert model.decode_rate == 0  # six words tell nothing
    _ask(model, "slowly " + "please " * 30)
    assert model.decode_rate == pytest.approx(10)
    assert model.cost.seconds(100, 0) == pytest.approx(1.0 + 0.15, rel=0.05)
    assert kit.info("m").speed.decode == pytest.approx(10)
    again = opened().model()
    assert again.decode_rate == pytest.approx(10)
    assert again.cost.known


def test_conversations_with_two_models_take_turns(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    first, second = kit.add(tmp_path / "one.gguf"), kit.add(tmp_path / "two.gguf")
    texts: list[str] = []
    threads = [threading.Thread(target=lambda m=m: texts.append(_ask(m)[0])) for m in (first, second, first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert texts == ["Hello. Ask me about your files."] * 4


def test_read_ahead_is_told_and_nothing_is_loaded_for_it(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    model = kit.add(tmp_path / "m.gguf")
    kit.models._resources.may_read_ahead = lambda: True  # type: ignore[method-assign]  # whatever this machine does now
    model = kit.model()
    model.warm([ChatMessage(role="system", content="x" * 400)], (), 7)
    assert until(lambda: model.warmed(7) == 100, 10)
    assert kit.models._process.rest("the test says so")
    model.warm([ChatMessage(role="system", content="x" * 800)], (), 7)
    assert model.warmed(7) == 0
    assert kit.models._process.loaded is None


def test_model_comes_back_after_it_was_unloaded(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    model = kit.add(tmp_path / "m.gguf")
    pid = kit.worker.pid
    assert kit.models._process.rest("memory is short")
    assert kit.models._process.loaded is None
    assert _ask(model)[0] == "Hello. Ask me about your files."
    assert kit.worker.pid != pid


def test_model_that_has_to_be_loaded_first_is_named(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    assert kit.models.loading(None) == ""
    kit.add(tmp_path / "m.gguf")
    assert kit.models.loading(None) == kit.models.loading("quotes") == kit.models.loading("unknown") == ""
    assert kit.models._process.rest("memory is short")
    assert kit.models.loading(None) == "m"
    kit.model()
    kit.models.tune("m", LoadOptions(context=2048))
    assert kit.models.loading("m") == "m"


def test_idle_model_is_unloaded_when_memory_is_short(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = opened()
    model = kit.add(tmp_path / "m.gguf")
    short = Readings(available_bytes=1000, total_bytes=8 << 30)
    monkeypatch.setattr(kit.models._resources, "_readings", lambda: short)
    for _ in range(3):
        kit.models._resources.look()
    assert until(lambda: kit.worker.pid is None, 10)
    assert kit.models._process.loaded is None
    assert _ask(model)[1].reason == "end"


def test_deleted_conversation_is_forgotten_with_and_without_a_model(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    states = [kit.home.states / f"0123456789abcdef-c{conversation}-turn.kv" for conversation in (5, 50)]
    for state in states:
        state.write_bytes(b"what was said")
    kit.models.forget(5)
    assert until(lambda: not states[0].exists(), 20)
    assert states[1].exists()
    assert kit.worker.pid is None
    assert kit.prober.pid is None
    kit.add(tmp_path / "m.gguf")
    kit.models.forget(6)
    assert until((kit.home.states / "forgotten-6").exists, 20)


# ---- deaths --------------------------------------------------------------------------------------------------------


@pytest.mark.expects_warnings
def test_two_deaths_in_a_row_are_the_end_until_the_model_is_tuned(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    model = kit.add(tmp_path / "m.gguf")
    with pytest.raises(WorkerDied):
        _ask(model, "die here")
    _ask(model)
    with pytest.raises(WorkerDied):  # one answer between, so this is the first again
        _ask(model, "die here")
    with pytest.raises(Problem) as caught:
        _ask(model, "die here")
    assert caught.value.code == "model.quarantined"
    assert "a context of 2,048 tokens" in caught.value.hint
    with pytest.raises(Problem) as caught:
        opened().model()  # a restart changes nothing
    assert caught.value.code == "model.quarantined"
    kit = opened()
    assert "2 times in a row" in kit.info("m").quarantine
    assert kit.models.tune("m", LoadOptions(context=2048)).quarantine == ""
    model = kit.model()
    assert model.context == 2048
    assert _ask(model)[1].reason == "end"


@pytest.mark.expects_warnings
def test_death_that_a_question_and_what_was_read_ahead_share_counts_once(opened: Opened, tmp_path: Path) -> None:
    model = opened().add(tmp_path / "m.gguf")
    model.warm([ChatMessage(role="user", content="Long text. die ahead")], (), 3)
    assert until(lambda: model.warmed(3) > 0, 20)
    assert _ask(model)[0].startswith("Hello")  # the question waited behind it, and was asked again


@pytest.mark.expects_warnings
def test_new_bytes_end_a_quarantine(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    path = tmp_path / "dies.gguf"
    path.write_bytes(b"GGUF")
    kit.models.add(str(path), use=True)
    with pytest.raises(WorkerDied):
        kit.model()
    with pytest.raises(Problem, match="2 times"):
        kit.model()
    with pytest.raises(Problem, match="2 times"):
        kit.model()
    path.write_bytes(b"GGUF, mended")
    assert kit.info("dies").quarantine == ""
    with pytest.raises(WorkerDied):  # it is tried again
        kit.model()


@pytest.mark.expects_warnings
def test_load_that_shows_no_sign_of_life_is_ended(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.models.chat_process.LOAD_SILENCE_S", 1.0)
    kit = opened()
    path = tmp_path / "stubborn.gguf"
    path.write_bytes(b"GGUF")
    kit.models.add(str(path), use=True)
    with pytest.raises(Problem) as caught:
        kit.model()
    assert caught.value.code == "model.stalled"
    assert kit.measurements.deaths("stubborn.gguf:4:" + str(path.stat().st_mtime_ns)).count == 1


@pytest.mark.expects_warnings
def test_drive_that_was_removed_is_named_and_no_fault_of_the_model(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    drive = tmp_path / "drive"
    drive.mkdir()
    model = kit.add(drive / "m.gguf")
    drive.rename(tmp_path / "elsewhere")
    with pytest.raises(Problem) as caught:
        _ask(model, "die here")
    assert caught.value.code == "model.missing"
    assert "Connect the drive" in caught.value.hint
    assert "There is no file" in kit.info("m").problem
    (tmp_path / "elsewhere").rename(drive)
    assert kit.info("m").quarantine == kit.info("m").problem == ""
    assert _ask(kit.model())[1].reason == "end"


def test_quotes_mode_ends_the_process_and_counts_no_death(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    kit.add(tmp_path / "m.gguf")
    kit.models.use(None)
    assert until(lambda: kit.worker.pid is None, 10)
    assert kit.models.provide(None) is None
    assert kit.info("m").quarantine == ""


# ---- the list ------------------------------------------------------------------------------------------------------


def test_found_models_are_listed_used_in_place_and_not_removed(opened: Opened, tmp_path: Path) -> None:
    place = tmp_path / "studio"
    place.mkdir()
    for name in ("m", "other"):
        (place / f"{name}.gguf").write_bytes(name.encode())
    kit = opened(places=[ModelPlace(label="LM Studio", folder=str(place))])
    kit.add(tmp_path / "m.gguf")
    assert [(i.name, i.origin, i.place) for i in kit.models.list()] == [
        ("m", "added", ""), ("m (LM Studio)", "found", "LM Studio"), ("other", "found", "LM Studio"),
    ]  # fmt: skip
    assert [i.name for i in kit.models.list(found=False)] == ["m"]
    with pytest.raises(Problem) as caught:
        kit.models.remove("other")
    assert caught.value.code == "model.found"
    used = kit.models.use("other")
    assert [(i.name, i.in_use, i.path) for i in used] == [
        ("m", False, str(tmp_path / "m.gguf")), ("other", True, str(place / "other.gguf")),
    ]  # fmt: skip
    assert kit.model().name == "other"
    kit.models.remove("other")
    assert kit.info("other").origin == "found"
    assert (place / "other.gguf").exists()


def test_own_folders_are_watched_and_left(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    folder = tmp_path / "mine"
    with pytest.raises(Problem) as caught:
        kit.models.watch(str(folder), watch=True)
    assert caught.value.code == "folder.missing"
    folder.mkdir()
    assert kit.models.watch(str(folder), watch=True) == [str(folder)]
    assert kit.models.list() == []
    kit.changed.clear()
    (folder / "new.gguf").write_bytes(b"GGUF")
    assert kit.changed.wait(10)
    assert until(lambda: [i.name for i in kit.models.list()] == ["new"], 10)
    assert kit.models.watch(str(folder), watch=False) == []
    assert kit.models.list() == []


def test_downloads_folder_is_looked_through(opened: Opened) -> None:
    kit = opened()
    (kit.home.models / "fetched.gguf").write_bytes(b"GGUF")
    assert kit.info("fetched").place == "downloads"
    info = kit.models.add(str(kit.home.models / "fetched.gguf"), use=False, origin="downloaded")
    assert (info.origin, info.in_use) == ("downloaded", False)
    assert [i.origin for i in kit.models.list()] == ["downloaded"]


def test_real_looks_pass_over_what_is_no_chat_model(opened: Opened, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    write_random_model(place / "good.gguf")
    write_header_only(place / "lora.gguf", "llama", {"general.type": "adapter"}, "a")
    write_header_only(place / "embedder.gguf", "bert", WORDS, "token_embd.weight")
    write_header_only(place / "vision.gguf", "clip", {"general.type": "mmproj"}, "v.patch_embd.weight")
    (place / "half.gguf").write_bytes((place / "good.gguf").read_bytes()[:10_000])
    (place / "page.gguf").write_text("<!doctype html>")
    kit = opened(real=True, places=[ModelPlace(label="LM Studio", folder=str(place))])
    assert until(lambda: any(info.fit for info in kit.models.list()), 60)  # what takes long is left for the next call
    (info,) = kit.models.list()
    assert (info.name, info.architecture, info.quantisation) == ("good", "qwen2", "F32")
    assert info.fit is not None
    assert (info.fit.verdict, info.fit.context, info.fit.confirmed) == ("fits", 4096, False)
    for name, code in (("lora", "model.adapter"), ("embedder", "model.embedder"), ("vision", "model.projector"),
                       ("half", "model.truncated"), ("page", "model.not_gguf")):  # fmt: skip
        with pytest.raises(Problem) as caught:
            kit.models.add(str(place / f"{name}.gguf"), use=True)
        assert caught.value.code == code
    assert kit.settings.value.models == ()


def test_inspecting_confirms_the_memory_and_keeps_what_the_template_can_do(opened: Opened, tmp_path: Path) -> None:
    write_random_model(tmp_path / "m.gguf", template=CHATML)
    kit = opened(real=True)
    kit.models.add(str(tmp_path / "m.gguf"), use=True)
    assert kit.info("m").template is None
    try:
        info = kit.models.inspect("m")
    except Problem as problem:
        if problem.code == "chat.not_installed":
            pytest.skip(problem.title)
        raise
    assert info.fit is not None
    assert info.fit.confirmed
    assert info.template is not None
    assert kit.info("m").template == info.template


def test_model_larger_than_memory_is_told_and_refused_before_it_is_loaded(opened: Opened, tmp_path: Path) -> None:
    vast = Shape(500, 8192, 64, 8, 28_672, 600, 8192)
    kit = opened(real=True)
    kit.models.add(str(write_sparse_model(tmp_path / "vast.gguf", "llama", vast, Type.F16)), use=True)
    assert until(lambda: kit.info("vast").fit is not None, 60)
    info = kit.info("vast")
    assert info.size_bytes > 800_000_000_000
    assert info.fit is not None
    assert info.fit.verdict == "too_large"
    with pytest.raises(Problem) as caught:
        kit.model()
    assert caught.value.code in ("model.memory", "chat.not_installed")
    assert kit.info("vast").quarantine == ""


def test_what_is_loaded_is_known_by_its_template_and_what_was_measured_by_its_speed(
    opened: Opened, tmp_path: Path
) -> None:
    kit = opened()
    kit.add(tmp_path / "m.gguf")
    template = kit.info("m").template
    assert template is not None
    assert (template.tools, template.syntax) == ("partial", "json")
    kit.changed.clear()
    kit.models.bench("m", (128, 512), cast("Incoming", Never()))
    assert kit.changed.is_set()
    speed = kit.info("m").speed
    assert speed.prefill == pytest.approx(100)
    assert speed.decode == pytest.approx(10)


def test_model_that_was_removed_gives_its_memory_back(opened: Opened, tmp_path: Path) -> None:
    kit = opened()
    kit.add(tmp_path / "m.gguf")
    kit.models.remove("m")
    assert until(lambda: kit.worker.pid is None, 20)
    assert (tmp_path / "m.gguf").exists()


def test_tuning_of_what_is_found_or_not_there(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "there.gguf").write_bytes(b"GGUF")
    kit = opened(places=[ModelPlace(label="Jan", folder=str(tmp_path))])
    with pytest.raises(Problem) as caught:
        kit.models.tune("nowhere", LoadOptions())
    assert caught.value.code == "model.unknown"
    tuned = kit.models.tune("there", LoadOptions(threads=2))
    assert (tuned.origin, tuned.options.threads, tuned.in_use) == ("added", 2, False)
