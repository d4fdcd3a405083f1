"""familiar integrate on Linux: written for one person, merged into what is theirs, taken away without a trace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app.base.paths import resources
from tests.unit.cli.conftest import Familiar

UCA = "config/Thunar/uca.xml"
PERSONS = b"<?xml version='1.0'?>\n<actions>\n <action><unique-id>1</unique-id><name>Mine</name></action>\n</actions>\n"
SYSTEMS = b"<!-- of the system -->\n<actions>\n<action><name>Open Terminal Here</name></action>\n</actions>\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's folders, and a system's that has Thunar's default actions."""
    desk = tmp_path / "desk"
    (desk / "etc" / "Thunar").mkdir(parents=True)
    (desk / "etc" / "Thunar" / "uca.xml").write_bytes(SYSTEMS)
    monkeypatch.setenv("XDG_DATA_HOME", str(desk / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(desk / "config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", f"relative:{desk / 'etc'}")
    return desk


def _integrate(familiar: Familiar, *words: str) -> Any:
    ran = familiar("integrate", "--json", *words)
    assert ran.code == 0, ran.err
    return ran.json


def _done(report: Any) -> dict[str, str]:
    return {Path(change["path"]).name: change["done"] for change in report["changes"]}


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _set_uca(desk: Path, data: bytes = PERSONS) -> Path:
    (desk / UCA).parent.mkdir(parents=True)
    (desk / UCA).write_bytes(data)
    return desk / UCA


def test_everything_is_written_once(desk: Path, familiar: Familiar) -> None:
    first = _integrate(familiar)
    assert _done(first) == dict.fromkeys(
        ["familiar.desktop", "familiar.svg", "uca.xml", "familiar_ask_about.py"], "written"
    )
    before = _tree(desk)
    assert set(_done(_integrate(familiar)).values()) == {"unchanged"}
    assert _tree(desk) == before


def test_everything_goes_again_without_a_trace(desk: Path, familiar: Familiar) -> None:
    before = _tree(desk)
    _integrate(familiar)
    compiled = desk / "data/nautilus-python/extensions/__pycache__"
    compiled.mkdir()
    (compiled / "familiar_ask_about.cpython-311.pyc").touch()
    _integrate(familiar, "--remove")
    assert _tree(desk) == before
    assert sorted(path.name for path in desk.rglob("*") if path.is_dir()) == ["Thunar", "config", "data", "etc"]
    assert set(_done(_integrate(familiar, "--remove")).values()) == {"absent"}


def test_persons_actions_stay_and_come_back_byte_for_byte(desk: Path, familiar: Familiar) -> None:
    uca = _set_uca(desk)
    uca.chmod(0o600)
    report = _integrate(familiar)
    backup = uca.with_name("uca.xml.before-familiar")
    assert next(change["backup"] for change in report["changes"] if change["path"] == str(uca)) == str(backup)
    assert backup.read_bytes() == PERSONS
    assert uca.stat().st_mode & 0o777 == 0o600
    names = [action.findtext("name") for action in ElementTree.parse(uca).getroot()]
    assert names == ["Mine", "Ask about this file"]
    _integrate(familiar, "--remove")
    assert _tree(desk / "config") == {"Thunar/uca.xml": PERSONS}


def test_actions_added_later_stay_and_so_does_the_backup(desk: Path, familiar: Familiar) -> None:
    uca = _set_uca(desk)
    _integrate(familiar)
    uca.write_bytes(uca.read_bytes().replace(b"</actions>", b"<action><name>Later</name></action>\n</actions>"))
    _integrate(familiar, "--remove")
    assert [action.findtext("name") for action in ElementTree.parse(uca).getroot()] == ["Mine", "Later"]
    assert uca.with_name("uca.xml.before-familiar").read_bytes() == PERSONS


def test_systems_default_actions_do_not_vanish(desk: Path, familiar: Familiar) -> None:
    _integrate(familiar)
    names = [action.findtext("name") for action in ElementTree.parse(desk / UCA).getroot()]
    assert names == ["Open Terminal Here", "Ask about this file"]


def test_link_into_a_folder_of_dotfiles_stays_a_link(desk: Path, familiar: Familiar) -> None:
    kept = desk / "dotfiles.xml"
    kept.write_bytes(PERSONS)
    (desk / UCA).parent.mkdir(parents=True)
    (desk / UCA).symlink_to(kept)
    _integrate(familiar)
    assert (desk / UCA).is_symlink()
    assert b"familiar-ask-about" in kept.read_bytes()
    _integrate(familiar, "--remove")
    assert (desk / UCA).is_symlink()
    assert kept.read_bytes() == PERSONS


def test_damaged_list_is_refused_and_nothing_is_written(desk: Path, familiar: Familiar) -> None:
    _set_uca(desk, PERSONS[:60])
    before = _tree(desk)
    for words in ([], ["--remove"]):
        ran = familiar("integrate", "--json", *words)
        assert (ran.code, ran.json["error"]["code"]) == (1, "thunar.damaged")
        assert _tree(desk) == before


def test_entry_of_somebody_else_is_left_alone(desk: Path, familiar: Familiar) -> None:
    theirs = desk / "data/applications/familiar.desktop"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("[Desktop Entry]\nName=Another Familiar\n")
    before = _tree(desk)
    for words in ([], ["--remove"]):
        ran = familiar("integrate", "--json", *words)
        assert (ran.code, ran.json["error"]["code"]) == (1, "integrate.foreign")
        assert _tree(desk) == before


def test_moved_launcher_replaces_the_old_one_everywhere(desk: Path, familiar: Familiar, home: Any) -> None:
    _set_uca(desk)
    _integrate(familiar, "--launcher", "/bin/true")
    _integrate(familiar, "--launcher", "/bin/sh")
    files = _tree(desk)
    assert f"Exec=/bin/sh --home {home.root}\n".encode() in files["data/applications/familiar.desktop"]
    assert not [name for name, data in files.items() if b"/bin/true" in data]
    assert files[UCA + ".before-familiar"] == PERSONS


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="needs desktop-file-utils")
def test_entry_passes_the_desktops_own_check(desk: Path, familiar: Familiar, tmp_path: Path) -> None:
    script = tmp_path / "100% `odd` $launcher"
    script.touch(0o755)
    _integrate(familiar, "--launcher", str(script))
    entry = desk / "data/applications/familiar.desktop"
    checked = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_entry_names_program_and_icon(desk: Path, familiar: Familiar) -> None:
    _integrate(familiar)
    text = (desk / "data/applications/familiar.desktop").read_text()
    fields = dict(line.split("=", 1) for line in text.partition("[Desktop Action")[0].splitlines() if "=" in line)
    assert {name: fields[name] for name in ("Type", "Name", "Icon", "Terminal")} == {
        "Type": "Application", "Name": "Familiar", "Icon": "familiar", "Terminal": "false",
    }  # fmt: skip
    assert "@" not in text
    ElementTree.parse(desk / "data/icons/hicolor/scalable/apps/familiar.svg")


def test_icon_cache_is_made_to_look_old(desk: Path, familiar: Familiar) -> None:
    theme = desk / "data/icons/hicolor"
    theme.mkdir(parents=True)
    (theme / "icon-theme.cache").touch()
    earlier = 1_000_000_000
    os.utime(theme, (earlier, earlier))
    _integrate(familiar)
    assert theme.stat().st_mtime > earlier


def test_full_or_forbidden_folder_is_a_problem(desk: Path, familiar: Familiar) -> None:
    (desk / "data").write_text("a file where a folder should be")
    ran = familiar("integrate", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (1, "integrate.unreadable")


class _File:
    """A file as Nautilus hands it to extensions."""

    def __init__(self, path: str | None, *, folder: bool = False) -> None:
        self._path = path
        self._folder = folder

    def is_directory(self) -> bool:
        return self._folder

    def get_location(self) -> _File:
        return self

    def get_path(self) -> str | None:
        return self._path


class _Item:
    """A menu entry as Nautilus makes it."""

    def __init__(self, **fields: str) -> None:
        self.label = fields["label"]

    def connect(self, signal: str, handler: Any, *arguments: Any) -> None:
        assert signal == "activate"
        self.choose = lambda: handler(self, *arguments)


@pytest.fixture
def extension(desk: Path, familiar: Familiar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The installed Nautilus extension, loaded as Nautilus does, with a launcher that writes down its words."""
    script = tmp_path / "it's a launcher"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(tmp_path / 'words')!r}, 'w').write(repr(sys.argv[1:]))\n"
    )
    script.chmod(0o755)
    _integrate(familiar, "--launcher", str(script))
    nautilus = types.SimpleNamespace(MenuProvider=type("MenuProvider", (), {}), MenuItem=_Item)
    repository = types.ModuleType("gi.repository")
    repository.__dict__.update(GObject=types.SimpleNamespace(GObject=type("GObject", (), {})), Nautilus=nautilus)
    monkeypatch.setitem(sys.modules, "gi", types.ModuleType("gi"))
    monkeypatch.setitem(sys.modules, "gi.repository", repository)
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(words: list[str], **settings: Any) -> None:
        started.append(popen(words, **settings))

    monkeypatch.setattr(subprocess, "Popen", start)
    scope: dict[str, Any] = {}
    source = (desk / "data/nautilus-python/extensions/familiar_ask_about.py").read_text()
    exec(compile(source, "familiar_ask_about.py", "exec"), scope)
    return types.SimpleNamespace(provider=scope["FamiliarAskAbout"](), started=started, words=tmp_path / "words")


def test_nautilus_hands_over_exact_paths(extension: Any, home: Any) -> None:
    paths = ["/d/a report & 'notes' 100%.txt", "/d/--home\n$x"]
    for arguments in ([[_File(path) for path in paths]], ["a window", [_File(path) for path in paths]]):
        (item,) = extension.provider.get_file_items(*arguments)
        assert item.label == "Ask about these files"
        item.choose()
        assert extension.started.pop().wait(20) == 0
        assert extension.words.read_text() == repr(["--home", str(home.root), "ask-about", "--", *paths])


def test_nautilus_offers_nothing_for_folders_and_remote_files(extension: Any) -> None:
    offer = extension.provider.get_file_items
    assert offer([]) == offer([_File("/d", folder=True)]) == offer([_File(None)]) == []
    assert offer([_File("/d/a.txt"), _File("/d", folder=True)]) == []
    assert extension.provider.get_background_items(_File("/d", folder=True)) == []


def test_templates_leave_nothing_to_fill_in(desk: Path, familiar: Familiar) -> None:
    _integrate(familiar)
    assert [
        name for name, data in _tree(desk).items() if b"@EXEC@" in data or b"@COMMAND@" in data or b"@LAUNCHER@" in data
    ] == []
    assert len(list((resources() / "desktop").iterdir())) == 3
