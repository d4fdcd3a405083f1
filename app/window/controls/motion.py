"""Whether the person asked their desktop for less movement."""

from __future__ import annotations

import sys
from functools import cache

from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtWidgets import QApplication, QStyle

_GTK = ("gtk-4.0/settings.ini", "gtk-3.0/settings.ini")


@cache
def is_reduced() -> bool:
    """Whether things that move should keep still. Asked once: desktops do not say when it changes."""
    if QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0:
        return True
    return sys.platform.startswith("linux") and (_kde_is_still() or _gtk_is_still())


def _kde_is_still() -> bool:
    """KDE's own sliders end at "instant", kept as a factor of 0."""
    path = QStandardPaths.locate(QStandardPaths.StandardLocation.GenericConfigLocation, "kdeglobals")
    factor = QSettings(path, QSettings.Format.IniFormat).value("KDE/AnimationDurationFactor") if path else None
    return factor is not None and str(factor) in ("0", "0.0")


def _gtk_is_still() -> bool:
    for name in _GTK:
        path = QStandardPaths.locate(QStandardPaths.StandardLocation.GenericConfigLocation, name)
        if path:
            enabled = QSettings(path, QSettings.Format.IniFormat).value("Settings/gtk-enable-animations")
            if enabled is not None:
                return str(enabled).lower() in ("0", "false")
    return False
