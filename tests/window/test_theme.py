"""Tokens, style sheet, icons: contrast is measured, and no other file names a colour."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.base.paths import resources
from app.window.controls import icons
from app.window.controls.theme import DARK, LIGHT, TYPE, Theme, ThemeSource, apply, current, stylesheet, tokens
from app.window.controls.widgets import IconButton

ROOT = Path(__file__).resolve().parents[2]
PAIRS = [
    *(("text", ground) for ground in ("bg", "panel", "raised", "sunken", "user", "code_bg", "mark", "hover")),
    *(("text2", ground) for ground in ("bg", "panel", "raised", "sunken", "user", "hover")),
    *(("text3", ground) for ground in ("bg", "panel", "raised", "sunken", "code_bg")),
    ("on_accent", "accent"), ("on_accent", "accent_hover"), ("accent", "bg"), ("accent", "raised"),
    ("accent_text", "accent_soft"), ("danger", "danger_soft"), ("danger", "raised"), ("danger", "panel"),
    ("warn", "warn_soft"), ("warn", "bg"), ("warn", "panel"), ("ok", "ok_soft"), ("text", "danger_soft"),
    ("text2", "danger_soft"),
    *((token, "code_bg") for token in tokens(LIGHT) if token.startswith("code_") and token != "code_bg"),
]  # fmt: skip
EDGES = [
    ("line_strong", "bg"),
    ("line_strong", "raised"),
    ("line_strong", "panel"),
    ("focus", "bg"),
    ("focus", "panel"),
]


def _luminance(color: str) -> float:
    shade = QColor(color)
    parts = [shade.redF(), shade.greenF(), shade.blueF()]
    red, green, blue = (part / 12.92 if part <= 0.03928 else math.pow((part + 0.055) / 1.055, 2.4) for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_every_text_reads_on_every_ground_it_stands_on(theme: Theme) -> None:
    wanted = [(pair, 4.5) for pair in PAIRS] + [(pair, 3.0) for pair in EDGES]
    low = {
        (front, ground): round(_contrast(getattr(theme, front), getattr(theme, ground)), 2)
        for (front, ground), least in wanted
        if _contrast(getattr(theme, front), getattr(theme, ground)) < least
    }
    assert low == {}


def test_both_themes_have_the_same_tokens() -> None:
    assert tokens(LIGHT).keys() == tokens(DARK).keys()
    assert (LIGHT.dark, DARK.dark) == (False, True)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_style_sheet_is_filled_in_and_understood(theme: Theme, qtbot: QtBot, capfd: pytest.CaptureFixture[str]) -> None:
    sheet = stylesheet(theme)
    assert "$" not in sheet
    widget = QPushButton()
    qtbot.addWidget(widget)
    widget.setStyleSheet(sheet)
    widget.ensurePolished()
    assert "Could not parse" not in capfd.readouterr().err


def test_no_other_file_names_a_colour() -> None:
    named = re.compile(r"#[0-9A-Fa-f]{6}\b|#[0-9A-Fa-f]{3}\b|rgba?\(")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "app" / "window").rglob("*.py"))
        if path.name != "theme.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if named.search(line)
    ]
    assert found == []
    assert not named.search((resources() / "themes" / "window.qss").read_text(encoding="utf-8"))


def test_smallest_letters_are_twelve_pixels_but_in_chips() -> None:
    assert {kind for kind, face in TYPE.items() if face.px < 12} == {"chip"}


def test_the_persons_choice_wins_over_the_systems(themes: ThemeSource, qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.waitSignal(themes.changed) as caught:
        themes.set_choice("dark")
    assert caught.args == [DARK]
    assert current(qapp) == DARK == themes.theme
    assert DARK.bg in qapp.styleSheet()
    assert qapp.palette().window().color() == DARK.color("bg")
    themes.set_choice("light")
    assert LIGHT.bg in qapp.styleSheet()


def test_choosing_what_is_shown_already_says_nothing(themes: ThemeSource, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(themes.changed):
        themes.set_choice("light")


def test_applying_the_same_theme_again_costs_nothing(
    themes: ThemeSource, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.window.controls.theme.stylesheet", lambda theme: pytest.fail("made the style sheet again"))
    apply(qapp, themes.theme)


# ---- icons --------------------------------------------------------------------------------------------------------


def _names_used() -> Iterator[str]:
    for path in (*(ROOT / "app" / "window").rglob("*.py"), *(ROOT / "app" / "assistant").rglob("*.py")):
        yield from re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"', path.read_text(encoding="utf-8"))


def test_resources_hold_exactly_the_icons_that_are_used() -> None:
    there = {path.stem for path in (resources() / "icons").glob("*.svg")} - {"familiar"}
    assert there - set(_names_used()) == set()


def test_every_kind_of_file_has_its_icon() -> None:
    for path in ("a.pdf", "b.PY", "c.xlsx", "d.pptx", "e.eml", "f.epub", "g.png", "h.unheard-of", "no suffix"):
        assert (resources() / "icons" / f"{icons.file_icon_name(path)}.svg").is_file()


def test_icons_are_tinted_and_sharp_at_two_pixels_a_point(qapp: QApplication) -> None:
    drawn = icons.icon("folder", LIGHT, 18, "danger").pixmap(QSize(18, 18), 2.0)
    assert drawn.size() == QSize(36, 36)
    image = drawn.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    inked = {
        image.pixelColor(x, y).rgb() for x in range(36) for y in range(36) if image.pixelColor(x, y).alpha() == 255
    }
    assert inked == {QColor(LIGHT.danger).rgb()}


def test_unknown_icon_is_our_bug_and_is_not_hidden(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icons.icon("no-such-icon", LIGHT)


def test_our_mark_is_there_in_every_size(qapp: QApplication) -> None:
    for size in (16, 24, 32, 48, 64, 128, 256, 512):
        drawn = QImage(str(resources() / "icons" / f"familiar-{size}.png"))
        assert drawn.size() == QSize(size, size)
        assert drawn.pixelColor(size // 2, size // 16 + 1).name().upper() == LIGHT.accent
        assert drawn.pixelColor(0, 0).alpha() == 0
    assert len(icons.app_icon().availableSizes()) == 8


def test_our_mark_wears_the_themes_accent(qapp: QApplication) -> None:
    image = icons.logo(DARK, 32).pixmap(QSize(32, 32), 1.0).toImage()
    assert image.pixelColor(16, 3).name().upper() == DARK.accent


def test_licence_of_the_icons_is_bundled() -> None:
    text = (resources() / "icons" / "LICENSE.lucide").read_text(encoding="utf-8")
    assert "ISC License" in text
    assert "Lucide" in text


def test_icon_button_says_what_it_does(themes: ThemeSource, qtbot: QtBot) -> None:
    made = IconButton("copy", "Copy <b>this</b>", LIGHT)
    qtbot.addWidget(made)
    assert made.accessibleName() == "Copy <b>this</b>"
    assert "&lt;b&gt;" in made.toolTip()
