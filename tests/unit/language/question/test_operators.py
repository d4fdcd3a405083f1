"""What is typed to limit a search, and what only looks so."""

from __future__ import annotations

from datetime import date

import pytest

from app.language.question.folder_names import by_name
from app.language.question.question import Question, understand

TODAY = date(2026, 11, 26)
FOLDERS = by_name(["/home/a/Garden", "/home/a/Garden/old", "/home/a/work/plans", "/home/b/plans", "/home/a/tax_2023"])


def asked(text: str, *without: str) -> Question:
    """The question understood."""
    return understand(text, today=TODAY, folders=FOLDERS, without=without)


def limits(text: str) -> list[tuple[str, str]]:
    """Kind and value of each filter."""
    return [(one.kind, one.value) for one in asked(text).filters]


@pytest.mark.parametrize(
    "text",
    ['"green door" handle', "„green door“ handle", "«green door» handle", "“green door” handle", "»green door« handle"],
)
def test_phrase_in_any_quotation_marks_is_to_stand_word_for_word(text: str) -> None:
    question = asked(text)
    assert question.phrases == ("green door",)
    assert question.words.split() == ["green", "door", "handle"]
    assert question.filters[0].typed
    assert text[question.filters[0].start : question.filters[0].end].strip(text[0]) != ""


def test_phrase_in_a_sentence_is_soft_since_its_marks_may_only_name_something() -> None:
    (phrase,) = asked('What does the leaflet call "slow food" and why?').filters
    assert (phrase.kind, phrase.typed, phrase.ranks) == ("phrase", False, False)


def test_word_with_a_hyphen_in_front_is_left_out() -> None:
    question = asked("recipe -walnut cake")
    assert (question.words, question.meaning, question.without) == ("recipe cake", "recipe cake", ("walnut",))


def test_word_for_a_programs_flag_can_be_left_out_itself() -> None:
    assert asked("mast -flag").without == ("flag",)


def test_two_words_with_a_hyphen_in_front_are_left_out_together() -> None:
    question = asked('recipe -"olive oil"')
    assert (question.words, question.without, question.phrases) == ("recipe", ("olive oil",), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in:Garden rake", [("folder", "/home/a/Garden")]),
        ("in:garden rake", [("folder", "/home/a/Garden")]),
        ("in:/home/a/Garden rake", [("folder", "/home/a/Garden")]),
        ("in:a/Garden rake", [("folder", "/home/a/Garden")]),
        ('in:"tax 2023" refund', [("folder", "/home/a/tax_2023")]),
        ("in:plans roof", [("folder", "/home/a/work/plans"), ("folder", "/home/b/plans")]),
        ("in:work/plans roof", [("folder", "/home/a/work/plans")]),
        ("in:bill.pdf total", [("name", "bill.pdf")]),
        ("type:pdf rake", [("type", "pdf")]),
        ("type:.PDF rake", [("type", "pdf")]),
        ("type:docs rake", [("type", "document")]),
        ("type:spreadsheet rake", [("type", "spreadsheet")]),
        ("type:slides rake", [("type", "slides")]),
        ("type:e-mail rake", []),
        ("type:mail rake", [("type", "mail")]),
        ("type:.blend rake", [("type", "blend")]),
        ("type:Bild Rechen", [("type", "image")]),
        ("after:2024-03-01 rake", [("after", "2024-03-01")]),
        ("after:2024 rake", [("after", "2024-01-01")]),
        ("before:03/2024 rake", [("before", "2024-03-01")]),
        ("before:1.4.2024 rake", [("before", "2024-04-01")]),
        ("after:13/4/2024 rake", [("after", "2024-04-13")]),
        ("after:4/13/2024 rake", [("after", "2024-04-13")]),
        ("after:yesterday rake", [("after", "2026-11-25")]),
        ('after:"last week" rake', [("after", "2026-11-16")]),
        ("after:märz rake", [("after", "2026-03-01")]),
        ("from:Olga rake", [("sender", "olga")]),
        ('from:"Olga Berg" rake', [("sender", "olga berg")]),
        ("name:bill_ rake", [("name", "bill_")]),
        ("Type:PDF rake", [("type", "pdf")]),
    ],
)
def test_operator_becomes_a_filter_and_no_word(text: str, expected: list[tuple[str, str]]) -> None:
    question = asked(text)
    assert [(one.kind, one.value) for one in question.filters] == expected
    assert ":" not in question.words and ":" not in question.meaning
    assert all(one.typed and one.label for one in question.filters)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("after:31.02.2024 rake", "There is no 31 February 2024"),
        ("before:2023-02-29 rake", "There is no 29 February 2023"),
        ("after:2024-13-01 rake", "There is no month 13 of 2024"),
        ("after:soonish rake", "“soonish” is no date"),
        ("in:Attic rake", "There is no folder “Attic”"),
        ("type:whatever-else rake", "“whatever-else” is no type of file"),
    ],
)
def test_operator_that_can_hold_for_nothing_is_left_out_and_said(text: str, said: str) -> None:
    question = asked(text)
    assert question.filters == () and question.words == "rake"
    assert len(question.notes) == 1 and question.notes[0].startswith(said)


def test_operators_alone_leave_no_words() -> None:
    question = asked("type:pdf after:2024 -draft")
    assert (question.words, question.meaning) == ("", "")
    assert [one.kind for one in question.filters] == ["type", "after", "without"]


def test_filter_that_was_taken_away_is_gone_and_its_words_only_where_they_are_words() -> None:
    text = '"green door" type:pdf -walnut handle'
    question = asked(text, "phrase:green door", "type:pdf", "without:walnut")
    assert question.filters == () and question.words == "green door handle"


@pytest.mark.parametrize(
    "text",
    [
        "it was -5 °C outside",
        "profit of -3,200 euros",
        "a well-known e-mail",
        "Ein- und -ausgang des Hauses",
        "Vor- oder -nachteile",
        "the pages 3 - 5",
        "- milk and eggs",
        "-",
        "--",
        '"',
        "\"\" '' „“",
        'he said "good morning',
        'a 27" monitor or a 24" one',
        "5'10\" tall",
        "it's the neighbours' dog",
        "rock 'n' roll",
        "http://example.com/in:foo?type:pdf",
        "at 10:30 in: the morning",
        "from: Olga",
        "note:this is no operator",
        "meeting at 12:30",
        "ratio in:out",
        "in://",
    ],
)
def test_text_with_such_marks_is_left_as_it_is(text: str) -> None:
    question = asked(text)
    assert question.filters == () or text == "ratio in:out"
    assert question.words == " ".join(text.split()) or text == "ratio in:out"


@pytest.mark.parametrize(
    "text",
    [
        'git commit -m "mend the roof"',
        "tar -xzf backup.tar.gz",
        "what does tar -xzf do?",
        "what is the -verbose flag for",
        "which switch is -quiet",
        "pip install -r requirements.txt",
        "ls -la | grep foo",
        'print("hello") if x == "a"',
        'name = "value"; other = "thing"',
        '{"type": "object", "name": "x"}',
        "SELECT * FROM t; -- in:foo",
        'find . -name "*.py" -exec rm {} +',
        "std::vector<int> -Wall",
        "$HOME/bin -x && foo --in:bar",
        "foo --type:pdf",
    ],
)
def test_code_and_command_lines_hold_no_operators(text: str) -> None:
    question = asked(text)
    assert [one.kind for one in question.filters if one.typed or one.kind in ("phrase", "without")] == []


def test_pasted_text_holds_no_operators() -> None:
    pasted = 'Shopping:\n-milk\n-eggs\nAunt "May" comes\ntype:pdf'
    assert asked(pasted).filters == ()
    assert asked("rake -leaf in:Garden " * 60).filters == ()


@pytest.mark.parametrize("length", [1, 100, 20_000])
@pytest.mark.parametrize(
    "unit", ['"', "-", "-a ", "in:", 'in:" ', "„a“ ", "1.", "😀", "ش", "the ", "last ", "\n", "type:"]
)
def test_anything_is_a_question(unit: str, length: int) -> None:
    question = asked(unit * length)
    assert question.text == unit * length
    assert all(one.start < one.end <= len(question.text) for one in question.filters)


def test_filters_name_the_stretch_that_says_them() -> None:
    text = 'rake -leaf in:Garden "green door" after:2024'
    said = [text[one.start : one.end] for one in asked(text).filters]
    assert said == ["-leaf", "in:Garden", '"green door"', "after:2024"]
