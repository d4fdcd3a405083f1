"""Limits that plain questions say in passing, and what is left to look for."""

from __future__ import annotations

from datetime import date

import pytest

from app.language.question.folder_names import by_name
from app.language.question.question import Question, understand

TODAY = date(2026, 11, 26)
FOLDERS = by_name(
    ["/h/Kitchen", "/h/diary", "/h/Werkstatt", "/h/Steuern", "/h/notes", "/h/boat plans", "/h/Logbuch", "/h/a/b/c"]
)
SENDERS = frozenset(["olga", "berg", "olga berg", "jens", "will", "march"])


def asked(text: str, *without: str) -> Question:
    """The question understood."""
    return understand(text, today=TODAY, folders=FOLDERS, senders=SENDERS, without=without)


def limits(text: str, *kinds: str) -> list[tuple[str, str]]:
    """Kind and value of the filters of some kinds."""
    return [(one.kind, one.value) for one in asked(text).filters if one.kind in kinds]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Which PDF mentions the gutter?", "pdf"),
        ("What is the total in the spreadsheet of the boat?", "spreadsheet"),
        ("In welcher Excel-Datei steht die Miete?", "spreadsheet"),
        ("Excel file with the rent", "spreadsheet"),
        ("E-Mails über den Garten", "mail"),
        ("emails about the garden", "mail"),
        ("Find the e-mail from the bank", "mail"),
        ("the Word document on beekeeping", "document"),
        ("my photos of the boat", "image"),
        ("What do the slides say on tides?", "slides"),
        ("Quel PDF parle du toit ?", "pdf"),
        ("¿Qué dice el PDF del tejado?", "pdf"),
    ],
)
def test_sort_of_file_is_understood(text: str, kind: str) -> None:
    assert limits(text, "type") == [("type", kind)]


@pytest.mark.parametrize(
    "text",
    [
        "What is Olga's e-mail address?", "Wie ist die E-Mail-Adresse von Olga?", "how to read csv into numpy",
        "which PDF reader is best", "the email server is down", "spreadsheet program for old machines",
        "a word of advice", "the picture of health", "python send email with attachment", "convert pdf to text",
        "in other words",
    ],
)  # fmt: skip
def test_words_for_files_that_mean_something_else_limit_nothing(text: str) -> None:
    assert limits(text, "type") == []


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("What is broken in my Kitchen folder?", "/h/Kitchen"),
        ("in the folder boat plans: keel", "/h/boat plans"),
        ("Was liegt im Ordner Werkstatt?", "/h/Werkstatt"),
        ("Was steht im Steuernordner zur Rente?", "/h/Steuern"),
        ("Logbucheintrag zum Sturm", "/h/Logbuch"),
        ("What did I note in my last diary entry?", "/h/diary"),
        ("keel length from the boat plans folder", "/h/boat plans"),
        ("What is in Kitchen?", "/h/Kitchen"),
    ],
)
def test_folder_is_understood_by_its_name(text: str, folder: str) -> None:
    assert limits(text, "folder") == [("folder", folder)]


@pytest.mark.parametrize(
    "text",
    ["Who paid for the kitchen sink?", "kitchen", "the diary of a nobody", "in my notes about tides",
     "What is in the attic folder?", "b"],
)  # fmt: skip
def test_name_of_a_folder_that_is_only_a_word_limits_nothing(text: str) -> None:
    assert limits(text, "folder") == []


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("What did Olga write about the mast?", "olga"),
        ("what did olga write about the mast", "olga"),
        ("What has Olga Berg suggested for the mast?", "olga berg"),
        ("mail from Olga Berg about the mast", "olga berg"),
        ("Was hat Jens über den Mast geschrieben?", "jens"),
        ("Was schrieb Jens zum Mast?", "jens"),
        ("Jens schrieb etwas zum Mast", "jens"),
        ("Mail von Jens zum Mast", "jens"),
        ("Olga's mail on the mast", "olga"),
        ("Olgas Mail zum Mast", "olga"),
        ("courriel de Olga sur le mât", "olga"),
    ],
)
def test_sender_is_understood_where_they_wrote_something(text: str, sender: str) -> None:
    assert limits(text, "sender") == [("sender", sender)]


@pytest.mark.parametrize(
    "text",
    ["What did Bruno write about the mast?", "Where does Olga live?", "Who will write the report?", "from March on",
     "mail from the bank", "train from Bremen", "What is Olga's telephone number?"],
)  # fmt: skip
def test_name_that_is_no_sender_or_is_asked_about_limits_nothing(text: str) -> None:
    assert limits(text, "sender") == []


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("What was the fee in the latest contract?", "newest"),
        ("the newest price list", "newest"),
        ("most recent blood test", "newest"),
        ("What did the last inspection find?", "newest"),
        ("my last two invoices", "newest"),
        ("What is the current rent?", "newest"),
        ("Was kostet es im aktuellen Vertrag?", "newest"),
        ("Was steht in der letzten Abrechnung?", "newest"),
        ("Der neueste Stand zum Dach", "newest"),
        ("Quel est le dernier relevé ?", "newest"),
        ("¿Cuál es la última factura?", "newest"),
        ("l'ultima bolletta", "newest"),
        ("de laatste rekening", "newest"),
        ("the oldest letter about the mill", "oldest"),
    ],
)
def test_newest_is_understood(text: str, order: str) -> None:
    assert limits(text, "order") == [("order", order)]


@pytest.mark.parametrize(
    "text",
    [
        "What is her last name?", "At last it rained", "How long did the talk last?", "Will it last until May?",
        "the last page of the contract", "last year's budget", "last week", "the last time we met", "electric current",
        "Wie ist sein letzter Wille?", "auf der letzten Seite", "letzte Woche", "la semaine dernière",
        "the current account", "How long does the battery last?", "letztes Mal", "last Monday", "last spring",
    ],
)  # fmt: skip
def test_last_that_is_no_order_is_left_alone(text: str) -> None:
    assert limits(text, "order") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What does offer_roof.pdf say about tiles?", "offer_roof.pdf"),
        ("tiles in offer_roof", "offer_roof"),
        ("What is the limit in 2019-06.csv?", "2019-06.csv"),
        ("Was steht in Angebot.docx?", "angebot.docx"),
    ],
)
def test_file_is_understood_by_its_name(text: str, name: str) -> None:
    assert limits(text, "name") == [("name", name)]


@pytest.mark.parametrize(
    "text", ["Where is load_config defined?", "write to olga@berg.de", "see https://x.org/a.pdf", "e.g. tea"]
)
def test_what_only_looks_like_a_files_name_is_left_alone(text: str) -> None:
    assert limits(text, "name") == []


def test_understood_limits_are_no_words_any_more() -> None:
    question = asked("What did Olga write about the mast in her e-mails since May?")
    assert {"mast"} == {
        word for word in question.words.strip("?").split() if word in ("Olga", "e-mails", "May", "mast")
    }
    assert "Olga" in question.meaning
    assert len(question.understood) == 3


def test_limit_that_was_taken_away_is_words_again() -> None:
    text = "What did Olga write about the mast?"
    question = asked(text, "sender:olga")
    assert question.filters == () and question.words == text


def test_question_whose_limits_say_all_leaves_nothing_to_look_for() -> None:
    for text in ("What did I note in my last diary entry?", "mails from Olga", "What did I write last week?",
                 "Zeig mir alle Mails von Jens", "newest PDF", "Was habe ich im Mai notiert?"):  # fmt: skip
        question = asked(text)
        assert question.words == "" and question.filters, text


def test_year_of_what_a_question_is_about_ranks_and_stays_a_word() -> None:
    question = asked("What did we pay for coal in 2023?")
    assert [(one.kind, one.value, one.ranks) for one in question.filters] == [
        ("after", "2023-01-01", True), ("before", "2024-01-01", True),
    ]  # fmt: skip
    assert "2023" in question.words


def test_time_in_which_letters_came_limits() -> None:
    question = asked("Which letters about coal came in May 2023?")
    assert [(one.kind, one.value, one.ranks) for one in question.filters] == [
        ("after", "2023-05-01", False), ("before", "2023-06-01", False),
    ]  # fmt: skip
    assert "2023" not in question.words


def test_date_that_does_not_exist_is_said_in_a_plain_question_too() -> None:
    question = asked("the letter of 31 February 2024")
    assert question.filters == () and question.notes == (
        "There is no 31 February 2024, so no date was taken from the question.",
    )


def test_typed_operator_stands_above_plain_words_of_its_kind() -> None:
    question = asked("which spreadsheet since May type:pdf before:2020")
    assert [(one.kind, one.value) for one in question.filters] == [("type", "pdf"), ("before", "2020-01-01")]


def test_long_text_is_no_question_with_limits() -> None:
    assert asked("last week Olga wrote in the newest PDF in my Kitchen folder " * 8).filters == ()


@pytest.mark.parametrize(
    "text",
    [
        "What does AB-1234/5 cost?", "fan for AB 1234/5", "part AB-2024/5", "PO 2024/05 for coal", "price of 1234/5",
        "part number 2051-11", "IBAN DE89 3704 0044 0532 0130 00", "account DE89370400440532013000",
        "who pays into GB29 NWBK 6016 1331 9268 19", "call 030 1234 2023", "call +49 2019 123456", "01/2345-6789",
        "What changed in v2.10?", "What changed in version 1.2.24?", "clause 4.2.10 of the lease",
        "ISBN 978-3-16-148410-0", "ISBN 3-16-148410-X", "from 2019-1234-77", "train at 10:30",
        "the talk from 9.15 to 10.45",
        "the match that ended 3-1", "the set of 21-19", "192.168.20.24", "INV-2024-03", "ticket ACME-2023-11-05-7",
        "the PDF-1234 valve", "which mail-2023/7 relay", "a fuse of 12.34.56", "a bill of 1234 pounds", "#12/2024",
        "What is in my latest-2023/4 sensor?", "from Olga-17/3", "case 4711/2023-05", "model X-05/2024",
    ],
)  # fmt: skip
def test_nothing_within_an_identifier_limits_or_ranks(text: str) -> None:
    question = asked(text)
    assert question.filters == () and question.notes == () and question.words == text


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("mails since 2024-03-01 about AB-1234/5", "2024-03-01"), ("mails since 1.3.2024 - 10:30", "2024-03-01"),
        ("letters of Q3-2023", "2023-07-01"), ("letters of Q3/2023", "2023-07-01"), ("part Q3-5/2023", ""),
        ("letters of May-2023", "2023-05-01"),
        ("letters of 01.05.2023 14:30", "2023-05-01"), ("letters of 2023-05-01/2", ""),
        ("mails in the year 1234", "1234-01-01"), ("letters after:1234", "1234-01-01"), ("PDF 12/2024", "2024-12-01"),
    ],
)  # fmt: skip
def test_date_beside_an_identifier_or_with_a_word_that_says_so_is_one(text: str, first: str) -> None:
    assert [value for _, value in limits(text, "after")] == ([first] if first else [])


@pytest.mark.parametrize(
    "text", ["invoice 12/2024", "What is new in Python 3.10.12?", "Rechnung Nr. 12/2024", "order 03/2024 for coal"]
)
def test_number_that_may_be_a_date_ranks_and_stays_a_word(text: str) -> None:
    question = asked(text)
    assert {one.kind for one in question.filters} == {"after", "before"} and question.understood == ()
    assert question.words == text


def test_folder_whose_name_looks_like_an_identifier_is_still_a_folder() -> None:
    folders = by_name(["/h/notes-2024/3", "/h/AB-1234"])
    question = understand("coal in my AB-1234 folder", today=TODAY, folders=folders)
    assert [one.value for one in question.filters] == ["/h/AB-1234"]
