"""Our action in Thunar's uca.xml, which belongs to the person: every byte that is not ours stays as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from app.base.errors import Problem

UNIQUE_ID = "familiar-ask-about"
_TAG = re.compile(rb"""<(?:"[^"]*"|'[^']*'|[^>"'])*>""")
EMPTY = b'<?xml version="1.0" encoding="UTF-8"?>\n<actions>\n</actions>\n'


def with_action(data: bytes, action: bytes) -> bytes:
    """The file with our action in it, in place of an older one of ours or else as the last.

    action: an <action> element with UNIQUE_ID, in ASCII, ending in a newline. Raises Problem thunar.damaged.
    """
    actions = _Actions.read(data)
    if actions.ours:
        start, end = actions.ours[0]
        new = data[:start] + action.rstrip() + data[end:]
    elif actions.closed_at_once:
        start, end = actions.closed_at_once
        new = data[:start] + b"<actions>\n" + action + b"</actions>" + data[end:]
    else:
        new = data[: actions.end] + action + data[actions.end :]
    assert _Actions.read(new).others == actions.others, "an action of the person's was touched"
    return new


def without_action(data: bytes) -> bytes:
    """The file without our action. Raises Problem thunar.damaged."""
    actions = _Actions.read(data)
    new = data
    for start, end in reversed(actions.ours):
        new = new[:start] + new[end:].removeprefix(b"\n")
    assert _Actions.read(new).others == actions.others, "an action of the person's was touched"
    return new


def same_actions(data: bytes, other: bytes) -> bool:
    """Whether two files hold the same actions, byte for byte."""
    return _Actions.read(data).others == _Actions.read(other).others


@dataclass
class _Actions:
    """Where things stand in a uca.xml, in bytes.

    ours: (start, end) of each action of ours. others: the bytes of the other actions.
    end: where </actions> begins. closed_at_once: (start, end) of an <actions/>.
    """

    ours: list[tuple[int, int]] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)
    end: int = 0
    closed_at_once: tuple[int, int] | None = None

    @staticmethod
    def read(data: bytes) -> _Actions:
        """Raises Problem thunar.damaged if this is no list of actions, or in an encoding that is not ASCII's heir."""
        if b"\0" in data:
            raise _damaged("it is not written in UTF-8")
        reader = _Reader(data)
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda name, _attributes: reader.start(name, parser.CurrentByteIndex)
        parser.EndElementHandler = lambda _name: reader.finish(parser.CurrentByteIndex)
        parser.CharacterDataHandler = reader.text
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise _damaged(f"line {error.lineno} is no XML ({expat.ErrorString(error.code)})") from error
        return reader.actions


class _Reader:
    """Follows the parser through the file."""

    def __init__(self, data: bytes) -> None:
        self.actions = _Actions()
        self._data = data
        self._open: list[tuple[str, int]] = []
        self._unique_id = ""

    def start(self, name: str, at: int) -> None:
        if not self._open and name != "actions":
            raise _damaged(f"it begins with <{name}>, not with <actions>")
        if len(self._open) == 1 and name == "action":
            self._unique_id = ""
        self._open.append((name, at))

    def text(self, text: str) -> None:
        if [name for name, _ in self._open] == ["actions", "action", "unique-id"]:
            self._unique_id += text

    def finish(self, at: int) -> None:
        name, start = self._open.pop()
        # The parser gives where </name> begins, or for <name/> where it ends.
        first_tag_ends = self._after_tag(start)
        closed_at_once = self._data.endswith(b"/>", start, first_tag_ends)
        if len(self._open) == 1 and name == "action":
            span = (start, first_tag_ends if closed_at_once else self._after_tag(at))
            if self._unique_id.strip() == UNIQUE_ID:
                self.actions.ours.append(span)
            else:
                self.actions.others.append(self._data[slice(*span)])
        elif not self._open:
            self.actions.end = at
            self.actions.closed_at_once = (start, first_tag_ends) if closed_at_once else None

    def _after_tag(self, at: int) -> int:
        tag = _TAG.match(self._data, at)
        assert tag is not None, "the parser saw a tag here"
        return tag.end()


def _damaged(why: str) -> Problem:
    return Problem(
        "thunar.damaged",
        f"Thunar's list of custom actions (Thunar/uca.xml) cannot be understood: {why}.",
        "Nothing was changed. Mend the file or move it away, then try again.",
    )
