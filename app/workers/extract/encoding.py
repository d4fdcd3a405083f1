"""Bytes of a text file to text, whatever its encoding."""

from __future__ import annotations

import codecs
import re

SAMPLE_BYTES = 256 * 1024  # enough to recognise an encoding by
MOST_NOISE = 0.02
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\v\b\x1b")) + b"\x7f"

_DECLARED = (
    re.compile(rb"""<\?xml(?:(?!encoding)[^<>]){0,200}+encoding\s*+=\s*+["']([A-Za-z0-9._:-]{2,40})["']"""),
    re.compile(
        rb"""<meta(?:(?!charset)[^<>]){0,400}+charset\s*+=\s*+["']?+\s*+([A-Za-z0-9._:-]{2,40})""", re.IGNORECASE
    ),
    re.compile(rb"""^[^\n]{0,200}(?:\n[^\n]{0,200})?coding[:=][ \t]*([-\w.]{2,40})"""),
)
# What is called by the left name is written in the right one, which holds it and more.
_WIDER = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932",
}  # fmt: skip
_NARROWER = {"cp932": "shift_jis", "cp949": "euc_kr"}  # what they share with these, they map differently
_SEVEN_BIT = ((b"\x1b$", "iso2022_jp_2"), (b"\x1b$)C", "iso2022_kr"), (b"~{", "hz"))
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip


def decode(data: bytes, *, whole: bool = True) -> str | None:
    """The text, or None if the bytes are none. whole: False if the data were cut off, maybe inside a character."""
    if not data:
        return ""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if b"\x00" in data:
        return _with_zeros(data, whole)
    return _without_zeros(data, whole)


def _without_zeros(data: bytes, whole: bool) -> str | None:
    text = _strict(data, "utf-8", whole)
    if text is not None:
        return None if _noise(data) > MOST_NOISE else _seven_bit(data) or text
    if _noise(data) > MOST_NOISE / 5:
        return None
    sample = data[:SAMPLE_BYTES]
    for pattern in _DECLARED:
        found = pattern.search(sample[:2048])
        text = _named(data, found.group(1).decode("ascii"), whole) if found else None
        if text is not None:
            return text
    text = data.decode("utf-8", "replace")
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    if text.count("\ufffd") * 5 < foreign:
        return text  # UTF-8 with a few broken bytes
    return _guess(data)


def _guess(data: bytes) -> str | None:
    import chardet  # some 80 ms, and most text is UTF-8

    encoding = chardet.detect(data[:SAMPLE_BYTES])["encoding"]
    return _named(data, encoding, whole=False) or data.decode(_wider(encoding), "replace") if encoding else None


def _with_zeros(data: bytes, whole: bool) -> str | None:
    """UTF-16 or UTF-32 without its mark, or text that some program has padded with zero bytes."""
    sample = data[: SAMPLE_BYTES & ~3]
    quarters = [sample[k::4].count(0) * 4 / len(sample) for k in range(4)]
    if min(quarters[0], quarters[1]) > 0.9 and quarters[3] < 0.1:
        return _wide(data, "utf-32-be", whole)
    if min(quarters[2], quarters[3]) > 0.9 and quarters[0] < 0.1:
        return _wide(data, "utf-32-le", whole)
    alone = data.replace(b"\x00", b"")
    stray = len(re.sub(rb"\x00{4,}", b"", sample)) - len(sample.replace(b"\x00", b""))
    if stray * 4 < len(alone) and _strict(alone, "utf-8", whole) is not None:
        return _without_zeros(alone, whole)
    for even, odd, encoding in ((0, 1, "utf-16-be"), (1, 0, "utf-16-le")):
        if sample[odd::2].count(0) * 20 < sample[even::2].count(0):
            text = _wide(data, encoding, whole)
            if text is not None:
                return text
    return _without_zeros(alone, whole) if stray * 50 < len(alone) else None


def _wide(data: bytes, encoding: str, whole: bool) -> str | None:
    text = _strict(data, encoding, whole=False) if not whole or len(data) % 4 else _strict(data, encoding, whole)
    if text is None:
        return None
    strange = sum(not (character.isprintable() or character.isspace()) for character in text[:4096])
    return text if strange * 20 <= min(len(text), 4096) else None


def _strict(data: bytes, encoding: str, whole: bool) -> str | None:
    try:
        b"a".decode(encoding, "ignore")  # raises for codecs that do not make text, such as "hex"
        return codecs.getincrementaldecoder(encoding)("strict").decode(data, final=whole)
    except (UnicodeError, LookupError):
        return None


def _seven_bit(data: bytes) -> str | None:
    """Text in one of the escaped encodings that look like ASCII; None if it is just ASCII."""
    for sign, encoding in _SEVEN_BIT:
        if sign in data[:SAMPLE_BYTES]:
            text = _strict(data, encoding, whole=True)
            if text is not None and any(character > "\x7f" for character in text):
                return text
    return None


def _named(data: bytes, encoding: str, whole: bool) -> str | None:
    """The text in the encoding that a file names, or in the wider one that is often meant by that name."""
    if encoding.lower().startswith(("utf-8", "utf8", "utf-16", "utf-32")):
        return None  # the bytes have shown that it is not
    for name in (_NARROWER.get(encoding.lower(), encoding), encoding, _wider(encoding)):
        text = _strict(data, name, whole)
        if text is not None:
            return text
    return None


def _wider(encoding: str) -> str:
    """Python's name of the encoding that holds this one and more; "cp1252" for one that Python does not know."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"
    return _WIDER.get(name, name)


def _noise(data: bytes) -> float:
    """Share of control characters in the beginning, which is some noise or no text."""
    sample = data[:SAMPLE_BYTES]
    return (len(sample) - len(sample.translate(None, CONTROLS))) / max(len(sample), 1)
