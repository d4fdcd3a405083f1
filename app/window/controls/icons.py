"""Icons: Lucide's outlines tinted in a theme's colours, and our own mark, sharp at every pixel ratio."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path, PurePath

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.base.paths import resources
from app.window.controls.theme import LIGHT, SIZE, Theme

_KINDS = {
    "file-code": "c cc cpp cs css go h hpp htm html java js json jsx kt lua php py rb rs sh sql swift toml ts tsx xml "
    "yaml yml",
    "file-spreadsheet": "csv ods tsv xls xlsm xlsx",
    "presentation": "key odp ppt pptx",
    "mail": "eml mbox msg",
    "book-open": "epub fb2 mobi",
    "file-image": "bmp gif heic jpeg jpg png svg tif tiff webp",
    "file-text": "adoc doc docx md markdown odt org pdf rst rtf tex txt",
}
_BY_SUFFIX = {f".{suffix}": name for name, suffixes in _KINDS.items() for suffix in suffixes.split()}


def icon(name: str, theme: Theme, size: int = SIZE["icon"], color: str | None = None) -> QIcon:
    """The Lucide icon of that name, `size` logical pixels wide.

    color: a theme's token ("accent") or #RRGGBB; None for secondary text. Drawn for the pixel ratio of every screen
    there is. Raises FileNotFoundError for a name that resources/icons does not hold.
    """
    return _tinted(name, size, _hex(theme, color or "text2"), _hex(theme, "text3"), _ratios())


def file_icon_name(path: str) -> str:
    """The name of the icon that shows what sort of file this is."""
    return _BY_SUFFIX.get(PurePath(path).suffix.lower(), "file")


def logo(theme: Theme, size: int = SIZE["logo"]) -> QIcon:
    """Our mark in the theme's accent."""
    return _mark(size, theme.accent, theme.on_accent, _ratios())


def app_icon() -> QIcon:
    """The application's icon, in all its sizes, for title bars and task switchers."""
    made = QIcon()
    for path in sorted(_folder().glob("familiar-*.png")):
        made.addFile(str(path))
    return made


def pixmap(name: str, theme: Theme, size: int, ratio: float, color: str | None = None) -> QPixmap:
    """One drawing of an icon, for painting by hand."""
    return _drawn(name, _hex(theme, color or "text2"), size, ratio)


def _folder() -> Path:
    return resources() / "icons"


def _hex(theme: Theme, color: str) -> str:
    return color if color.startswith("#") else str(getattr(theme, color))


def _ratios() -> tuple[float, ...]:
    return tuple(sorted({1.0, 2.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}))


@lru_cache(maxsize=512)
def _tinted(name: str, size: int, color: str, disabled: str, ratios: tuple[float, ...]) -> QIcon:
    made = QIcon()
    for ratio in ratios:
        made.addPixmap(_draw(_outline(name, color), size, ratio))
        made.addPixmap(_draw(_outline(name, disabled), size, ratio), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=256)
def _drawn(name: str, color: str, size: int, ratio: float) -> QPixmap:
    return _draw(_outline(name, color), size, ratio)


@lru_cache(maxsize=16)
def _mark(size: int, ground: str, letter: str, ratios: tuple[float, ...]) -> QIcon:
    svg = (_folder() / "familiar.svg").read_text(encoding="utf-8")
    svg = svg.replace(LIGHT.on_accent, "letter").replace(LIGHT.accent, ground).replace("letter", letter)
    made = QIcon()
    for ratio in ratios:
        made.addPixmap(_draw(svg, size, ratio))
    return made


def _outline(name: str, color: str) -> str:
    svg = (_folder() / f"{name}.svg").read_text(encoding="utf-8")
    # A stroke of 1.75 in 24 is what 18 logical pixels draw as a clean line; Lucide's own 2 looks heavy beside text.
    return svg.replace("currentColor", color).replace('stroke-width="2"', 'stroke-width="1.75"')


def _draw(svg: str, size: int, ratio: float) -> QPixmap:
    pixels = round(size * ratio)
    made = QPixmap(QSize(pixels, pixels))
    made.fill(QColor(Qt.GlobalColor.transparent))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
