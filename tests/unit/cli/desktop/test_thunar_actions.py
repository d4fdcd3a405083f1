"""Our action in Thunar's list: every byte of the person's stays."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.base.errors import Problem
from app.cli.desktop import thunar

OURS = b"<action>\n\t<name>Ask about this file</name>\n\t<unique-id>familiar-ask-about</unique-id>\n</action>\n"
NEWER = OURS.replace(b"Ask about", b"Ask again about")
PERSONS = """<?xml version="1.0" encoding="UTF-8"?>
<!-- mine, <action> and all -->
<actions>
  <action><name>R\N{LATIN SMALL LETTER O WITH DIAERESIS}nne &amp; co</name>
    <unique-id>17-1</unique-id><command>run %f &gt; log</command></action>
\t<action><unique-id>17-2</unique-id><name><![CDATA[</actions>]]></name></action>
</actions>
<!-- the end </actions> -->
""".encode()


def _ids(data: bytes) -> list[str | None]:
    return [action.findtext("unique-id") for action in ElementTree.fromstring(data)]


def test_action_is_added_last_and_nothing_else_changes() -> None:
    new = thunar.with_action(PERSONS, OURS)
    assert _ids(new) == ["17-1", "17-2", "familiar-ask-about"]
    assert new.replace(OURS, b"") == PERSONS


def test_adding_and_removing_gives_the_same_bytes() -> None:
    assert thunar.without_action(thunar.with_action(PERSONS, OURS)) == PERSONS


def test_adding_twice_changes_nothing() -> None:
    once = thunar.with_action(PERSONS, OURS)
    assert thunar.with_action(once, OURS) == once


def test_newer_action_replaces_the_older_where_it_stands() -> None:
    moved = thunar.with_action(PERSONS, OURS).replace(b"</actions>\n<!--", b"<action/>\n</actions>\n<!--")
    new = thunar.with_action(moved, NEWER)
    assert new == moved.replace(b"Ask about", b"Ask again about")


@pytest.mark.parametrize(
    "empty", [b"<actions/>", b"<actions></actions>", b"<actions />\n", thunar.EMPTY, b"<!DOCTYPE actions []><actions/>"]
)
def test_empty_list_takes_the_action(empty: bytes) -> None:
    assert _ids(thunar.with_action(empty, OURS)) == ["familiar-ask-about"]
    assert _ids(thunar.without_action(thunar.with_action(empty, OURS))) == []


def test_latin_1_file_keeps_its_letters() -> None:
    data = '<?xml version="1.0" encoding="ISO-8859-1"?><actions><action><name>é</name></action></actions>'.encode(
        "latin-1"
    )
    assert thunar.without_action(thunar.with_action(data, OURS)) == data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "line 1 is no XML"),
        (b"<actions><action></actions>", "line 1 is no XML"),
        (PERSONS[:200], "is no XML"),
        (b"<html></html>", "it begins with <html>"),
        ('<?xml version="1.0" encoding="UTF-16"?><actions/>'.encode("utf-16"), "it is not written in UTF-8"),
    ],
)
def test_damaged_file_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Problem) as caught:
        thunar.with_action(data, OURS)
    assert caught.value.code == "thunar.damaged"
    assert why in caught.value.title


_words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))


@given(st.lists(st.tuples(_words, _words)), st.sampled_from(["", "\n", "\n\t", "<!-- <action> -->"]))
def test_any_list_of_actions_survives(actions: list[tuple[str, str]], between: str) -> None:
    root = ElementTree.Element("actions")
    for name, command in actions:
        action = ElementTree.SubElement(root, "action")
        ElementTree.SubElement(action, "name", {"lang": command}).text = name
        ElementTree.SubElement(action, "command").text = command
    data = ElementTree.tostring(root).replace(b"<action>", between.encode() + b"<action>")
    with_ours = thunar.with_action(data, OURS)
    assert len(ElementTree.fromstring(with_ours)) == len(actions) + 1
    assert thunar.same_actions(with_ours, data)
    if actions:
        assert thunar.without_action(with_ours) == data
