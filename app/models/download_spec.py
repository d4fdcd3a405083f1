"""What a person may write to name a model to fetch: a name, a repository, an address; and which of its files."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from app.base.chat import HubFile
from app.base.errors import Problem
from app.base.hub import is_repository, safe_parts
from app.base.models import CatalogueEntry
from app.base.problem_data import OfferedFile, OfferedFiles
from app.models.catalogue import verdict

_REVISION = re.compile(r"[\w.-]{1,100}", re.ASCII)
_HUB_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_MOST_SHOWN = 12
_WORDS = {"fits": "fits here", "tight": "barely fits here", "too_large": "too large for this machine"}


class Wanted(NamedTuple):
    """A repository and, if it was named, one of its files (a path, or a quantisation)."""

    repository: str
    file: str = ""
    revision: str = "main"


def understand(what: str, hosts: Collection[str], catalogue: Sequence[CatalogueEntry]) -> Wanted | CatalogueEntry:
    """What these words name. hosts: of mirrors. Raises Problem download.unknown."""
    text = what.strip()
    for entry in catalogue:
        if entry.name.casefold() == text.casefold():
            return entry
    if "://" in text or text.partition("/")[0].lower() in _HUB_HOSTS | set(hosts):
        wanted = _address(text, _HUB_HOSTS | set(hosts))
    else:
        repository, _, file = text.partition(":")
        wanted = Wanted(repository, file)
    if is_repository(wanted.repository) and (not wanted.file or safe_parts(wanted.file)):
        return wanted
    near = difflib.get_close_matches(text, [entry.name for entry in catalogue], n=1)
    raise Problem(
        "download.unknown",
        f"“{what[:200]}” names no model.",
        (f"Did you mean {near[0]}? " if near else "")
        + "Name a model of the catalogue, a repository as owner/name, or its address on huggingface.co.",
    )


def choose(repository: str, files: Sequence[HubFile], named: str) -> HubFile:
    """The file that was meant: by its name, the end of its path, or its quantisation; without any, the only one.

    Raises Problem download.choose, whose data are the files that there are.
    """
    if not named and len(files) == 1:
        return files[0]
    low = named.casefold()
    for found in (
        [file for file in files if named in (file.name, *file.parts)],
        [file for file in files if file.name.rpartition("/")[2].casefold() == low.rpartition("/")[2]],
        [file for file in files if file.quantisation.casefold() == low],
    ):
        if named and len(found) == 1:
            return found[0]
    title = f"{repository} has no “{named}”." if named else f"{repository} has {len(files)} models: choose one."
    offered = tuple(_offered(file, files) for file in files)
    rows = [_row(file) for file in offered[:_MOST_SHOWN]]
    if len(files) > _MOST_SHOWN:
        rows.append(f"and {len(files) - _MOST_SHOWN} more.")
    advice = "Q4_K_M is a good balance where it fits."
    raise Problem(
        "download.choose", title, "\n".join(["Name one with --file:", *rows, advice]), OfferedFiles(files=offered)
    )


def _offered(file: HubFile, files: Sequence[HubFile]) -> OfferedFile:
    alone = sum(other.quantisation == file.quantisation for other in files) == 1
    name = file.quantisation if file.quantisation and alone else file.name
    return OfferedFile(name=name, size_bytes=file.size_bytes, verdict=verdict(file.size_bytes))


def _row(file: OfferedFile) -> str:
    return f"  {file.name}  {file.size_bytes / 1e9:.1f} GB, {_WORDS[file.verdict]}"


def _address(text: str, hosts: Collection[str]) -> Wanted:
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return Wanted("")
    if parts.scheme not in ("http", "https") or (parts.hostname or "") not in hosts:
        raise Problem(
            "download.unknown",
            f"{parts.hostname or text[:200]} is no Hugging Face site that Familiar knows.",
            "Models come from huggingface.co or the mirror that HF_ENDPOINT names. "
            "A GGUF file that you fetched yourself can be added as it lies.",
        )
    words = [unquote(word) for word in parts.path.strip("/").split("/")]
    last, _, quantisation = words[-1].partition(":")  # as in hf.co/owner/name:Q4_K_M
    words[-1] = last
    repository, rest = "/".join(words[:2]), words[2:]
    if len(rest) >= 2 and rest[0] in ("blob", "resolve", "raw", "tree") and _REVISION.fullmatch(rest[1]):
        file = "/".join(rest[2:]) if rest[0] != "tree" else ""
        return Wanted(repository, file or quantisation, rest[1])
    return Wanted(repository, quantisation) if not rest else Wanted("")
