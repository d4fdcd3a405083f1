"""Splits HTML into tags and text in one pass, whatever is wrong with it.

The standard library's parser starts over at every tag that never closes, which a hostile page makes take hours.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_TAG = 64 * 1024  # characters, if quotes do not close earlier

TAG = re.compile(r"</?+([a-zA-Z][a-zA-Z0-9]{0,9}+)(?:[\s/][^<>]{0,500}+)?+>")
HTML_NAMES = frozenset({
    "a", "abbr", "article", "b", "big", "blockquote", "body", "br", "center", "cite", "code", "dd", "del", "div", "dl",
    "dt", "em", "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "html", "i", "img", "ins", "kbd", "li",
    "mark", "ol", "p", "pre", "q", "s", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody",
    "td", "th", "tr", "tt", "u", "ul", "var",
})  # fmt: skip
"""Tags that are HTML's in a text that may as well hold other things between "<" and ">", such as "Vec<T>"."""

_NAME = re.compile(r"[a-zA-Z][^\s/>]*")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_TAG_REST = re.compile(r"""(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_RAW = {tag: re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE) for tag in ("script", "style", "textarea", "title")}


@dataclass(frozen=True, slots=True)
class Text:
    """Text between tags, entities undone."""

    text: str


@dataclass(frozen=True, slots=True)
class Start:
    """A start tag; names in small letters."""

    tag: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class End:
    """An end tag; its name in small letters."""

    tag: str


class MarkupScanner:
    """One pass over a page."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._endless: set[str] = set()  # what was looked for in vain, and is looked for no more

    def events(self) -> Iterator[Text | Start | End]:
        """Tags and texts in order. Comments, declarations and instructions are passed over."""
        markup = self._markup
        position = said = 0
        while (start := markup.find("<", position)) >= 0:
            event, position = self._at(start)
            if position == start + 1:
                continue  # only a less-than sign
            if start > said:
                yield Text(html.unescape(markup[said:start]))
            said = position
            if event is not None:
                yield event
            if isinstance(event, Start) and event.tag in _RAW:
                end = self._raw_end(event.tag, position)
                if end > position:
                    raw = markup[position:end]
                    yield Text(html.unescape(raw) if event.tag in ("textarea", "title") else raw)
                position = said = max(end, position)
        if said < len(markup):
            yield Text(html.unescape(markup[said:]))

    def _at(self, start: int) -> tuple[Text | Start | End | None, int]:
        """What begins at a "<", and where it ends; `start + 1` if nothing does."""
        markup = self._markup
        following = markup[start + 1 : start + 2]
        if markup.startswith("<!--", start):
            return None, self._after("-->", start + 2, start + 4)
        if markup.startswith("<![CDATA[", start):
            end = self._after("]]>", start, start)
            return (Text(markup[start + 9 : end - 3]), end) if end > start else (None, start + 9)
        if following in ("!", "?"):
            return None, self._after(">", start, start + 1)
        closing = following == "/"
        name = _NAME.match(markup, start + 1 + closing)
        if name is None:
            return None, start + 1
        end = self._tag_end(name.end())
        if end < 0:
            return None, start + 1
        tag = name.group().lower()
        if closing:
            return End(tag), end
        return Start(tag, _attributes(markup[name.end() : end - 1])), end

    def _after(self, sign: str, position: int, otherwise: int) -> int:
        """Where the next `sign` ends, or `otherwise` if there is none."""
        if sign in self._endless:
            return otherwise
        found = self._markup.find(sign, position)
        if found < 0:
            self._endless.add(sign)
            return otherwise
        return found + len(sign)

    def _tag_end(self, position: int) -> int:
        """Where the tag ends whose name ends at `position`, quotes respected where they close; -1 if nowhere."""
        end = self._after(">", position, -1)
        if end < 0:
            return -1
        inside = self._markup[position:end]
        if inside.count('"') % 2 == 0 and inside.count("'") % 2 == 0:
            return end
        tag = _TAG_REST.match(self._markup, position, position + LONGEST_TAG)
        return tag.end() if tag else end

    def _raw_end(self, tag: str, position: int) -> int:
        """Where the text of an element ends that holds no tags; `position` if it never does."""
        if tag in self._endless:
            return position
        found = _RAW[tag].search(self._markup, position)
        if found is None:
            self._endless.add(tag)
            return position
        return found.start()


def _attributes(inside: str) -> dict[str, str]:
    if not inside or inside.isspace() or inside == "/":
        return {}
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(inside):
        value = match[2] or ""
        found.setdefault(match[1].lower(), html.unescape(value[1:-1] if value[:1] in ("'", '"') else value))
    return found
