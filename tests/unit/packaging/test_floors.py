"""The floors hold everywhere: no room is left out of a contract, and a contract that is broken fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from familiar_setup.commands import LINT_IMPORTS

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
HOMES = {
    "PySide6": {"app.window"},
    "PIL": {"app.workers.extract"},
    "click": {"app.cli"},
    "jinja2": {"app.workers.chat"},
    "llguidance": {"app.workers.chat"},
    "openai": {"app.workers.remote"},
    "opentelemetry": {"app.workers.spans"},
    "watchdog": {"app.library"},
    "keyring": {"app.store"},
    "rapidfuzz": {"app.store"},
    "Stemmer": {"app.language"},
    "re2": {"app.language"},
    "pint": {"app.assistant"},
    "send2trash": {"app.assistant"},
    "chromadb": {"app.workers.vectors"},
    "onnxruntime": {"app.workers.vectors"},
    "tokenizers": {"app.workers.vectors", "app.workers.extract"},
    "llama_cpp": {"app.workers.chat"},
    "huggingface_hub": {"app.workers.fetch"},
    "chardet": {"app.workers.extract"},
    "duckdb": {"app.workers.extract"},
    "kreuzberg": {"app.workers.extract"},
    "pypdfium2": {"app.workers.extract"},
}


def rooms() -> set[str]:
    """Every room of the application, workers each by themselves."""
    packages = {path.parent.name for path in (ROOT / "app").glob("*/__init__.py")} - {"workers"}
    workers = {path.parent.name for path in (ROOT / "app" / "workers").glob("*/__init__.py")}
    return {f"app.{name}" for name in packages} | {f"app.workers.{name}" for name in workers}


def test_each_heavy_library_is_forbidden_in_every_room_but_its_home() -> None:
    for library, home in HOMES.items():
        forbidden: set[str] = set()
        for contract in CONTRACTS:
            if library in contract.get("forbidden_modules", []):
                forbidden |= set(contract["source_modules"])
        covered = {room for room in rooms() if room in forbidden or room.rsplit(".", 1)[0] in forbidden}
        assert covered == rooms() - home, library


def test_a_floor_that_is_broken_is_reported(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room, line in {
        "cli": "import PySide6, app.engine.main",
        "base": "import app.store",
        "engine": "import llama_cpp",
        "workers/extract": "import app.library, onnxruntime",
        "workers/chat/templates": "import app.workers.chat.inference.session",
        "window/index": "import app.window.chat.chat_view, click",
    }.items():
        (tmp_path / "app" / room / "intruder.py").write_text(f"{line}\n")
    done = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    broken = {line.rsplit(" BROKEN", 1)[0] for line in done.stdout.splitlines() if line.endswith("BROKEN")}
    assert {
        "PySide6 lives in window",
        "Window and command line know only base, language and link",
        "llama_cpp lives in workers.chat",
        "chromadb and onnxruntime live in workers.vectors",
        "Workers know only base, language and link",
        "Rooms of the window meet only through its text and controls",
        "click lives in cli",
        "Rooms of the chat worker: imports go down only",
    } <= broken
    assert any(name.startswith("Floors") for name in broken)
