"""macOS: a Quick Action for Finder. Written from documentation; it has not been tried on a Mac."""

from __future__ import annotations

import plistlib
import shlex
from pathlib import Path
from typing import Any

from app.cli.desktop.changes import MARK, Change

_WORKFLOW = "Ask Familiar.workflow"
_MENU = "Ask Familiar about this file"


def installing(launcher: list[str], services: Path) -> list[Change]:
    """What to write. services: ~/Library/Services."""
    contents = services / _WORKFLOW / "Contents"
    return [
        Change(contents / "Info.plist", _plist(_info()), "Quick Action of Finder", services),
        Change(contents / "document.wflow", _plist(_workflow(launcher)), "what the Quick Action runs", services),
    ]


def removing(services: Path) -> list[Change]:
    """What to take away again."""
    contents = services / _WORKFLOW / "Contents"
    return [
        Change(contents / "Info.plist", None, "Quick Action of Finder", services),
        Change(contents / "document.wflow", None, "what the Quick Action runs", services),
    ]


def _plist(value: dict[str, Any]) -> bytes:
    return plistlib.dumps({**value, "Comment": f"Installed by {MARK.decode()}"})


def _info() -> dict[str, Any]:
    service = {
        "NSMenuItem": {"default": _MENU},
        "NSMessage": "runWorkflowAsService",
        "NSRequiredContext": {"NSApplicationIdentifier": "com.apple.finder"},
        "NSSendFileTypes": ["public.item"],
    }
    return {"CFBundleName": "Ask Familiar", "CFBundleIdentifier": "familiar.quick-action", "NSServices": [service]}


def _workflow(launcher: list[str]) -> dict[str, Any]:
    """A workflow of one shell step that gets the files as arguments."""
    step = {
        "AMAccepts": {"Container": "List", "Optional": True, "Types": ["com.apple.cocoa.path"]},
        "AMActionVersion": "2.0.3",
        "AMApplication": ["Automator"],
        "AMProvides": {"Container": "List", "Types": ["com.apple.cocoa.string"]},
        "ActionBundlePath": "/System/Library/Automator/Run Shell Script.action",
        "ActionName": "Run Shell Script",
        "ActionParameters": {
            # In the background: Finder waits for the step, and Familiar may stay open for hours.
            "COMMAND_STRING": f'{shlex.join(launcher)} ask-about -- "$@" >/dev/null 2>&1 &',
            "CheckedForUserDefaultShell": True,
            "inputMethod": 1,
            "shell": "/bin/sh",
            "source": "",
        },
        "BundleIdentifier": "com.apple.RunShellScript",
        "CFBundleVersion": "2.0.3",
        "CanShowSelectedItemsWhenRun": False,
        "CanShowWhenRun": True,
        "Category": ["AMCategoryUtilities"],
        "Class Name": "RunShellScriptAction",
        "UnlocalizedApplications": ["Automator"],
    }
    return {
        "AMApplicationBuild": "523",
        "AMApplicationVersion": "2.10",
        "AMDocumentVersion": "2",
        "actions": [{"action": step, "isViewVisible": 1}],
        "connectors": {},
        "workflowMetaData": {
            "inputTypeIdentifier": "com.apple.Automator.fileSystemObject",
            "outputTypeIdentifier": "com.apple.Automator.nothing",
            "serviceInputTypeIdentifier": "com.apple.Automator.fileSystemObject",
            "serviceOutputTypeIdentifier": "com.apple.Automator.nothing",
            "serviceProcessesInput": 0,
            "workflowTypeIdentifier": "com.apple.Automator.servicesMenu",
        },
    }
