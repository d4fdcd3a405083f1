"""Where other programs keep chat models on this machine, to be used there and never copied.

Sources: LM Studio, lmstudio.ai/docs "Import Models" (before 0.3.6 it was ~/.cache/lm-studio); Ollama, docs/faq.md
("Where are models stored?"); GPT4All, its settings' default "Download Path"; Jan, jan.ai/docs/data-folder (before 0.5
it was ~/jan); Hugging Face, huggingface_hub "Environment variables" and "Cache-system reference"; llama.cpp, its -hf
option (LLAMA_CACHE).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from app.base.values import Value

Layout = Literal["folder", "ollama", "hub"]


class ModelPlace(Value, frozen=True, kw_only=True):
    """A folder that may hold models. label: whose it is. layout: how models lie in it."""

    label: str
    folder: str
    layout: Layout = "folder"


def known_places(
    environment: Mapping[str, str] | None = None, home: Path | None = None, platform: str = sys.platform
) -> list[ModelPlace]:
    """The folders of the programs that we know, whether they are there or not; each once."""
    environment = os.environ if environment is None else environment
    home = Path.home() if home is None else home
    places: dict[str, ModelPlace] = {}
    for place in _places(environment, home, platform):
        places.setdefault(os.path.normpath(place.folder), place)
    return list(places.values())


def _places(environment: Mapping[str, str], home: Path, platform: str) -> Iterator[ModelPlace]:
    cache = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
    yield _place("LM Studio", _lm_studio_home(home) / "models")
    yield _place("LM Studio", home / ".lmstudio" / "models")
    yield _place("LM Studio", home / ".cache" / "lm-studio" / "models")
    if environment.get("OLLAMA_MODELS"):
        yield _place("Ollama", Path(environment["OLLAMA_MODELS"]), "ollama")
    yield _place("Ollama", home / ".ollama" / "models", "ollama")
    if platform == "linux":
        yield _place("Ollama", Path("/usr/share/ollama/.ollama/models"), "ollama")
    data = _data_folder(environment, home, platform)
    yield _place("GPT4All", data / "nomic.ai" / "GPT4All")
    for folder in _jan_folders(environment, home, platform):
        yield _place("Jan", folder / "llamacpp" / "models")
        yield _place("Jan", folder / "models")
    if environment.get("HF_HUB_CACHE"):
        yield _place("Hugging Face", Path(environment["HF_HUB_CACHE"]), "hub")
    hub = Path(environment["HF_HOME"]) if environment.get("HF_HOME") else cache / "huggingface"
    yield _place("Hugging Face", hub / "hub", "hub")
    if environment.get("LLAMA_CACHE"):
        yield _place("llama.cpp", Path(environment["LLAMA_CACHE"]))
    local = {"darwin": home / "Library" / "Caches", "win32": _local_data(environment, home)}
    yield _place("llama.cpp", local.get(platform, cache) / "llama.cpp")


def _place(label: str, folder: Path, layout: Layout = "folder") -> ModelPlace:
    return ModelPlace(label=label, folder=str(folder), layout=layout)


def _lm_studio_home(home: Path) -> Path:
    """LM Studio writes where it lives into a small file, if that was changed."""
    try:
        with (home / ".lmstudio-home-pointer").open(encoding="utf-8") as file:
            named = file.read(4096).strip()
    except (OSError, UnicodeDecodeError):
        named = ""
    return Path(named) if named and os.path.isabs(named) else home / ".lmstudio"


def _data_folder(environment: Mapping[str, str], home: Path, platform: str) -> Path:
    if platform == "darwin":
        return home / "Library" / "Application Support"
    if platform == "win32":
        return _local_data(environment, home)
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")


def _local_data(environment: Mapping[str, str], home: Path) -> Path:
    return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")


def _jan_folders(environment: Mapping[str, str], home: Path, platform: str) -> Iterator[Path]:
    if platform == "darwin":
        yield home / "Library" / "Application Support" / "Jan" / "data"
    elif platform == "win32":
        yield Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "Jan" / "data"
    else:
        yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "Jan" / "data"
        yield _data_folder(environment, home, platform) / "Jan" / "data"
    yield home / "jan"
