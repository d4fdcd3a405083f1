"""Cuts a document's sections into chunks that fit the embedder, each with its place.

The chunks' texts, joined, are the sections' texts, joined: nothing is lost, doubled or moved. A chunk with its title
and headings has at most 256 tokens; it ends, in this order of liking, before a heading, a paragraph, a sentence or a
line, a word, and only in endless words inside one.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.base.values import Chunk, Place, embedded_text
from app.workers.extract.content import Border, Section
from app.workers.extract.tokens import SPECIALS, WORD, Tokens

CHUNK_TOKENS = 256  # the embedder's window
CHUNK_CHARS = 2_000  # for scripts and data of which the embedder knows few words
TITLE_TOKENS = 40
HEADING_TOKENS = 48
TINY = 64  # a section with fewer tokens may share a chunk with the next
WORD_TOKENS = 64  # longer words are cut
WORD_CHARS = 400
BATCH = 5_000  # words measured together, between two looks at the clock
LOOK_AHEAD = 1_100  # words looked at for one chunk: more than CHUNK_CHARS can hold
FULL = 0.5  # least share of the room that a chunk fills before a liked place to cut
ENDS = frozenset(".!?…。！？；।։؟")
CLOSERS = "\"'”’»)]）」』"
CUT = re.compile(r"\n\s*|[.!?…。！？；।։؟][\"'”’»)\]）」』]*")
# What a place to cut is worth, in shares of the room that may stay empty for it.
WORTH = {
    "heading": 1.0, "paragraph": 0.75, "line": 0.45, "sentence": 0.4, "wrap": 0.15, "word": 0.0, "inside": -1.0,
}  # fmt: skip


_Word = tuple[int, int, int, bool]  # start, end, length in tokens, whether it is glued to the one before


@dataclass(slots=True)
class _Words:
    """The words of a run that are still to be placed: spans in the run's text and lengths in tokens.

    glued: whether the word goes on from the one before without white space.
    """

    starts: list[int]
    ends: list[int]
    lengths: list[int]
    glued: list[bool]

    def drop(self, count: int) -> None:
        """Forget the first words."""
        for column in (self.starts, self.ends, self.lengths, self.glued):
            del column[:count]


def chunk(
    title: str, sections: Sequence[Section], tokens: Tokens, late: Callable[[], bool] = lambda: False
) -> tuple[Chunk, ...]:
    """The document's chunks in order. title: as `fitting_title` gives it. sections: none of white space alone.

    late: once it says so, the text ends after the words that are in hand.
    """
    chunks: list[Chunk] = []
    offset = 0
    line = 1
    for run in _runs(sections):
        cutter = _Run(title, run, tokens, (offset, line), late)
        chunks.extend(cutter.chunks())
        if cutter.cut_short:
            break
        offset += len(cutter.text)
        line += cutter.text.count("\n")
    return tuple(chunks)


def fitting_title(title: str, tokens: Tokens) -> str:
    """The title, shortened if it would leave too little room for text."""
    return tokens.shorten(title, TITLE_TOKENS)


def _runs(sections: Sequence[Section]) -> Iterator[list[Section]]:
    """Groups of sections between hard borders."""
    run: list[Section] = []
    for section in sections:
        if run and section.border is Border.HARD:
            yield run
            run = []
        run.append(section)
    if run:
        yield run


class _Run:
    """Sections without a hard border between them, being cut."""

    def __init__(
        self, title: str, sections: list[Section], tokens: Tokens, begin: tuple[int, int], late: Callable[[], bool]
    ) -> None:
        """begin: offset and line of the run's first character. late: whether to end with the words in hand."""
        self.cut_short = False
        self.text = "".join(section.text for section in sections)
        self._title = title
        self._sections = sections
        self._section_starts = [0, *itertools.accumulate(len(section.text) for section in sections[:-1])]
        self._tops = [
            start for start, section in zip(self._section_starts, sections, strict=True) if section.border >= Border.TOP
        ]
        self._tokens = tokens
        self._late = late
        self._offset, self._line = begin
        self._line_at = 0
        self._room_of: dict[str, tuple[str, int]] = {}

    def chunks(self) -> Iterator[Chunk]:
        """The run's chunks."""
        words = _Words([], [], [], [])
        source = self._batches()
        more = True
        start = 0
        while True:
            while more and len(words.starts) < LOOK_AHEAD:
                more = self._load(words, next(source, None))
            if not words.starts:
                break
            heading, room = self._room(self._heading(start, words.starts[0]))
            taken = self._take(words, room)
            while any(words.glued[1:taken]) and taken > 1 and self._overfull(words, taken, heading):
                taken -= 1
            end = self._cut(words, taken) if taken < len(words.starts) else len(self.text)
            yield self._chunk(start, end, words, taken, heading)
            start = end
            words.drop(taken)

    def _batches(self) -> Iterator[list[_Word]]:
        """The run's words, measured, some thousand at a time; an endless one in parts."""
        matches = WORD.finditer(self.text)
        while batch := [match.span() for match in itertools.islice(matches, BATCH)]:
            yield from self._measured(batch)

    def _measured(self, batch: list[tuple[int, int]]) -> Iterator[list[_Word]]:
        text = self.text
        # An endless word is not measured whole: its tokens would take more memory than a file may.
        lengths = self._tokens.lengths([text[start : min(end, start + WORD_CHARS + 1)] for start, end in batch])
        held: list[_Word] = []
        for (start, end), length in zip(batch, lengths, strict=True):
            if length <= WORD_TOKENS and end - start <= WORD_CHARS:
                held.append((start, end, length, False))
                continue
            glued = False  # cut between tokens where the embedder's tokenizer sees any
            for part_start, part_end in _parts(text, start, end, self._tokens):
                part = self._tokens.lengths([text[part_start:part_end]])[0]
                held.append((part_start, part_end, part, glued))
                glued = True
                if len(held) >= BATCH:
                    yield held
                    held = []
        if held:
            yield held

    def _load(self, words: _Words, batch: list[_Word] | None) -> bool:
        """Append a batch of words; False at the end of the run, or if it is late: then the run ends with those held."""
        if batch is None:
            return False
        if words.ends and self._late():
            self.text = self.text[: words.ends[-1]]
            self.cut_short = True
            return False
        starts, ends, lengths, glued = zip(*batch, strict=True)
        words.starts.extend(starts)
        words.ends.extend(ends)
        words.lengths.extend(lengths)
        words.glued.extend(glued)
        return True

    def _heading(self, start: int, first: int) -> str:
        """The headings of the chunk that begins at `start`, its first word at `first`."""
        section = self._section_at(first)
        if section.opens and start <= self._start_of(first):
            return section.heading.rpartition(" › ")[0]
        return section.heading

    def _room(self, heading: str) -> tuple[str, int]:
        """The heading as it fits, and the tokens that it and the title leave for the text."""
        known = self._room_of.get(heading)
        if known is None:
            fitting = self._tokens.shorten(heading, HEADING_TOKENS)
            lead = self._tokens.count(embedded_text(self._title, fitting, ""))
            known = self._room_of[heading] = (fitting, CHUNK_TOKENS - SPECIALS - lead)
        return known

    def _section_at(self, position: int) -> Section:
        return self._sections[bisect_right(self._section_starts, position) - 1]

    def _take(self, words: _Words, room: int) -> int:
        """How many of the words make the next chunk; at least one."""
        sums = list(itertools.accumulate(words.lengths[: room + 1]))
        fits = min(bisect_right(sums, room), bisect_right(words.ends, words.starts[0] + CHUNK_CHARS))
        if fits <= 1:
            return 1
        del sums[fits:]
        whole = self._until_top(words)
        if whole <= fits:
            return whole
        return self._best_cut(words, sums, room, whole)

    def _until_top(self, words: _Words) -> int:
        """How many words lie before the next high heading that stands far enough away to part chunks."""
        for index in range(bisect_right(self._tops, words.starts[0]), len(self._tops)):
            k = bisect_left(words.starts, self._tops[index])
            if k == len(words.starts) or sum(words.lengths[:k]) >= TINY:
                return k
        return min(len(words.starts), LOOK_AHEAD)

    def _best_cut(self, words: _Words, sums: list[int], room: int, whole: int) -> int:
        """The word before which to cut, of those that fit. whole: words that would best stand together."""
        rest = sum(words.lengths[:whole])
        target = room
        if rest <= 1.5 * room and words.ends[whole - 1] - words.starts[0] <= 1.5 * CHUNK_CHARS:
            target = rest // 2 + rest // 10  # two chunks of like size, rather than a full one and a scrap
        fits = len(sums)
        best, best_worth = fits, WORTH["inside" if words.glued[fits] else "word"] - abs(sums[-1] - target) / room
        least = bisect_left(sums, FULL * room) + 1
        for k in {*self._liked(words, least, fits), fits}:
            worth = WORTH[self._kind_of_cut(words, k)] - abs(sums[k - 1] - target) / room
            if worth > best_worth:
                best, best_worth = k, worth
        return best

    def _liked(self, words: _Words, least: int, most: int) -> Iterator[int]:
        """Indices, from least to most, of words that may begin a heading, a paragraph, a sentence or a line."""
        if least > most:
            return
        start, end = words.starts[least - 1], words.starts[most]
        for match in CUT.finditer(self.text, start, end):
            yield min(bisect_left(words.starts, match.end(), least, most), most)
        first = bisect_right(self._section_starts, start)
        for section_start in self._section_starts[first : bisect_right(self._section_starts, end)]:
            yield min(bisect_left(words.starts, section_start, least, most), most)

    def _kind_of_cut(self, words: _Words, k: int) -> str:
        section = bisect_right(self._section_starts, words.starts[k]) - 1
        if self._section_starts[section] > words.starts[k - 1] and self._sections[section].border >= Border.SUB:
            return "heading"
        before = self.text[max(words.starts[k - 1], words.ends[k - 1] - 4) : words.ends[k - 1]].rstrip(CLOSERS)
        ends = before[-1:] in ENDS
        if words.glued[k]:
            return "sentence" if ends else "inside"
        newlines = self.text.count("\n", words.ends[k - 1], words.starts[k])
        if newlines >= 2:
            return "paragraph"
        if newlines and (ends or self._sections[section].by_line):
            return "line"
        return "sentence" if ends else "wrap" if newlines else "word"

    def _cut(self, words: _Words, k: int) -> int:
        """Where the chunk that begins with word k begins: at its line's start, so that code keeps its indentation."""
        newline = self.text.rfind("\n", words.ends[k - 1], words.starts[k])
        section_start = self._section_starts[bisect_right(self._section_starts, words.starts[k]) - 1]
        if section_start > words.ends[k - 1]:
            return section_start
        return words.starts[k] if newline < 0 else newline + 1

    def _overfull(self, words: _Words, taken: int, heading: str) -> bool:
        """Whether parts of an endless word, put together again, are longer than their sum said."""
        text = embedded_text(self._title, heading, self.text[words.starts[0] : words.ends[taken - 1]])
        return self._tokens.count(text) + SPECIALS > CHUNK_TOKENS

    def _chunk(self, start: int, end: int, words: _Words, taken: int, heading: str) -> Chunk:
        text = self.text[start:end]
        if any(words.glued[1:taken]):
            length = self._tokens.count(embedded_text(self._title, heading, text))
        else:
            length = sum(words.lengths[:taken]) + CHUNK_TOKENS - SPECIALS - self._room(heading)[1]
        first, last = words.starts[0], words.ends[taken - 1]
        said = self._section_at(first)
        return Chunk(
            text=text, place=self._place(start, end, first, last), heading=heading, tokens=length + SPECIALS,
            sender=said.sender, dated=said.dated,
        )  # fmt: skip

    def _place(self, start: int, end: int, first: int, last: int) -> Place:
        """first, last: where the chunk's first word begins and its last one ends."""
        head = self._section_at(first)
        tail = self._section_at(last - 1)
        number, last_number, label = head.number, tail.number, head.label
        if head.kind == "line":
            self._line += self.text.count("\n", self._line_at, start)
            number = self._line
            last_number = number + self.text.count("\n", start, last)
            self._line_at = start
            label = f"line {number}" if number == last_number else f"lines {number}–{last_number}"
        elif head.first_row:
            begun = self._start_of(first)
            row = head.first_row + max(0, self.text.count("\n", begun, first) - 1)
            last_row = head.first_row + max(0, self.text.count("\n", begun, last) - 1)
            label = f"{label}, row {row}" if row == last_row else f"{label}, rows {row}–{last_row}"
        elif tail.label != label:
            label = f"{label} – {tail.label}"
        return Place(
            kind=head.kind, first=number, last=last_number, label=label,
            start=self._offset + start, end=self._offset + end,
        )  # fmt: skip

    def _start_of(self, position: int) -> int:
        return self._section_starts[bisect_right(self._section_starts, position) - 1]


def _parts(text: str, start: int, end: int, tokens: Tokens) -> Iterator[tuple[int, int]]:
    """Spans that make up an endless word, each of at most WORD_TOKENS tokens and WORD_CHARS characters."""
    for piece in range(start, end, 10 * WORD_CHARS):
        word = text[piece : min(end, piece + 10 * WORD_CHARS)]
        encoding = tokens.encode(word)
        begun = 0
        count = 0
        for (token_start, token_end), token in zip(encoding.offsets, encoding.tokens, strict=True):
            ended = count >= WORD_TOKENS // 4 and word[token_start - 1 : token_start] in ENDS
            full = ended or count >= WORD_TOKENS // 2 or token_end - begun > WORD_CHARS
            if full and token_start > begun and not token.startswith("##"):
                yield from _halves(text, piece + begun, piece + token_start, tokens)
                begun, count = token_start, 0
            count += 1
        yield from _halves(text, piece + begun, piece + len(word), tokens)


def _halves(text: str, start: int, end: int, tokens: Tokens) -> Iterator[tuple[int, int]]:
    """The span, or its halves and their halves until each is short enough."""
    too_long = end - start > WORD_CHARS or tokens.lengths([text[start:end]])[0] > WORD_TOKENS
    if end - start > 1 and too_long:
        middle = (start + end) // 2
        yield from _halves(text, start, middle, tokens)
        yield from _halves(text, middle, end, tokens)
    elif end > start:
        yield start, end
