"""The chat models in a repository: its GGUF files, the parts of a split one together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.base.chat import HubFile
from app.base.errors import Problem
from app.base.hub import quantisation_of, safe_parts, split_of
from app.workers.fetch.hub import Sibling

_NO_MODEL = re.compile(
    r"(?:^|[-._/])(?:mmproj|imatrix|lora|vocab|adapter|draft)(?:[-._/]|$)|(?:^|/)mtp[-/]", re.IGNORECASE
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_FILES = 200


def chat_models(repository: str, siblings: Sequence[Sibling]) -> list[HubFile]:
    """What of a repository can be a chat model, small ones first; at most 200.

    Left out are vision projectors, importance matrices, adapters, drafts, names that cannot be trusted, and models
    with a part missing. Raises Problem download.no_gguf if nothing is left.
    """
    whole: list[HubFile] = []
    splits: dict[tuple[str, int], dict[int, Sibling]] = {}
    for sibling in siblings:
        name = sibling.rfilename
        if not name.lower().endswith(".gguf") or safe_parts(name) is None or _NO_MODEL.search(name):
            continue
        split = split_of(name)
        if split is None:
            whole.append(_model([sibling]))
        else:
            splits.setdefault((split.stem, split.of), {})[split.number] = sibling
    for (_, of), parts in splits.items():
        if len(parts) == of:
            whole.append(_model([parts[number] for number in sorted(parts)]))
    if not whole:
        raise Problem(
            "download.no_gguf",
            f"{repository} has no chat model in GGUF format.",
            "Look for one whose name ends with “-GGUF”; often another person has converted the same model.",
        )
    return sorted(whole, key=lambda model: (model.size_bytes, model.name))[:MOST_FILES]


def _model(parts: Sequence[Sibling]) -> HubFile:
    hashes = tuple(part.lfs.sha256 if part.lfs is not None else "" for part in parts)
    return HubFile(
        name=parts[0].rfilename,
        size_bytes=sum(_size(part) for part in parts),
        parts=tuple(part.rfilename for part in parts),
        sha256=hashes if all(_SHA256.fullmatch(one) for one in hashes) else (),
        quantisation=quantisation_of(parts[0].rfilename),
    )


def _size(sibling: Sibling) -> int:
    return max(0, sibling.lfs.size if sibling.lfs is not None else sibling.size or 0)
