"""What a model writes in the place of ours: lists of sources, and marks that say that something was checked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.base import claim_wording

_FENCE = re.compile(r"[ \t]{0,3}(?:```|~~~)")
_NAMES = (
    "sources?|references?|citations?|bibliography|works cited|quellen?|quellenangaben?|quellenverzeichnis|belege?|"
    "fuentes?|referencias?|citas?|fonti|fonte|riferimenti|références?|bronnen|bronvermelding|fontes|referências|"
    "źródł[ao]|источники?|出典|参考文献|来源|參考資料|المصادر"
)
_HEAD = re.compile(
    rf"[ \t]{{0,8}}(?:#{{1,6}}[ \t]+|[-*+][ \t]+)?[*_]{{0,3}}(?:{_NAMES})[*_]{{0,3}}[ \t]?[:：]?[*_]{{0,3}}", re.I
)
_ENTRY = re.compile(r"[ \t]{0,8}(?:[-*+•>][ \t]+)?(?:\[\d{1,4}\]:?|\(\d{1,3}\)|\d{1,3}[.)])[ \t]*")
_BULLET = re.compile(r"[ \t]{0,8}[-*+•][ \t]+")
_FILE = re.compile(r"[^\s\[\]|@]{1,200}\.(?=\w{0,7}[^\W\d])\w{1,8}\W{0,3}")
_PLACE = re.compile(
    r"\W{0,3}(?:passages?|files?|documents?|sources?|pages?|pp?|lines?|sections?|seiten?|s|zeilen?|página|pagina|datei|"
    r"fichier|archivo|and|und|y|et|e|\d{1,6}(?:[-–]\d{1,6})?)?\W{0,3}",
    re.I,
)  # fmt: skip
_FOUND = r"(?:found |not |partly |only partly ){1,3}in your files"
_SAID = rf"(?:supported|verified|confirmed|checked|found|fact[- ]checked|{_FOUND})"
_TICK = r"[✓✔✅☑]\ufe0f?[ \t]?"
_TAGS = re.compile(
    rf"[\[(（](?:{_TICK})?{_SAID}(?:[ \t]?{_TICK})?[\])）]"
    rf"|{_TICK}(?:[\[(（]{_SAID}[\])）]|(?:supported|verified|confirmed|found in your files)\b)",
    re.I,
)  # fmt: skip
_FRAME = re.compile(r"</?passage(?:[ \t][^<>\n]{0,300}+)?>", re.I)  # in which passages are given to it
_MOST_NAME = 3  # words of a file's name before the one with its ending; more in a list of sources
_MOST_LISTED_NAME = 12
_LONGEST = 400  # characters of a line


def forged(text: str) -> list[tuple[int, int]]:
    """The stretches of an answer that imitate what Familiar itself puts there, in order. Code is left alone."""
    found: list[tuple[int, int]] = []
    at, fenced, listing, said = 0, False, False, False
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        if _FENCE.match(line):
            fenced, listing = not fenced, False
            continue
        bare = line.rstrip()
        if fenced or not bare:
            continue
        short = len(bare) <= _LONGEST
        head = _HEAD.match(bare) if short else None
        if head is not None and (head.end() == len(bare) or _only_names(bare[head.end() :], listing=True)):
            listing = True
            found.append((start, at))
        elif _is_frame(bare) or (short and (claim_wording.is_ours(bare) or _is_entry(bare, listing, said))):
            found.append((start, at))
        else:
            listing, said = False, True
            frames = [(start + one.start(), start + one.end()) for one in _FRAME.finditer(bare)]
            found += sorted([*_tags(bare, start), *frames])
    return found


class WithoutFrames:
    """A streaming answer without the frames of passages. One that may be under way is held back until it is known."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """More of the answer; returns what can be shown now."""
        text = _FRAME.sub("", self._held + piece)
        begun = text.rfind("<")
        may_be = begun >= 0 and len(text) - begun <= _LONGEST and _may_be_frame(text[begun:].lower())
        self._held = text[begun:] if may_be else ""
        return text[:begun] if may_be else text

    def finish(self) -> str:
        """The rest, when the answer has ended."""
        rest, self._held = self._held, ""
        return rest


def _may_be_frame(text: str) -> bool:
    return ">" not in text and any(name.startswith(text) or text.startswith(name) for name in ("<passage", "</passage"))


def _is_frame(line: str) -> bool:
    return not _FRAME.sub("", line).strip()


def _is_entry(line: str, listing: bool, said: bool) -> bool:
    """Whether a line is an item of a list of sources.

    listing: whether it stands below the head of one. said: whether something stands above it; else a file or an address
    behind a number may be the answer itself.
    """
    entry = _ENTRY.match(line)
    if entry is not None and (listing or "[" in entry.group()):
        bare = entry.end() == len(line)
        return bare or ((listing or said) and _only_names(line[entry.end() :], listing=listing))
    return listing and _only_names(line[bullet.end() if (bullet := _BULLET.match(line)) else 0 :], listing=True)


def _only_names(text: str, *, listing: bool) -> bool:
    """Whether text names files and places in them, and says nothing."""
    words = text.split()
    last = max((at for at, word in enumerate(words) if _is_file(word)), default=-1)
    named = sum(not (_is_file(word) or _PLACE.fullmatch(word)) for word in words[: last + 1])
    return named <= (_MOST_LISTED_NAME if listing else _MOST_NAME) and all(map(_PLACE.fullmatch, words[last + 1 :]))


def _is_file(word: str) -> bool:
    return word.startswith(("http://", "https://")) or _FILE.fullmatch(word) is not None


def _tags(line: str, start: int) -> Iterator[tuple[int, int]]:
    for tag in _TAGS.finditer(line):
        if line.count("`", 0, tag.start()) % 2 == 0:
            before = len(line[: tag.start()].rstrip(" \t"))
            yield start + before, start + tag.end()
