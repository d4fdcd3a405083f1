from __future__ import annotations

from pathlib import Path

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from app.base.errors import Problem
from app.store.secrets import Secrets


class SystemKeyring(KeyringBackend):
    """Stands for the system's keyring; `locked` makes it refuse."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def _open(self) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("none")


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> SystemKeyring:
    backend = SystemKeyring()
    monkeypatch.setattr(SystemKeyring, "__module__", "keyring.backends.SecretService")
    before = keyring.get_keyring()
    monkeypatch.setattr("keyring.core._keyring_backend", before)
    keyring.set_keyring(backend)
    return backend


def use(monkeypatch: pytest.MonkeyPatch, backend: KeyringBackend) -> None:
    monkeypatch.setattr("keyring.core._keyring_backend", keyring.get_keyring())
    keyring.set_keyring(backend)


def test_keyring_keeps_secrets_for_the_next_run(system: SystemKeyring) -> None:
    first = Secrets("Familiar test")
    assert first.set("token", "s3cret") == "keyring"
    assert first.warning() == ""
    assert Secrets("Familiar test").get("token") == "s3cret"
    assert Secrets("Familiar other home").get("token") is None
    first.delete("token")
    first.delete("token")
    assert system.kept == {}


@pytest.mark.usefixtures("caplog")
def test_a_deletion_that_failed_is_told_and_the_secret_is_not_used(system: SystemKeyring) -> None:
    secrets = Secrets("Familiar test")
    secrets.set("token", "s3cret")
    secrets.set("other", "0ther")
    system.locked = True
    with pytest.raises(Problem) as caught:
        secrets.delete("token")
    assert caught.value.code == "secrets.kept"
    assert "Familiar test" in caught.value.hint
    assert "s3cret" not in caught.value.title + caught.value.hint
    system.locked = False
    assert secrets.get("token") is None
    assert secrets.get("other") == "0ther"
    secrets.delete("token")
    assert system.kept == {("Familiar test", "other"): "0ther"}
    assert secrets.set("token", "new") == "keyring"
    assert secrets.get("token") == "new"


@pytest.mark.usefixtures("caplog")
def test_a_deletion_is_tried_also_after_the_keyring_had_failed(system: SystemKeyring) -> None:
    Secrets("Familiar test").set("token", "s3cret")
    secrets = Secrets("Familiar test")
    system.locked = True
    assert secrets.get("token") is None
    with pytest.raises(Problem):
        secrets.delete("token")
    system.locked = False
    secrets.delete("token")
    assert system.kept == {}


@pytest.mark.usefixtures("caplog")
def test_a_keyring_that_refuses_with_the_error_for_none_is_found_out(
    system: SystemKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = Secrets("Familiar test")
    secrets.set("token", "s3cret")

    def refuse(*_: str) -> None:
        raise keyring.errors.PasswordDeleteError("the person said no")

    monkeypatch.setattr(system, "delete_password", refuse)
    with pytest.raises(Problem):
        secrets.delete("token")


def test_without_keyring_secrets_last_for_this_run_and_a_warning_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    use(monkeypatch, NoKeyring())  # type: ignore[no-untyped-call]  # the library leaves it untyped
    secrets = Secrets("Familiar test")
    assert secrets.set("token", "s3cret") == "memory"
    assert secrets.get("token") == "s3cret"
    assert "only until Familiar's engine ends" in secrets.warning()
    assert Secrets("Familiar test").get("token") is None
    secrets.delete("token")
    assert secrets.get("token") is None
    assert list(tmp_path.rglob("*")) == []


def test_keyring_that_writes_files_of_its_own_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = SystemKeyring()
    monkeypatch.setattr(SystemKeyring, "__module__", "keyrings.alt.file")
    use(monkeypatch, plain)
    secrets = Secrets("Familiar test")
    assert secrets.set("token", "s3cret") == "memory"
    assert plain.kept == {}
    assert secrets.warning()


def test_keyring_that_locks_falls_back_to_memory(system: SystemKeyring, caplog: pytest.LogCaptureFixture) -> None:
    secrets = Secrets("Familiar test")
    system.locked = True
    assert secrets.get("token") is None
    assert secrets.set("token", "s3cret") == "memory"
    assert secrets.get("token") == "s3cret"
    assert "locked" in secrets.warning()
    assert "s3cret" not in caplog.text
