"""A chat model in memory: its weights, vocabulary, template and session, loaded together and freed in order."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from app.base.chat import ChatMessage, ToolSpec
from app.workers.chat.inference.llama import Llama
from app.workers.chat.inference.model_file import ModelFile
from app.workers.chat.inference.sampling import sampling_of
from app.workers.chat.inference.session import InferenceSession
from app.workers.chat.kv.recall import Recall
from app.workers.chat.tool_calls.constraint import Constrainer, Constraint
from app.workers.chat.tool_calls.dialect import build_dialect
from app.workers.chat.tool_calls.output import OutputParser
from app.workers.chat.vocabulary import Vocabulary

log = logging.getLogger("familiar.chat")


@dataclass(frozen=True)
class TokenizedPrompt:
    """A conversation as the model reads it. text: the same, as its template printed it."""

    tokens: list[int]
    text: str


class Model:
    """A loaded chat model; use `loading.load_model`. Close it when done. Not thread-safe but for `session.stop`."""

    def __init__(self, llama: Llama, handle: int, session: InferenceSession, file: ModelFile) -> None:
        self.api = llama.api
        self.session = session
        self.sampling = sampling_of(file.header, file.head.parameters)
        self._handle = handle
        self.vocabulary = Vocabulary(self.api, self.api.llama_model_get_vocab(handle))
        vocabulary = self.vocabulary
        self.dialect = build_dialect(file.template, vocabulary.bos, vocabulary.eos, name=file.path.name)
        self._turn_end = self._find_turn_end()
        self._shown = self._controls(self.dialect.shown)
        self._undecided = self._controls(self.dialect.stops)
        self.constrainer = Constrainer(vocabulary, self._turn_end)
        self.recall = Recall(session, vocabulary, self._render, lambda token: self.ends(token, answering=True))

    def close(self) -> None:
        """Free the session, then the weights: the other order ends the process. Waits until states are on the disk."""
        self.recall.close()
        self.session.close()
        self.api.llama_model_free(self._handle)

    def prompt(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec] = (), *, conversation: int = 0
    ) -> TokenizedPrompt:
        """The conversation rendered by the template, ready to be continued by the assistant.

        Where it goes on from an answer of this model, its tokens are those read and written then, and what is new.
        Raises Problem chat.template.
        """
        text = self._render(messages, tools)
        tokens = self.recall.prompt(conversation, messages, tools)
        return TokenizedPrompt(self.vocabulary.prompt_tokens(text) if tokens is None else tokens, text)

    def _render(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec]) -> str:
        return self.dialect.render([self.vocabulary.harmless(message) for message in messages], tools)

    def parser(self, prompt: TokenizedPrompt, tools: Sequence[ToolSpec] = (), force: str = "") -> OutputParser:
        """A sorter of what the model writes after a prompt."""
        return self.dialect.parser(prompt.text, tools, force)

    def constraint(self, prompt: TokenizedPrompt, tools: Sequence[ToolSpec], *, force: str = "") -> Constraint | None:
        """What holds a forced call to its tool's schema, from the first token on; None if that cannot be."""
        forced = [tool for tool in tools if tool.name == force]
        opened = self.dialect.markers.opened_by(prompt.text) and self.dialect.syntax.kind != "harmony"
        before = self.dialect.markers.end if opened else ""
        return self.constrainer.begin(self.dialect.syntax, forced, most=1, before=before) if forced else None

    def piece(self, token: int) -> bytes:
        """The bytes of a token that the model wrote; control tokens are empty unless they are syntax."""
        return self.vocabulary.piece(token, special=token in self._shown)

    def may_begin_call(self, token: int) -> bool:
        """Whether a token that ends turns may begin a call here too, so that what follows tells."""
        return token in self._undecided

    def ends(self, token: int, *, answering: bool) -> bool:
        """Whether a token that the model wrote ends its turn."""
        return self.vocabulary.ends(token) or (answering and token == self._turn_end)

    def _controls(self, texts: Sequence[str]) -> set[int]:
        """The control tokens in these texts."""
        tokens = {token for text in texts for token in self.vocabulary.tokens(text, special=True)}
        return {token for token in tokens if self.vocabulary.is_control(token)}

    def _find_turn_end(self) -> int | None:
        """The control token that the template writes after an answer; some files do not list it among the ends."""
        after = self.vocabulary.tokens(self.dialect.turn_end.lstrip(), special=True)
        return after[0] if after and self.vocabulary.is_control(after[0]) else None
