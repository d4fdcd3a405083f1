"""What a Problem carries for programs, beside its words for people: declared once, and of one type for each need."""

from __future__ import annotations

from typing import Literal

import msgspec


class OfferedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to choose from. name: what names it, its path or its quantisation. verdict: how it would fit here."""

    name: str
    size_bytes: int
    verdict: Literal["fits", "tight", "too_large"]


class OfferedFiles(msgspec.Struct, frozen=True, kw_only=True, tag="files", tag_field="kind"):
    """The files of a repository, one of which has to be named: of download.choose."""

    files: tuple[OfferedFile, ...]


class OfferedModels(msgspec.Struct, frozen=True, kw_only=True, tag="models", tag_field="kind"):
    """The models of a server, one of which has to be named: of remote.choose."""

    names: tuple[str, ...]


ProblemData = OfferedFiles | OfferedModels
