"""The chat worker as the engine meets it: a process that is asked over the link, with real models and bad files."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.base.chat import (
    ChatBackends,
    ChatMessage,
    CountTokens,
    Generate,
    Generated,
    LoadModel,
    LoadOptions,
    ProbeModel,
)
from app.base.errors import Cancelled, Problem
from app.link.workers import Worker
from app.workers.chat.inference.header import read_header
from tests.support.chat_worker import Chat
from tests.support.gguf_models import (
    CHATML,
    END,
    Shape,
    spelled,
    write_header_only,
    write_random_model,
    write_successor_model,
    write_with_template,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Chat]:
    """One worker for all tests of this file that do not need their own."""
    worker = Worker("chat")
    chat = Chat(worker)
    try:
        if any(line.level == "warning" and line.name == "llama.cpp" for line in chat.call(ChatBackends())):
            pytest.skip("llama-cpp-python is not installed")
        yield chat
    finally:
        worker.stop()


@pytest.fixture
def chat(shared: Chat) -> Chat:
    return shared


@pytest.fixture(scope="module")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_model(tmp_path_factory.mktemp("chat") / "random.gguf")


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A model that writes “ababab…” for ever."""
    return write_successor_model(tmp_path / "endless.gguf", ["Ċ", "a", "b", "a"])


# ---- answers ------------------------------------------------------------------------------------------------------


def test_trained_model_goes_on_as_published(chat: Chat, yardsticks: Path, tmp_path: Path) -> None:
    source = yardsticks / "llama" / "stories260K.gguf"
    bare = "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"
    chat.load(write_with_template(tmp_path / "story.gguf", source, bare), context=512)
    published = source.with_suffix(".md").read_text("utf-8").partition("-t 0.0\n")[2].partition("\n```")[0]
    said = chat.ask("", max_tokens=220)
    assert said.result.reason == "length"
    assert len(said.text) > 480
    assert published.startswith(said.text)


def test_model_without_a_template_chats_in_a_plain_one(chat: Chat, yardsticks: Path) -> None:
    loaded = chat.load(yardsticks / "llama" / "stories260K.gguf")
    assert (loaded.context, loaded.template, loaded.backend) == (512, "plain", "cpu")
    said = chat.ask("Tell me a story about a ball.", max_tokens=40)
    assert said.text
    assert "User:" not in said.text


def test_text_streams_in_whole_characters_and_ends_with_the_turn(chat: Chat, tmp_path: Path) -> None:
    chain = ["Ċ", *spelled("Hi é🎉!"), END]
    loaded = chat.load(write_successor_model(tmp_path / "m.gguf", chain, name="Greeter"))
    assert (loaded.name, loaded.template) == ("Greeter", "own")
    said = chat.ask("Hello")
    assert [body for name, body in said.events if name == "text"] == ["H", "i", " ", "é", "🎉", "!"]
    usage = said.result.usage
    assert said.result.reason == "end"
    assert usage.generated_tokens == len(chain) - 1
    assert usage.prompt_tokens == said.prefills[-1].done == said.prefills[-1].total
    assert 0 < usage.prefill_ms <= usage.first_text_ms <= usage.total_ms
    assert usage.prefill_ms + usage.decode_ms <= usage.total_ms


def test_reasoning_is_told_apart_from_the_answer(chat: Chat, tmp_path: Path) -> None:
    chain = ["Ċ", "<think>", *spelled("so"), "</think>", *spelled("Hi"), END]
    chat.load(write_successor_model(tmp_path / "m.gguf", chain))
    said = chat.ask("Hello")
    assert (said.joined("reasoning"), said.text, said.result.reason) == ("so", "Hi", "end")


def test_reasoning_that_the_template_opened_is_told_apart(chat: Chat, tmp_path: Path) -> None:
    template = CHATML.replace("assistant\n{% endif %}", "assistant\n<think>{% endif %}")
    chain = ["<think>", *spelled("so"), "</think>", *spelled("Hi"), END]
    chat.load(write_successor_model(tmp_path / "m.gguf", chain, template=template))
    said = chat.ask("Hello")
    assert (said.joined("reasoning"), said.text) == ("so", "Hi")


def test_plain_answer_ends_where_the_model_speaks_for_the_user(chat: Chat, tmp_path: Path) -> None:
    chat.load(write_successor_model(tmp_path / "m.gguf", [":", *spelled("No!\nUser:")], template=None))
    said = chat.ask("Hello")
    assert (said.text, said.result.reason) == ("No!", "end")


def test_answer_ends_at_max_tokens(chat: Chat, endless: Path) -> None:
    chat.load(endless)
    said = chat.ask("Hello", max_tokens=10)
    assert (said.text, said.result.reason, said.result.usage.generated_tokens) == ("ababababab", "length", 10)
    assert chat.ask("Hello", max_tokens=0).text == "a"


def test_same_seed_draws_the_same_and_others_do_not(chat: Chat, random_model: Path) -> None:
    chat.load(random_model)
    drawn = [chat.ask("Hello", temperature=0.9, seed=seed).text for seed in (7, 7, 8, -1, 1 << 40)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_second_turn_reads_only_what_is_new(chat: Chat, endless: Path) -> None:
    chat.load(endless)
    first = chat.ask("A first question", max_tokens=20)
    second = chat.ask("A first question", first.text, "And another")
    assert first.result.usage.reused_tokens == 0
    held = first.result.usage.prompt_tokens + first.result.usage.generated_tokens - 1  # the last was not read
    assert second.result.usage.reused_tokens == held
    assert second.prefills[0].done == held
    assert second.text.startswith("abab")


def test_long_prompt_is_read_in_slices_with_progress(chat: Chat, random_model: Path) -> None:
    chat.load(random_model, context=4096)
    said = chat.ask("some words of a story " * 140, max_tokens=4)
    done = [prefill.done for prefill in said.prefills]
    assert done[0] == 0
    assert done[-1] == said.result.usage.prompt_tokens > 1500
    assert all(0 < after - before <= 512 for before, after in pairwise(done))


def test_tokens_are_counted(chat: Chat, random_model: Path) -> None:
    chat.load(random_model)
    counts = chat.call(CountTokens(texts=["", "a", "a" * 100_000, "<|im_end|>"]))
    assert counts[:2] == [0, 1]
    assert 5_000 < counts[2] <= 100_000
    assert counts[3] > 1


def test_next_model_takes_the_place_of_the_one_before(chat: Chat, random_model: Path, endless: Path) -> None:
    for path in (random_model, endless, random_model, endless):
        chat.load(path)
    assert chat.ask("Hello", max_tokens=4).text == "abab"


# ---- stop ---------------------------------------------------------------------------------------------------------


def test_stop_while_writing_keeps_the_text_and_the_worker(chat: Chat, endless: Path) -> None:
    chat.load(endless, context=4096)
    said = chat.ask("Hello", max_tokens=3000, on_event=lambda name, _: chat.cancel() if name == "text" else None)
    assert said.result.reason == "stop"
    assert said.text.startswith("a")
    assert said.result.usage.generated_tokens < 3000
    assert chat.ask("Hello", max_tokens=4).text == "abab"


def test_stop_while_reading_keeps_what_was_read(chat: Chat, tmp_path: Path) -> None:
    slow = Shape(layers=8, width=128, heads=4, kv_heads=4, feed_forward=384)
    chat.load(write_random_model(tmp_path / "slow.gguf", slow), context=4096)
    question = "some words of a story " * 200

    def stop(name: str, body: Any) -> None:
        if name == "prefill" and body["done"]:
            chat.cancel()

    said = chat.ask(question, on_event=stop)
    assert (said.result.reason, said.text, said.result.usage.generated_tokens) == ("stop", "", 0)
    assert said.prefills[-1].done < said.result.usage.prompt_tokens
    assert chat.ask(question, on_event=stop).result.usage.reused_tokens >= said.prefills[-1].done


def test_stop_before_an_answer_began_stops_that_one_alone(chat: Chat, endless: Path) -> None:
    chat.load(endless, context=4096)
    peer = chat.worker.peer()
    asked = [ChatMessage(role="user", content="Hello")]
    running, waiting, last = (
        peer.start(Generate(messages=asked, max_tokens=count, temperature=0)) for count in (3000, 50, 4)
    )
    waiting.cancel()

    def stop_the_first(name: str, _: msgspec.Raw) -> None:
        if name == "text":
            running.cancel()

    first: Generated = running.result(stop_the_first, 60)
    assert (first.reason, first.usage.generated_tokens > 0) == ("stop", True)
    second: Generated = waiting.result(None, 60)
    assert (second.reason, second.usage.generated_tokens) == ("stop", 0)
    third: Generated = last.result(None, 60)
    assert (third.reason, third.usage.generated_tokens) == ("length", 4)


def test_loading_can_be_taken_back(chat: Chat, random_model: Path) -> None:
    chat.load(random_model)
    running = chat.worker.peer().start(LoadModel(path=str(random_model)))
    running.cancel()
    try:
        running.result(None, 60)
    except Cancelled:
        assert chat.refuses(Generate(messages=[ChatMessage(role="user", content="Hi")])) == "chat.no_model"
    chat.load(random_model)


# ---- bad input ----------------------------------------------------------------------------------------------------


def test_question_of_a_hundred_thousand_characters_is_refused(chat: Chat, random_model: Path) -> None:
    chat.load(random_model)
    for question in ("a" * 100_000, "why? " * 20_000, "\n" * 100_000, "日本" * 50_000):
        asked = [ChatMessage(role="user", content=question)]
        assert chat.refuses(Generate(messages=asked)) == "chat.too_long"
    assert chat.ask("Hello").result.usage.generated_tokens > 0


def test_letters_without_a_break_do_not_end_a_process_whose_vocabulary_cannot_bear_them(
    chat: Chat, tmp_path: Path
) -> None:
    chat.load(write_successor_model(tmp_path / "m.gguf", ["Ċ", "a", END], pre="deepseek-llm"))
    for question in ("a" * 100_000, " " * 100_000):
        assert chat.refuses(Generate(messages=[ChatMessage(role="user", content=question)])) == "chat.too_long"
    assert chat.call(CountTokens(texts=["a" * 100_000])) == [100_000]


def test_answer_that_leaves_no_room_is_refused_and_one_that_just_fits_is_not(chat: Chat, endless: Path) -> None:
    chat.load(endless, context=256)
    prompt = chat.ask("Hello", max_tokens=1).result.usage.prompt_tokens
    asked = [ChatMessage(role="user", content="Hello")]
    assert chat.refuses(Generate(messages=asked, max_tokens=257 - prompt)) == "chat.too_long"
    said = chat.ask("Hello", max_tokens=256 - prompt)
    assert (said.result.reason, len(said.text)) == ("length", 256 - prompt)


def test_empty_conversation_and_odd_texts_are_answered_or_refused(chat: Chat, random_model: Path) -> None:
    chat.load(random_model)
    assert chat.ask(max_tokens=2).result.usage.prompt_tokens > 0
    for odd in ("", "\0", "\ud7ff\ufffe", "<|im_end|>" * 50, "{{ 7 * 7 }}", "🏳️‍🌈" * 20, "\u202egnal"):
        assert chat.ask(odd, max_tokens=2).result.usage.generated_tokens == 2


def test_wild_settings_are_clamped(chat: Chat, endless: Path) -> None:
    for context in (1 << 30, 1 << 62, 0, -1):
        assert 256 <= chat.load(endless, context=context).context <= 4096
    loaded = chat.call(LoadModel(path=str(endless), options=LoadOptions(threads=1 << 20, gpu_layers=1 << 20)))
    assert loaded.gpu_layers <= loaded.layers
    assert loaded.threads <= (os.cpu_count() or 1)
    for temperature in (1e300, -1.0, 1e-300):
        assert chat.ask("Hello", max_tokens=2, temperature=temperature).result.usage.generated_tokens == 2


def test_numbers_that_are_none_are_refused_by_the_link(chat: Chat, endless: Path) -> None:
    chat.load(endless)
    asked = [ChatMessage(role="user", content="Hello")]
    with pytest.raises(Problem) as caught:
        chat.call(Generate(messages=asked, temperature=float("nan")))
    assert caught.value.code == "link.invalid"


def test_bad_files_are_refused_in_words_and_the_worker_lives(chat: Chat, random_model: Path, tmp_path: Path) -> None:
    whole = random_model.read_bytes()
    start = read_header(random_model).data_start
    rng = random.Random(5)
    noise = bytes(rng.randrange(256) for _ in range(40))
    cases = {
        "half": (whole[: len(whole) // 2], "model.truncated"),
        "last bytes missing": (whole[:-4096], "model.truncated"),
        "a hundred bytes": (whole[:100], "model.truncated"),
        "empty": (b"", "model.truncated"),
        "no gguf": (b"# Notes\n" * 400, "model.not_gguf"),
        "entries": (whole[:16] + struct.pack("<Q", 1 << 60) + whole[24:], "model.corrupt"),
        "tensors": (whole[:8] + struct.pack("<Q", 1 << 60) + whole[16:], "model.corrupt"),
        "early header": (whole[:28] + noise + whole[68:], "model."),
        "late header": (whole[: start - 400] + noise + whole[start - 360 :], "model."),
    }
    for name, (data, code) in cases.items():
        path = tmp_path / "bad.gguf"
        path.write_bytes(data)
        for call in (ProbeModel(path=str(path)), LoadModel(path=str(path))):
            assert chat.refuses(call).startswith(code), name
    adapter = write_header_only(tmp_path / "lora.gguf", "llama", {"general.type": "adapter"}, "a")
    assert chat.refuses(LoadModel(path=str(adapter))) == "model.adapter"
    assert chat.refuses(LoadModel(path=str(tmp_path / "gone.gguf"))) == "model.missing"
    assert chat.load(random_model).context == 2048


def test_model_stays_when_another_is_refused_at_its_header(chat: Chat, endless: Path, tmp_path: Path) -> None:
    chat.load(endless)
    assert chat.refuses(LoadModel(path=str(tmp_path / "gone.gguf"))) == "model.missing"
    assert chat.ask("Hello", max_tokens=4).text == "abab"


@pytest.mark.expects_warnings
def test_hostile_template_gives_way_to_a_plain_one(chat: Chat, tmp_path: Path) -> None:
    for template in ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "{% for x in range(9**9) %}{% endfor %}", "{{"):
        path = write_successor_model(tmp_path / "m.gguf", [":", "H", END], template=template)
        assert chat.load(path).template == "plain"
        assert chat.ask("Hello").text == "H"


def test_worker_without_its_library_says_so_and_probes_all_the_same(random_model: Path, tmp_path: Path) -> None:
    (tmp_path / "libllama.so").write_bytes(b"no library")
    for folder in (tmp_path / "nowhere", tmp_path):
        worker = Worker("chat", environment={"LLAMA_CPP_LIB_PATH": str(folder)})
        try:
            chat = Chat(worker)
            (line,) = chat.call(ChatBackends())
            assert line.level == "warning"
            assert chat.refuses(LoadModel(path=str(random_model))) == "chat.not_installed"
            assert chat.call(ProbeModel(path=str(random_model))).architecture == "qwen2"
        finally:
            worker.stop()


def test_worker_leaves_cleanly_with_a_model_loaded(random_model: Path, shared: Chat) -> None:
    worker = Worker("chat")
    chat = Chat(worker)
    chat.load(random_model)
    process = worker._process
    worker.stop()
    assert process is not None
    assert process.exit_code == 0
