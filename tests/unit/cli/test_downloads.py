"""familiar models catalogue, download, downloads, token, against canned answers."""

from __future__ import annotations

import io
from typing import Any

import pytest

from app.base.calls import Follow
from app.base.errors import Problem
from app.base.models import (
    Catalogue,
    CatalogueEntry,
    Download,
    DownloadPause,
    DownloadRemove,
    Downloads,
    DownloadStart,
    HubToken,
)
from app.base.paths import Home
from app.base.problem_data import OfferedFile, OfferedFiles
from app.link.peer import Incoming
from tests.support.cli_engine import CannedEngine
from tests.unit.cli.conftest import Familiar

BEGUN = Download(
    id="a1b2c3d4", name="tiny", repository="maker/tiny-GGUF", file="tiny.gguf", state="waiting",
    total_bytes=2_000_000_000,
)  # fmt: skip
ENTRY = CatalogueEntry(
    name="Tiny-1B", task="quick answers", licence="MIT", languages=("English", "French"), parameters=10**9,
    size_bytes=600_000_000, quantisation="Q4_K_M", repository="maker/tiny-GGUF", file="tiny.gguf", verdict="tight",
)  # fmt: skip


def later(**changes: Any) -> Download:
    """The download later on."""
    import msgspec

    return msgspec.structs.replace(BEGUN, **changes)


def following(*states: Download) -> Any:
    """An engine that tells of these, one after another, until the client has heard enough."""

    def follow(_call: Follow, incoming: Incoming) -> None:
        for state in states:
            incoming.emit("downloads", [state])
        incoming.wait_cancelled(30)
        incoming.check()

    return follow


def test_catalogue_says_what_fits(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {Catalogue: [ENTRY]}):
        ran = familiar("models", "catalogue")
        assert "Tiny-1B  600.0 MB  barely fits  quick answers" in ran.out
        assert "MIT; Q4_K_M; English, French" in ran.out
        assert familiar("models", "catalogue", "--json").json[0]["verdict"] == "tight"


def test_download_ends_with_the_models_place(home: Home, familiar: Familiar) -> None:
    done = later(state="done", done_bytes=2_000_000_000, path="/m/tiny.gguf")
    running = later(state="running", done_bytes=1_000_000_000, rate=1e8)
    with CannedEngine(home, {DownloadStart: BEGUN, Follow: following(BEGUN, running, done)}) as engine:
        ran = familiar("models", "download", "maker/tiny-GGUF", "--file", "Q4_K_M")
        assert (ran.code, ran.out) == (0, "tiny is here: /m/tiny.gguf\nIt answers from now on.\n")
        assert engine.calls(DownloadStart) == [DownloadStart(what="maker/tiny-GGUF", file="Q4_K_M", use=True)]


def test_download_as_json_tells_every_step(home: Home, familiar: Familiar) -> None:
    done = later(state="done", done_bytes=2_000_000_000, path="/m/tiny.gguf")
    running = later(state="running", done_bytes=1_000_000_000, rate=1e8)
    with CannedEngine(home, {DownloadStart: BEGUN, Follow: following(BEGUN, running, done)}):
        lines = familiar("models", "download", "tiny", "--no-use", "--json").lines
    assert [(line["event"], line["state"], line["done_bytes"]) for line in lines] == [
        ("download", "waiting", 0), ("download", "running", 1_000_000_000), ("download", "done", 2_000_000_000),
    ]  # fmt: skip


def test_failed_download_says_why_and_how_it_goes_on(home: Home, familiar: Familiar) -> None:
    failed = later(state="failed", code="download.no_space", problem="The disk is too full. Free some.")
    with CannedEngine(home, {DownloadStart: BEGUN, Follow: following(failed)}):
        ran = familiar("models", "download", "tiny")
    assert ran.code == 1
    assert "The disk is too full. Free some.\nIt goes on with: familiar models download a1b2c3d4" in ran.err
    assert "[download.no_space]" in ran.err


@pytest.mark.parametrize(
    ("states", "code"),
    [([later(state="paused")], "download.paused"), ([later(id="other", state="done")], "download.removed")],
)
def test_download_that_another_hand_stopped_is_told(
    states: list[Download], code: str, home: Home, familiar: Familiar
) -> None:
    with CannedEngine(home, {DownloadStart: BEGUN, Follow: following(*states)}):
        ran = familiar("models", "download", "tiny")
    assert ran.code == 1
    assert f"[{code}]" in ran.err


def test_choice_is_shown_line_by_line(home: Home, familiar: Familiar) -> None:
    def refuse(_call: DownloadStart, _incoming: Incoming) -> None:
        raise Problem(
            "download.choose", "maker/x has 2 models: choose one.", "Name one with --file:\n  Q4_K_M  1.0 GB",
            OfferedFiles(files=(OfferedFile(name="Q4_K_M", size_bytes=10**9, verdict="fits"),)),
        )  # fmt: skip

    with CannedEngine(home, {DownloadStart: refuse}):
        ran = familiar("models", "download", "maker/x")
        told = familiar("models", "download", "maker/x", "--json").json
    assert ran.code == 1
    assert "Name one with --file:\n  Q4_K_M  1.0 GB\n[download.choose]" in ran.err
    files = [{"name": "Q4_K_M", "size_bytes": 10**9, "verdict": "fits"}]
    assert told["error"]["data"] == {"kind": "files", "files": files}, "a program need not read the words"


def test_downloads_are_listed_paused_and_removed(home: Home, familiar: Familiar) -> None:
    paused = later(state="paused", done_bytes=500_000_000)
    with CannedEngine(home, {Downloads: [paused], DownloadPause: paused, DownloadRemove: []}) as engine:
        ran = familiar("models", "downloads", "--pause", "a1b2c3d4")
        assert ran.out == (
            "a1b2c3d4  tiny  paused, 500.0 MB of 2.0 GB\nOne goes on with: familiar models download ID\n"
        )
        assert "Nothing is being fetched." in familiar("models", "downloads", "--remove", "a1b2c3d4").out
        assert engine.calls(DownloadPause) == [DownloadPause(id="a1b2c3d4")]
        assert engine.calls(DownloadRemove) == [DownloadRemove(id="a1b2c3d4")]


def test_token_comes_from_standard_input_alone(home: Home, familiar: Familiar, monkeypatch: pytest.MonkeyPatch) -> None:
    with CannedEngine(home, {HubToken: lambda call, _: bool(call.token)}) as engine:
        monkeypatch.setattr("sys.stdin", io.StringIO("hf_secret\n"))
        ran = familiar("models", "token")
        assert ran.code == 0
        assert "hf_secret" not in ran.out + ran.err
        assert familiar("models", "token", "--remove", "--json").json == {"token": False}
        assert familiar("models", "token", "--remove", "--source", "https://hub.example").code == 0
        assert engine.calls(HubToken) == [
            HubToken(token="hf_secret"), HubToken(token=""), HubToken(token="", source="https://hub.example")
        ]  # fmt: skip
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        assert familiar("models", "token").code == 1
        assert familiar("models", "token", "hf_secret").code == 2
