"""What a person types to limit a search: "phrases", -exclusions, in:, type:, after:, before:, from:, name:.

Text that only looks so (code, command lines, pasted pages, negative numbers, inches) is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from app.base.file_types import FILE_TYPES, file_type
from app.base.values import Filter
from app.language.languages import function_words
from app.language.question import cue_words as cue
from app.language.question.dates import NoSuchDate, read_value, written
from app.language.question.folder_names import folders_named, shown_folder
from app.language.question.tokens import plain, tokens_of, words
from app.language.question.type_words import TYPES

LONGEST = 500
_MOST_LINES = 3
_PHRASE = 200
_QUOTED = re.compile(
    rf'(?<![^\s(\[–—-])(?:"([^"\n]{{1,{_PHRASE}}})"|„([^"“”„\n]{{1,{_PHRASE}}})["“”]|«([^«»\n]{{1,{_PHRASE}}})»'
    rf"|“([^“”\n]{{1,{_PHRASE}}})”|»([^«»\n]{{1,{_PHRASE}}})«)(?![^\s)\].,;:!?…–—-])"
)
_NAMED = re.compile(
    rf'(?<!\S)(in|type|after|before|from|name):(?:"([^"\n]{{1,{_PHRASE}}})"|([^\s"]\S{{0,{_PHRASE}}}))', re.IGNORECASE
)
_LEFT_OUT = re.compile(r"(?<!\S)-([^\W\d_][\w'’]{1,60}(?:[-.@][\w'’]{1,60}){0,4})(?=[\s,;.!?)]|\Z)")
_CODE = re.compile(
    r"[{}`|\\]|\w\(\)|&&|==|=>|->|::|\$\(|\$\{|;(?:\s|\Z)|(?<!\S)--\w|(?<!\S)\./|(?<!\S)\.(?!\S)|[<>]=?\s*\w+\s*[;(]|"
    r"\*\.\w|(?<!\S)[\w.]{1,40}\s?=\s?[\"'\w(\[]|(?<!\S)</?\w+[ >/]"
)
_COMMANDS = words(
    "git ls tar grep find rm cp mv cat sed awk java javac python python3 pip npm node docker kubectl ssh scp curl"
    " wget sudo apt brew make cmake gcc g++ clang ffmpeg convert chmod chown ps kill top df du head tail sort ping"
    " rsync zip unzip systemctl mount ln echo export bash sh zsh go cargo rustc mvn gradle perl ruby php"
    " powershell cmd dir del robocopy ipconfig netstat familiar sqlite3 psql mysql gpg openssl tmux vim nano less"
    " man"
)
_FLAG_WORDS = words("flag flags switch switches argument arguments parameter parameters schalter")
_JOINING = words("und oder bzw and or et ou y o e en of sowie")
_SENTENCE = 3


class Typed(msgspec.Struct, frozen=True):
    """What was typed. filters: in order. notes: what was not taken, in sentences. cut: stretches that are no words.

    marks: single characters, of quotation, that are no words while what stands between them is.
    """

    filters: tuple[Filter, ...] = ()
    notes: tuple[str, ...] = ()
    cut: tuple[tuple[int, int], ...] = ()
    marks: tuple[int, ...] = ()


def read_operators(text: str, today: date, folders: Mapping[str, Sequence[str]]) -> Typed:
    """The operators of a text; none in one that is code, a command line, pasted or very long."""
    if len(text) > LONGEST or text.count("\n") >= _MOST_LINES or _is_code(text):
        return Typed()
    filters: list[Filter] = []
    notes: list[str] = []
    cut: list[tuple[int, int]] = []
    marks: list[int] = []
    taken: list[tuple[int, int]] = []
    for found in _NAMED.finditer(text):
        read, note = _operator(found, today, folders)
        if read is None and not note:
            continue
        filters += read or []
        notes += [note] if note else []
        cut.append(found.span())
        taken.append(found.span())
    sentence = _is_sentence(text)
    for found in _QUOTED.finditer(text):
        start, end = found.span()
        if _inside(start, taken):
            continue
        phrase = " ".join(next(group for group in found.groups() if group is not None).split())
        if not tokens_of(phrase) and not any(letter.isalnum() for letter in phrase):
            continue
        taken.append((start, end))
        if start and text[start - 1] == "-" and (start == 1 or text[start - 2].isspace()):
            filters.append(_left_out(phrase, start - 1, end))
            cut.append((start - 1, end))
        else:
            filters.append(
                Filter(kind="phrase", value=phrase, label=f"“{phrase}” word for word", start=start, end=end,
                       typed=not sentence)
            )  # fmt: skip
            marks += [start, end - 1]
    of_programs = any(token.plain in _FLAG_WORDS for token in tokens_of(_LEFT_OUT.sub(" ", text)))
    for found in [] if of_programs else _LEFT_OUT.finditer(text):
        if _inside(found.start(), taken) or not _leaves_out(text, found.start()):
            continue
        filters.append(_left_out(found[1], *found.span()))
        cut.append(found.span())
    return Typed(tuple(sorted(filters, key=lambda one: one.start)), tuple(notes), tuple(sorted(cut)), tuple(marks))


def _operator(
    found: re.Match[str], today: date, folders: Mapping[str, Sequence[str]]
) -> tuple[list[Filter] | None, str]:
    """The filters of `name:value` and, where it can be none, a sentence on why; (None, "") if it is only text."""
    name, value = found[1].lower(), (found[2] or found[3]).strip()
    if found[2] is None:
        value = value.rstrip(",;!?")
    span = found.span()
    if not value or value.startswith("//"):
        return None, ""
    if name in ("after", "before"):
        return _day(name, value, span, today)
    if name == "type":
        return _type(value, span)
    if name == "from":
        return [_filter("sender", plain(value), f"from {value}", span)], ""
    if name == "name":
        return [_filter("name", plain(value), f"named “{value}”", span)], ""
    paths = folders_named(value, folders)
    if not paths:
        if "." in value and "/" not in value and "\\" not in value:
            return [_filter("name", plain(value), f"named “{value}”", span)], ""
        return [], f"There is no folder “{value}” among those that Familiar reads, so “in:” was left out."
    return [_filter("folder", path, f"in {shown_folder(path, paths)}", span) for path in paths], ""


def _day(name: str, value: str, span: tuple[int, int], today: date) -> tuple[list[Filter] | None, str]:
    read = read_value(value, today)
    if read is None:
        return [], f"“{value}” is no date, so “{name}:” was left out."
    if isinstance(read, NoSuchDate):
        return [], f"There is no {read.text}, so “{name}:{value}” was left out."
    said = "since" if name == "after" else "before"
    kind = "after" if name == "after" else "before"
    return [
        Filter(kind=kind, value=read.first.isoformat(), label=f"{said} {written(read.first)}", start=span[0],  # type: ignore[arg-type]
               end=span[1], typed=True)
    ], ""  # fmt: skip


def _type(value: str, span: tuple[int, int]) -> tuple[list[Filter] | None, str]:
    name = TYPES.get(plain(value)) or value.lower().removeprefix("*").removeprefix(".")
    if name not in FILE_TYPES and not (name.isalnum() and name.isascii() and len(name) <= 8):
        return [], f"“{value}” is no type of file that Familiar knows, so “type:” was left out."
    of = file_type(name)
    return [_filter("type", of.name, f"only {of.label}", span)], ""


def _filter(kind: str, value: str, label: str, span: tuple[int, int]) -> Filter:
    return Filter(kind=kind, value=value, label=label, start=span[0], end=span[1], typed=True)  # type: ignore[arg-type]


def _left_out(words: str, start: int, end: int) -> Filter:
    return Filter(kind="without", value=words, label=f"without “{words}”", start=start, end=end, typed=True)


def _inside(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _is_code(text: str) -> bool:
    """Whether a text is code or a command line, whose marks mean something else."""
    if _CODE.search(text):
        return True
    first = text.split(maxsplit=1)[0].lower() if text.strip() else ""
    return first in _COMMANDS and re.search(r"(?<!\S)-[a-z]", text) is not None


def _is_sentence(text: str) -> bool:
    """Whether a phrase stands in a sentence, whose quotation marks may only name something."""
    outside = _QUOTED.sub(" ", text)
    if "?" in outside:
        return True
    small = sum(token.plain in function_words("en") or token.plain in cue.GENERIC for token in tokens_of(outside))
    return small >= _SENTENCE


def _leaves_out(text: str, at: int) -> bool:
    """Whether a hyphen in front of a word leaves it out: not a flag, “Ein- und -ausgang” or a list's mark."""
    before = text[:at]
    if "\n" in text and (not before.strip() or before.rstrip(" \t").endswith("\n")):
        return False
    words = before.split()
    last = plain(words[-1]) if words else ""
    return not (last.endswith(("-", "/", ",")) or last.rstrip(".") in _JOINING or last in _COMMANDS)
