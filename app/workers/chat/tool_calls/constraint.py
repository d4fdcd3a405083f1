"""Calls kept to their tools' schemas while they are drawn, by llguidance.

A token is drawn freely and only asked about; the mask of all legal tokens is computed where that one is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np
from llguidance import LLMatcher, LLTokenizer
from numpy.typing import NDArray

from app.base.chat import ToolSpec
from app.workers.chat.tool_calls.grammar import write_grammar
from app.workers.chat.tool_calls.syntax import CallSyntax, Parts
from app.workers.chat.vocabulary import Vocabulary

log = logging.getLogger("familiar.chat")
_KEPT_GRAMMARS = 8
_MARKED = b"\xff"  # how llguidance is told that a token is no text
_PLAIN = r"[^\"'\\<\]\x00-\x1F\x7F]"
_SLICES = (f"{_PLAIN}{{1,10}}", f"{_PLAIN}{{1,30}}", f"{_PLAIN}+")
"""Tokens that are legal in any text, whatever closes it: llguidance looks at them together."""


class Constraint:
    """The rules for one answer's calls, from their first byte. Use `Constrainer.begin`."""

    def __init__(self, matcher: LLMatcher, tokens: int) -> None:
        self._matcher = matcher
        self._mask: NDArray[np.int32] = np.zeros((tokens + 31) // 32, np.int32)
        self._tokens = tokens

    @property
    def complete(self) -> bool:
        """Whether what was written is whole, so that the turn may end here."""
        return self._matcher.is_accepting()

    @property
    def over(self) -> bool:
        """Whether nothing more can follow."""
        return self._matcher.is_stopped()

    def take(self, token: int) -> bool:
        """Go on with a token; False if it is not legal here, and then nothing has changed."""
        return self._matcher.try_consume_tokens([token]) == 1

    def legal(self) -> NDArray[np.bool_]:
        """Which tokens of the vocabulary are legal here."""
        self._matcher.unsafe_compute_mask_ptr(self._mask.ctypes.data, self._mask.nbytes)
        bits = np.unpackbits(self._mask.view(np.uint8), count=self._tokens, bitorder="little")
        return bits.view(np.bool_)


class Constrainer:
    """Makes constraints for a model. The first use takes about a second for a large vocabulary.

    vocabulary: of the model, which must live as long as this does. turn_end: a token that ends a turn beside those that
    the vocabulary knows. notes: why a tool's arguments are not held to its schema while they are written, by tool.
    """

    def __init__(self, vocabulary: Vocabulary, turn_end: int | None = None) -> None:
        self.notes: dict[str, str] = {}
        self._vocabulary = vocabulary
        self._turn_end = turn_end
        self._tokenizer: LLTokenizer | None = None
        self._broken = False
        self._grammars: dict[bytes, LLMatcher | None] = {}

    def prepare(self) -> None:
        """Do what takes a second, ahead of the first use."""
        if self._tokenizer is None and not self._broken:
            pieces = [self._vocabulary.piece(token, special=True) for token in range(self._vocabulary.size)]
            marked = [_MARKED + piece if self._is_mark(token, piece) else piece for token, piece in enumerate(pieces)]
            self._tokenizer = self._tokenizer_of(marked)

    def begin(
        self, syntax: CallSyntax, tools: Sequence[ToolSpec], written: bytes = b"", *, most: int = 8, before: str = ""
    ) -> Constraint | None:
        """A constraint that goes on after `written`; None if there can be none, and calls are only checked.

        most: calls in one message. before: what must come first.
        """
        self.prepare()
        if self._tokenizer is None:
            return None
        syntax = self._without_ends(syntax)
        first = (syntax.open.split() or [""])[0].encode()
        opened = not written or written.startswith(first[: len(written)])
        key = msgspec.json.encode((repr(syntax), tools, most, before, opened))
        if key not in self._grammars:
            if len(self._grammars) >= _KEPT_GRAMMARS:
                self._grammars.pop(next(iter(self._grammars)))
            self._grammars[key] = self._compile(syntax, tools, most=most, before=before, opened=opened)
        prepared = self._grammars[key]
        if prepared is None:
            return None
        matcher = prepared.deep_copy()
        tokens = self._tokenizer.tokenize_bytes(written, parse_special=True)
        if tokens and matcher.try_consume_tokens(tokens) != len(tokens):
            return None  # it has begun in a way of its own
        return Constraint(matcher, self._vocabulary.size)

    def _compile(
        self, syntax: CallSyntax, tools: Sequence[ToolSpec], *, most: int, before: str, opened: bool
    ) -> LLMatcher | None:
        def matcher(some: Sequence[ToolSpec]) -> LLMatcher:
            assert self._tokenizer is not None
            grammar = write_grammar(syntax, some, self._split, most=most, before=before, opened=opened)
            return LLMatcher(self._tokenizer, LLMatcher.grammar_from_lark(grammar), log_level=0)

        made = matcher(tools)
        if made.is_error():  # one of them, most likely
            usable = [one for tool in tools if (one := self._usable(syntax, tool)) is not None]
            made = matcher(usable) if usable else made
        if made.is_error():
            log.warning("calls cannot be constrained: %s", made.get_error().splitlines()[0])
            return None
        return made

    def _usable(self, syntax: CallSyntax, tool: ToolSpec) -> ToolSpec | None:
        """The tool with a schema that a grammar can be made of: its own, or that of any object."""
        loose = msgspec.structs.replace(tool, parameters={"type": "object"})
        for one in (tool, loose):
            grammar = LLMatcher.grammar_from_lark(write_grammar(syntax, [one], self._split, most=1))
            failed, messages = LLMatcher.validate_grammar_with_warnings(grammar, self._tokenizer)
            if not failed:
                return one
            self.notes.setdefault(tool.name, messages[0].splitlines()[0])
        return None

    def _tokenizer_of(self, pieces: list[bytes]) -> LLTokenizer | None:
        """llguidance's view of the vocabulary; None if it cannot be had, as for a file with an odd one."""
        try:
            made: LLTokenizer = LLTokenizer.from_llamacpp(  # type: ignore[attr-defined]  # its stub leaves it out
                tokens=pieces,
                vocab_ptr=self._vocabulary.handle,
                tokenize_fptr=self._vocabulary.tokenize_address,
                eos_token=self._ends(),
                slices=[*_SLICES, *LLTokenizer.general_slices()],
            )
        except (ValueError, RuntimeError) as error:
            log.warning("calls of this model cannot be constrained: %s", str(error).partition("\n")[0])
            self._broken = True
            return None
        return made

    def _is_mark(self, token: int, piece: bytes) -> bool:
        """Whether a token is one that grammars name by its number: it never stands for text."""
        shaped = piece.startswith(b"<") and piece.endswith(b">")
        return self._vocabulary.is_control(token) or (shaped and self._vocabulary.is_user_defined(token))

    def _ends(self) -> list[int]:
        """The tokens that end a turn."""
        ends = [token for token in range(self._vocabulary.size) if self._vocabulary.ends(token)]
        return ends if self._turn_end is None or self._turn_end in ends else [*ends, self._turn_end]

    def _without_ends(self, syntax: CallSyntax) -> CallSyntax:
        """The syntax without what would come after the end of the turn."""
        return replace(syntax, close=self._before_end(syntax.close), call=self._call_before_end(syntax.call))

    def _call_before_end(self, call: Parts) -> Parts:
        last = call[-1]
        return (*call[:-1], self._before_end(last)) if isinstance(last, str) else call

    def _before_end(self, text: str) -> str:
        for token in self._vocabulary.tokens(text, special=True):
            if self._vocabulary.ends(token) or token == self._turn_end:
                name = self._vocabulary.piece(token, special=True).decode("utf-8", "replace")
                return text.partition(name)[0]
        return text

    def _split(self, text: str) -> list[str | int]:
        """A literal as texts and special tokens."""
        assert self._tokenizer is not None
        pieces: list[str | int] = []
        rest = text
        for token in self._vocabulary.tokens(text, special=True):
            if not self._tokenizer.is_special_token(token):
                continue
            name = self._vocabulary.piece(token, special=True).decode("utf-8", "replace")
            before, found, after = rest.partition(name)
            if found:
                pieces += [before, token]
                rest = after
        return [piece for piece in (*pieces, rest) if piece != ""]
