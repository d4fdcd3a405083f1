"""Lengths in the embedder's own tokens.

The embedder's tokenizer splits at white space before anything else, so the length of a text is the sum of the lengths
of its words. Each word's length is found once and remembered: a text costs little more than finding its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Encoding, Tokenizer

from app.base.paths import resources

SPECIALS = 2  # [CLS] and [SEP] around every text
WORD = re.compile(r"[^ \t\n\r]+")  # other white space stays inside words: the tokenizer drops or splits there itself
REMEMBERED = 200_000  # words, some 20 MB
LONG = 48  # longer words hardly come twice


class Tokens:
    """Counts tokens. Not thread-safe."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._known: dict[str, int] = {}

    @staticmethod
    def load(folder: Path | None = None) -> Tokens:
        """The bundled embedder's tokenizer. Raises Exception of the tokenizers library if its file is damaged."""
        folder = folder or resources() / "models" / "all-MiniLM-L6-v2"
        return Tokens(Tokenizer.from_file(str(folder / "tokenizer.json")))

    def lengths(self, words: Sequence[str]) -> list[int]:
        """Length of each word, without specials. A word holds no space, tab or line end."""
        known = self._known
        fresh = [word for word in set(words) if word not in known]
        if fresh:
            if len(known) + len(fresh) > REMEMBERED:
                known.clear()
                fresh = list(set(words))
            encodings = self._tokenizer.encode_batch_fast(fresh, add_special_tokens=False)
            known.update(zip(fresh, map(len, encodings), strict=True))
        found = [known[word] for word in words]
        for word in fresh:
            if len(word) > LONG:
                del known[word]
        return found

    def count(self, text: str) -> int:
        """Length of a text, without specials."""
        return sum(self.lengths(WORD.findall(text)))

    def encode(self, text: str) -> Encoding:
        """Tokens with their character offsets, without specials."""
        return self._tokenizer.encode(text, add_special_tokens=False)

    def shorten(self, text: str, limit: int) -> str:
        """The text, cut at a word with "…" if it has more than `limit` tokens."""
        words = text.split()
        lengths = self.lengths(words)
        if sum(lengths) <= limit:
            return text
        room = limit - 1
        kept = 0
        while kept < len(words) and lengths[kept] <= room:
            room -= lengths[kept]
            kept += 1
        return " ".join([*words[:kept], "…"]) if kept else self._beginning(words[0], room) + "…"

    def _beginning(self, word: str, limit: int) -> str:
        """The longest beginning of a word, found by halving, of at most `limit` tokens."""
        length = len(word)
        while self.lengths([word[:length]])[0] > limit:
            length //= 2
        return word[:length]
