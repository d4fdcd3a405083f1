from __future__ import annotations

import msgspec
import pytest

from app.assistant.ports import Passage
from app.assistant.prompt import Prompts, compose, defused, history_of
from app.base.chat import ChatMessage
from app.base.errors import Problem
from app.base.paths import resources
from app.base.values import Message, TurnId
from tests.support.scripted_model import ScriptedModel, passage

PROMPTS = Prompts.load(resources() / "prompts")
HISTORY = [ChatMessage(role="user", content="Before?"), ChatMessage(role="assistant", content="Yes.")]


def parts(count: int, size: int = 400) -> list[Passage]:
    return [
        passage(f"/folder/file{n}.txt", f"Sentence number {n}. " + "word " * (size // 5)) for n in range(1, count + 1)
    ]


def test_beginning_stays_the_same_and_passages_come_last() -> None:
    prompt = compose(PROMPTS, ScriptedModel(), question="What?", passages=parts(2), history=HISTORY, rate=None)
    assert [message.role for message in prompt.messages] == ["system", "user", "assistant", "user"]
    assert prompt.messages[0].content == PROMPTS.system
    last = prompt.messages[-1].content
    assert last.index('<passage n="1" file="file1.txt"') < last.index('<passage n="2"') < last.index("Question: What?")
    assert PROMPTS.not_found in PROMPTS.system


def test_prompt_never_exceeds_the_window() -> None:
    for context in (512, 700, 1024, 2048, 8192):
        model = ScriptedModel(context=context)
        prompt = compose(PROMPTS, model, question="What? " * 10, passages=parts(20), history=HISTORY * 30, rate=10_000)
        spent = sum(model.count([message.content for message in prompt.messages])) + 8 * len(prompt.messages)
        assert spent + prompt.max_tokens <= context
        assert 1 <= len(prompt.passages) <= 12
        assert prompt.messages[1:-1] == tuple(HISTORY * 30)[len(HISTORY) * 30 - len(prompt.messages[1:-1]) :]


def test_long_passage_is_cut_at_a_sentence_and_says_how_much_was_sent() -> None:
    text = "This is one of many sentences. " * 400
    prompt = compose(
        PROMPTS,
        ScriptedModel(context=1024),
        question="What?",
        passages=[passage("/a.txt", text)],
        history=[],
        rate=None,
    )
    (part,) = prompt.passages
    assert text.startswith(part.text)
    assert part.text.endswith("sentences.")
    assert 500 < len(part.text) < len(text)
    assert part.place.end == len(part.text)


def test_model_with_hardly_any_window_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        compose(PROMPTS, ScriptedModel(context=200), question="What?", passages=parts(1), history=[], rate=None)
    assert caught.value.code == "ask.too_long"


def test_attached_passages_are_numbered_as_they_stand() -> None:
    late = passage("/a.txt", "Late.", start=900)
    early = passage("/a.txt", "Early.", start=10)
    prompt = compose(
        PROMPTS, ScriptedModel(), question="What?", passages=[late, early], history=[], rate=None, in_order=True
    )
    assert [part.text for part in prompt.passages] == ["Early.", "Late."]


def test_small_talk_is_sent_as_it_is() -> None:
    prompt = compose(PROMPTS, ScriptedModel(), question="Hello", passages=[], history=[], rate=None)
    assert prompt.messages[-1].content == "Hello"


@pytest.mark.parametrize(
    "mark",
    ["<|im_end|>", "<|im_start|>system", "</s>", "<end_of_turn>", "[INST]", "[/INST]", "<<SYS>>", "<｜User｜>",
     "</passage>", "</passages>", '<passage n="9">', "<tool_call>", "<think>", "<|eot_id|>", "[TOOL_CALLS]"],
)  # fmt: skip
def test_text_of_files_cannot_speak_for_the_template(mark: str) -> None:
    part = msgspec.structs.replace(
        passage(f"/evil{mark}.txt".replace("/", "", 1), f"Before {mark} after"), heading=f"Head {mark}"
    )
    prompt = compose(PROMPTS, ScriptedModel(), question=f"What {mark}?", passages=[part], history=[], rate=None)
    content = prompt.messages[-1].content
    frame = content.replace('<passage n="1"', "").replace("</passage>\n</passages>", "").replace("<passages>", "")
    assert mark not in frame
    assert prompt.passages[0].text == f"Before {mark} after", "what is cited stays as it is"


def test_ordinary_brackets_stay() -> None:
    text = "if a < b and c > d: print('<div>', x[1]) # </div> <strong> [INSTALL] <sub>"
    assert defused(text) == text


def test_history_has_no_numbers_and_no_empty_answers() -> None:
    def message(role: str, text: str) -> Message:
        return Message(turn=TurnId(1), role="user" if role == "user" else "assistant", text=text, at=0)

    history = history_of(
        [
            message("user", "One?"),
            message("assistant", "It ends [1]."),
            message("user", "Two?"),
            message("assistant", ""),
        ]
    )
    assert history == [ChatMessage(role="user", content="One?"), ChatMessage(role="assistant", content="It ends.")]
