"""Downloads in the window: how they stand, what can be done about them, and any model of Hugging Face."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.base.errors import Problem
from app.base.models import Download, DownloadPause, DownloadRemove, DownloadStart, HubToken
from app.base.problem_data import OfferedFile, OfferedFiles
from app.window.controls.model_wording import download_line
from app.window.controls.theme import DARK, ThemeSource
from app.window.engine_client import EngineClient
from app.window.models import downloads_card
from app.window.models.downloads_card import DownloadLine, DownloadsCard
from app.window.models.fetch_dialog import FetchDialog, TokenDialog
from tests.support.fake_engine import FakeEngine
from tests.support.fake_models import download
from tests.support.hands import click, opened, press, write

CHOOSE = Problem(
    "download.choose",
    "maker/Big-GGUF has 3 models: choose one.",
    "Words for people, which no program reads:\n  Q2_K  1.0 GB, fits",
    OfferedFiles(
        files=(
            OfferedFile(name="Q3_K_M", size_bytes=3_100_000_000, verdict="fits"),
            OfferedFile(name="Q4_K_M", size_bytes=4_400_000_000, verdict="tight"),
            OfferedFile(name="big-v2-Q8_0.gguf", size_bytes=8_000_000_000, verdict="too_large"),
        )
    ),
)
GATED = Problem("download.gated", "It is given only to those who accepted its terms.", "Add a token.")


@pytest.fixture
def card(engine: FakeEngine, client: EngineClient, themes: ThemeSource, qtbot: QtBot) -> DownloadsCard:
    """The card with one download under way."""
    made = DownloadsCard(client, themes.theme)
    qtbot.addWidget(made)
    made.resize(700, 200)
    engine.chat.set_download(download())
    qtbot.waitUntil(lambda: len(made.lines) == 1)
    return made


@pytest.fixture
def fetch(client: EngineClient, themes: ThemeSource, qtbot: QtBot) -> Iterator[FetchDialog]:
    """The dialog that asks what to download."""
    with opened(lambda window: FetchDialog(window, client), qtbot) as made:
        yield made


def only(card: DownloadsCard) -> DownloadLine:
    assert len(card.lines) == 1
    return card.lines[0]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (download(), "1.0 GB of 2.5 GB · 12 MB/s · about 2 minutes left"),
        (download(rate=0.0), "1.0 GB of 2.5 GB"),
        (download(total_bytes=0), "1.0 GB · 12 MB/s"),
        (download(state="waiting"), "Waiting for its turn"),
        (download(state="checking"), "All is there. Checking that it arrived undamaged…"),
        (download(state="paused"), "Paused · 1.0 GB of 2.5 GB kept"),
        (download(state="failed", problem="The disk is too full."), "The disk is too full."),
    ],
)
def test_every_state_of_a_download_is_said(state: Download, text: str) -> None:
    assert download_line(state) == text


def test_download_is_paused_and_goes_on(card: DownloadsCard, engine: FakeEngine, qtbot: QtBot) -> None:
    line = only(card)
    assert line.toggle.text() == "Pause"
    assert line.bar.value() == 40
    click(line.toggle)
    qtbot.waitUntil(lambda: line.toggle.text() == "Go on")
    assert engine.calls(DownloadPause) == [DownloadPause(id="d1")]
    click(line.toggle)
    qtbot.waitUntil(lambda: line.toggle.text() == "Pause")
    assert engine.calls(DownloadStart) == [DownloadStart(what="d1")]


def test_failed_download_says_why_and_is_tried_again(card: DownloadsCard, engine: FakeEngine, qtbot: QtBot) -> None:
    line = only(card)
    engine.chat.set_download(download(state="failed", problem="The site does not answer.", code="download.server"))
    qtbot.waitUntil(lambda: line.told.text() == "The site does not answer.")
    assert line.toggle.text() == "Try again"
    assert line.token.isHidden()
    click(line.toggle)
    qtbot.waitUntil(lambda: engine.calls(DownloadStart) == [DownloadStart(what="d1")])


def test_download_that_wants_a_token_offers_to_add_one(card: DownloadsCard, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.set_download(download(state="failed", problem="It wants a token.", code="download.gated"))
    qtbot.waitUntil(lambda: not only(card).token.isHidden())
    with qtbot.waitSignal(card.token_wanted):
        click(only(card).token)


def test_while_it_is_checked_a_download_cannot_be_paused(card: DownloadsCard, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.set_download(download(state="checking"))
    qtbot.waitUntil(only(card).toggle.isHidden)
    assert only(card).bar.maximum() == 0  # it moves without an end in sight


def test_download_is_removed_only_after_a_yes(
    card: DownloadsCard, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    asked: list[tuple[object, ...]] = []

    def confirm(_: QWidget, *words: object, **named: object) -> bool:
        asked.append(words)
        return len(asked) > 1

    monkeypatch.setattr(downloads_card, "confirm", confirm)
    click(only(card).remove)
    assert engine.calls(DownloadRemove) == []
    click(only(card).remove)
    qtbot.waitUntil(lambda: card.lines == [])
    assert asked[0] == ("Remove the download of Qwen3 4B?", "1.0 GB that were fetched are deleted.", "Remove")


def test_finished_download_leaves_the_card(card: DownloadsCard, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.set_download(download(state="done"))
    qtbot.waitUntil(card.isHidden)
    assert card.lines == []


def test_lines_keep_their_widgets_while_they_move(card: DownloadsCard, engine: FakeEngine, qtbot: QtBot) -> None:
    line = only(card)
    engine.chat.set_download(download(done_bytes=2_000_000_000))
    qtbot.waitUntil(lambda: line.bar.value() == 80)
    assert only(card) is line
    card.set_theme(DARK)


def test_newest_download_stands_first(card: DownloadsCard, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.set_download(download("d2", name="Gemma 3 4B"))
    qtbot.waitUntil(lambda: len(card.lines) == 2)
    card.show()
    card.adjustSize()
    tops = {line.download.name: line.y() for line in card.lines}
    assert tops["Gemma 3 4B"] < tops["Qwen3 4B"]


# ---- any model of Hugging Face


def test_repository_is_downloaded_by_its_name(
    fetch: FetchDialog, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    assert not fetch.agree.isEnabled()
    write(fetch.what, " maker/Small-GGUF ")
    with qtbot.waitSignal(fetch.accepted):
        press(fetch.what, Qt.Key.Key_Return)
    assert engine.calls(DownloadStart) == [DownloadStart(what="maker/Small-GGUF")]
    assert [each.name for each in client.downloads] == ["maker/Small-GGUF"]


def test_one_of_several_files_is_chosen_by_keyboard(fetch: FetchDialog, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.repositories["maker/Big-GGUF"] = CHOOSE
    write(fetch.what, "maker/Big-GGUF")
    click(fetch.agree)
    qtbot.waitUntil(fetch.choices.isVisible)
    assert [fetch.choices.item(row).text() for row in range(3)] == [
        "Q3_K_M  ·  3.1 GB, fits", "Q4_K_M  ·  4.4 GB, tight", "big-v2-Q8_0.gguf  ·  8.0 GB, too large",
    ]  # fmt: skip
    assert fetch.choices.currentRow() == 1  # a good balance
    press(fetch.choices, Qt.Key.Key_Down)
    with qtbot.waitSignal(fetch.accepted):
        click(fetch.agree)
    assert engine.calls(DownloadStart)[-1] == DownloadStart(what="maker/Big-GGUF", file="big-v2-Q8_0.gguf")


def test_choice_of_files_goes_when_another_repository_is_named(
    fetch: FetchDialog, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.chat.repositories["maker/Big-GGUF"] = CHOOSE
    write(fetch.what, "maker/Big-GGUF")
    click(fetch.agree)
    qtbot.waitUntil(fetch.choices.isVisible)
    write(fetch.what, "2")
    assert fetch.choices.isHidden()


def test_refusal_says_why_and_a_token_can_be_added(fetch: FetchDialog, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.repositories["maker/Gated"] = GATED
    write(fetch.what, "maker/Gated")
    click(fetch.agree)
    qtbot.waitUntil(fetch.problem.isVisible)
    assert fetch.problem.text() == "It is given only to those who accepted its terms. Add a token."
    assert fetch.token.isVisible()
    assert fetch.agree.isEnabled()
    fetch.token.click()
    token = fetch.findChild(TokenDialog)
    assert isinstance(token, TokenDialog)
    qtbot.waitUntil(token.isVisible)
    token.reject()


def test_token_is_never_shown_and_goes_to_the_engine(
    client: EngineClient, engine: FakeEngine, themes: ThemeSource, qtbot: QtBot
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    dialog = TokenDialog(window, client)
    dialog.open()
    assert dialog.token.echoMode() == QLineEdit.EchoMode.Password
    assert not dialog.agree.isEnabled()
    write(dialog.token, "hf_secret")
    with qtbot.waitSignal(dialog.accepted):
        press(dialog.token, Qt.Key.Key_Return)
    assert engine.chat.token == "hf_secret"


def test_kept_token_can_be_forgotten(
    client: EngineClient, engine: FakeEngine, themes: ThemeSource, qtbot: QtBot
) -> None:
    engine.chat.token = "hf_old"
    window = QWidget()
    qtbot.addWidget(window)
    dialog = TokenDialog(window, client)
    dialog.open()
    qtbot.waitUntil(dialog.kept.isVisible)
    dialog.forget.click()
    qtbot.waitUntil(dialog.kept.isHidden)
    assert engine.chat.token == ""
    assert engine.calls(HubToken)[-1] == HubToken(token="")
    dialog.reject()
