"""Outlook messages (MSG): header, body and attachments, which lie in the streams of an OLE file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from app.base.wording import count
from app.workers.extract import encoding, html
from app.workers.extract.content import Border, Findings, Refused, Section, clean, listed, one_line
from app.workers.extract.formats import Format
from app.workers.extract.moments import sound, written_by
from app.workers.extract.ole import CompoundFile
from app.workers.extract.rtf import read_rtf
from app.workers.extract.source import Source, part
from app.workers.extract.task import Task

MOST_ATTACHMENTS = 500
MOST_NESTED = 4
BODY_BYTES = 64 * 1024 * 1024
PICTURES = (".png", ".gif", ".jpg", ".jpeg")  # mostly the senders' emblems
SUBJECT, SENDER_NAME, SENDER, SENDER_SMTP = "0037", "0C1A", "0C1F", "5D01"
TO, CC, BODY, BODY_HTML, BODY_RTF = "0E04", "0E03", "1000", "1013", "1009"
LONG_NAME, SHORT_NAME, ATTACHED, DISPLAY_NAME = "3707", "3704", "3701", "3001"
SUBMITTED, DELIVERED = 0x00390040, 0x0E060040  # properties that hold a date
TEXT, BYTES = ("001F", "001E"), "0102"  # types of a property: UTF-16, text of some code page; bytes

# What compressed RTF takes as said before it begins. Source: [MS-OXRTFCP] 2.1.3.1.
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096


def read_message(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """The message, then its attachments, each by its own reader; those that could not be read are named."""
    message = _Message(CompoundFile(source.read()), "")
    found.title = one_line(message.text(SUBJECT))
    found.author, found.dated = message.sender(), sound(message.sent) if message.sent else 0
    unread: list[str] = []
    yield from _sections(message, found.title, "message", found, task, unread)
    if unread:
        what = count(len(unread), "attachment was", "attachments were")
        found.left_out.append(f"{what} not read: {listed(unread)}.")
        found.hint = "Save the attachment as a file of its own if it matters."


class _Message:
    """One message of the file: its own streams begin with `prefix`, "" for the outermost."""

    def __init__(self, file: CompoundFile, prefix: str, depth: int = 0) -> None:
        self.file = file
        self.depth = depth
        self._prefix = prefix

    def text(self, tag: str, folder: str = "") -> str:
        """A property's text, "" if it is missing."""
        wide = self.file.read(f"{self._prefix}{folder}__substg1.0_{tag}{TEXT[0]}", BODY_BYTES)
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self.file.read(f"{self._prefix}{folder}__substg1.0_{tag}{TEXT[1]}", BODY_BYTES)
        return (encoding.decode(narrow) or narrow.decode("latin-1")).rstrip("\0")

    def data(self, tag: str, folder: str = "") -> bytes:
        """A property's bytes, b"" if it is missing."""
        return self.file.read(f"{self._prefix}{folder}__substg1.0_{tag}{BYTES}", BODY_BYTES)

    def head(self) -> list[str]:
        """The header's lines."""
        date = f"{self.sent:%Y-%m-%d %H:%M} UTC" if self.sent else ""
        said = (("Subject", self.text(SUBJECT)), ("From", self.sender()), ("To", self.text(TO)), ("Cc", self.text(CC)),
                ("Date", date))  # fmt: skip
        return [f"{label}: {one_line(value, 1_000)}" for label, value in said if value.strip()]

    def sender(self) -> str:
        """Who wrote it, with their address unless that is one of Exchange's own."""
        name = self.text(SENDER_NAME)
        address = self.text(SENDER_SMTP) or self.text(SENDER)
        return written_by(name, address if "@" in address or not name else "")

    def body(self, task: Task) -> str:
        """What the message says: its plain text, else its HTML, else its RTF."""
        plain = self.text(BODY)
        if plain.strip():
            return plain
        markup = self.text(BODY_HTML)
        data = self.data(BODY_HTML)
        markup = markup or encoding.decode(data) or data.decode("latin-1")
        if markup.strip():
            return "\n\n".join(block.text for block in html.blocks_of(markup))
        rich = unpacked_rtf(self.data(BODY_RTF))
        return "".join(section.text for section in read_rtf(part("body.rtf", rich), Findings("rtf"), task))

    def attachments(self) -> list[str]:
        """The folders that hold an attachment each, in order."""
        begin = f"{self._prefix}__attach_version1.0_#"
        rest = (path[len(self._prefix) :].split("/", 1)[0] for path in self.file.streams if path.startswith(begin))
        return [f"{folder}/" for folder in sorted(set(rest))]

    def name(self, folder: str) -> str:
        """An attachment's name."""
        names = (self.text(tag, folder) for tag in (LONG_NAME, SHORT_NAME, DISPLAY_NAME))
        return one_line(next((name for name in names if name.strip()), "attachment"), 120).replace("/", "_")

    def nested(self, folder: str) -> _Message | None:
        """The message that an attachment is, if it is one."""
        inside = f"{self._prefix}{folder}__substg1.0_{ATTACHED}000D/"
        if self.depth >= MOST_NESTED or f"{inside}__properties_version1.0" not in self.file.streams:
            return None
        return _Message(self.file, inside, self.depth + 1)

    @property
    def sent(self) -> datetime | None:
        """When it was sent, or came; None if it does not say."""
        properties = self.file.read(f"{self._prefix}__properties_version1.0", BODY_BYTES)
        dates = {}
        for at in range(24 if self._prefix else 32, len(properties) - 15, 16):
            tag = int.from_bytes(properties[at : at + 4], "little")
            if tag in (SUBMITTED, DELIVERED):
                dates[tag] = int.from_bytes(properties[at + 8 : at + 16], "little") // 10  # tenths of microseconds
        stamp = dates.get(SUBMITTED) or dates.get(DELIVERED)
        try:
            return datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=stamp) if stamp else None
        except OverflowError:
            return None


def _sections(
    message: _Message, title: str, label: str, found: Findings, task: Task, unread: list[str]
) -> Iterator[Section]:
    folders = message.attachments()
    head = message.head()
    if folders:
        head.append("Attachments: " + ", ".join(map(message.name, folders)))
    text = clean("\n".join(head) + f"\n\n{message.body(task)}").strip("\n ")
    sender, dated = message.sender(), sound(message.sent) if message.sent else 0
    if text:
        yield Section(text + "\n\n", "message", 1, label, title, Border.HARD, sender=sender, dated=dated)
    for folder in folders[:MOST_ATTACHMENTS]:
        task.check()
        name = message.name(folder)
        nested = message.nested(folder)
        if nested is not None:
            yield from _sections(nested, title, f"{label} › {name}", found, task, unread)
            continue
        place = Section("", "message", 1, f"{label} › {name}", title, sender=sender, dated=dated)
        try:
            yield from task.read_inside(part(name, message.data(ATTACHED, folder)), place, found)
        except Refused:
            if not name.lower().endswith(PICTURES):
                unread.append(name)
    unread += [message.name(folder) for folder in folders[MOST_ATTACHMENTS:]]


def unpacked_rtf(data: bytes) -> bytes:
    """RTF as Outlook stores it, unpacked; as far as it goes if it is damaged. Source: [MS-OXRTFCP]."""
    if data[8:12] == b"MELA":
        return data[16:]
    if data[8:12] != b"LZFu":
        return b""
    size = min(int.from_bytes(data[4:8], "little"), BODY_BYTES)
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b" "))
    write = len(_DICTIONARY)
    said = bytearray()
    at = 16
    while at < len(data) and len(said) < size:
        control = data[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                new = data[at : at + 1]
                at += 1
            else:
                reference = int.from_bytes(data[at : at + 2], "big")
                at += 2
                begin, length = reference >> 4, (reference & 15) + 2
                if at > len(data) or begin == write:
                    return bytes(said)
                new = bytes(0)
                for step in range(length):
                    byte = window[(begin + step) % _WINDOW]
                    window[write] = byte
                    write = (write + 1) % _WINDOW
                    said.append(byte)
                continue
            if not new:
                return bytes(said)
            window[write] = new[0]
            write = (write + 1) % _WINDOW
            said += new
    return bytes(said)


FORMATS = (Format(("msg",), read_message),)
