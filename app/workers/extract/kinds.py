"""What a file is, by its bytes first and its name second."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence

from app.workers.extract import ole
from app.workers.extract.archive import DAMAGED
from app.workers.extract.content import Refused
from app.workers.extract.formats import kind_told_by_reader
from app.workers.extract.source import Source


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CODE = _words("""
    py pyi pyw c h cc cpp cxx hpp hh m mm cs java kt kts scala groovy go rs swift js mjs cjs jsx ts tsx vue svelte php
    rb pl pm lua r jl sh bash zsh fish ps1 bat cmd sql css scss less asm s f f90 f95 pas vb vbs hs elm ml mli fs fsx clj
    cljs ex exs erl dart nim zig v vhd vhdl sv tcl cmake gradle mk make dockerfile proto graphql tf nix el lisp scm d
    awk sed ipy pyx cu glsl hlsl sol""")
DATA = _words("""
    json jsonl ndjson yaml yml toml ini cfg conf env properties log srt vtt ics vcf bib diff patch xml xsd xsl xslt svg
    plist opml gpx kml lock in out""")
HEADED = {"md": "markdown", "markdown": "markdown", "mdown": "markdown", "mkd": "markdown", "mdx": "markdown",
          "qmd": "markdown", "rmd": "markdown", "org": "org", "adoc": "asciidoc", "asciidoc": "asciidoc",
          "tex": "latex", "ltx": "latex", "sty": "latex", "rst": "rst", "textile": "text"}  # fmt: skip
TABLES = frozenset({"csv", "tsv", "tab", "psv"})
PAGES = frozenset({"html", "htm", "xhtml", "xht", "shtml"})
IMAGES = _words("png jpg jpeg jpe gif bmp tif tiff webp heic heif avif ico psd jp2 jxl tga xcf")
OFFICE = {
    "doc": "doc", "dot": "doc", "ppt": "ppt", "pps": "ppt", "xls": "xls", "xlt": "xls", "xlsb": "xlsb",
    "docx": "docx", "docm": "docx", "dotx": "docx", "dotm": "docx", "xlsx": "xlsx", "xlsm": "xlsx", "xltx": "xlsx",
    "pptx": "pptx", "pptm": "pptx", "ppsx": "pptx", "potx": "pptx", "odt": "odt", "ott": "odt", "ods": "ods",
    "ots": "ods", "odp": "odp", "otp": "odp", "epub": "epub", "msg": "msg", "pdf": "pdf",
}  # fmt: skip

_MAGIC: Sequence[tuple[bytes, int, str]] = (
    (b"\x89PNG", 0, "image"), (b"\xff\xd8\xff", 0, "image"), (b"GIF8", 0, "image"),
    (b"II*\x00", 0, "image"), (b"MM\x00*", 0, "image"), (b"WEBP", 8, "image"), (b"8BPS", 0, "image"),
    (b"\x00\x00\x01\x00", 0, "image"), (b"ftypheic", 4, "image"), (b"ftypheix", 4, "image"), (b"ftypmif1", 4, "image"),
    (b"ftypavif", 4, "image"), (b"\x00\x00\x00\x0cjP  ", 0, "image"), (b"AT&TFORM", 0, "binary:a DjVu scan"),
    (b"\x1f\x8b", 0, "binary:a compressed archive (gzip)"), (b"7z\xbc\xaf\x27\x1c", 0, "binary:a 7-Zip archive"),
    (b"Rar!\x1a\x07", 0, "binary:a RAR archive"), (b"\xfd7zXZ\x00", 0, "binary:a compressed archive (xz)"),
    (b"BZh", 0, "binary:a compressed archive (bzip2)"), (b"\x28\xb5\x2f\xfd", 0, "binary:a compressed archive (zstd)"),
    (b"ustar", 257, "binary:a tar archive"), (b"\x7fELF", 0, "binary:a program"),
    (b"\xcf\xfa\xed\xfe", 0, "binary:a program"),
    (b"\xca\xfe\xba\xbe", 0, "binary:a program"), (b"\x00asm", 0, "binary:a program"), (b"MZ", 0, "binary:a program"),
    (b"SQLite format 3\x00", 0, "binary:a database"), (b"wOFF", 0, "binary:a font"), (b"wOF2", 0, "binary:a font"),
    (b"OTTO", 0, "binary:a font"), (b"\x00\x01\x00\x00\x00", 0, "binary:a font"), (b"ID3", 0, "binary:a sound"),
    (b"OggS", 0, "binary:a sound or film"), (b"fLaC", 0, "binary:a sound"), (b"RIFF", 0, "binary:a sound or film"),
    (b"\x1aE\xdf\xa3", 0, "binary:a film"), (b"ftyp", 4, "binary:a sound or film"),
    (b"GGUF", 0, "binary:a language model"),
    (b"BOOKMOBI", 60, "binary:a Kindle book"), (b"TEXtREAd", 60, "binary:a Palm book"),
    (b"!BDN", 0, "binary:an Outlook mailbox (PST)"),
    (b"\xffWPC", 0, "binary:a WordPerfect document"),
)  # fmt: skip

_MAIL_HEADER = re.compile(
    rb"(?:return-path|received|delivered-to|message-id|from|to|subject|date|mime-version|x-[a-z0-9-]+|envelope-to|"
    rb"reply-to|content-type|sender|dkim-signature|authentication-results|arc-seal|status|x-mozilla-status):[ \t]",
    re.IGNORECASE,
)
_HEADER = re.compile(rb"[!-9;-~]{1,76}:[ \t]?[^\n]*\n(?:[ \t][^\n]*\n)*")
_MBOX = re.compile(rb"From [^\n]{0,300}\n[!-9;-~]{1,76}:")
_HTML = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body|title|meta\s)",
    re.IGNORECASE | re.DOTALL,
)
_FEED = re.compile(
    rb"\s*+(?:(?:<!--(?>.*?-->)|<\?(?>.*?\?>)|<!doctype[^>\[]*+>)\s*+)*+<(?:rss|feed|rdf:RDF)[\s>]",
    re.IGNORECASE | re.DOTALL,
)


def kind_of(source: Source) -> str:
    """The file's kind: "pdf", "docx", "markdown", "text", "binary:a program", ...

    "text" means: nothing else was recognised; whether it is text at all shows when it is decoded.
    Raises Refused for office documents that are encrypted.
    """
    head = source.head
    suffix = source.suffix[1:]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(source, suffix)
    if head.startswith(ole.MAGIC):
        return _kind_of_ole(source, suffix)
    if b"%PDF-" in head[:1024]:  # the files above may well hold a PDF near their beginning
        return "pdf"
    own = kind_told_by_reader(source)
    if own is not None:
        return own
    for magic, offset, kind in _MAGIC:
        if head.startswith(magic, offset) and not (len(magic) == 2 and _looks_like_text(head)):
            return "image" if kind.startswith("binary") and suffix in IMAGES else kind
    if suffix == "pdf" and not _HTML.match(head):
        return "pdf"
    if suffix in OFFICE and not _looks_like_text(head):
        return f"broken:{OFFICE[suffix]}"
    if suffix in IMAGES:
        return "image"
    return _kind_of_text(source, suffix)


def _looks_like_text(head: bytes) -> bool:
    return b"\x00" not in head and not head.translate(None, bytes(range(32, 256)) + b"\t\n\r\f\x1b")


def _kind_of_text(source: Source, suffix: str) -> str:
    head = source.head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix in ("mbox", "mbx") or (not suffix and _MBOX.match(head)):
        return "mbox"
    if suffix in ("eml", "mht", "mhtml", "emlx") or (suffix not in HEADED and _is_mail(head)):
        return "mbox" if _MBOX.match(head) and head.count(b"\nFrom ") else "mail"
    if _FEED.match(head):
        return "feed"
    if suffix in PAGES or (suffix not in CODE and suffix not in HEADED and _HTML.match(head)):
        return "html"
    for kind, suffixes in (("csv", TABLES), ("code", CODE), ("data", DATA)):
        if suffix in suffixes:
            return kind
    return HEADED.get(suffix) or _kind_by_name(source.name)


def _kind_by_name(name: str) -> str:
    return "code" if name.lower() in ("makefile", "dockerfile", "cmakelists.txt", "rakefile", "gemfile") else "text"


def _is_mail(head: bytes) -> bool:
    """Whether the bytes begin with at least three header lines, most of them such as mails have."""
    if head.startswith(b"From ") and b"\n" in head:
        head = head.split(b"\n", 1)[1]
    position = known = count = 0
    while count < 12 and (header := _HEADER.match(head, position)):
        known += bool(_MAIL_HEADER.match(head, position))
        count += 1
        position = header.end()
    return known >= 3 and known * 2 >= count


def _kind_of_zip(source: Source, suffix: str) -> str:
    try:
        with zipfile.ZipFile(source.stream()) as archive:
            names = set(archive.namelist())
            encrypted = any(member.flag_bits & 1 for member in archive.infolist())
            mimetype = _beginning(archive, names, "mimetype", 80).decode("ascii", "ignore").strip()
            manifest = _beginning(archive, names, "META-INF/manifest.xml", 1_000_000)
    except DAMAGED as error:
        if suffix in OFFICE:
            return f"broken:{OFFICE[suffix]}"
        raise Refused("damaged", "The archive is damaged.", "Get the file again from where it came from.") from error
    kind = _by_mimetype(mimetype) or _by_members(names)
    if kind and (encrypted or b"encryption-data" in manifest) and kind != "epub":
        raise locked()
    if kind is None and encrypted:
        raise Refused("locked", "The archive has a password.", "Unpack it, and it is read.")
    return kind or "zip"


def _beginning(archive: zipfile.ZipFile, names: set[str], name: str, limit: int) -> bytes:
    """What a member begins with; nothing if it is not there or damaged: the others may be sound."""
    if name not in names:
        return b""
    try:
        with archive.open(name) as member:
            return member.read(limit)
    except (*DAMAGED, RuntimeError, KeyError):
        return b""


def _by_mimetype(mimetype: str) -> str | None:
    for ending, kind in (("epub+zip", "epub"), ("opendocument.text", "odt"), ("opendocument.spreadsheet", "ods"),
                         ("opendocument.presentation", "odp"), ("opendocument.text-template", "odt"),
                         ("opendocument.spreadsheet-template", "ods"), ("opendocument.presentation-template", "odp"),
                         ("hwp+zip", "hwpx")):  # fmt: skip
        if mimetype.endswith(ending):
            return kind
    return None


def _by_members(names: set[str]) -> str | None:
    if "[Content_Types].xml" in names:
        for folder, kind in (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx")):
            if any(name.startswith(folder) for name in names):
                return "xlsb" if "xl/workbook.bin" in names else kind
        return "docx" if any(name.endswith("document.xml") for name in names) else None
    if "Index/Document.iwa" in names or "index.xml" in names or "Index.zip" in names:
        signs = ("Index", "QuickLook", "buildVersionHistory")
        return "iwork" if any(name.startswith(signs) for name in names) else None
    return "epub" if "META-INF/container.xml" in names else None


def _kind_of_ole(source: Source, suffix: str) -> str:
    file = ole.CompoundFile(source.read())
    if file.encrypted:
        raise locked()
    for name, kind in (("WordDocument", "doc"), ("PowerPoint Document", "ppt"), ("Workbook", "xls"), ("Book", "xls"),
                       ("__properties_version1.0", "msg"), ("FileHeader", "hwp")):  # fmt: skip
        if name in file.streams:
            return kind
    return f"broken:{OFFICE[suffix]}" if suffix in OFFICE else "binary:an old Microsoft file"


def locked() -> Refused:
    """The refusal of a document that needs a password."""
    return Refused("locked", "The document has a password.", "Save a copy without the password to have it read.")
