"""Names on a Hugging Face site, chosen by strangers: what may be taken for a repository, a file, a part of a model."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

HUB = "https://huggingface.co"
HUB_SITE = "huggingface.co"
_PORTS = {"https": 443, "http": 80}
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}", re.ASCII)
_SPLIT = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)
_QUANTISATION = re.compile(
    r"(?:^|[-._])(?P<name>(?:UD-)?(?:I?Q\d(?:_[A-Z0-9]+){0,3}|TQ\d_\d|BF16|F16|F32|FP16|MXFP4(?:_MOE)?|NVFP4))(?=[-._]|$)",
    re.IGNORECASE,
)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = frozenset('<>:"|?*\\')
_PART_BYTES = 200
_DEPTH = 4


class Split(NamedTuple):
    """A file that is one of several parts of a model. number: from 1, up to `of`."""

    stem: str
    number: int
    of: int


def is_repository(text: str) -> bool:
    """Whether this is an owner and a name, as “Qwen/Qwen3-4B-GGUF”."""
    return bool(_REPOSITORY.fullmatch(text)) and ".." not in text and "--" not in text


def host_of(address: str) -> str:
    """The name of the server in an address; "" if there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # “http://[”
        return ""


def site_of(address: str) -> str:
    """What a token is filed under: host and port of a site's address, the usual port left out; "" if it is none."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or not host or parts.username is not None:
        return ""
    return host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"


def safe_parts(name: str) -> tuple[str, ...] | None:
    """The folders and the name of a file of a repository; None if it could lie outside of its folder or deceive."""
    parts = tuple(name.split("/"))
    return parts if len(parts) <= _DEPTH and all(_is_safe(part) for part in parts) else None


def split_of(name: str) -> Split | None:
    """Which part of a model in several files this is; None for a whole one."""
    found = _SPLIT.fullmatch(name)
    if found is None:
        return None
    split = Split(found["stem"], int(found["number"]), int(found["count"]))
    return split if 1 <= split.number <= split.of and split.of > 1 else None


def quantisation_of(name: str) -> str:
    """“Q4_K_M” and the like, as the name of a file tells it; "" if it does not."""
    stem = name.rpartition("/")[2].removesuffix(".gguf")
    split = split_of(name.rpartition("/")[2])
    found = list(_QUANTISATION.finditer(split.stem if split else stem))
    return found[-1]["name"].upper() if found else ""


def _is_safe(part: str) -> bool:
    return (
        part == part.strip()
        and part[:1] not in ("", ".", "-", "~")
        and part[-1:] != "."
        and len(part.encode(errors="replace")) <= _PART_BYTES
        and part.isprintable()
        and not _FORBIDDEN.intersection(part)
        and _RESERVED.fullmatch(part) is None
    )
