"""familiar models: what each command sends, and what it shows a person."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from app.base.aptitude import Aptitude, Score, aptitude_words
from app.base.calls import Call
from app.base.chat import BenchLine, BenchReport, Fit, LoadOptions, TemplateReport
from app.base.model_wording import parameters, speed_words
from app.base.models import (
    FirstWord,
    ModelInfo,
    ModelsAdd,
    ModelsBench,
    ModelsBenchAnswers,
    ModelsInspect,
    ModelsList,
    ModelsProfile,
    ModelsRemove,
    ModelsTune,
    ModelsUse,
    ModelsWatch,
    Speed,
)
from app.base.paths import Home
from tests.support.cli_engine import CannedEngine
from tests.unit.cli.conftest import Familiar

FIT = Fit(
    verdict="tight", context=8192, threads=4, gpu_layers=12, layers=33, cache="q8_0", weights_bytes=4_000_000_000,
    cache_bytes=500_000_000, compute_bytes=100_000_000, available_bytes=5_000_000_000, device="A card", confirmed=True,
    note="Memory is short.",
)  # fmt: skip
MODEL = ModelInfo(
    name="assistant", path="/models/a.gguf", size_bytes=4_000_000_000, architecture="llama", context=131_072,
    in_use=True, origin="found", place="LM Studio", parameters=8_030_000_000, quantisation="Q4_K_M",
    licence="apache-2.0", options=LoadOptions(context=8192),
    fit=FIT, speed=Speed(prefill=186.7, decode=25.3, backend="cpu"),
    template=TemplateReport(template="own", tools="verified", syntax="json", reasoning=True),
)  # fmt: skip
BENCH = BenchReport(
    model="assistant", backend="cpu", threads=4,
    lines=(BenchLine(tokens=512, prefill=98, bare_prefill=100, decode=20, bare_decode=19, rounds=3),),
)  # fmt: skip


def test_list_tells_what_a_model_is_how_it_fits_and_how_fast_it_was(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {ModelsList: [MODEL]}):
        shown = familiar("models", "list").out
    for words in (
        "→ assistant", "8B parameters, Q4_K_M, 4.0 GB, licence apache-2.0", "barely fits: needs 4.6 GB, 5.0 GB free",
        "context of 8,192 tokens, 12 of 33 layers on A card", "reads 140, writes 19 words a second here",
        "tools: verified", "LM Studio: /models/a.gguf", "tuned by you: context 8,192",
    ):  # fmt: skip
        assert words in shown


def test_trouble_with_a_model_is_told_in_its_own_words(home: Home, familiar: Familiar) -> None:
    broken = ModelInfo(name="b\x1b[31m", path="/b.gguf", problem="There is no file.", quarantine="It died twice.")
    with CannedEngine(home, {ModelsList: [broken]}):
        shown = familiar("models", "list").out
    assert "cannot be used: There is no file." in shown
    assert "not loaded: It died twice." in shown
    assert "\x1b" not in shown
    assert "familiar models add FILE.gguf" in shown


def test_watched_folder_is_told_once_and_the_others_after_it(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {ModelsWatch: ["/other", "/m"]}):
        shown = familiar("models", "watch", "/m").out
    assert shown == ("Looking for models in /m. “familiar models list” shows what is there.\nAnd still in:\n  /other\n")


def test_who_removes_the_model_in_use_reads_what_answers_now(home: Home, familiar: Familiar) -> None:
    other = msgspec.structs.replace(MODEL, name="other", in_use=False)
    with CannedEngine(home, {ModelsList: [MODEL, other], ModelsRemove: []}):
        told = familiar("models", "remove", "assistant").out
        assert told.startswith("Forgot assistant. Its file stays: /models/a.gguf\nAnswers are quotes")
        assert "quotes" not in familiar("models", "remove", "other").out


def test_use_shows_the_one_that_was_chosen(home: Home, familiar: Familiar) -> None:
    other = msgspec.structs.replace(MODEL, name="other", in_use=False)
    broken = msgspec.structs.replace(MODEL, problem="There is no file.")
    with CannedEngine(home, {ModelsUse: [other, MODEL]}):
        shown = familiar("models", "use", "assistant").out
    assert shown.startswith("assistant answers from now on.\n→ assistant ")
    assert "other" not in shown
    with CannedEngine(home, {ModelsUse: [broken]}):
        assert "answers from now on" not in familiar("models", "use", "assistant").out
    with CannedEngine(home, {ModelsUse: [other]}):
        assert familiar("models", "use", "quotes").out == "Answers are quotes from your files now.\n"


def test_inspect_tells_the_memory_that_was_confirmed_and_what_the_template_can_do(
    home: Home, familiar: Familiar
) -> None:
    with CannedEngine(home, {ModelsInspect: MODEL}):
        shown = familiar("models", "inspect", "assistant").out
        told = familiar("models", "inspect", "assistant", "--json").json
    assert "as llama.cpp reports: weights 4.0 GB, KV cache 500.0 MB (q8_0), computing 100.0 MB; 4 threads" in shown
    assert "every probe read back" in shown
    assert "Memory is short." in shown
    assert told == json.loads(msgspec.json.encode(MODEL))


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], LoadOptions()),
        (["--context", "4096", "--threads", "2"], LoadOptions(context=4096, threads=2)),
        (["--gpu-layers", "0"], LoadOptions(context=8192, gpu_layers=0)),
        (["--cache", "q8_0", "--context", "auto"], LoadOptions(cache="q8_0")),
    ],
)
def test_tune_changes_what_is_named_and_without_options_lets_all_be_chosen(
    words: list[str], options: LoadOptions, home: Home, familiar: Familiar
) -> None:
    with CannedEngine(home, {ModelsList: [MODEL], ModelsTune: MODEL}) as engine:
        assert familiar("models", "tune", "assistant", *words).code == 0
    assert engine.calls(ModelsTune) == [ModelsTune(name="assistant", options=options)]


@pytest.mark.parametrize(
    "words", [["--context", "0"], ["--threads", "many"], ["--gpu-layers", "-2"], ["--cache", "q4"]]
)
def test_tune_refuses_what_is_no_number(words: list[str], home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {ModelsList: [MODEL], ModelsTune: MODEL}) as engine:
        assert familiar("models", "tune", "assistant", *words).code == 2
    assert engine.seen == []


@pytest.mark.parametrize("word", ["soon", "nan", "inf"])
def test_what_is_no_time_is_refused(word: str, home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {FirstWord: 4.0}) as engine:
        assert familiar("models", "begin-within", word).code == 2
    assert engine.seen == []


def test_bench_prints_ours_beside_the_bare_loop(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {ModelsBench: BENCH}) as engine:
        shown = familiar("models", "bench", "assistant", "--lengths", "64", "512").out
        told = familiar("models", "bench", "assistant", "--json").json
    assert engine.seen[0].lengths == (64, 512)
    assert engine.seen[1].lengths == (128, 512, 2048)
    row = shown.splitlines()[-1].split()
    assert row == ["512", "98.0", "100.0", "0.98", "20.0", "19.0", "1.05"]
    assert shown.startswith("assistant on the processor, 4 threads\n")
    assert told == json.loads(msgspec.json.encode(BENCH))


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["watch", "/m"], ModelsWatch(path="/m")),
        (["watch", "/m", "--remove"], ModelsWatch(path="/m", watch=False)),
        (["add", "/m/a.gguf"], ModelsAdd(path="/m/a.gguf")),
        (["begin-within"], FirstWord()),
        (["begin-within", "7.5"], FirstWord(seconds=7.5)),
    ],
)
def test_words_become_this_call(words: list[str], sent: Call[Any], home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {ModelsWatch: ["/m"], ModelsAdd: MODEL, FirstWord: 4.0}) as engine:
        assert familiar("models", *words).code == 0
    assert engine.seen == [sent]


def test_rates_and_sizes_read_like_speech() -> None:
    assert speed_words(Speed()) == ""
    assert speed_words(Speed(decode=4)) == "writes 3.0 words a second here"
    assert [parameters(n) for n in (260_000, 494_000_000, 8_030_000_000, 30_500_000_000)] == [
        "260K", "0.5B", "8B", "30B",
    ]  # fmt: skip


FOUND = Aptitude(
    finds=Score(right=11, of=12), cites=Score(right=9, of=12), admits=Score(right=5, of=5),
    phrases=Score(right=4, of=4), speaks=Score(right=3, of=3), calls=Score(right=1, of=3),
    ends=Score(right=27, of=27), profile="plain", seconds=31.4,
    says=aptitude_words(Score(right=11, of=12), Score(right=9, of=12), Score(right=5, of=5), "plain"),
)  # fmt: skip
SAYS = "finds 11 of 12, cites 9 of 12, admits 5 of 5 that are not there: good for answers from files"


def test_bench_of_answers_says_what_a_model_can_do(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {ModelsBenchAnswers: FOUND}):
        shown = familiar("models", "bench", "assistant", "--answers").out
        told = familiar("models", "bench", "assistant", "--answers", "--json").json
    assert f"assistant {SAYS}" in shown
    for line in ("11 of 12   found", " 1 of 3    called the right tool", "31 s; used as: plain"):
        assert line in shown
    assert (told["says"], told["finds"], told["profile"]) == (SAYS, {"right": 11, "of": 12}, "plain")


def test_bench_of_answers_takes_no_lengths(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {}):
        assert familiar("models", "bench", "assistant", "--answers", "--lengths", "64").code == 2


def test_aptitude_stands_beside_the_speed(home: Home, familiar: Familiar) -> None:
    model = msgspec.structs.replace(MODEL, aptitude=FOUND, profile="plain")
    with CannedEngine(home, {ModelsList: [model]}):
        shown = familiar("models", "list").out
        told = familiar("models", "list", "--json").json
    assert f"words a second here\n    {SAYS}\n" in shown
    assert told[0]["aptitude"]["says"] == SAYS


@pytest.mark.parametrize(("word", "sent"), [("plain", "plain"), ("quotes", "quotes"), ("measured", None)])
def test_profile_is_set_by_its_word(home: Home, familiar: Familiar, word: str, sent: Any) -> None:
    model = msgspec.structs.replace(MODEL, aptitude=FOUND, profile=sent or "plain", set_by_person=sent is not None)
    with CannedEngine(home, {ModelsProfile: model}) as engine:
        shown = familiar("models", "profile", "assistant", word).out
    assert ModelsProfile(name="assistant", profile=sent) in engine.seen
    assert ("by your choice" in shown) == (sent is not None)


def test_unknown_profile_is_wrong_usage(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {}):
        assert familiar("models", "profile", "assistant", "genius").code == 2
