"""Prompts that only grow: what a model has read and written stays as it is, and only what is new is put after it.

Rendering a conversation anew would rarely give the tokens that stand in the KV cache: many templates leave an earlier
answer's reasoning out, and a model does not write the tokens that its text would be split into. So the next prompt is
the tokens that are there, and what the template writes after that answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import msgspec

from app.base.chat import ChatMessage, ToolCall, ToolSpec
from app.workers.chat.inference.session import common
from app.workers.chat.vocabulary import Vocabulary

Render = Callable[[Sequence[ChatMessage], Sequence[ToolSpec]], str]
"""A conversation up to where the assistant's next message begins, as the template writes it. Raises Problem."""

_ANSWER, _NEXT = "Sentinel9f2c41adAnswer", "Sentinel5b7e08c3Next"


class AnsweredTurn(msgspec.Struct, frozen=True):
    """A question that was answered. asked: digest of the first `count` messages; answer: of what came of them.

    prompt, end: tokens of the transcript up to where the answer begins and ends.
    """

    count: int
    asked: str
    prompt: int
    answer: str
    end: int


class TokenTranscript:
    """One conversation as its model knows it. tokens: read or written, in order, without a final end of turn."""

    def __init__(self, tokens: Sequence[int] = (), turns: Sequence[AnsweredTurn] = ()) -> None:
        self.tokens = list(tokens)
        self.turns = list(turns)

    def add(
        self,
        messages: Sequence[ChatMessage],
        tools: Sequence[ToolSpec],
        prompt: Sequence[int],
        written: Sequence[int],
        *,
        text: str,
        calls: Sequence[ToolCall],
    ) -> None:
        """Note an answer: `written` after `prompt`, of which the caller was given `text` and `calls`.

        Turns that ended after `prompt` begins to differ are forgotten.
        """
        kept = common(self.tokens, prompt)
        self.turns = [turn for turn in self.turns if turn.end <= kept]
        self.tokens = [*prompt, *written]
        asked = _digests(messages, tools)[-1]
        answer = _digest_of_answer(text, calls)
        self.turns.append(AnsweredTurn(len(messages), asked, len(prompt), answer, len(self.tokens)))

    def prompt(
        self,
        messages: Sequence[ChatMessage],
        tools: Sequence[ToolSpec],
        render: Render,
        vocabulary: Vocabulary,
        ends: Callable[[int], bool],
    ) -> list[int] | None:
        """The tokens of a conversation that goes on from here; None if it does not, or not to the letter.

        ends: whether a token ends the assistant's turn. Raises what `render` raises.
        """
        digests = _digests(messages, tools)
        for turn in reversed(self.turns):
            if turn.count > len(messages) or digests[turn.count] != turn.asked:
                continue
            if turn.count == len(messages):
                return self.tokens[: turn.prompt]
            answer = messages[turn.count]
            if (
                turn.count + 1 < len(messages)
                and answer.role == "assistant"
                and _digest_of_answer(answer.content, answer.calls) == turn.answer
            ):
                suffix = _Suffix(messages, turn.count, tools, render, vocabulary, ends).tokens()
                return None if suffix is None else self.tokens[: turn.end] + suffix
        return None


class _Suffix:
    """What the template writes after an answer."""

    def __init__(
        self,
        messages: Sequence[ChatMessage],
        at: int,
        tools: Sequence[ToolSpec],
        render: Render,
        vocabulary: Vocabulary,
        ends: Callable[[int], bool],
    ) -> None:
        self._messages = list(messages)
        self._at = at
        self._tools = tools
        self._render = render
        self._vocabulary = vocabulary
        self._ends = ends

    def tokens(self) -> list[int] | None:
        """Its tokens; None if it cannot be told apart from the answer."""
        marked = self._messages.copy()
        answer = marked[self._at]
        marked[self._at] = _marked(answer)
        after = self._after(_ANSWER, marked)
        marked[self._at + 1] = msgspec.structs.replace(marked[self._at + 1], content=_NEXT)
        probe = self._after(_ANSWER, marked)
        if after is None or probe is None or probe.count(_NEXT) != 1:
            return None
        between = probe.partition(_NEXT)[0]
        cut = self._end(between)
        if answer.calls and cut is None:
            return None  # the rest of the call's syntax would stand twice
        if not answer.calls and (cut is None or between[:cut].strip()):
            cut = 0
        if not after.startswith(between):
            return None
        text = after[cut:]
        tokens = self._vocabulary.tokens(text, special=True)
        if not tokens or not text.encode().startswith(self._vocabulary.piece(tokens[0], special=True)):
            return None  # this vocabulary marks the beginning of a text, and this is none
        return tokens

    def _after(self, sentinel: str, messages: Sequence[ChatMessage]) -> str | None:
        text = self._render(messages, self._tools)
        return text.partition(sentinel)[2] if text.count(sentinel) == 1 else None

    def _end(self, between: str) -> int | None:
        """Where the mark of the turn's end begins."""
        for token in self._vocabulary.tokens(between, special=True):
            if self._ends(token):
                name = self._vocabulary.piece(token, special=True).decode("utf-8", "replace")
                at = between.find(name)
                return at if at >= 0 else None
        return None


def _marked(answer: ChatMessage) -> ChatMessage:
    """The message with a sentinel where its last part ends."""
    if not answer.calls:
        return msgspec.structs.replace(answer, content=_ANSWER)
    last = msgspec.structs.replace(answer.calls[-1], arguments={"value": _ANSWER})
    return msgspec.structs.replace(answer, calls=(*answer.calls[:-1], last))


def _digests(messages: Sequence[ChatMessage], tools: Sequence[ToolSpec]) -> list[str]:
    """A digest of the tools and the first n messages, for each n from 0."""
    hashed = hashlib.sha256(msgspec.json.encode(list(tools)))
    digests = [hashed.hexdigest()]
    for message in messages:
        content = message.content.strip() if message.role == "assistant" else message.content
        hashed.update(msgspec.json.encode(msgspec.structs.replace(message, content=content)))
        digests.append(hashed.hexdigest())
    return digests


def _digest_of_answer(text: str, calls: Sequence[ToolCall]) -> str:
    called = [(call.name, call.arguments) for call in calls]
    return hashlib.sha256(msgspec.json.encode((text.strip(), called), order="sorted")).hexdigest()
