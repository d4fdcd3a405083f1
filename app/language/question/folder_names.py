"""Folders by their names, as people say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.language.question.tokens import plain, words_in

MOST = 8


def by_name(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Folders' paths by the plain words of their names: “steuer 2023” for “…/Steuer_2023”."""
    found: dict[str, list[str]] = {}
    for path in paths:
        name = " ".join(words_in(last_part(path)))
        if name:
            found.setdefault(name, []).append(path)
    return {name: tuple(sorted(some)) for name, some in found.items()}


def folders_named(text: str, folders: Mapping[str, Sequence[str]]) -> list[str]:
    """The folders that a name or a path means, no one within another; empty if none does, or more than a few."""
    parts = [part for part in text.replace("\\", "/").split("/") if part not in ("", "~", ".")]
    if not parts:
        return []
    paths = folders.get(" ".join(words_in(parts[-1])), ())
    wanted = [plain(part) for part in parts]
    if len(wanted) > 1:
        paths = [path for path in paths if _parts(path)[-len(wanted) :] == wanted]
    kept = outermost(paths)
    return kept if len(kept) <= MOST else []


def outermost(paths: Sequence[str]) -> list[str]:
    """Paths without those that lie below another of them."""
    kept: list[str] = []
    for path in sorted(paths):
        if not any(path.startswith((above + "/", above + "\\")) for above in kept):
            kept.append(path)
    return kept


def shown_folder(path: str, paths: Sequence[str]) -> str:
    """A folder's name for a person, with the one above it where several are called so."""
    parts = path.replace("\\", "/").rstrip("/").split("/")
    return "/".join(parts[-2:]) if len(paths) > 1 else parts[-1]


def last_part(path: str) -> str:
    """The name of a folder."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _parts(path: str) -> list[str]:
    return [plain(part) for part in path.replace("\\", "/").split("/") if part]
