"""settings.toml as a person, or whatever wrote there, may have left it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.base.chat import LoadOptions
from app.base.errors import Problem
from app.base.settings import ModelEntry, Settings, SettingsFile
from app.base.settings_watch import SettingsWatch


@pytest.mark.parametrize(
    "text",
    [
        "first_word_s = nan",
        "first_word_s = inf",
        "first_word_s = 1e400",
        "strict = 1.5",
        "strict = -0.1",
        "strict = nan",
        'model_folder = "/models/\\u0000"',
        '[[models]]\nname = "a"\npath = "/\\u0000a.gguf"',
        'model_folders = ["/a\\u0000b"]',
        'folders = "all"',
        "folders = [",
    ],
)
def test_what_can_mean_nothing_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        SettingsFile(path)
    assert caught.value.code == "settings.invalid"
    assert path.read_text(encoding="utf-8") == text


def test_odd_numbers_are_kept_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("first_word_s = -1.0\ncontext_tokens = -5\nthreads = 99999999999\n", encoding="utf-8")
    assert SettingsFile(path).value.first_word_s == -1.0


# ---- the file in a person's hands ------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def use(model: str) -> Callable[[Settings], Settings]:
    """What the engine does at a click."""
    return lambda settings: msgspec.structs.replace(settings, model=model)


def watch(*folders: str) -> Callable[[Settings], Settings]:
    return lambda settings: msgspec.structs.replace(settings, folders=(*settings.folders, *folders))


def test_edits_between_two_changes_of_the_engine_survive_and_count(path: Path) -> None:
    engine = SettingsFile(path)
    engine.change(watch("/home/me/docs"))
    by_hand = '\n# my drafts stay out\nignore = ["*.draft"]\nmodel_folder = "/mnt/models"\nown_key = 7\n'
    path.write_text(path.read_text() + by_hand)
    changed = engine.change(use("qwen"))
    assert by_hand.strip() in path.read_text()
    assert (changed.ignore, changed.model_folder, changed.model) == (("*.draft",), "/mnt/models", "qwen")
    assert SettingsFile(path).value == changed == engine.value


def test_an_edit_counts_without_a_restart(path: Path) -> None:
    path.write_text('ignore = ["a"]\n')
    engine = SettingsFile(path)
    path.write_text('ignore = ["b"]\n')
    assert engine.value.ignore == ("b",)
    editor = path.with_name("settings.toml.new")
    editor.write_text('ignore = ["c"]\n')
    editor.replace(path)
    assert engine.value.ignore == ("c",)


def test_an_unchanged_file_is_not_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text('ignore = ["a"]\n')
    os.utime(path, (1_700_000_000, 1_700_000_000))
    engine = SettingsFile(path)

    def read(_path: Path) -> bytes:
        raise AssertionError("it was read")

    monkeypatch.setattr(Path, "read_bytes", read)
    assert engine.value.ignore == ("a",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('model = "a"\nfolders = [\n\n', "line"),
        ('model = "a"\n\nfolders = 7\n', "line 3"),
        ('model = "a"\n[window]\ntheme = "loud"\n', "line 2"),
        ('model = "a"\n[[models]]\nname = 3\npath = "/x"\n', "line 2"),
    ],
)
def test_an_error_is_named_the_last_good_settings_go_on_and_the_file_stays(
    path: Path, text: str, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text('model = "good"\n')
    engine = SettingsFile(path)
    path.write_text(text)
    for _ in range(3):
        assert engine.value.model == "good"
    assert len(caplog.records) == 1
    assert engine.problem is not None
    with pytest.raises(Problem) as caught:
        engine.change(use("qwen"))
    for problem in (engine.problem, caught.value):
        assert problem.code == "settings.invalid"
        assert line in problem.title
        assert str(path) in problem.title
    assert path.read_text() == text

    path.write_text('model = "mended"\n')
    assert engine.change(watch("/a")).model == "mended"
    assert SettingsFile(path).problem is None


@pytest.mark.parametrize("left", [None, "", "\n"])
def test_a_file_that_went_or_was_emptied_loses_nothing(path: Path, left: str | None) -> None:
    path.write_text('# mine\nfolders = ["/a"]\n')
    engine = SettingsFile(path)
    if left is None:
        path.unlink()
    else:
        path.write_text(left)
    assert engine.value.folders == ("/a",)
    engine.change(use("qwen"))
    assert path.read_text() == '# mine\nfolders = ["/a"]\nmodel = "qwen"\n'


def test_an_edit_in_the_very_moment_of_a_change_is_not_overwritten(path: Path) -> None:
    engine = SettingsFile(path)
    engine.change(watch("/a"))
    tries: list[int] = []

    def edit(settings: Settings) -> Settings:
        tries.append(1)
        if len(tries) == 1:  # the person saves between our reading and our writing
            path.write_text(path.read_text() + 'ignore = ["*.draft"]\n')
        return use("qwen")(settings)

    changed = engine.change(edit)
    assert len(tries) == 2
    assert (changed.folders, changed.ignore, changed.model) == (("/a",), ("*.draft",), "qwen")
    assert SettingsFile(path).value == changed


def test_a_file_that_never_comes_to_rest_is_left_alone(path: Path) -> None:
    engine = SettingsFile(path)

    def edit(settings: Settings) -> Settings:
        path.write_text(f"threads = {settings.threads + 1}\n")
        return use("qwen")(settings)

    with pytest.raises(Problem) as caught:
        engine.change(edit)
    assert caught.value.code == "settings.busy"
    assert "qwen" not in path.read_text()


def test_many_changes_at_once_by_two_writers_are_all_kept(path: Path) -> None:
    path.write_text("# mine\n")
    writers = [SettingsFile(path), SettingsFile(path)]
    names = [f"/f{n}" for n in range(24)]
    with ThreadPoolExecutor(8) as threads:
        for running in [threads.submit(writers[n % 2].change, watch(name)) for n, name in enumerate(names)]:
            running.result(60)
    assert sorted(SettingsFile(path).value.folders) == sorted(names)
    assert path.read_text().startswith("# mine\n")


def test_what_the_engine_changes_leaves_comments_in_lists_and_tables(path: Path) -> None:
    path.write_text(
        "folders = [\n    \"/a\",  # work\n    \"/b\",\n]\n\n"
        "[[models]]\n# the small one\nname = \"one\"\npath = \"/m/one.gguf\"\nmine = true\n\n"
        "[[models]]\nname = \"two\"\npath = \"/m/two.gguf\"\n\n"
        "[window]\ntheme = \"dark\"  # easy on the eyes\n"
    )  # fmt: skip
    engine = SettingsFile(path)
    engine.change(watch("/c"))
    engine.change(lambda s: msgspec.structs.replace(s, folders=tuple(f for f in s.folders if f != "/b")))
    tuned = ModelEntry(name="one", path="/m/one.gguf", options=LoadOptions(context=4096))
    added = ModelEntry(name="three", path="/m/three.gguf")
    engine.change(lambda s: msgspec.structs.replace(s, models=(tuned, added), model="three"))
    engine.change(lambda s: msgspec.structs.replace(s, window=msgspec.structs.replace(s.window, first_run=False)))
    text = path.read_text()
    for kept in ("# work", "# the small one", "mine = true", "# easy on the eyes"):
        assert kept in text
    read = SettingsFile(path).value
    assert read == engine.value
    assert read.folders == ("/a", "/c")
    assert read.models == (tuned, added)
    assert (read.model, read.window.theme, read.window.first_run) == ("three", "dark", False)


def test_what_has_its_default_again_goes_from_its_table(path: Path) -> None:
    engine = SettingsFile(path)
    tuned = ModelEntry(name="one", path="/m/one.gguf", options=LoadOptions(context=4096))
    engine.change(lambda s: msgspec.structs.replace(s, models=(tuned,)))
    plain = ModelEntry(name="one", path="/m/one.gguf")
    engine.change(lambda s: msgspec.structs.replace(s, models=(plain,)))
    assert SettingsFile(path).value.models == engine.value.models == (plain,)


def test_a_list_that_becomes_empty_and_full_again_reads_as_it_was_meant(path: Path) -> None:
    engine = SettingsFile(path)
    one = ModelEntry(name="one", path="/m/one.gguf")

    def models_of(*models: ModelEntry) -> Callable[[Settings], Settings]:
        return lambda settings: msgspec.structs.replace(settings, models=models)

    for models in ((one,), (), (one,)):
        engine.change(models_of(*models))
        engine.change(use("x"))
        engine.change(use("y"))
        assert SettingsFile(path).value == engine.value
        assert engine.value.models == models


def test_options_of_an_earlier_release_are_read_and_renamed_when_they_change(path: Path) -> None:
    path.write_text('[[models]]\nname = "one"\npath = "/m/one.gguf"\n[models.wish]\ncontext = 2048\n')
    engine = SettingsFile(path)
    (entry,) = engine.value.models
    assert entry.options.context == 2048
    tuned = msgspec.structs.replace(entry, options=LoadOptions(context=4096))
    engine.change(lambda s: msgspec.structs.replace(s, models=(tuned,)))
    assert "wish" not in path.read_text()
    assert "options" in path.read_text()
    assert SettingsFile(path).value.models == (tuned,)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_where_a_person_keeps_such_files_stays_one(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "familiar.toml"
    real.parent.mkdir()
    real.write_text("# mine\n")
    path.symlink_to(real)
    SettingsFile(path).change(use("qwen"))
    assert path.is_symlink()
    assert real.read_text() == '# mine\nmodel = "qwen"\n'


def test_a_file_of_another_editor_is_read_and_keeps_its_line_ends(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbf# mine\r\nignore = ["a"]\r\n')
    engine = SettingsFile(path)
    assert engine.value.ignore == ("a",)
    engine.change(use("qwen"))
    assert path.read_bytes().startswith(b'# mine\r\nignore = ["a"]\r\n')
    assert SettingsFile(path).value.model == "qwen"


def test_a_full_disk_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text('model = "a"\n')
    engine = SettingsFile(path)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(Problem) as caught:
            engine.change(use("b"))
    assert caught.value.code == "settings.unwritable"
    assert "No space left" in caught.value.title
    assert (path.read_text(), engine.value.model) == ('model = "a"\n', "a")
    assert [one.name for one in path.parent.iterdir() if not one.name.endswith(".lock")] == ["settings.toml"]
    assert engine.change(use("b")).model == "b"


def test_a_watch_tells_of_edits_once_they_stand(path: Path) -> None:
    path.write_text('ignore = ["a"]\n')
    settings = SettingsFile(path)
    told: list[Settings] = []
    watching = SettingsWatch(settings, told.append)
    watching.look()
    path.write_text('ignore = ["half"]\n')
    watching.look()
    path.write_text('ignore = ["b"]\n')
    watching.look()
    assert told == []
    watching.look()
    watching.look()
    assert [one.ignore for one in told] == [("b",)]


@pytest.mark.parametrize(
    "change", [{"paused": "a\0b"}, {"model": "\ud800"}, {"first_word_s": float("nan")}, {"folders": ("/a\0b",)}]
)
def test_what_could_not_be_read_back_is_refused_and_nothing_changes(path: Path, change: dict[str, Any]) -> None:
    path.write_text("# mine\nthreads = 3\n", encoding="utf-8")
    settings = SettingsFile(path)
    with pytest.raises(Problem) as caught:
        settings.change(lambda s: msgspec.structs.replace(s, **change))
    assert caught.value.code == "settings.unfit"
    assert path.read_text(encoding="utf-8") == "# mine\nthreads = 3\n"
    assert settings.change(lambda s: msgspec.structs.replace(s, threads=4)).threads == 4
    assert settings.problem is None
