"""Which file may be read for an attachment: the one that it was, or one that has plainly replaced it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.opening import identity
from app.engine.attachments import chosen, standing


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A file in a folder that a link leads to, named by way of that link."""
    (tmp_path / "large disk").mkdir()
    (tmp_path / "large disk" / "report.txt").write_text("own")
    (tmp_path / "docs").symlink_to(tmp_path / "large disk")
    return tmp_path / "docs" / "report.txt"


def test_links_that_were_there_when_a_file_was_chosen_are_the_persons(report: Path, tmp_path: Path) -> None:
    attachment = chosen(str(report))
    assert attachment.real == str(tmp_path / "large disk" / "report.txt")
    assert standing(attachment) == attachment.identity == identity(report.stat())
    (tmp_path / "docs").unlink()  # the link may go: what was meant is known
    assert standing(attachment) == attachment.identity


@pytest.mark.parametrize("linked", ["file", "folder"])
def test_link_that_comes_later_is_not_followed(report: Path, tmp_path: Path, linked: str) -> None:
    attachment = chosen(str(report))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "report.txt").write_text("secret")
    real = Path(attachment.real)
    place, target = (real, outside / "report.txt") if linked == "file" else (real.parent, outside)
    place.rename(tmp_path / "aside")
    place.symlink_to(target)
    with pytest.raises(Problem) as caught:
        standing(attachment)
    assert caught.value.code == "file.linked"
    assert "report.txt" in caught.value.title and "Attach it again" in caught.value.hint
    assert standing(chosen(str(report)))  # chosen anew, the link is the person's


def test_file_that_a_program_has_saved_anew_is_read(report: Path) -> None:
    attachment = chosen(str(report))
    saved = report.with_name("saving")
    saved.write_text("edited")
    saved.rename(report)
    now = standing(attachment)
    assert now == identity(report.stat()) != attachment.identity


def test_second_name_of_a_file_from_elsewhere_is_not_read(report: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    attachment = chosen(str(report))
    report.unlink()
    os.link(secret, report)
    with pytest.raises(Problem) as caught:
        standing(attachment)
    assert caught.value.code == "file.replaced"
    assert "stands elsewhere" in caught.value.title


def test_file_with_two_names_that_was_chosen_as_it_is_may_be_read(report: Path, tmp_path: Path) -> None:
    os.link(report, tmp_path / "second name.txt")
    attachment = chosen(str(report))
    assert standing(attachment) == attachment.identity


def test_file_that_is_gone_or_was_never_there_has_no_identity(report: Path, tmp_path: Path) -> None:
    attachment = chosen(str(report))
    report.unlink()
    assert standing(attachment) == ""
    never = chosen(str(tmp_path / "never.txt"))
    assert (never.identity, standing(never)) == ("", "")
    assert standing(chosen(str(tmp_path / "nul\0"))) == ""


def test_link_that_goes_as_it_is_chosen_is_not_our_mistake(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(os, "readlink", gone)
    attachment = chosen(str(report))
    assert (attachment.real, attachment.identity) == (str(report), "")
    with pytest.raises(Problem) as caught:
        standing(attachment)
    assert caught.value.code == "file.linked"
