"""What lies in a place of models, by names alone: bounded in files, depth and time, whatever lies there."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from app.base.values import Value
from app.models.model_places import ModelPlace

log = logging.getLogger("familiar.engine")
MOST_ENTRIES = 50_000
MOST_MODELS = 1000
LONGEST_S = 20.0
DEEPEST = 8
_MANIFEST_BYTES = 1 << 20
_OLLAMA_MODEL = "application/vnd.ollama.image.model"
_LATER_PART = re.compile(r"-(?!0{4}1-)\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)
_PART = re.compile(r"-\d{5}-of-\d{5}$")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NAMELESS = {"model", "ggml-model", "main"}


class FoundModel(Value, frozen=True, kw_only=True):
    """A file that may be a chat model. place: whose it is."""

    name: str
    path: str
    place: str


class _Layer(msgspec.Struct):
    mediaType: str = ""  # noqa: N815 - the format's own name
    digest: str = ""


class _Manifest(msgspec.Struct):
    layers: list[_Layer] = []


def scan(place: ModelPlace, budget: ScanBudget | None = None) -> list[FoundModel]:
    """The files that may be models, each once, in the order of their names. A place that is not there has none.

    budget: tells afterwards how much was looked at.
    """
    budget = budget or ScanBudget()
    found = _ollama(place, budget) if place.layout == "ollama" else _folder(place, budget)
    unique: dict[tuple[int, int], FoundModel] = {}
    for model in sorted(found, key=lambda model: (model.name.lower(), model.path)):
        try:
            status = os.stat(model.path)
        except OSError:  # a link that leads nowhere, a drive that has gone
            continue
        unique.setdefault((status.st_dev, status.st_ino) if status.st_ino else (0, hash(model.path)), model)
        if len(unique) >= MOST_MODELS:
            log.info("more than %d models lie in one place; the rest is not listed", MOST_MODELS)
            break
    return list(unique.values())


class ScanBudget:
    """How much may still be looked at. folders: entered so far."""

    def __init__(self) -> None:
        self.folders = 0
        self._entries = MOST_ENTRIES
        self._until = time.monotonic() + LONGEST_S

    def take(self) -> bool:
        """Whether one entry more may be looked at."""
        self._entries -= 1
        return self._entries >= 0 and time.monotonic() < self._until


def _folder(place: ModelPlace, budget: ScanBudget) -> Iterator[FoundModel]:
    roots = _snapshots(place.folder) if place.layout == "hub" else [place.folder]
    for path in (path for root in roots for path in _walk(root, budget)):
        name = os.path.basename(path)
        if name.lower().endswith(".gguf") and not _LATER_PART.search(name) and "mmproj" not in name.lower():
            yield FoundModel(name=_name(path), path=path, place=place.label)


def _snapshots(hub: str) -> list[str]:
    """The folders of a Hugging Face cache that hold files of models: models--OWNER--NAME/snapshots."""
    try:
        names = os.listdir(hub)
    except OSError:
        return []
    return [os.path.join(hub, name, "snapshots") for name in sorted(names) if name.startswith("models--")]


def _name(path: str) -> str:
    """What to call a file: its own name, or its folder's where that says nothing."""
    stem = _PART.sub("", os.path.basename(path)[: -len(".gguf")])
    return os.path.basename(os.path.dirname(path)) if stem.lower() in _NAMELESS else stem


def _ollama(place: ModelPlace, budget: ScanBudget) -> Iterator[FoundModel]:
    """Models by their manifests: manifests/HOST/OWNER/NAME/TAG names the layer, blobs/sha256-HASH is the GGUF file."""
    manifests = os.path.join(place.folder, "manifests")
    for path in _walk(manifests, budget):
        digest = _digest(path)
        parts = Path(os.path.relpath(path, manifests)).parts
        if not digest or len(parts) < 2:
            continue
        owner = [part for part in parts[1:-2] if part != "library"]
        name = "/".join([*owner, parts[-2]]) + ("" if parts[-1] == "latest" else f":{parts[-1]}")
        blob = os.path.join(place.folder, "blobs", digest.replace(":", "-"))
        yield FoundModel(name=name, path=blob, place=place.label)


def _digest(manifest: str) -> str:
    try:
        with open(manifest, "rb") as file:
            layers = msgspec.json.decode(file.read(_MANIFEST_BYTES), type=_Manifest).layers
    except (OSError, ValueError, RecursionError):  # no JSON, no text, nested without end
        return ""
    return next(
        (layer.digest for layer in layers if layer.mediaType == _OLLAMA_MODEL and _DIGEST.fullmatch(layer.digest)), ""
    )


def _walk(root: str, budget: ScanBudget) -> Iterator[str]:
    """Ordinary files below a folder, links followed but no folder entered twice, unreadable ones passed over."""
    entered: set[tuple[int, int]] = set()
    folders = [(root, 0)]
    while folders:
        folder, depth = folders.pop()
        try:
            status = os.stat(folder)
            identity = (status.st_dev, status.st_ino)
            if status.st_ino and identity in entered:
                continue
            entered.add(identity)
            budget.folders += 1
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not budget.take():
                        log.info("a place of models holds more than is looked through")
                        return
                    kind = _kind(entry) if _is_text(entry.name) else ""
                    if kind == "folder" and depth < DEEPEST:
                        folders.append((entry.path, depth + 1))
                    elif kind == "file":
                        yield entry.path
        except (OSError, ValueError):
            continue


def _is_text(name: str) -> bool:
    """Whether a name can be told to others at all: to Linux it is any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(entry: os.DirEntry[str]) -> Literal["file", "folder", ""]:
    try:
        return "folder" if entry.is_dir() else "file" if entry.is_file() else ""
    except OSError:  # a link that leads to itself
        return ""
