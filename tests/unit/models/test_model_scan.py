"""Models in the folders of other programs, laid out as those programs do, and whatever else may lie there."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from app.models.model_places import ModelPlace, known_places
from app.models.model_scan import FoundModel, scan


def _touch(path: Path, data: bytes = b"GGUF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _link(path: Path, target: Path | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("links cannot be made here")


def _found(home: Path, label: str, environment: dict[str, str] | None = None, platform: str = "linux") -> list[str]:
    """Names of what is found in a program's places below a home of our own."""
    places = [p for p in known_places(environment or {}, home, platform) if p.label == label]
    return [model.name for place in places if str(home) in place.folder for model in scan(place)]


@pytest.mark.parametrize("folder", [".lmstudio/models", ".cache/lm-studio/models"])
def test_lm_studio(folder: str, tmp_path: Path) -> None:
    _touch(tmp_path / folder / "infra-ai" / "ocelot" / "ocelot-q4_0.gguf")
    _touch(tmp_path / folder / "infra-ai" / "ocelot" / "mmproj-ocelot-f16.gguf")
    assert _found(tmp_path, "LM Studio") == ["ocelot-q4_0"]


def test_lm_studio_that_was_moved(tmp_path: Path) -> None:
    _touch(tmp_path / "disk" / "studio" / "models" / "a" / "b" / "moved.gguf")
    (tmp_path / ".lmstudio-home-pointer").write_text(f"{tmp_path / 'disk' / 'studio'}\n", encoding="utf-8")
    assert _found(tmp_path, "LM Studio") == ["moved"]


def _ollama(models: Path, path: str, digest: str = "sha256:" + "a" * 64, **layers: object) -> Path:
    manifest = {
        "schemaVersion": 2,
        "layers": [
            {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "0" * 64},
            {"mediaType": "application/vnd.ollama.image.model", "digest": digest, "size": 4} | layers,
        ],
    }
    _touch(models / "manifests" / path, json.dumps(manifest).encode())
    return models / "blobs" / digest.replace(":", "-")


def test_ollama_models_are_named_as_ollama_names_them(tmp_path: Path) -> None:
    models = tmp_path / ".ollama" / "models"
    hub = "registry.ollama.ai"
    for letter, path in zip("abcd", (
        f"{hub}/library/qwen3/4b", f"{hub}/library/phi4/latest", f"{hub}/somebody/own/q8", "hf.co/org/Repo-GGUF/Q4_K_M",
    ), strict=True):  # fmt: skip
        _touch(_ollama(models, path, "sha256:" + letter * 64), letter.encode())
    assert _found(tmp_path, "Ollama") == ["org/Repo-GGUF:Q4_K_M", "phi4", "qwen3:4b", "somebody/own:q8"]
    (first, *_rest) = [m for m in scan(ModelPlace(label="", folder=str(models), layout="ollama")) if m.name == "phi4"]
    assert first.path == str(models / "blobs" / ("sha256-" + "b" * 64))


def test_ollama_elsewhere_and_with_bad_manifests(tmp_path: Path) -> None:
    models = tmp_path / "elsewhere"
    _touch(_ollama(models, "registry.ollama.ai/library/good/1b"))
    _ollama(models, "registry.ollama.ai/library/gone/1b", "sha256:" + "b" * 64)  # its blob is not there
    _touch(models / "blobs" / "sha256-outside")
    for number, data in enumerate((
        b"", b"[]", b"{", b"\xff\xfe", b'{"layers": 3}', b'{"layers": [{"mediaType": 1}]}', b"[" * 100_000,
        b'{"x":' + b"[" * 100_000, b'{"layers": [{"digest": "\xff\xfe"}]}',
        b'{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "../../etc/passwd"}]}',
    )):  # fmt: skip
        _touch(models / "manifests" / "registry.ollama.ai" / "library" / "bad" / str(number), data)
    assert _found(tmp_path, "Ollama", {"OLLAMA_MODELS": str(models)}) == ["good:1b"]


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("linux", ".local/share/nomic.ai/GPT4All"),
        ("darwin", "Library/Application Support/nomic.ai/GPT4All"),
        ("win32", "AppData/Local/nomic.ai/GPT4All"),
    ],
)
def test_gpt4all(platform: str, folder: str, tmp_path: Path) -> None:
    _touch(tmp_path / folder / "Hermes.Q4_0.gguf")
    _touch(tmp_path / folder / "localdocs_v3.db")
    assert _found(tmp_path, "GPT4All", platform=platform) == ["Hermes.Q4_0"]


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("linux", ".config/Jan/data/llamacpp/models/org/Jan-nano/model.gguf"),
        ("linux", ".local/share/Jan/data/llamacpp/models/Jan-nano/model.gguf"),
        ("linux", "jan/models/Jan-nano/model.gguf"),
        ("darwin", "Library/Application Support/Jan/data/llamacpp/models/Jan-nano/model.gguf"),
        ("win32", "AppData/Roaming/Jan/data/llamacpp/models/Jan-nano/model.gguf"),
    ],
)
def test_jan_models_are_called_by_their_folder(platform: str, folder: str, tmp_path: Path) -> None:
    _touch(tmp_path / folder)
    assert _found(tmp_path, "Jan", platform=platform) == ["Jan-nano"]


def _hub_file(hub: Path, repository: str, revision: str, name: str, blob: str) -> None:
    kept = _touch(hub / repository / "blobs" / blob, blob.encode())
    _link(
        hub / repository / "snapshots" / revision / name,
        os.path.relpath(kept, hub / repository / "snapshots" / revision),
    )


def test_hugging_face_cache_shows_split_models_and_equal_revisions_once(tmp_path: Path) -> None:
    hub = tmp_path / ".cache" / "huggingface" / "hub"
    _hub_file(hub, "models--org--small", "r1", "small-q4.gguf", "b1")
    _hub_file(hub, "models--org--small", "r2", "small-q4.gguf", "b1")
    for part in (1, 2, 3):
        _hub_file(hub, "models--org--big", "r1", f"big-q4-{part:05}-of-00003.gguf", f"p{part}")
    _touch(hub / "datasets--org--data" / "snapshots" / "r1" / "data.gguf")
    _touch(hub / "models--org--other" / "snapshots" / "r1" / "model.safetensors")
    assert _found(tmp_path, "Hugging Face") == ["big-q4", "small-q4"]
    (first, *_rest) = scan(ModelPlace(label="", folder=str(hub), layout="hub"))
    assert first.path.endswith("big-q4-00001-of-00003.gguf")  # not the blob: its parts lie beside this name


@pytest.mark.parametrize(
    "environment", [{"HF_HOME": "{0}/hf"}, {"HF_HUB_CACHE": "{0}/hf/hub"}, {"XDG_CACHE_HOME": "{0}/cache"}]
)
def test_hugging_face_cache_elsewhere(environment: dict[str, str], tmp_path: Path) -> None:
    for root in ("hf", "cache/huggingface"):
        _touch(tmp_path / root / "hub" / "models--o--m" / "snapshots" / "r" / f"{root[:2]}.gguf")
    names = _found(tmp_path, "Hugging Face", {key: value.format(tmp_path) for key, value in environment.items()})
    assert names == (["ca"] if "XDG_CACHE_HOME" in environment else ["hf"])


def test_each_place_is_named_once() -> None:
    folders = [place.folder for place in known_places({}, Path("/home/p"), "linux")]
    assert len(folders) == len(set(folders))


# ---- whatever lies there ------------------------------------------------------------------------------------------


def _own(folder: Path) -> list[FoundModel]:
    return scan(ModelPlace(label="mine", folder=str(folder)))


def test_place_that_is_missing_or_a_file_has_no_models(tmp_path: Path) -> None:
    assert _own(tmp_path / "gone") == []
    assert _own(_touch(tmp_path / "file.gguf")) == []


def test_links_to_nowhere_to_themselves_and_in_circles_do_no_harm(tmp_path: Path) -> None:
    _touch(tmp_path / "a" / "good.gguf")
    _link(tmp_path / "a" / "broken.gguf", tmp_path / "gone.gguf")
    _link(tmp_path / "a" / "self.gguf", "self.gguf")
    _link(tmp_path / "a" / "up", tmp_path)
    _link(tmp_path / "a" / "again.gguf", "good.gguf")
    assert [model.name for model in _own(tmp_path)] == ["again"]  # one of the two names of one file


@pytest.mark.skipif(os.name == "nt", reason="pipes in folders are POSIX's")
def test_folder_called_like_a_model_and_pipes_are_none(tmp_path: Path) -> None:
    _touch(tmp_path / "folder.gguf" / "inside.gguf")
    os.mkfifo(tmp_path / "pipe.gguf")
    assert [model.name for model in _own(tmp_path)] == ["inside"]


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text are Linux's")
def test_name_that_is_no_text_is_passed_over(tmp_path: Path) -> None:
    _touch(tmp_path / "good.gguf")
    for name in (b"bad\xff.gguf", b"folder\xff"):
        path = os.fsencode(tmp_path) + b"/" + name
        if name.endswith(b".gguf"):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        else:
            os.mkdir(path)
            os.close(os.open(path + b"/inside.gguf", os.O_CREAT | os.O_WRONLY))
    assert [model.name for model in _own(tmp_path)] == ["good"]


def test_unreadable_folder_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _touch(tmp_path / "open" / "good.gguf")
    _touch(tmp_path / "locked" / "hidden.gguf")
    scandir = os.scandir

    def refuse(folder: str) -> object:
        if os.path.basename(folder) == "locked":  # root may open everything
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert [model.name for model in _own(tmp_path)] == ["good"]


def test_a_thousand_files_among_others_are_found_soon(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / f"{number % 10}").mkdir(exist_ok=True)
        (tmp_path / f"{number % 10}" / f"m{number:04}.gguf").touch()
        (tmp_path / f"{number % 10}" / f"m{number:04}.json").touch()
    began = time.monotonic()
    assert len(_own(tmp_path)) == 1000
    assert time.monotonic() - began < 5


def test_bottomless_folder_is_left_at_some_depth(tmp_path: Path) -> None:
    _touch(tmp_path.joinpath(*["d"] * 5, "near.gguf"))
    _touch(tmp_path.joinpath(*["d"] * 30, "far.gguf"))
    assert [model.name for model in _own(tmp_path)] == ["near"]
