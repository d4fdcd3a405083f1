"""What the READMEs name is there: files, folders, links and commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.cli.commands import COMMANDS, GROUPS

ROOT = Path(__file__).resolve().parents[3]
READMES = [ROOT / "README.md", ROOT / "app" / "README.md"]
IN_CODE = re.compile(r"`([^`\n]+)`")


@pytest.mark.parametrize("readme", READMES, ids=str)
def test_links_lead_somewhere(readme: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", readme.read_text("utf-8")) if "://" not in link]
    assert links or readme != READMES[0]
    assert [link for link in links if not (readme.parent / link).exists()] == []


def test_rooms_and_modules_are_where_they_are_said_to_be() -> None:
    named = [word for word in IN_CODE.findall(READMES[1].read_text("utf-8")) if re.fullmatch(r"[\w/.]*(\.py|/)", word)]
    assert len(named) > 40
    places = {path.relative_to(ROOT).as_posix() + ("/" if path.is_dir() else "") for path in ROOT.glob("app/**/*")}
    places |= {path.relative_to(ROOT).as_posix() + ("/" if path.is_dir() else "") for path in ROOT.glob("tests/**/*")}
    assert [word for word in named if not any(f"/{place}".endswith(f"/{word}") for place in places)] == []


@pytest.mark.parametrize("readme", READMES, ids=str)
def test_commands_are_commands(readme: Path) -> None:
    text = readme.read_text("utf-8")
    spoken = re.findall(r"(?:`familiar |`(?=models )|bootstrap\.py run |^familiar )([a-z][^`\n]*)", text, re.MULTILINE)
    assert spoken or readme != READMES[0]
    names = [(words[0] if words[0] not in GROUPS else " ".join(words[:2])) for words in map(str.split, spoken)]
    assert [name for name in names if name not in COMMANDS] == []
