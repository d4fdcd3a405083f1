from __future__ import annotations

import pytest

from app.assistant.evidence import Evidence
from app.assistant.ports import AskedWord, Passage
from app.assistant.quote_answer import QuoteAnswer, quote_answer, quotes_of
from app.base.values import Correction
from tests.support.scripted_model import passage


def lease(street: str, deposit: str) -> Passage:
    text = f"# Lease {street}\n\nThe flat is let since May.\n\n## Deposit\n\nThe deposit is {deposit} euros.\n"
    one = passage(f"/lease_{street.split()[0].lower()}.md", text)
    return Passage(path=one.path, sha256="ab", place=one.place, text=text, title=f"Lease {street}", score=1.0)


BIRKE = lease("Birkenstrasse 9", "1,200")
MOLE = lease("Mole 4", "1,850")


def answer(question: str, *passages: Passage, **known: object) -> QuoteAnswer:
    evidence = Evidence(passages, len(passages), len(passages), **known)  # type: ignore[arg-type]
    found = quotes_of(question, evidence, strict=0.408, text_of=lambda *_: "")
    return quote_answer(question, evidence, found, scoped=False)


def test_files_with_different_answers_are_told_apart() -> None:
    given = answer("How much is the deposit?", BIRKE, MOLE)
    assert given.mode == "quotes"
    assert set(given.pieces) == {
        "In Birkenstrasse 9:\n\n“The deposit is 1,200 euros.” [1]", "In Mole 4:\n\n“The deposit is 1,850 euros.” [2]",
    }  # fmt: skip
    assert [one.caption for one in given.citations] == ["Deposit", "Deposit"]


def test_file_that_the_question_names_answers_alone() -> None:
    given = answer("How much is the deposit for Mole 4?", BIRKE, MOLE)
    assert given.pieces[0] == "“The deposit is 1,850 euros.” [1]"


def test_what_no_file_mentions_is_named_and_the_nearest_called_that() -> None:
    words = [("alarm", 0.0), ("code", 0.0), ("mole", 2.0)]
    given = answer(
        "What is the alarm code in Mole 4?", BIRKE, MOLE,
        asked=tuple(AskedWord(text=text, rarity=rarity) for text, rarity in words),
    )  # fmt: skip
    assert given.mode == "not_found"
    assert given.pieces[0] == "No file mentions “alarm code”. Nothing certain in your 2 files. The nearest is:"
    assert given.pieces[1].startswith("“")
    assert [one.path for one in given.citations] == ["/lease_mole.md"]


def test_nothing_near_is_shown_where_nothing_is_shared() -> None:
    given = answer("Xylophonkiste?", BIRKE, MOLE)
    assert (given.mode, given.citations) == ("not_found", ())
    assert given.pieces[0].startswith("Nothing in your 2 files matches the question.")


def test_word_with_a_typo_is_searched_as_it_was_meant() -> None:
    given = answer(
        "When was Birkenstrase 9 let?", BIRKE, corrections=(Correction(word="Birkenstrase", meant="Birkenstrasse"),)
    )
    assert given.mode == "quotes"
    assert given.pieces[0] == "“The flat is let since May.” [1]"


TABLES = {
    "/stock.csv": "Part;Shelf;Pieces\nbolt M6;A4;120\nbolt M8;A5;75\n\"nut; M6\";B1;300\n",
    "/stock.tsv": "Part\tShelf\tPieces\nbolt M6\tA4\t120\nbolt M8\tA5\t75\n",
    "/stock.md": "# Stock\n\n| Part | Shelf | Pieces |\n|:--|---|--:|\n| bolt M6 | A4 | 120 |\n| bolt M8 | A5 | 75 |\n",
    "/stock.txt": "Part,Shelf,Pieces\nbolt M6,A4,120\nbolt M8,A5,75\nbolt M10,A6,12\n",
}  # fmt: skip


@pytest.mark.parametrize("path", TABLES)
def test_row_of_a_table_comes_with_its_column_names(path: str) -> None:
    given = answer("On which shelf is the bolt M8?", passage(path, TABLES[path]))
    table = "| Part | Shelf | Pieces |\n|---|---|---|\n| bolt M8 | A5 | 75 |\n\n [1]"
    assert given.pieces == (table,)
    assert "M8" in given.citations[0].quote
    assert "\n" not in given.citations[0].quote


def test_names_of_columns_are_found_above_the_passage() -> None:
    rows = [f"bolt M{n};A{n};{n * 7}" for n in range(400)]
    text = "Part;Shelf;Pieces\n" + "\n".join(rows) + "\n"
    at = text.index("bolt M300;")
    whole = passage("/stock.csv", text[at : at + 300], start=at)
    evidence = Evidence((whole,), 1, 1)
    found = quotes_of("Which shelf has bolt M301?", evidence, strict=0.408, text_of=lambda _, a, b: text[a:b])
    given = quote_answer("Which shelf has bolt M301?", evidence, found, scoped=False)
    assert given.pieces[0].startswith("| Part | Shelf | Pieces |\n|---|---|---|\n| bolt M301 | A301 | 2107 |")


def test_code_is_a_block_and_markdown_shows_no_marks() -> None:
    text = "# Backup\n\nThe **nightly** backup of the [cellar server](http://10.0.0.2) runs `borg create` at 2:30.\n"
    assert answer("When does the nightly backup run?", passage("/b.md", text)).pieces == (
        "“The nightly backup of the cellar server runs borg create at 2:30.” [1]",
    )
    code = "Run it by hand like so:\n\n```sh\nborg create backup cellar\nborg prune cellar\n```\n"
    given = answer("borg prune cellar backup", passage("/c.md", code))
    assert given.pieces[0] == "```\nborg create backup cellar\nborg prune cellar\n```\n [1]"


def test_mail_is_captioned_with_its_sender_and_its_date() -> None:
    one = passage("/m.eml", "The parcel for Aunt Hedwig is at the harbour office.")
    mail = Passage(
        path=one.path, sha256="ab", place=one.place, text=one.text, sender="Jonte Behr", sent_at=1_709_290_000_000
    )
    given = answer("Where is the parcel for Aunt Hedwig?", mail)
    assert given.citations[0].caption == "Jonte Behr, 1 March 2024"


def test_sentence_that_begins_before_the_passage_is_quoted_whole() -> None:
    text = "We met at noon. The old ferry to Norderney was sold in autumn to a museum in Emden. It rained."
    at = text.index("sold in autumn")
    one = passage("/n.txt", text[at:], start=at)
    part = Passage(path=one.path, sha256="ab", place=one.place, text=one.text, file_chars=len(text), score=1.0)
    evidence = Evidence((part,), 1, 1)
    question = "To whom was the ferry sold in autumn?"
    found = quotes_of(question, evidence, strict=0.3, text_of=lambda _, a, b: text[a:b])
    citation = quote_answer(question, evidence, found, scoped=False).citations[0]
    assert citation.quote == "The old ferry to Norderney was sold in autumn to a museum in Emden."
    assert text[citation.place.start : citation.place.end] == citation.quote
