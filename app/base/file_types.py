"""What people call a type of file (“PDF”, “spreadsheet”, “mail”), and which files are of it. No other place says so.

A file is of a type by what its bytes are (`Document.kind`) or, where they were not read, by the ending of its name.
"""

from __future__ import annotations

from app.base.values import Value


class FileType(Value):
    """One type. name: as it stands in a filter. label: for a person. kinds: of `Document.kind`. endings: no dot."""

    name: str
    label: str
    kinds: tuple[str, ...]
    endings: tuple[str, ...]


def _type(name: str, label: str, kinds: str, endings: str) -> FileType:
    return FileType(name=name, label=label, kinds=tuple(kinds.split()), endings=tuple(endings.split()))


_ALL = (
    _type("pdf", "PDF files", "pdf", "pdf"),
    _type("document", "text documents", "docx doc odt rtf hwp hwpx",
          "docx docm dotx dotm doc dot odt ott rtf pages hwp hwpx wpd wps fodt"),
    _type("spreadsheet", "spreadsheets", "xlsx xlsb xls ods csv",
          "xlsx xlsm xltx xlsb xls xlt ods ots fods numbers csv tsv tab psv"),
    _type("slides", "presentations", "pptx ppt odp", "pptx pptm ppsx potx ppt pps odp otp key"),
    _type("mail", "mails", "mail mbox msg", "eml emlx mbox mbx msg pst ost mht mhtml"),
    _type("note", "notes", "markdown org asciidoc rst text",
          "md markdown mdown mkd mdx qmd rmd org adoc asciidoc rst txt text textile enex"),
    _type("image", "pictures", "image",
          "png jpg jpeg jpe gif bmp tif tiff webp heic heif avif ico psd jp2 jxl tga xcf svg djvu"),
    _type("code", "source code", "code notebook",
          "py pyi pyw ipynb c h cc cpp cxx hpp hh m mm cs java kt kts scala groovy go rs swift js mjs cjs jsx ts tsx"
          " vue svelte php rb pl pm lua r jl sh bash zsh fish ps1 bat cmd sql css scss less asm f90 pas vb vbs hs elm"
          " ml clj ex exs erl dart nim zig vhd vhdl tcl cmake gradle proto graphql tf nix el lisp scm"),
    _type("book", "books", "epub fb2", "epub fb2 mobi azw azw3"),
    _type("page", "web pages", "html feed", "html htm xhtml xht shtml rss atom"),
    _type("latex", "LaTeX files", "latex bibtex", "tex ltx bib"),
    _type("calendar", "calendars", "calendar", "ics ical ifb"),
    _type("contact", "contacts", "contact", "vcf vcard"),
    _type("archive", "archives", "zip", "zip 7z rar tar gz tgz bz2 xz zst"),
    _type("audio", "sounds", "", "mp3 m4a wav flac ogg oga opus aac wma aif aiff mid midi"),
    _type("video", "films", "", "mp4 m4v mov mkv avi webm wmv mpg mpeg flv"),
)  # fmt: skip
FILE_TYPES: dict[str, FileType] = {one.name: one for one in _ALL}

_ALIKE = (
    ("jpg", "jpeg", "jpe"), ("tif", "tiff"), ("htm", "html", "xhtml"), ("md", "markdown", "mdown", "mkd"),
    ("yml", "yaml"), ("txt", "text"), ("tex", "ltx"), ("mbox", "mbx"), ("heic", "heif"),
)  # fmt: skip


def file_type(name: str) -> FileType:
    """The type of this name; of any other name, that of the files that end so, with every spelling of the ending."""
    wanted = name.strip().lower().removeprefix("*").removeprefix(".")
    if wanted in FILE_TYPES:
        return FILE_TYPES[wanted]
    endings = next((spellings for spellings in _ALIKE if wanted in spellings), (wanted,))
    return FileType(name=wanted, label=f".{wanted} files", kinds=(), endings=endings)


def ending_of(path: str) -> str:
    """The ending of a file's name in small letters, without the dot; "" if it has none. Of paths of any system."""
    name = name_of(path)
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def name_of(path: str) -> str:
    """The last part of an absolute path, whichever system it is of."""
    return path.rpartition("/" if path.startswith("/") else "\\")[2]
