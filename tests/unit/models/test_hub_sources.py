"""Where models come from."""

from __future__ import annotations

from typing import Any, cast

import pytest

from app.base.chat import HubFile, ListRepository
from app.base.errors import Problem
from app.base.models import CatalogueEntry, DownloadStart
from app.base.paths import Home
from app.base.settings import SettingsFile
from app.models.hub_sources import HubSources
from app.store.secrets import Secrets

ENTRY = CatalogueEntry(
    name="Tiny-1B", task="chat", licence="MIT", languages=("English",), parameters=10**9, size_bytes=6 * 10**8,
    quantisation="Q4_K_M", repository="maker/tiny-GGUF", file="tiny-Q4_K_M.gguf", sha256="ab" * 32,
)  # fmt: skip


class Lister:
    """A worker that finds two files at the second site and nothing at others."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.tokens: list[str] = []

    def call(self, call: ListRepository, **_: object) -> list[HubFile]:
        """Answer as a site does."""
        self.asked.append(call.endpoint)
        self.tokens.append(call.token)
        if call.endpoint != "https://second.example":
            raise Problem("download.network", "Not reached.", "")
        return [HubFile(name=f"tiny-{q}.gguf", size_bytes=9, parts=("x",), quantisation=q) for q in ("Q4_K_M", "Q8_0")]


class Patient:
    """Who asks, and does not go."""

    def check(self) -> None:
        """Go on."""


@pytest.fixture
def lister() -> Lister:
    """The worker."""
    return Lister()


def sites(home: Home, lister: Lister, settings: str = "") -> HubSources:
    """The sites that these settings name."""
    home.create()
    home.settings_toml.write_text(settings, encoding="utf-8")
    return HubSources(SettingsFile(home.settings_toml), cast("Any", lister), Secrets("test"), [ENTRY])


def find(made: HubSources, what: str, file: str = "") -> Any:
    """What is meant."""
    return made.find(DownloadStart(what=what, file=file), cast("Any", Patient()))


def test_mirror_of_the_environment_comes_before_the_hub(
    home: Home, lister: Lister, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    assert sites(home, lister).sources() == ["https://mirror.example", "https://huggingface.co"]
    monkeypatch.delenv("HF_ENDPOINT")
    assert sites(home, lister).sources() == ["https://huggingface.co"]


def test_settings_name_the_only_sites(home: Home, lister: Lister, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    assert sites(home, lister, 'model_sources = ["https://inside.example"]').sources() == ["https://inside.example"]


def test_source_that_is_no_address_is_passed_over(home: Home, lister: Lister) -> None:
    made = sites(home, lister, 'model_sources = ["http://[::bad", "https://second.example"]')
    assert find(made, "maker/other-GGUF", "tiny-Q8_0.gguf").repository == "maker/other-GGUF"


def test_next_site_is_asked_where_one_does_not_answer(home: Home, lister: Lister) -> None:
    made = sites(home, lister, 'model_sources = ["https://first.example", "https://second.example"]')
    found = find(made, "maker/tiny-GGUF", "Q8_0")
    assert (found.file.name, found.name) == ("tiny-Q8_0.gguf", "tiny-Q8_0")
    assert lister.asked == ["https://first.example", "https://second.example"]


def test_catalogue_with_a_checksum_asks_nobody(home: Home, lister: Lister) -> None:
    for what in ("tiny-1b", "maker/tiny-GGUF"):
        found = find(sites(home, lister), what)
        assert (found.name, found.file.sha256, found.file.size_bytes) == ("Tiny-1B", ("ab" * 32,), 6 * 10**8)
    assert lister.asked == []


def test_file_that_is_named_is_asked_for_anew(home: Home, lister: Lister) -> None:
    made = sites(home, lister, 'model_sources = ["https://second.example"]')
    assert find(made, "maker/tiny-GGUF", "tiny-Q4_K_M.gguf").file.sha256 == ()  # as the site has it, not as it was


MIRRORS = 'model_sources = ["https://first.example", "https://huggingface.co/", "https://second.example"]'


def test_each_token_goes_to_its_own_site_alone(home: Home, lister: Lister) -> None:
    made = sites(home, lister, MIRRORS)
    assert made.keep_token("hf_mine")
    find(made, "maker/tiny-GGUF", "Q8_0")
    assert lister.tokens == ["", "hf_mine", ""]
    assert made.tokens() == {"https://huggingface.co/": "hf_mine"}
    assert made.keep_token("mirror.token+/=", "https://SECOND.example")
    lister.tokens.clear()
    find(made, "maker/tiny-GGUF", "Q8_0")
    assert lister.tokens == ["", "hf_mine", "mirror.token+/="]
    assert not made.keep_token("", "second.example")
    assert made.keep_token(None)
    assert made.tokens() == {"https://huggingface.co/": "hf_mine"}


@pytest.mark.parametrize(
    "other",
    ["https://huggingface.co.evil.example", "https://huggingface.co:8443", "https://evil.example/huggingface.co",
     "https://huggingface.co@evil.example", "https://hf.co", "ftp://huggingface.co", "http://[", ""],
)  # fmt: skip
def test_what_only_looks_like_the_hub_gets_no_token(home: Home, lister: Lister, other: str) -> None:
    made = sites(home, lister)
    made.keep_token("hf_mine")
    assert made.token(other) == ""


@pytest.mark.parametrize(
    ("value", "source", "code"),
    [("hf_two words", "", "token"), ("with space", "https://m.example", "token"), ("hf_x", "http://[", "source"),
     ("hf_x", "https://user:secret@m.example", "source"), ("hf.dots", "", "token")],
)  # fmt: skip
def test_what_is_no_token_or_no_site_is_refused(home: Home, lister: Lister, value: str, source: str, code: str) -> None:
    made = sites(home, lister)
    with pytest.raises(Problem) as caught:
        made.keep_token(value, source)
    assert caught.value.code == f"download.{code}"
