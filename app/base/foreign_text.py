"""Text that a stranger wrote (names of files, answers, a server's words), made so that it shows all that it holds.

Controls steer a terminal; bidirectional and zero-width marks let a name look like another one. Each becomes a visible
mark, one for one, so that offsets into the text stay right. What scripts and emoji need to be written well stays.
"""

from __future__ import annotations

import re
from functools import cache

MARK = "\N{REPLACEMENT CHARACTER}"

# Scripts whose letters join or form conjuncts, and emoji: between two of them a (non-)joiner is spelling.
_JOINING = (
    "\u0600-\u061b\u061d-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u180a\u1810-\u18af\u1a00-\u1cff"
    "\ua840-\ua95f\ua980-\uaaff\uabc0-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefe\U00010a00-\U00011fff"
)
_EMOJI = "\u00a9\u00ae\u203c-\u2049\u2190-\u2bff\u3030-\u303d\ufe0f\U0001f000-\U0001faff"
_VIRAMA = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039\u103a\u17d2\ua9c0"
_VARIED = "#*0-9\u00a9\u00ae\u1000-\u109f\u203c-\u2049\u2100-\u2bff\u3000-\u9fff\uf900-\ufaff\U0001f000-\U0003ffff"
_SPELLING = "|".join(
    (
        rf"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])",
        rf"(?<=[{_VIRAMA}])[\u200c\u200d]",
        rf"(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}])",
        rf"(?<=[{_VARIED}])[\ufe00-\ufe0f\U000e0100-\U000e01ef]",
        "(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]",
        r"(?<=[^\W\d_])\u00ad(?=[^\W\d_])",  # a soft hyphen within a word
        "(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f",  # the flag of a region
        "\r(?=\n)",
    )
)
# Controls but tab and newline; what Unicode says is not to be seen; what reorders, separates or annotates; halves of
# letters, which are no text.
_HARMFUL = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_PLAIN = re.compile("[\t\n -~\xa0-\xac\xae-\u02ff\u2010-\u2027\u2190-\u2193]*\\Z")  # nothing harmful, told at a glance
_UNSURE_END = re.compile("[\u200c\u200d\u00ad\r]\\Z|(?<=\U0001f3f4)[\U000e0030-\U000e007a]{1,6}\\Z")


@cache
def _pattern() -> re.Pattern[str]:
    """What is harmful, and the spelling that is not. Made when a text wants it: short commands need not wait for it."""
    return re.compile(f"(?=[{_HARMFUL}])(?:({_SPELLING})|.)", re.DOTALL)  # looking ahead first is six times as fast


def harmless(text: str) -> str:
    """The text with a visible mark for each character that would steer, reorder or hide; of the same length."""
    if _PLAIN.match(text):
        return text
    return _pattern().sub(lambda found: found[1] or MARK, text)


def harmless_line(text: str) -> str:
    """A name or title as one line: line breaks and tabs are visible marks too."""
    return harmless(text).replace("\r\n", MARK * 2).replace("\n", MARK).replace("\t", MARK)


def harmless_json(document: str) -> str:
    """JSON in which the same characters are written as escapes: its reader gets all, a terminal is not steered."""
    if _PLAIN.match(document):
        return document
    return _pattern().sub(lambda found: found[1] or _escaped(found[0]), document)


class ForeignStream:
    """Text that comes in pieces, each made harmless as if the whole were there; a joiner waits for what it joins."""

    def __init__(self) -> None:
        self._before = ""
        self._waiting = ""

    def feed(self, piece: str) -> str:
        """What can be shown now."""
        text = self._waiting + piece
        unsure = _UNSURE_END.search(self._before + text)
        self._waiting = unsure[0] if unsure is not None else ""
        return self._shown(text.removesuffix(self._waiting))

    def end(self) -> str:
        """What still waited; the next piece begins a new text."""
        shown = self._shown(self._waiting)
        self._before = self._waiting = ""
        return shown

    def _shown(self, text: str) -> str:
        shown = harmless(self._before + text)[len(self._before) :]
        self._before = (self._before + text)[-1:]
        return shown


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
