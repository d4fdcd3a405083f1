"""What was said and sent in a conversation before: the beginning of its next prompt, word for word.

A prompt that goes on where the last one ended is not read again. So every turn keeps what it sent, and the next repeats
it: passages, calls, results and the model's own words. Only turns that no model answered are told in plain words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from app.assistant.citation_markers import without_markers
from app.assistant.citation_numbers import Numbered
from app.assistant.passage_format import defused
from app.assistant.ports import Passage
from app.base.chat import ChatMessage
from app.base.values import Message, TurnId, Value

_OLD_ANSWER_CHARS = 2000
_WORDS_CHARS = 4000


class Sent(Value, frozen=True, kw_only=True):
    """What a turn added to its conversation's prompt. Kept in user.db.

    since: the first turn that stood in the same prompt. passages: those that it numbered. whole: attached files of
    which the prompt holds the whole text from this turn on.
    """

    since: TurnId
    messages: tuple[ChatMessage, ...]
    passages: tuple[Numbered, ...] = ()
    whole: tuple[str, ...] = ()


class HistoryBlock(msgspec.Struct, frozen=True):
    """One earlier turn in the next prompt. sent: whether a model was sent it, else it is told in plain words."""

    turn: TurnId
    messages: tuple[ChatMessage, ...]
    passages: tuple[Numbered, ...] = ()
    whole: tuple[str, ...] = ()
    sent: bool = False


class History(msgspec.Struct, frozen=True):
    """The earlier turns that the next prompt repeats, oldest first. model: that which the last prompt was sent to."""

    blocks: tuple[HistoryBlock, ...] = ()
    model: str | None = None

    @property
    def messages(self) -> tuple[ChatMessage, ...]:
        """All of their messages."""
        return tuple(message for block in self.blocks for message in block.messages)

    @property
    def passages(self) -> Mapping[int, Passage]:
        """Their passages by the model's number."""
        return {one.n: one.passage for block in self.blocks for one in block.passages}

    @property
    def whole(self) -> tuple[str, ...]:
        """The attached files whose whole text stands in them."""
        return tuple(dict.fromkeys(path for block in self.blocks for path in block.whole))

    @property
    def whole_passages(self) -> tuple[Passage, ...]:
        """The passages of these files."""
        whole = self.whole
        return tuple(passage for passage in self.passages.values() if passage.path in whole) if whole else ()

    def newest(self, count: int) -> History:
        """The same with its newest `count` turns alone."""
        return History(self.blocks[len(self.blocks) - count :], self.model)


def history_of(before: Sequence[Message], kept: Mapping[TurnId, bytes]) -> History:
    """What the next prompt of a conversation begins with. before: its messages; kept: `Sent` by turn, as JSON.

    A turn that left no answer is left out. One that stands after an answer which was asked for again later is told in
    plain words: its prompt had another beginning, and its numbers meant other passages.
    """
    pairs = list(zip(before[::2], before[1::2], strict=False))
    sent: list[Sent | None] = []
    latest = TurnId(0)
    for asked, _ in pairs:
        sent.append(_decoded(kept[asked.turn]) if asked.turn > latest and asked.turn in kept else None)
        latest = max(latest, asked.turn)
    since = next((one.since for one in reversed(sent) if one is not None), None)
    begin = next((at for at, (asked, _) in enumerate(pairs) if asked.turn == since), 0)
    blocks: list[HistoryBlock] = []
    model: str | None = None
    for (asked, answered), one in list(zip(pairs, sent, strict=True))[begin:]:
        if one is not None:
            model = answered.answer.model if answered.answer is not None else None
        block = _block(asked, answered, one)
        if block.messages:
            blocks.append(block)
    return History(tuple(blocks), model)


def in_words(before: Sequence[Message]) -> tuple[ChatMessage, ...]:
    """The newest of what was said before in plain words, some 4,000 characters of it."""
    pairs: list[tuple[ChatMessage, ...]] = []
    left = _WORDS_CHARS
    for asked, answered in reversed(list(zip(before[::2], before[1::2], strict=False))):
        pair = _pair(asked.text, answered.text)
        left -= sum(len(message.content) for message in pair)
        if left < 0:
            break
        pairs.append(pair)
    return tuple(message for pair in reversed(pairs) for message in pair)


def _decoded(data: bytes) -> Sent | None:
    try:
        return msgspec.json.decode(data, type=Sent)
    except msgspec.DecodeError:
        return None  # another release's; the turn is told in plain words


def _block(asked: Message, answered: Message, sent: Sent | None) -> HistoryBlock:
    if sent is None:
        return HistoryBlock(asked.turn, _pair(asked.text, answered.text))
    messages = sent.messages
    if messages and messages[-1].role != "assistant":  # it was stopped, or it failed, before the model's last word
        if not answered.text:
            return HistoryBlock(asked.turn, ())
        messages = (*messages, ChatMessage(role="assistant", content=without_markers(answered.text)))
    return HistoryBlock(asked.turn, messages, sent.passages, sent.whole, sent=True)


def _pair(question: str, answer: str) -> tuple[ChatMessage, ...]:
    """A question and its answer in plain words; citation numbers, which meant other passages, are gone."""
    if not answer:
        return ()
    return (
        ChatMessage(role="user", content=defused(question[:_OLD_ANSWER_CHARS])),
        ChatMessage(role="assistant", content=defused(without_markers(answer)[:_OLD_ANSWER_CHARS])),
    )
