"""A chat worker that writes a script instead of running a model, so that answers in tests are known beforehand.

Give it to the engine as the chat worker's command: [sys.executable, "-P", ".../tests/support/scripted_chat.py"]. It
takes any file for a model, and answers by the words of the question:

- a question with passages: of the first passage that shares a word with the question the sentence that shares most,
  cited; none shares one: the sentence that the system message says to reply with when nothing was found;
- "look further for X": calls search_files with X, then answers of what that brought in the same way;
- "look everywhere": lists the folders, then reads the first file that a passage names, then answers;
- "rename X to Y": calls move_files with that, then answers in the same way;
- "keep calling": never anything but a call of search_files;
- "slowly": the same, then " and so 4 and so 9" and on and on until it is stopped or has written `max_tokens` words;
- "die here": ends the process after the first word; "die ahead": a second after it was begun to be read ahead;
- "too long": Problem chat.too_long;
- a file with "dies" in its name ends the process while it is loaded, one with "stubborn" is not loaded within a minute;
- no passages: "Hello. Ask me about your files.".

A prompt that does not go on word for word from the last one of its conversation, nor from where its question was asked
before, is a Problem script.begun_anew: what was sent is to be sent again as it was. Its own last answer alone may be
another: what the files say, where they did not bear it out.
"""

from __future__ import annotations

import itertools
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # started as a file, without the checkout on its path
    sys.path.insert(0, str(ROOT))

from app.base.chat import (  # noqa: E402 - the path above comes first
    BenchLine,
    BenchModel,
    BenchReport,
    ChatBackends,
    ChatMessage,
    CountTokens,
    Fit,
    FitModel,
    ForgetStates,
    Generate,
    Generated,
    InspectTemplate,
    Loaded,
    LoadModel,
    ModelHead,
    Prefill,
    ProbeModel,
    Slice,
    TemplateReport,
    ToolCall,
    Warm,
    Warmed,
)
from app.base.errors import Problem  # noqa: E402
from app.base.index_values import Check  # noqa: E402
from app.base.values import Usage  # noqa: E402
from app.link.peer import Incoming  # noqa: E402
from app.link.serving import serve  # noqa: E402

CONTEXT = 8192
GREETING = "Hello. Ask me about your files."
_PASSAGE = re.compile(r'<passage n="(\d+)" file="([^"]*)"[^>]*>\n(.*?)\n</passage>', re.DOTALL)
_ABOVE = re.compile(r"\(Passages above that match this question: (.+)\)")
_NOT_FOUND = re.compile(r"exactly this sentence[^:]*: (.+)")
_FURTHER = re.compile(r"look further for ([\w ]+)")
_RENAME = re.compile(r"rename ([\w.]+) to ([\w./]+)")
_WORD = re.compile(r"\w{4,}")
_prompts: dict[int, list[ChatMessage]] = {}


def main() -> int:
    """Serve the engine until it goes."""
    return serve(
        "chat",
        {
            ProbeModel: probe, FitModel: fit, InspectTemplate: inspect_template, LoadModel: load, CountTokens: count,
            Generate: generate, Warm: warm, ForgetStates: forget, BenchModel: bench, ChatBackends: backends,
        },
    )  # fmt: skip


def probe(call: ProbeModel, _incoming: Incoming) -> ModelHead:
    """A head for any file that is there."""
    path = Path(call.path)
    if not path.is_file():
        raise Problem("model.missing", f"There is no file {path}.", "")
    return ModelHead(
        name=path.stem, architecture="script", context=CONTEXT, size_bytes=path.stat().st_size, template=True
    )


def fit(call: FitModel, _incoming: Incoming) -> Fit:
    """A small model: it fits."""
    return Fit(
        verdict="fits", context=min(call.options.context or CONTEXT, CONTEXT), threads=call.options.threads or 1,
        gpu_layers=0, layers=1, cache=call.options.cache or "f16", weights_bytes=Path(call.path).stat().st_size,
        cache_bytes=1000, compute_bytes=1000, available_bytes=1_000_000_000, confirmed=call.confirm,
    )  # fmt: skip


def inspect_template(_call: InspectTemplate, _incoming: Incoming) -> TemplateReport:
    """A template without tools of its own."""
    return TemplateReport(template="own", tools="generic", syntax="generic", reasoning=False)


def load(call: LoadModel, incoming: Incoming) -> Loaded:
    """Nothing to load."""
    name = Path(call.path).stem
    incoming.emit("progress", 0.0)
    if "dies" in name:
        os._exit(9)
    if "stubborn" in name:
        incoming.wait_cancelled(60)
    incoming.emit("progress", 1.0)
    return Loaded(
        name=name, context=min(call.options.context or CONTEXT, CONTEXT), backend="cpu", load_ms=0.0,
        threads=call.options.threads or 1, layers=1,
        report=TemplateReport(template="own", tools="partial", syntax="json", reasoning=False, failed=("nested",)),
    )  # fmt: skip


def warm(call: Warm, incoming: Incoming) -> Warmed:
    """All is read at once."""
    tokens = sum(len(message.content) for message in call.messages) // 4
    incoming.emit("prefill", Prefill(done=tokens, total=tokens, reused=0))
    if any("die ahead" in message.content for message in call.messages):
        incoming.wait_cancelled(1)
        os._exit(9)
    return Warmed(tokens=tokens, reused=0)


def forget(call: ForgetStates, _incoming: Incoming) -> None:
    """Say how often it was asked, by the length of a file in the folder of states."""
    if call.states:
        with (Path(call.states) / f"forgotten-{call.conversation}").open("ab") as file:
            file.write(b".")


def bench(call: BenchModel, incoming: Incoming) -> BenchReport:
    """Made-up rates."""
    incoming.emit("progress", "measuring")
    lines = tuple(
        BenchLine(tokens=length, prefill=100, bare_prefill=100, decode=10, bare_decode=10, rounds=call.rounds)
        for length in call.lengths
    )
    return BenchReport(model="script", backend="cpu", threads=1, lines=lines)


def count(call: CountTokens, _incoming: Incoming) -> list[int]:
    """One token for four letters."""
    return [-(-len(text) // 4) for text in call.texts]


def backends(_call: ChatBackends, _incoming: Incoming) -> list[Check]:
    """A line that says what this is."""
    return [Check(name="llama.cpp", level="note", text="a script instead of a model")]


def generate(call: Generate, incoming: Incoming) -> Generated:
    """Write what the rules say, word by word, or call a tool."""
    _expect_to_go_on(call)
    start = max(at for at, message in enumerate(call.messages) if message.role == "user")
    turn = call.messages[start:]
    question = turn[0].content.rpartition("Question:")[2].strip()
    if "too long" in question:
        raise Problem("chat.too_long", "Question and passages are too long for this model.", "Ask a shorter question.")
    length = sum(len(message.content) for message in call.messages) // 4
    reused = len("".join(message.content for message in call.messages[:start])) // 4
    incoming.emit("prefill", Prefill(done=length, total=length, reused=reused))
    wanted = _call(turn, question) if call.tools else None
    if wanted is not None:
        _prompts[call.conversation] = [*call.messages, ChatMessage(role="assistant", content="", calls=(wanted,))]
        return _ended("call", length, reused, 20, (wanted,))
    words: list[str] = []
    reason: Literal["end", "stop", "length"] = "end"
    for word in _words(_answer(call, turn, question), endless="slowly" in question):
        if incoming.cancelled or ("slowly" in question and incoming.wait_cancelled(0.02)):
            reason = "stop"
            break
        if len(words) == call.max_tokens:
            reason = "length"
            break
        incoming.emit("text", word)
        words.append(word)
        if "die here" in question:
            os._exit(9)
    if words:
        _prompts[call.conversation] = [*call.messages, ChatMessage(role="assistant", content="".join(words))]
    return _ended(reason, length, reused, len(words))


def _expect_to_go_on(call: Generate) -> None:
    """Raise a Problem if the prompt does not begin with all that this conversation was sent and answered before.

    Up to the same question, if that is asked again.
    """
    before = _prompts.get(call.conversation, []) if call.conversation else []
    pairs = zip(call.messages, before, strict=False)
    common = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    asked = _question(call.messages[common:])
    again = common == len(call.messages) or (asked and asked == _question(before[common : common + 1]))
    if common == len(before) - 1 and common < len(call.messages) and call.messages[common].role == "assistant":
        return
    if common < len(before) and not again:
        raise Problem("script.begun_anew", "The prompt does not go on from the one before.", "")


def _question(messages: list[ChatMessage]) -> str:
    """The question that these messages begin with, if they ask no other; else ""."""
    asked = [message.content.splitlines()[-1] for message in messages if message.role == "user"]
    return asked[0] if len(asked) == 1 and messages[0].role == "user" else ""


def _call(turn: list[ChatMessage], question: str) -> ToolCall | None:
    """The call that the question makes it options for now, if any."""
    made = sum(message.role == "tool" for message in turn)
    further = _FURTHER.search(question)
    if "keep calling" in question:
        return ToolCall(id=f"call{made}", name="search_files", arguments={"query": f"word {made}"})
    if further and not made:
        return ToolCall(id="call1", name="search_files", arguments={"query": further[1]})
    rename = _RENAME.search(question)
    if rename and not made:
        return ToolCall(
            id="call1", name="move_files", arguments={"moves": [{"from": rename[1], "to": rename[2].rstrip(".")}]}
        )
    if "look everywhere" in question and made == 0:
        return ToolCall(id="call1", name="list_folder", arguments={})
    if "look everywhere" in question and made == 1:
        named = _PASSAGE.search(turn[0].content)
        return ToolCall(id="call2", name="read_file", arguments={"path": named[2] if named else "none"})
    return None


def _answer(call: Generate, turn: list[ChatMessage], question: str) -> str:
    passages = [found for message in reversed(turn) for found in _PASSAGE.findall(message.content)]
    above = _ABOVE.search(turn[0].content)
    if above:
        older = [found for message in call.messages for found in _PASSAGE.findall(message.content)]
        passages += [found for found in older if f"[{found[0]}]" in above[1]]
    if not passages and all(message.role != "tool" for message in turn) and "(" not in turn[0].content:
        return GREETING
    wanted = {word.lower() for word in _WORD.findall(question)}
    for number, _, text in passages:
        if wanted & {word.lower() for word in _WORD.findall(text)}:
            sentences = re.split(r"(?<=[.!?])\s", " ".join(text.split()))
            best = max(sentences, key=lambda s: len(wanted & {word.lower() for word in _WORD.findall(s)}))
            return f"{best} [{number}]"
    rule = _NOT_FOUND.search(call.messages[0].content)
    return rule[1].strip() if rule else "I did not find this."


def _words(text: str, *, endless: bool) -> Iterator[str]:
    yield from re.findall(r"\s*\S+", text)
    for number in itertools.count(2) if endless else ():
        yield from (" and", " so", f" {number * number}")  # an answer that repeats itself would be ended


def _ended(
    reason: Literal["end", "stop", "length", "call"],
    prompt: int,
    reused: int,
    written: int,
    calls: tuple[ToolCall, ...] = (),
) -> Generated:
    fresh = prompt - reused
    usage = Usage(
        prompt_tokens=prompt, reused_tokens=reused, generated_tokens=written, prefill_ms=fresh * 10.0,
        decode_ms=written * 100.0, total_ms=fresh * 10.0 + written * 100.0 + 50.0,
    )  # fmt: skip
    read = Slice(position=reused, tokens=max(fresh, 1), ms=fresh * 10.0)
    return Generated(reason=reason, usage=usage, calls=calls, slices=(read,))


if __name__ == "__main__":
    sys.exit(main())
