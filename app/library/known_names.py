"""The names that a question may mean: folders that are watched, and whoever wrote something in them."""

from __future__ import annotations

import threading
import time

from app.language.question.folder_names import by_name
from app.language.question.tokens import words_in
from app.library.roots import lies_in
from app.store.index import IndexStore
from app.store.people import names_of_people

_PATIENCE = 50
"""While the index changes, names are read anew no oftener than makes this share of the time: one in so many parts."""


class KnownNames:
    """Folders by name, and plain names of senders, as of the index's last change or shortly before. Thread-safe."""

    def __init__(self, index: IndexStore) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._changes = -1
        self._next_s = 0.0
        self._folders: dict[str, tuple[str, ...]] = {}
        self._senders: frozenset[str] = frozenset()

    def now(self) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
        """Folders' paths by the plain words of their names, and the names of senders, whole and in parts."""
        with self._lock:
            changes = self._index.changes
            if changes != self._changes and time.monotonic() >= self._next_s:
                began = time.monotonic()
                self._folders = by_name(_folders(self._index))
                self._senders = frozenset(name for person in names_of_people(self._index) for name in _parts(person))
                self._changes = changes
                ended = time.monotonic()
                self._next_s = ended + _PATIENCE * (ended - began)
            return self._folders, self._senders


def _folders(index: IndexStore) -> set[str]:
    """The folders that hold files of the index, and those between them and the watched ones, with these."""
    roots = [root.path for root in index.roots()]
    found: set[str] = set(roots)
    for (path,) in index.query("SELECT path FROM files"):
        folder = _above(path)
        while folder not in found and any(lies_in(folder, root) for root in roots):
            found.add(folder)
            folder = _above(folder)
    return found


def _above(path: str) -> str:
    return path[: max(path.rfind("/"), path.rfind("\\"))]


def _parts(person: str) -> set[str]:
    """Of “Karin Holm <karin@example.org>”: “karin”, “holm”, “karin holm”, and the name in the address."""
    name, _, address = person.partition("<")
    if not address and "@" in name:
        name, address = "", name
    words = words_in(name)
    found = {" ".join(words[first:end]) for first in range(len(words)) for end in range(first + 1, len(words) + 1)}
    return found | set(words_in(address.partition("@")[0]))
