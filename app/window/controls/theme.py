"""Every colour, space, radius and letter size of the window; no other file names one.

Two themes share one set of tokens, measured for contrast in the tests. The style sheet is made from one template,
resources/themes/window.qss. Widgets choose their looks by a dynamic property `kind`: buttons "primary", "secondary",
"ghost", "danger", "icon", "round", "link", "toggle", "scope", "row", "chip"; labels "h1", "title", "strong", "body",
"name", "small", "caption", "section", "warn", "danger", as badges "pill-ok", "pill-warn", "pill-danger",
"pill-accent", "pill-plain"; frames "page", "panel", "card", "consent", "sunken", "banner", "banner-danger", "bubble",
"file", "composer", "line", "line-vertical"; areas "document", "paper", "grid"; fields "bare".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from string import Template
from typing import Literal, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from app.base.paths import resources

Choice = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class Theme:
    """Colour tokens as #RRGGBB (#AARRGGBB for `dim`, `shade` and `mark_wash`).

    bg: the page; panel: side panes; raised: cards, composer; sunken: wells; user: the question's bubble.
    text, text2, text3: by weight. line: hairlines; line_strong: borders of controls (3 to 1 against what is around).
    mark: highlighted passage in text; mark_wash: laid over a drawn page by multiplication; dim: over a white page;
    shade: over what an open panel covers.
    code_keyword and the rest: six colours for program text.
    """

    name: Literal["light", "dark"]
    bg: str
    panel: str
    raised: str
    sunken: str
    hover: str
    line: str
    line_strong: str
    text: str
    text2: str
    text3: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    accent_text: str
    user: str
    danger: str
    danger_soft: str
    warn: str
    warn_soft: str
    ok: str
    ok_soft: str
    mark: str
    mark_line: str
    mark_wash: str
    dim: str
    shade: str
    code_bg: str
    code_text: str
    focus: str
    scroll: str
    track: str
    code_keyword: str
    code_string: str
    code_comment: str
    code_number: str
    code_function: str
    code_builtin: str

    def color(self, token: str) -> QColor:
        """The colour behind a token's name."""
        return QColor(str(getattr(self, token)))

    @property
    def dark(self) -> bool:
        """Whether text is light on dark."""
        return self.name == "dark"


LIGHT = Theme(
    name="light",
    bg="#FBFAF8", panel="#F3F1EC", raised="#FFFFFF", sunken="#F1EFEA", hover="#E9E6DF",
    line="#E0DCD3", line_strong="#8C8579",
    text="#1F1D1A", text2="#57524A", text3="#6B655B",
    accent="#0B6B5B", accent_hover="#095A4D", on_accent="#FFFFFF", accent_soft="#DCEFEA", accent_text="#0A5A4D",
    user="#ECE8E0", danger="#B3261E", danger_soft="#FBE9E7", warn="#8A5300", warn_soft="#FFF1D6",
    ok="#2E6B34", ok_soft="#E3F1E4", mark="#FFE27A", mark_line="#C79A00", mark_wash="#FFDF5E", dim="#00000000",
    shade="#52332E26",
    code_bg="#F4F2EE", code_text="#2A2825", focus="#0B6B5B", scroll="#CFC9BE", track="#E6E2DA",
    code_keyword="#8A3FA0", code_string="#0F6B3C", code_comment="#6E6A62", code_number="#9A4A00",
    code_function="#1A5FA8", code_builtin="#1A5FA8",
)  # fmt: skip

DARK = Theme(
    name="dark",
    bg="#1A1917", panel="#141311", raised="#242220", sunken="#12110F", hover="#2E2B28",
    line="#36332F", line_strong="#807A70",
    text="#ECE9E3", text2="#B5AFA5", text3="#9A948A",
    accent="#5CC8B2", accent_hover="#7AD6C3", on_accent="#06241E", accent_soft="#173B34", accent_text="#8EE0CF",
    user="#2B2926", danger="#F2938A", danger_soft="#3D1E1B", warn="#F0BE6C", warn_soft="#3A2C12",
    ok="#8FD096", ok_soft="#1B3320", mark="#6A5510", mark_line="#E0B83A", mark_wash="#FFDF5E", dim="#33000000",
    shade="#99000000",
    code_bg="#211F1D", code_text="#E4E0D9", focus="#5CC8B2", scroll="#46423D", track="#2C2A27",
    code_keyword="#D5A0E8", code_string="#9BD6A3", code_comment="#9A948A", code_number="#F0B27A",
    code_function="#8EC3F5", code_builtin="#8EC3F5",
)  # fmt: skip

SPACE = (0, 4, 8, 12, 16, 24, 32, 48)
"""Gaps and margins in pixels, by step."""

RADIUS: Mapping[str, int] = {"s": 6, "m": 10, "l": 14}
"""Corner radii in pixels."""

SIZE: Mapping[str, int] = {
    "icon_tiny": 14, "icon_small": 16, "icon": 18, "icon_large": 20, "logo": 20, "logo_large": 36,
    "icon_button": 30, "button": 32, "chip": 28, "pill": 22, "bar": 6, "focus": 2,
    "column": 660, "sidebar": 252, "slim": 372, "preview": 500, "main_min": 560,
    "step": 26, "badge": 20, "details": 404, "bubble_max": 560, "share_bar": 96, "quote": 96, "mark_edge": 3,
    "scope_min": 80, "scope_max": 150, "composer_rest": 252, "composer_lines": 8,
    "plot": 132,
}  # fmt: skip
"""Sizes in pixels of things that are neither gaps nor letters."""


class Face(NamedTuple):
    """A kind of lettering: px of the letters, line in px, weight 400 or 600."""

    px: int
    line: int
    weight: int


TYPE: Mapping[str, Face] = {
    "caption": Face(12, 16, 400),
    "small": Face(13, 18, 400),
    "chip-number": Face(13, 18, 600),
    "body": Face(14, 22, 400),
    "prose": Face(14, 24, 400),
    "strong": Face(14, 22, 600),
    "table": Face(14, 22, 400),
    "chip": Face(11, 16, 600),
    "code": Face(13, 20, 400),
    "heading1": Face(20, 28, 600),
    "heading2": Face(18, 26, 600),
    "heading3": Face(16, 24, 600),
    "heading4": Face(14, 24, 600),
    "title": Face(16, 24, 600),
    "h1": Face(22, 30, 600),
}
"""Kinds of lettering."""

_FAMILIES = ("Inter", "Inter Variable")


@cache
def text_family() -> str:
    """The family for text: Inter where it is installed, else the system's own."""
    for family in _FAMILIES:
        if QFontDatabase.hasFamily(family):
            return family
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()


@cache
def code_family() -> str:
    """The family for program text: the system's fixed-width one."""
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()


@cache
def font(kind: str = "body") -> QFont:
    """A font of one of the kinds in TYPE; a copy is needed before it is changed."""
    face = TYPE[kind]
    made = QFont(code_family() if kind == "code" else text_family())
    made.setPixelSize(face.px)
    made.setWeight(QFont.Weight(face.weight))
    return made


def set_kind(widget: QWidget, kind: str) -> None:
    """Give a widget another `kind`, and have the style sheet notice."""
    if widget.property("kind") == kind:
        return
    widget.setProperty("kind", kind)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def current(app: QGuiApplication) -> Theme:
    """The theme to draw with now: the person's choice, else the system's."""
    choice = app.property("familiar_theme")
    if choice in ("light", "dark"):
        return DARK if choice == "dark" else LIGHT
    return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def theme_now() -> Theme:
    """The running application's theme."""
    app = QApplication.instance()
    return current(app) if isinstance(app, QGuiApplication) else LIGHT


class ThemeSource(QObject):
    """Follows the system's light or dark, or the person's choice.

    On a change it applies the new theme to the application, then says `changed` with it: widgets that paint or tint for
    themselves take it through their `set_theme`.
    """

    changed = Signal(object)

    def __init__(self, app: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._choice: Choice = "system"
        app.styleHints().colorSchemeChanged.connect(self._refresh)
        self._theme = current(app)

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return self._theme

    @property
    def choice(self) -> Choice:
        """What the person chose."""
        return self._choice

    def set_choice(self, choice: Choice) -> None:
        """Follow the system, or stay light or dark whatever it says."""
        self._choice = choice
        self._app.setProperty("familiar_theme", choice)
        hints = self._app.styleHints()
        # Native title bars and dialogs follow the hint where the platform lets us set it.
        if choice == "system":
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark if choice == "dark" else Qt.ColorScheme.Light)
        self._refresh()

    def _refresh(self) -> None:
        theme = current(self._app)
        if theme == self._theme:
            return
        self._theme = theme
        apply(self._app, theme)
        self.changed.emit(theme)


def apply(app: QApplication, theme: Theme) -> None:
    """Set style, palette, default font and style sheet. Costs nothing if `theme` is applied already."""
    if app.property("familiar_applied") == theme.name:
        return
    app.setProperty("familiar_applied", theme.name)
    # Fusion is the same on every platform; native styles ignore parts of a style sheet.
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setFont(font("body"))
    app.setPalette(palette(theme))
    app.setStyleSheet(stylesheet(theme))


def palette(theme: Theme) -> QPalette:
    """The palette for what the style sheet does not reach."""
    made = QPalette()
    role = QPalette.ColorRole
    for which, token in (
        (role.Window, "bg"), (role.WindowText, "text"), (role.Base, "raised"), (role.AlternateBase, "sunken"),
        (role.Text, "text"), (role.Button, "raised"), (role.ButtonText, "text"), (role.BrightText, "danger"),
        (role.PlaceholderText, "text3"), (role.ToolTipBase, "raised"), (role.ToolTipText, "text"),
        (role.Link, "accent"), (role.LinkVisited, "accent"), (role.Accent, "accent"),
        (role.Highlight, "accent"), (role.HighlightedText, "on_accent"), (role.Mid, "line"), (role.Dark, "line_strong"),
    ):  # fmt: skip
        made.setColor(which, theme.color(token))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, theme.color("text3"))
    return made


def stylesheet(theme: Theme) -> str:
    """The one style sheet, in a theme's colours."""
    values = {field.name: str(getattr(theme, field.name)) for field in fields(theme)}
    values.update({f"s{step}": f"{px}px" for step, px in enumerate(SPACE)})
    values.update({f"r_{name}": f"{px}px" for name, px in RADIUS.items()})
    values.update({f"z_{name}": f"{px}px" for name, px in SIZE.items()})
    values.update({f"f_{kind}": f"font-size: {face.px}px; font-weight: {face.weight}" for kind, face in TYPE.items()})
    values["r_pill"] = f"{SIZE['pill'] // 2}px"
    values["r_bar"] = f"{SIZE['bar'] // 2}px"
    template = (resources() / "themes" / "window.qss").read_text(encoding="utf-8")
    return Template(template).substitute(values)


def tokens(theme: Theme) -> dict[str, str]:
    """All tokens of a theme by name, for tests and pictures."""
    return {name: str(value) for name, value in asdict(theme).items()}
