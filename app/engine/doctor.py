"""What is wrong with a home and its machine, and how to mend it."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Sequence

from app.base.errors import Problem
from app.base.index_values import Check, Status
from app.base.machine import disk_check, inotify_checks, system_check
from app.base.paths import Home, RuntimeFolder, find_runtime_folder
from app.engine.subscriptions import setup_progress
from app.link.confinement import offered

_PACKAGES = ("chromadb", "onnxruntime", "tokenizers", "kreuzberg", "pypdfium2", "watchdog", "keyring")


def examine(
    home: Home,
    status: Callable[[], Status],
    backends: Callable[[], Sequence[Check]],
    keyring: Callable[[], Check],
    unwatched: Callable[[], dict[str, str]],
    settings: Problem | None,
    others: Callable[[], Sequence[Check]],
) -> list[Check]:
    """Every check, in the order a person reads them. Never raises Problem.

    settings: why the file of settings cannot be understood now; None if it can. others: of what else can be set.
    """
    checks = [system_check(), *_packages(), disk_check(home.root), *inotify_checks()]
    checks += [reading_check(*offered()), keyring()]
    if settings is not None:
        text = f"{settings.title} The settings before that edit go on."
        checks.append(Check(name="settings", level="error", text=text, hint=settings.hint))
    try:
        checks += backends()
    except Problem as problem:
        checks.append(Check(name="chat", level="warning", text=problem.title, hint=_chat_hint(problem)))
    checks += [
        Check(name="watching", level="warning", text=f"{root} cannot be watched: {reason}. It is scanned every minute.",
              hint="Raise the limit: sudo sysctl fs.inotify.max_user_watches=524288")
        for root, reason in unwatched().items()
    ]  # fmt: skip
    checks += others()
    checks += _index(status())
    checks += _runtime(find_runtime_folder())
    return checks


def _runtime(found: RuntimeFolder) -> list[Check]:
    """Whether sockets lie where they usually do."""
    return [
        Check(name="runtime", level="note", text=f"{folder} is not private to you, so {found.path} is used instead.",
              hint=f"Somebody else may have made it. Remove it if you can: rm -r {folder}")
        for folder in found.passed_over
    ]  # fmt: skip


def _packages() -> list[Check]:
    found: list[str] = []
    missing: list[str] = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    checks = [Check(name="libraries", level="ok", text=", ".join(found))]
    if missing:
        hint = "Run the set-up again: python3 packaging/bootstrap.py run"
        checks.append(Check(name="libraries", level="error", text=f"Missing: {', '.join(missing)}", hint=hint))
    return checks


def reading_check(there: Sequence[str], missing: Sequence[str]) -> Check:
    """By what the system keeps the processes that read files from all else; missing: what it lacks for that."""
    if there and not missing:
        text = f"Files are read without network and without any other file: {' and '.join(there)}."
        return Check(name="reading", level="ok", text=text)
    text = f"This system has no {' and no '.join(missing)}: files are read in processes with limits"
    return Check(name="reading", level="ok", text=f"{text}{', and ' + there[0] if there else ''}.")


def _chat_hint(problem: Problem) -> str:
    setup = setup_progress()
    if setup.state == "building":
        return f"It is being built ({setup.elapsed_s // 60} min so far): {setup.text}. Until then answers are quotes."
    if setup.state == "failed":
        return f"Its build failed: {setup.text} Answers are quotes until it is there."
    return problem.hint


def _index(status: Status) -> list[Check]:
    ready = status.files.get("ready", 0)
    total = sum(status.files.values())
    text = f"{ready} of {total} files ready, {status.chunks} passages, {status.pending_vectors} vectors pending"
    checks = [Check(name="index", level="ok", text=text)]
    if status.paused is not None:
        checks.append(
            Check(
                name="index", level="warning", text=f"Paused: {status.paused}", hint="Go on in the window’s index page."
            )
        )
    if status.vectors_error:
        checks.append(
            Check(name="vectors", level="error", text=status.vectors_error, hint="Search works by words meanwhile.")
        )
    return checks
