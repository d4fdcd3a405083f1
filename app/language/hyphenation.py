"""Words that a line's or a page's end divides, and those that a hyphen joins."""

from __future__ import annotations

import re

_LETTERS = r"[^\W\d_]"
_DIVIDED = re.compile(
    rf"(?<!{_LETTERS})({_LETTERS}{{2,40}}+)[-\u00ad\u2010][ \t]{{0,8}}\n\s{{0,40}}({_LETTERS}{{1,40}})"
)
_JOINED = re.compile(
    rf"(?<![-\u2010\u2011\w])({_LETTERS}{{1,40}}+)[-\u2010\u2011]({_LETTERS}{{1,40}}+)(?![-\u2010\u2011\w])"
)
_LINE_END = re.compile("[-\u00ad\u2010][ \t]{0,8}\n")
_HYPHEN = re.compile("[-\u2010\u2011]")
_TAIL = re.compile(rf"(?<!{_LETTERS})({_LETTERS}{{2,40}}+)[-\u00ad\u2010]\Z")
_HEAD = re.compile(rf"\s*({_LETTERS}{{1,40}})")
_MARGIN = 3  # lines at a page's end or beginning among which its number and running head are


def made_whole(text: str) -> list[str]:
    """The words that lines' ends divide, each as one: "post-" and "poned" are "postponed"."""
    return [first + second for first, second in _DIVIDED.findall(text)] if _LINE_END.search(text) else []


def compounds(text: str) -> list[str]:
    """The words that a hyphen joins, each as one: "e-mail" is "email"."""
    return [first + second for first, second in _JOINED.findall(text)] if _HYPHEN.search(text) else []


def across(before: str, after: str) -> list[str]:
    """What may be words that the end of one stretch divides from the beginning of the next.

    Page numbers and running heads may stand between the halves, so that more is given than was ever written.
    """
    tails = [found[1] for line in _last_lines(before) if (found := _TAIL.search(line[-41:]))]
    if not tails:
        return []
    heads = [found[1] for line in after.lstrip().split("\n", _MARGIN)[:_MARGIN] if (found := _HEAD.match(line))]
    return [tail + head for tail in tails for head in heads]


def _last_lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().rsplit("\n", _MARGIN)[-_MARGIN:]]
