"""What is read ahead while the person thinks: attached files whole, and what every conversation begins with.

So the second question about a long report starts at once, and a new conversation reads no more than its own words.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import PurePath

import msgspec

from app.assistant import budget
from app.assistant.evidence import passages_of
from app.assistant.history import History, in_words
from app.assistant.passage_format import defused, framed
from app.assistant.ports import AttachmentReader, Passage
from app.assistant.prompt import Opening, Prompt, Prompts, as_text, tools_tokens
from app.base.chat import ChatMessage, ToolSpec
from app.base.chat_model import ChatModel
from app.base.values import READABLE_STATES, Attachment, ConversationId, Message

RESERVE = 1536
"""Tokens kept free beside a whole document and an answer: for the questions, and for what tools find."""

_PATIENCE = 2.0
_MOST_CHARS_A_TOKEN = 8
_MOST_KEPT = 64


class Whole(msgspec.Struct, frozen=True):
    """Attached files as the beginning of a prompt. paths: the files; passages: all that stands in them, in order."""

    paths: tuple[str, ...]
    messages: tuple[ChatMessage, ...]
    passages: tuple[Passage, ...]

    @property
    def digest(self) -> bytes:
        """Of what a model reads."""
        return hashlib.sha256(msgspec.json.encode(self.messages)).digest()


class Prefetch:
    """Has models read attached files whole, and says when a question can go on from there. Thread-safe."""

    def __init__(self, prompts: Callable[[], Prompts], reader: AttachmentReader) -> None:
        """prompts: those of a model of this machine, as they are now."""
        self._prompts = prompts
        self._reader = reader
        self._lock = threading.Lock()
        self._begun: dict[ConversationId, tuple[str, bytes]] = {}
        self._beginnings: dict[str, int] = {}

    def begin(
        self,
        model: ChatModel,
        conversation: ConversationId,
        attachments: Sequence[Attachment],
        seen: Sequence[Passage],
        tools: Sequence[ToolSpec],
    ) -> None:
        """After an answer: have the model read ahead what the next question may go on from. Returns at once.

        The attached files, if they fit and were not seen whole yet; else, once, what every conversation begins with.
        """
        if not model.local or model.profile == "quotes":
            return
        whole = self._whole(attachments, model)
        if whole is not None and not _holds(seen, whole) and self._fits(model, whole, tools):
            with self._lock:
                self._begun[conversation] = (model.name, whole.digest)
                while len(self._begun) > _MOST_KEPT:
                    del self._begun[next(iter(self._begun))]
            model.warm([self._prompts().begin(tools, model.profile), *whole.messages], tools, conversation)
        else:
            self.prepare(model, tools)

    def prepare(self, model: ChatModel, tools: Sequence[ToolSpec]) -> None:
        """Have a local model read, once, what every conversation begins with. Returns at once."""
        if model.profile != "quotes" and not model.warmed(0):
            model.warm([self._prompts().begin(tools, model.profile)], tools, 0)

    def answered(self, model: ChatModel, prompt: Prompt) -> None:
        """A model has read a prompt: what every conversation begins with is in its memory from now on."""
        if model.local:
            with self._lock:
                self._beginnings[model.name] = prompt.beginning

    def opening(
        self,
        model: ChatModel,
        conversation: ConversationId,
        attachments: Sequence[Attachment],
        history: History,
        before: Sequence[Message],
        tools: Sequence[ToolSpec],
        target_s: float,
    ) -> Opening:
        """What the next prompt begins with: the attached files whole, where that takes at most twice the target."""
        with self._lock:
            begun = max(model.warmed(0), self._beginnings.get(model.name, 0))
        if not before or not attachments or not model.local or {one.path for one in attachments} <= set(history.whole):
            return Opening(history, begun=begun)
        whole = self._whole(attachments, model)
        if whole is None or _holds(list(history.passages.values()), whole) or not self._fits(model, whole, tools):
            return Opening(history, begun=begun)
        with self._lock:
            same = self._begun.get(conversation) == (model.name, whole.digest)
        read = max(model.warmed(conversation) if same else 0, begun)
        unread = max(0, self._size(model, whole, tools) - read)
        if model.cost.known:
            affordable = model.cost.seconds(unread, read) <= _PATIENCE * budget.bounded(target_s)
        else:
            affordable = unread <= budget.UNMEASURED
        if not affordable:
            return Opening(history, begun=begun)
        return Opening(
            lead=(*whole.messages, *in_words(before)), passages=whole.passages, whole=whole.paths, reused=read
        )

    def _whole(self, attachments: Sequence[Attachment], model: ChatModel) -> Whole | None:
        """The files as one beginning; None if one could not be read or they are surely too long."""
        if not attachments:
            return None
        documents = self._reader.read(attachments)
        if any(one.state not in READABLE_STATES or not one.chunks for one in documents):
            return None
        paths = [one.path for one in attachments]
        passages = [one for path, document in zip(paths, documents, strict=True) for one in
                    passages_of(path, document)]  # fmt: skip
        if sum(len(one.text) for one in passages) > model.context * _MOST_CHARS_A_TOKEN:
            return None
        names = ", ".join(defused(PurePath(path).name).replace("\n", " ") for path in paths)
        shown = "\n".join(framed(n, one) for n, one in enumerate(passages, 1))
        asked = self._prompts().document.substitute(files=names, passages=shown)
        messages = (
            ChatMessage(role="user", content=asked),
            ChatMessage(role="assistant", content=self._prompts().document_read),
        )
        return Whole(tuple(paths), messages, tuple(passages))

    def _fits(self, model: ChatModel, whole: Whole, tools: Sequence[ToolSpec]) -> bool:
        answer = budget.answer_limit(model.context, model.decode_rate)
        return self._size(model, whole, tools) + answer + RESERVE <= model.context

    def _size(self, model: ChatModel, whole: Whole, tools: Sequence[ToolSpec]) -> int:
        """Tokens of a prompt's beginning with the files in it."""
        texts = [self._prompts().begin(tools, model.profile).content, *(message.content for message in whole.messages)]
        counted = model.count([as_text(tools), *texts])
        return sum(counted[1:]) + len(texts) * budget.MESSAGE_TOKENS + tools_tokens(counted[0], tools)


def _holds(seen: Sequence[Passage], whole: Whole) -> bool:
    """Whether all of the files was seen in passages already."""
    stretches = {(one.path, one.sha256, one.place.start, len(one.text)) for one in seen}
    return all((one.path, one.sha256, one.place.start, len(one.text)) in stretches for one in whole.passages)
