"""Limits that a plain question says in passing: a sort of file, a folder, a writer, a file's name, the newest."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import msgspec

from app.base.file_types import FILE_TYPES, ending_of
from app.language.languages import function_words
from app.language.question import cue_words as cue
from app.language.question.calendar_words import MONTHS, NUMBERS, SEASONS, UNITS, WEEKDAYS
from app.language.question.folder_names import MOST, outermost
from app.language.question.tokens import Token, plain
from app.language.question.type_words import COMPOUNDS, FILE_WORDS, POINTERS, SAID

_NAME_WORDS = 4
_OWNERS_BEFORE = 3
_ENDINGS = frozenset(ending for one in FILE_TYPES.values() for ending in one.endings)


class Cue(msgspec.Struct, frozen=True):
    """What was understood. values: of a folder, the paths. start, end: in the text."""

    kind: str
    values: tuple[str, ...]
    said: str
    start: int
    end: int


def type_cue(tokens: Sequence[Token]) -> Cue | None:
    """“The spreadsheet”, “which PDF”, “E-Mails from …”; not “e-mail address”."""
    for at, token in enumerate(tokens):
        name, first, last = SAID.get(token.plain), at, at
        is_file = False
        if (
            token.plain == "e"
            and at + 1 < len(tokens)
            and tokens[at + 1].glued
            and tokens[at + 1].plain in ("mail", "mails")
        ):
            name, last = "mail", at + 1
        elif token.plain == "word" and _plain(tokens, at + 1) in FILE_WORDS:
            name = "document"
        if name is None or (token.glued and token.plain != "csv"):
            continue
        after = tokens[last + 1] if last + 1 < len(tokens) else None
        if after is not None and after.plain in FILE_WORDS:
            last, is_file = last + 1, True
            after = tokens[last + 1] if last + 1 < len(tokens) else None
        elif after is not None and (after.glued or after.plain in COMPOUNDS):
            continue
        pointed = _plain(tokens, at - 1) in POINTERS
        asked_for = all(
            (one.plain in function_words("en") or one.plain in cue.GENERIC) and one.plain not in cue.ASKS_HOW
            for one in tokens[:at]
        )
        closed = after is None or after.plain in function_words("en") or after.plain in cue.GENERIC
        if pointed or (asked_for and closed) or is_file:
            return Cue("type", (name,), name, tokens[first].start, tokens[last].end)
    return None


def folder_cue(tokens: Sequence[Token], folders: Mapping[str, Sequence[str]]) -> Cue | None:
    """“In my Steuer folder”, “im Ordner Steuer”, “in my last journal entry”, by the name of a folder that exists."""
    if not folders:
        return None
    best: Cue | None = None
    for at in range(len(tokens)):
        for length in range(min(_NAME_WORDS, len(tokens) - at), 0, -1):
            paths = folders.get(" ".join(token.plain for token in tokens[at : at + length]))
            if paths and (found := _named_folder(tokens, at, at + length, paths)):
                if best is None or found.end - found.start > best.end - best.start:
                    best = found
                break
        if best is None:
            best = _compound_folder(tokens, at, folders)
    return best


def _named_folder(tokens: Sequence[Token], first: int, end: int, paths: Sequence[str]) -> Cue | None:
    """The cue where words around a folder's name say that the folder is meant."""
    some = outermost(paths)
    if len(some) > MOST:
        return None
    before, after = _plain(tokens, first - 1), _plain(tokens, end)
    start, stop = first, end
    if after in cue.FOLDER_WORDS and not (after in cue.NOT_FOLDERS and not _led(tokens, first)):
        stop = end + 1
    elif before in cue.FOLDER_WORDS:
        start = first - 1
    elif not _led(tokens, first) or (after and after not in function_words("en") and after not in cue.GENERIC):
        return None
    elif first == end - 1 and tokens[first].plain in cue.GENERIC and not tokens[first].capital:
        return None  # “in my notes” is rarely the folder alone
    while start > 0 and (tokens[start - 1].plain in cue.OWNERS or tokens[start - 1].plain in cue.INTO):
        start -= 1
    return Cue(
        "folder", tuple(some), " ".join(t.plain for t in tokens[first:end]), tokens[start].start, tokens[stop - 1].end
    )


def _led(tokens: Sequence[Token], first: int) -> bool:
    """Whether “in”, “from my” or “in our latest” stand in front of a word."""
    at = first - 1
    for _ in range(_OWNERS_BEFORE):
        word = _plain(tokens, at)
        if word in cue.INTO:
            return True
        if word not in cue.OWNERS and word not in cue.LAST and word not in cue.NEWEST and word not in cue.CURRENT:
            return False
        if word in cue.OWNERS and word in (
            "my",
            "our",
            "mein",
            "meine",
            "meinem",
            "meinen",
            "meiner",
            "mon",
            "ma",
            "mes",
        ):
            return True
        at -= 1
    return False


def _compound_folder(tokens: Sequence[Token], at: int, folders: Mapping[str, Sequence[str]]) -> Cue | None:
    """“Steuerordner”, “Tagebucheintrag”: German says folder and kind in one word."""
    word = tokens[at].plain
    for ending in cue.FOLDER_ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 3:
            continue
        paths = folders.get(stem) or folders.get(stem.removesuffix("s"))
        if paths and len(some := outermost(paths)) <= MOST:
            return Cue("folder", tuple(some), stem, tokens[at].start, tokens[at].end)
    return None


def sender_cue(text: str, tokens: Sequence[Token], senders: Container[str]) -> Cue | None:
    """“What did Karin write”, “mail from Karin Holm”, “Karins Mail”: whoever wrote something that is there."""
    for at, token in enumerate(tokens):
        before = _plain(tokens, at - 1)
        if before in cue.BY or before in cue.ASKS_WHO_WROTE or before in cue.WROTE_FIRST:
            length = _name_length(tokens, at, senders)
            if length and (before not in cue.ASKS_WHO_WROTE or _writes(tokens, at + length)):
                start = at - 1 if before in cue.BY else at
                return _sender(tokens, start, at, at + length)
        if token.plain in cue.WROTE and at and (length := _name_length_before(tokens, at, senders)):
            return _sender(tokens, at - length, at - length, at)
        owner = token.plain.removesuffix("s")
        apart = _plain(tokens, at + 1) == "s" and tokens[at + 1].glued
        named = (
            token.plain
            if apart and token.plain in senders
            else owner
            if owner in senders and owner != token.plain
            else ""
        )
        if named and _plain(tokens, at + (2 if apart else 1)) in SAID:
            end = tokens[at + 1].end if apart else token.end
            return Cue("sender", (named,), text[token.start : token.start + len(named)], token.start, end)
    return None


def _sender(tokens: Sequence[Token], start: int, first: int, end: int) -> Cue:
    name = " ".join(token.plain for token in tokens[first:end])
    return Cue("sender", (name,), name, tokens[start].start, tokens[end - 1].end)


def _name_length(tokens: Sequence[Token], at: int, senders: Container[str]) -> int:
    """How many tokens from here on are a known sender's name; 0 if they are none's."""
    for length in (3, 2, 1):
        name = " ".join(token.plain for token in tokens[at : at + length])
        if at + length <= len(tokens) and name in senders and _is_name(tokens[at : at + length]):
            return length
    return 0


def _name_length_before(tokens: Sequence[Token], end: int, senders: Container[str]) -> int:
    for length in (3, 2, 1):
        first = end - length
        if (
            first >= 0
            and " ".join(token.plain for token in tokens[first:end]) in senders
            and _is_name(tokens[first:end])
        ):
            return length
    return 0


def _is_name(tokens: Sequence[Token]) -> bool:
    """Whether these may be a name: not small words, and a month only in capitals beside another word."""
    word = tokens[0].plain
    if len(tokens) > 1:
        return True
    return (
        len(word) > 2
        and not word.isdecimal()
        and word not in function_words("en")
        and word not in cue.GENERIC
        and word not in MONTHS
    )


def _writes(tokens: Sequence[Token], at: int) -> bool:
    return any(token.plain in cue.WROTE for token in tokens[at : at + 12])


def name_cue(text: str, tokens: Sequence[Token]) -> Cue | None:
    """“In report.pdf”, “in lease_hafenweg”: a file by its name."""
    at = 0
    for piece in text.split():
        start = text.index(piece, at)
        at = start + len(piece)
        inner = piece.strip("\"'“”„«»‘’()[]<>,;:!?.…")
        if not inner or len(inner) > 120:
            continue
        begin = start + piece.index(inner)
        stem = inner.rpartition(".")[0]
        ending = ending_of("/" + inner)
        is_file = ending in _ENDINGS and (len(ending) > 2 or any(letter.isalpha() for letter in stem))
        if "@" in inner or "//" in inner or not (is_file or ("_" in inner and _names_a_file(tokens, begin))):
            continue
        led = _led_by_in(tokens, begin)
        name = plain(inner.replace("\\", "/").rpartition("/")[2])
        return Cue("name", (name,), inner, begin if led is None else led, begin + len(inner))
    return None


def _led_by_in(tokens: Sequence[Token], start: int) -> int | None:
    """Where the “in” in front of a place in the text begins, if it stands there."""
    before = [token for token in tokens if token.end <= start][-2:]
    if before and before[-1].plain in cue.INTO:
        return before[-1].start
    if len(before) == 2 and before[-1].plain in FILE_WORDS and before[0].plain in cue.INTO:
        return before[0].start
    return None


def _names_a_file(tokens: Sequence[Token], start: int) -> bool:
    before = [token.plain for token in tokens if token.end <= start][-1:]
    return bool(before) and (
        before[0] in ("in", "file", "datei", "named", "called", "im", "dans", "fichier", "archivo")
    )


def order_cue(tokens: Sequence[Token]) -> Cue | None:
    """“The newest”, “my last journal entry”, “der aktuelle Vertrag”; not “last name”, “at last”, “last year's”."""
    for at, token in enumerate(tokens):
        word, nxt = token.plain, _plain(tokens, at + 1)
        if (word, nxt) in cue.NEWEST_PAIRS:
            return Cue("order", ("newest",), "newest", token.start, tokens[at + 1].end)
        if word in cue.NEWEST:
            return Cue("order", ("newest",), "newest", token.start, token.end)
        if word in cue.OLDEST:
            return Cue("order", ("oldest",), "oldest", token.start, token.end)
        if (word in cue.LAST and _is_order(tokens, at)) or (
            word in cue.CURRENT and nxt and nxt not in function_words("en") and nxt not in cue.NOT_CURRENT
            and (word not in cue.ALSO_ELSE or _plain(tokens, at - 1) in cue.OWNERS)
        ):  # fmt: skip
            return Cue("order", ("newest",), "newest", token.start, token.end)
    return None


def _is_order(tokens: Sequence[Token], at: int) -> bool:
    before, after = _plain(tokens, at - 1), _plain(tokens, at + 1)
    if after.isdecimal() or after in NUMBERS:
        after = _plain(tokens, at + 2)
    if before in cue.BEFORE_A_VERB or (tokens[at].glued and len(before) > 1) or before in UNITS or before in MONTHS:
        return False
    if not after or after in function_words("en") or after in cue.NOT_LAST:
        return False
    return after not in UNITS and after not in MONTHS and after not in SEASONS and after not in WEEKDAYS


def _plain(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].plain if 0 <= at < len(tokens) else ""
