"""settings.toml, changed by a person and by the engine that runs over it, and by several clients at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.calls import Doctor, FoldersAdd, FoldersList, Pause, SetPreferences
from app.base.errors import Problem
from app.base.models import ModelsWatch
from app.base.paths import Home
from app.base.settings import SettingsFile
from app.link.client import connect
from tests.support.live import Live, until


@pytest.fixture
def live(home: Home) -> Iterator[Live]:
    live = Live(home)
    yield live
    live.stop()


def watched(live: Live) -> set[str]:
    return {folder.path for folder in live.peer.call(FoldersList(), timeout_s=30)}


def test_of_two_folders_added_at_once_none_is_lost(live: Live, tmp_path: Path) -> None:
    first, second = live.peer, connect(live.home, role="cli", spawn=False)
    added: set[str] = set()
    for n in range(8):
        pair = [tmp_path / f"{letter}{n}" for letter in "ab"]
        for folder in pair:
            folder.mkdir()
            added.add(str(folder))
        running = [
            peer.start(FoldersAdd(paths=[str(folder)])) for peer, folder in zip((first, second), pair, strict=True)
        ]
        running += [
            peer.start(ModelsWatch(path=str(folder))) for peer, folder in zip((first, second), pair, strict=True)
        ]
        for call in running:
            call.result(timeout_s=60)
        assert watched(live) == added
    second.close()
    settings = SettingsFile(live.home.settings_toml).value
    assert set(settings.folders) == set(settings.model_folders) == added


def test_what_a_person_writes_takes_effect_and_survives(live: Live, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "kept.txt").write_text("The boat is moored at pier seven.")
    (files / "left.draft").write_text("The boat is moored at pier nine.")
    live.watch(files)
    assert len(live.rows()) == 2
    other = tmp_path / "other"
    other.mkdir()
    (other / "note.txt").write_text("The bread is in the oven.")

    text = live.home.settings_toml.read_text(encoding="utf-8")
    edited = text.replace(f'"{files}"', f'"{files}", "{other}"') + '\n# my drafts stay out\nignore = ["*.draft"]\n'
    live.home.settings_toml.write_text(edited, encoding="utf-8")
    wanted = {str(files / "kept.txt"), str(other / "note.txt")}
    assert until(lambda: set(live.rows()) == wanted and live.status().settled, 60)

    live.peer.call(Pause(reason="a rest"), timeout_s=30)
    assert live.home.settings_toml.read_text(encoding="utf-8").startswith(edited.strip().partition("\n")[0])
    assert '# my drafts stay out\nignore = ["*.draft"]' in live.home.settings_toml.read_text(encoding="utf-8")


def test_a_windows_choice_leaves_what_was_edited_while_it_was_open(live: Live) -> None:
    live.peer.call(SetPreferences(first_run=False), timeout_s=30)
    text = live.home.settings_toml.read_text(encoding="utf-8")
    live.home.settings_toml.write_text(text.replace("background = false", "background = true # mine"), encoding="utf-8")
    told = live.peer.call(SetPreferences(theme="dark"), timeout_s=30)
    assert (told.theme, told.first_run, told.background) == ("dark", False, True)
    assert "background = true # mine" in live.home.settings_toml.read_text(encoding="utf-8")


def test_an_error_by_hand_is_named_and_loses_nothing(live: Live, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "kept.txt").write_text("The boat is moored at pier seven.")
    live.watch(files)
    text = live.home.settings_toml.read_text(encoding="utf-8") + "\nthreads = many\n"
    live.home.settings_toml.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        live.peer.call(Pause(reason="a rest"), timeout_s=30)
    assert caught.value.code == "settings.invalid"
    assert "line" in caught.value.title
    (check,) = [one for one in live.peer.call(Doctor(), timeout_s=120) if one.name == "settings"]
    assert (check.level, str(live.home.settings_toml) in check.text) == ("error", True)
    assert watched(live) == {str(files)}
    assert len(live.rows()) == 1
    assert live.home.settings_toml.read_text(encoding="utf-8") == text

    live.home.settings_toml.write_text(text.replace("threads = many", "threads = 2"), encoding="utf-8")
    assert live.peer.call(Pause(reason="a rest"), timeout_s=30).paused == "a rest"
    assert SettingsFile(live.home.settings_toml).value.threads == 2
