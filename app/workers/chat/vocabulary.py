"""A loaded model's tokens: text to ids and back."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from functools import cached_property
from types import ModuleType
from typing import Any

from app.base.chat import ChatMessage, ToolCall

_PIECE_BYTES = 512
_LONGEST_TOKEN = 4096  # a file may say that a token is a book
_LONGEST_PIECE = 4000
_WORD_BREAK = re.compile(r"(?<=[^\W\d_]) (?=[^\W\d_])")
_VOCAB_BPE = 2
_INT32_MIN = -(2**31)


class Vocabulary:
    """The vocabulary of a model that is loaded; usable as long as it is. Not thread-safe.

    handle: llama.cpp's own. size: how many tokens there are.
    """

    def __init__(self, api: ModuleType, handle: int) -> None:
        self._api = api
        self.handle = handle
        self.size: int = api.llama_vocab_n_tokens(handle)
        self._buffer = ctypes.create_string_buffer(_PIECE_BYTES)
        self._splits = api.llama_vocab_type(handle) == _VOCAB_BPE

    @cached_property
    def bos(self) -> str:
        """The text of the token that begins every prompt; "" if there is none."""
        return self._text(self._api.llama_vocab_bos(self.handle))

    @cached_property
    def eos(self) -> str:
        """The text of the token that ends a text; "" if there is none."""
        return self._text(self._api.llama_vocab_eos(self.handle))

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """The ids of a text's tokens. special: read the names of control tokens as those tokens.

        No token is added in front.
        """
        return [token for part in self._parts(text) for token in self._tokens(part.encode(), special)]

    def prompt_tokens(self, prompt: str) -> list[int]:
        """The ids of a rendered prompt, with the beginning token that the model wants, once."""
        tokens = self.tokens(prompt, special=True)
        bos = self._api.llama_vocab_bos(self.handle)
        wants = self._api.llama_vocab_get_add_bos(self.handle) and bos >= 0
        if not tokens or (wants and tokens[0] != bos):
            return [bos, *tokens] if bos >= 0 else tokens
        return tokens

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes that a token stands for. special: those of control tokens too, which else are empty."""
        size = self._api.llama_token_to_piece(self.handle, token, self._buffer, _PIECE_BYTES, 0, special)
        if size < 0:
            longer = ctypes.create_string_buffer(-size)
            size = self._api.llama_token_to_piece(self.handle, token, longer, -size, 0, special)
            return longer.raw[: min(max(size, 0), _LONGEST_TOKEN)]
        return self._buffer.raw[:size]

    def ends(self, token: int) -> bool:
        """Whether a token ends the model's turn."""
        return bool(self._api.llama_vocab_is_eog(self.handle, token))

    def is_control(self, token: int) -> bool:
        """Whether a token structures a prompt and stands for no text."""
        return bool(self._api.llama_vocab_is_control(self.handle, token))

    def is_user_defined(self, token: int) -> bool:
        """Whether a token was added to the vocabulary by hand, and is never split."""
        return bool(self._api.llama_vocab_get_attr(self.handle, token) & self._api.LLAMA_TOKEN_ATTR_USER_DEFINED)

    @property
    def tokenize_address(self) -> int:
        """Where llama.cpp's own tokenizing function lies in memory."""
        return ctypes.cast(self._api._lib.llama_tokenize, ctypes.c_void_p).value or 0

    def without_controls(self, text: str) -> str:
        """The text with the names of control tokens broken up by a zero-width space.

        So that a document that contains “<|im_end|>” cannot end the message in which it stands.
        """
        names = {
            self.piece(token, special=True).decode("utf-8", "replace")
            for token in set(self.tokens(text, special=True))
            if self.is_control(token)
        }
        for name in sorted(names - {""}, key=len, reverse=True):
            text = text.replace(name, f"{name[0]}\u200b{name[1:]}")
        return text

    def harmless(self, message: ChatMessage) -> ChatMessage:
        """The message without the names of control tokens, in its text and in the arguments of its calls."""
        calls = tuple(
            ToolCall(id=call.id, name=call.name, arguments=self._harmless(call.arguments)) for call in message.calls
        )
        return ChatMessage(
            role=message.role,
            content=self.without_controls(message.content),
            calls=calls,
            call_id=message.call_id,
            name=self.without_controls(message.name),
        )

    def _harmless(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.without_controls(value)
        if isinstance(value, dict):
            return {self._harmless(key): self._harmless(one) for key, one in value.items()}
        return [self._harmless(one) for one in value] if isinstance(value, list) else value

    def _text(self, token: int) -> str:
        return self.piece(token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    def _tokens(self, data: bytes, special: bool) -> list[int]:
        room = len(data) + 16  # no token is shorter than a byte, but a few may be added
        tokens = (self._api.llama_token * room)()
        count = self._api.llama_tokenize(self.handle, data, len(data), tokens, room, False, special)
        if count == _INT32_MIN:
            raise OverflowError("more tokens than llama.cpp can count")
        if count < 0:
            tokens = (self._api.llama_token * -count)()
            count = self._api.llama_tokenize(self.handle, data, len(data), tokens, -count, False, special)
        found: list[int] = tokens[:count]
        return found

    def _parts(self, text: str) -> Iterator[str]:
        """The text in parts of at most some thousand letters, cut between words where it can be.

        llama.cpp's splitting of a text by std::regex descends once a letter: in 16 of 41 BPE vocabularies a run of
        30,000 letters ended the process by stack overflow. Other vocabularies are not split so, and may mark the
        beginning of a text, so that theirs stays whole.
        """
        start = 0
        while self._splits and len(text) - start > _LONGEST_PIECE:
            limit = start + _LONGEST_PIECE
            cut = max((found.start() for found in _WORD_BREAK.finditer(text, start + 1, limit)), default=limit)
            yield text[start:cut]
            start = cut
        yield text[start:]
