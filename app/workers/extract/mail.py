"""Mails: one in a file (EML, MHTML) or many (mbox). Places are messages; readable attachments are read too."""

from __future__ import annotations

import email.errors
import email.header
import email.message
import email.parser
import email.policy
import email.utils
import re
from collections.abc import Iterator

from app.base.wording import count
from app.workers.extract import encoding, html
from app.workers.extract.content import Border, Findings, Refused, Section, clean, listed, one_line
from app.workers.extract.formats import Format
from app.workers.extract.moments import MOST_SENDERS, NAME_CHARS, mail_moment, written_by
from app.workers.extract.outline import Block
from app.workers.extract.source import Source, part
from app.workers.extract.task import BEGINNING, Task

HEADERS = ("From", "To", "Cc", "Date")
HEADER_CHARS = 20_000  # the standard library takes minutes over endless ones
STUB_CHARS = 20  # a shorter plain text beside HTML only says that there is HTML
SAME_TEXT = ("text/plain", "text/html")
_START = re.compile(rb"(?:^|(?<=\n\n)|(?<=\n\r\n)|(?<=\r\n\r\n))From [^\n]{5,300}\n(?=[!-9;-~]{1,76}:)")


def read_mail(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """One message and its attachments. Raises Refused if there is no message."""
    data = source.read(task.most_bytes).lstrip()
    if task.most_bytes is not None and source.size_bytes > task.most_bytes:
        found.left_out.append(BEGINNING)
    if source.suffix == ".emlx":  # Apple Mail: the length first, the message, then a property list
        length, _, rest = data.partition(b"\n")
        data = rest[: int(length)] if length.strip().isdigit() else data
    message = _parse(data)
    found.title = _header(message, "Subject")
    found.author, found.dated = _sender(message), mail_moment(_header(message, "Date"))
    unread: list[str] = []
    yield from _message(message, 1, "message", task, found, unread)
    _report(unread, found)


def read_mbox(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """The messages of a mailbox file, in order."""
    data = source.read(task.most_bytes)
    if len(data) < source.size_bytes:
        found.left_out.append(BEGINNING)
    starts = [match.start() for match in _START.finditer(data)] or [0]
    unread: list[str] = []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(data)], strict=True), 1):
        task.check()
        if task.late:
            found.left_out.append(f"Only the first {number - 1:,} of {len(starts):,} messages were read in time.")
            break
        raw = data[start:end]
        envelope, _, written = raw.partition(b"\n") if raw.startswith(b"From ") else (b"", b"", raw)
        message = _parse(written)
        subject = one_line(_header(message, "Subject"), 80)
        label = f"message {number}: {subject}" if subject else f"message {number}"
        yield from _message(message, number, label, task, found, unread, envelope)
    _report(unread, found)


class _Lenient(email.policy.Compat32):
    """Decodes headers with bare bytes in them like any text, where the standard library says "�"."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - so the library calls it
        """The header's value. The parser has kept bytes over 127 as lone surrogates."""
        if value.isascii():
            return value
        raw = value.encode("ascii", "surrogateescape")
        return encoding.decode(raw) or raw.decode("latin-1")


def _parse(data: bytes) -> email.message.Message:
    """The message; one whose parts lie too deep within one another has its text as it is written."""
    parser = email.parser.BytesParser(policy=_Lenient())
    try:
        return parser.parsebytes(data)
    except RecursionError:
        return parser.parsebytes(data, headersonly=True)


def _message(
    message: email.message.Message,
    number: int,
    label: str,
    task: Task,
    found: Findings,
    unread: list[str],
    envelope: bytes = b"",
) -> Iterator[Section]:
    subject = _header(message, "Subject")
    head = [f"{name}: {value}" for name in ("Subject", *HEADERS) if (value := _header(message, name))]
    body, attachments = _parts(message)
    if attachments:
        head.append("Attachments: " + ", ".join(name for name, _ in attachments))
    text = clean("\n".join(head) + "\n\n" + body).rstrip() + "\n\n"
    heading = one_line(subject)
    sender = _sender(message)
    dated = mail_moment(_header(message, "Date")) or _received(envelope)
    found.dated = max(found.dated, dated)
    yield Section(text, "message", number, label, heading, Border.HARD, sender=sender, dated=dated)
    for name, data in attachments:
        place = Section("", "message", number, f"{label} › {name}", heading, sender=sender, dated=dated)
        try:
            yield from task.read_inside(part(name, data), place, found)
        except Refused:
            unread.append(name)


def _report(unread: list[str], found: Findings) -> None:
    if unread:
        found.left_out.append(f"{count(len(unread), 'attachment was', 'attachments were')} not read: {listed(unread)}.")
        found.hint = "Save the attachment as a file of its own if it matters."


def _parts(message: email.message.Message) -> tuple[str, list[tuple[str, bytes]]]:
    """The body's text, and names and bytes of the attachments (pictures shown inside the text left out)."""
    bodies: list[str] = []
    attachments: list[tuple[str, bytes]] = []
    for leaf, alternatives in _leaves(message):
        kind = leaf.get_content_type()
        name = _filename(leaf)
        attached = leaf.get_content_disposition() == "attachment" or (name and kind not in SAME_TEXT)
        if not attached and kind.startswith(("text/", "multipart/")):  # parts without a border between them are text
            if kind == "text/html" and any(alternative == "text/plain" for alternative in alternatives):
                continue
            bodies.append(_text(leaf))
        elif attached or kind == "message/rfc822":
            shown_inside = leaf.get("Content-ID") and kind.startswith("image/")
            if not shown_inside:
                attachments.append((name or _nameless(kind), _payload(leaf)))
    return "\n\n".join(body.strip() for body in bodies if body.strip()), attachments


def _leaves(message: email.message.Message) -> Iterator[tuple[email.message.Message, tuple[str, ...]]]:
    """Parts that hold no parts, each with the types of those that say the same and hold some text."""
    alternatives: tuple[str, ...] = ()
    waiting = [(message, alternatives)]  # the next one last: there may be more levels than calls may lie in one another
    while waiting:
        one, alternatives = waiting.pop()
        if not one.is_multipart() or one.get_content_type() == "message/rfc822":
            yield one, alternatives
            continue
        children = [child for child in one.get_payload() if isinstance(child, email.message.Message)]
        if one.get_content_type() == "multipart/alternative":
            alternatives = tuple(
                child.get_content_type() for child in children if len(_payload(child).strip()) > STUB_CHARS
            )
        waiting.extend((child, alternatives) for child in reversed(children))


def _text(leaf: email.message.Message) -> str:
    data = _payload(leaf)
    text = None
    charset = leaf.get_content_charset()
    if charset:
        try:
            text = data.decode(charset)
        except (UnicodeDecodeError, LookupError):
            text = None  # the mail says something else than it does
    if text is None:
        text = encoding.decode(data) or data.decode("latin-1")
    if leaf.get_content_type() == "text/html":
        return plain(html.blocks_of(text))
    return text


def plain(blocks: list[Block]) -> str:
    """Blocks as paragraphs."""
    return "\n\n".join(block.text for block in blocks)


def _payload(leaf: email.message.Message) -> bytes:
    if leaf.is_multipart():
        inner = leaf.get_payload()
        return _written(inner[0]) if isinstance(inner, list) and isinstance(inner[0], email.message.Message) else b""
    payload = leaf.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _written(message: email.message.Message) -> bytes:
    """A message inside another as a file of its own; b"" if it cannot be written as one."""
    try:
        return message.as_bytes()
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError):  # so the library fails over odd ones
        return b""


def _filename(leaf: email.message.Message) -> str:
    name = leaf.get_filename()
    return one_line(_decoded(name[:HEADER_CHARS]), 120).replace("/", "_") if name else ""


def _nameless(kind: str) -> str:
    return {"message/rfc822": "message.eml", "text/calendar": "event.ics"}.get(kind, kind.replace("/", "."))


def _header(message: email.message.Message, name: str) -> str:
    value = message.get(name)
    return one_line(_decoded(str(value)[:HEADER_CHARS]), 1000) if value else ""


def _sender(message: email.message.Message) -> str:
    """Who wrote the message, with addresses; of several the first ones."""
    value = str(message.get("From") or message.get("Sender") or "")[:HEADER_CHARS]
    if not value:
        return ""
    people = [(name, address) for name, address in email.utils.getaddresses([value]) if name or address]
    known = [written_by(_decoded(name), address) for name, address in people[:MOST_SENDERS] if "@" in address]
    return one_line(", ".join(known) or _decoded(value), NAME_CHARS)


def _received(envelope: bytes) -> int:
    """When a message came into its mailbox, as the line before it says: “From k.ohl@post Mon Mar 11 09:15:00 2024”."""
    return mail_moment(envelope.decode("latin-1").strip().partition(" ")[2].partition(" ")[2])


def _decoded(value: str) -> str:
    """A header's text, its encoded words undone as far as they can be."""
    try:
        pieces = email.header.decode_header(value)
    except email.errors.HeaderParseError:
        return value
    texts = []
    for piece, charset in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        try:
            texts.append(piece.decode(charset or "ascii"))
        except (UnicodeDecodeError, LookupError):
            texts.append(encoding.decode(piece) or piece.decode("latin-1"))
    return "".join(texts)


FORMATS = (Format(("mail",), read_mail), Format(("mbox",), read_mbox))
