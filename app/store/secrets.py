"""Passwords and tokens: in the system's keyring, or in memory until the engine ends where it has none. Never a file."""

from __future__ import annotations

import logging
import threading
from types import ModuleType
from typing import Literal

from app.base.errors import Problem

log = logging.getLogger("familiar.store")

# Backends that hand secrets to the system. Others, such as those of keyrings.alt, write files of their own.
_SAFE = (
    "keyring.backends.SecretService", "keyring.backends.kwallet", "keyring.backends.libsecret",
    "keyring.backends.macOS", "keyring.backends.Windows",
)  # fmt: skip


class Secrets:
    """The secrets of one home. Thread-safe."""

    def __init__(self, service: str) -> None:
        """service: the name under which the keyring files them; one a home."""
        self._service = service
        self._memory: dict[str, str] = {}
        self._lock = threading.Lock()
        self._opened = False
        self._keyring: ModuleType | None = None
        self._failed: ModuleType | None = None
        self._kept: set[str] = set()
        self._why_not = ""

    def warning(self) -> str:
        """What a person should know about how secrets are kept; "" while the keyring keeps them."""
        with self._lock:
            self._open()
            if self._keyring is not None:
                return ""
            return f"{self._why_not} Passwords and tokens are remembered only until Familiar's engine ends."

    def get(self, name: str) -> str | None:
        """The secret of that name; None if there is none."""
        with self._lock:
            if name in self._memory:
                return self._memory[name]
            keyring = self._open()
            if keyring is None or name in self._kept:
                return None
            try:
                value: str | None = keyring.get_password(self._service, name)
            except keyring.errors.KeyringError as error:
                self._give_up(error)
                return None
            return value

    def set(self, name: str, value: str) -> Literal["keyring", "memory"]:
        """Keep a secret. Says where: "memory" means until the engine ends, and `warning` says why."""
        with self._lock:
            keyring = self._open()
            if keyring is not None:
                try:
                    keyring.set_password(self._service, name, value)
                except keyring.errors.KeyringError as error:
                    self._give_up(error)
                else:
                    self._memory.pop(name, None)
                    self._kept.discard(name)
                    return "keyring"
            self._memory[name] = value
            return "memory"

    def delete(self, name: str) -> None:
        """Forget a secret; fine if there is none.

        Raises Problem secrets.kept if the keyring may still have it; it is not used any more in this run.
        """
        with self._lock:
            self._memory.pop(name, None)
            keyring = self._open() or self._failed  # one that failed before may still hold it
            if keyring is None:
                return
            try:
                keyring.delete_password(self._service, name)
            except keyring.errors.KeyringError as error:
                if self._is_gone(keyring, name, error):
                    return
                log.warning("the keyring did not delete an entry: %s", type(error).__name__)
                self._kept.add(name)
                raise Problem(
                    "secrets.kept", "The system's keyring is locked or refused: the key is still stored in it.",
                    f"Familiar does not use it any more until it starts again. Unlock the keyring and try again, or "
                    f"delete the entry “{self._service}” there.",
                ) from error  # fmt: skip
            self._kept.discard(name)

    def _is_gone(self, keyring: ModuleType, name: str, error: Exception) -> bool:
        """Whether a deletion failed because there is nothing to delete; some keyrings say both with one error."""
        if not isinstance(error, keyring.errors.PasswordDeleteError):
            return False
        try:
            return keyring.get_password(self._service, name) is None
        except keyring.errors.KeyringError:
            return False

    def _open(self) -> ModuleType | None:
        """The keyring library if it has a backend that is safe. Imported late: few starts need it."""
        if not self._opened:
            self._opened = True
            import keyring
            import keyring.errors

            backend = keyring.get_keyring()
            backends = getattr(backend, "backends", [backend])  # several are chained behind one
            if backends and all(type(one).__module__.startswith(_SAFE) for one in backends):
                self._keyring = keyring
            else:
                self._why_not = "This system has no keyring that is unlocked."
        return self._keyring

    def _give_up(self, error: Exception) -> None:
        """Go on without a keyring that fails (locked, gone), for this run."""
        log.warning("the keyring failed: %s", type(error).__name__)
        self._keyring, self._failed = None, self._keyring
        self._why_not = "The system's keyring did not answer or is locked."
