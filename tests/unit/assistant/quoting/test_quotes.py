from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from app.assistant.ports import Passage
from app.assistant.quoting.quotes import Question, Quote, cite, find_quotes, support
from app.base.places import narrow
from app.base.values import Place
from tests.support.scripted_model import passage

LEASE = (
    "Rental agreement\n"
    "The landlord is Greta Olsen. The office lies in Harbour Street.\n"
    "The lease ends on 30 June 2027. It may be prolonged by two years.\n"
    "Pets are not allowed."
)
GARDEN = "Tomatoes need sun. Water them in the morning. Carrots grow in sand."


def best_quotes(question: str, passages: Sequence[Passage]) -> tuple[Quote, ...]:
    found = find_quotes(Question(question), passages)
    return found.quotes if found.certain else ()


def texts(question: str, *passages: Passage) -> list[str]:
    return [quote.text for quote in best_quotes(question, passages)]


def test_best_sentence_answers_the_question() -> None:
    found = texts("When does the lease end?", passage("/a.txt", GARDEN), passage("/b.txt", LEASE))
    assert found[0].startswith("The lease ends on 30 June 2027.")


def test_quote_is_the_files_own_words_at_its_exact_place() -> None:
    file = "x" * 100 + LEASE
    part = Passage(
        path="/b.txt", sha256="ab", text=LEASE, file_chars=len(file), score=1.0,
        place=Place(kind="line", first=11, last=14, label="lines 11–14", start=100, end=len(file)),
    )  # fmt: skip
    (quote,) = best_quotes("Are pets allowed?", [part])
    citation = cite(1, quote)
    assert file[citation.place.start : citation.place.end] == citation.quote == "Pets are not allowed."
    assert (citation.place.first, citation.place.last, citation.place.label) == (14, 14, "line 14")


def test_page_of_a_quote_is_its_passages() -> None:
    place = Place(kind="page", first=3, last=4, label="pages 3–4", start=50, end=90)
    assert narrow(place, "a" * 40, 10, 20) == Place(kind="page", first=3, last=4, label="pages 3–4", start=60, end=70)


def test_question_about_something_else_gets_no_quote() -> None:
    assert texts("Who won the world cup in football?", passage("/a.txt", GARDEN), passage("/b.txt", LEASE)) == []


def test_meaning_is_enough_where_no_word_is_shared() -> None:
    near = passage("/a.txt", GARDEN)
    question = "How do I grow vegetables?"
    assert texts("Which vegetables like warmth?", near) == []
    assert texts(question, msgspec.structs.replace(near, similarity=0.6))


def test_file_name_and_heading_count_for_their_sentences() -> None:
    one = msgspec.structs.replace(passage("/berlin.txt", "The budget is 3 million."), heading="Berlin office")
    other = passage("/oslo.txt", "The budget is 5 million.")
    assert texts("What is the budget of the Berlin office?", other, one)[0] == "The budget is 3 million."


def test_copies_are_quoted_once() -> None:
    assert len(texts("When does the lease end?", passage("/a.txt", LEASE), passage("/copy.txt", LEASE))) == 1


def test_a_passage_gives_at_most_two_sentences_and_an_answer_five() -> None:
    many = [
        passage(
            f"/{n}.txt", f"Whale {n} sings{n}. Nothing here. Song{n} of a whale{n}. Nor here. A whale dives{n} deep."
        )
        for n in range(9)
    ]
    found = best_quotes("What do whales do?", many)
    assert len(found) == 5
    for part in many:
        assert sum(quote.passage is part for quote in found) <= 2


def test_heading_is_the_caption_of_what_stands_under_it() -> None:
    part = passage("/a.md", "## Notice period\nIt is three months to the end of a year.")
    (found,) = best_quotes("What is the notice period?", [part])
    assert found.text == "It is three months to the end of a year."
    assert cite(1, found).caption == "Notice period"


def test_question_that_says_nothing_gets_the_beginning() -> None:
    assert texts("What is this about?", passage("/a.txt", GARDEN))[0].startswith("Tomatoes need sun.")


def test_figures_are_preferred_where_one_is_asked_for() -> None:
    text = "The price of the boat was discussed at length. The boat had a price of 40,000 euros at the end of it all."
    (best, *_) = texts("How much was the price of the boat?", passage("/a.txt", text))
    assert "40,000" in best


def test_support_is_the_sentence_that_bears_the_claim() -> None:
    part = passage("/b.txt", LEASE)
    assert support(part, ["The contract runs until 30 June 2027."]).text.startswith("The lease ends on 30 June 2027.")
    assert "Greta Olsen" in support(part, ["The owner is called Olsen."]).text
    assert support(part, ["Nothing shared whatsoever: zzz."]).text
    assert support(passage("/e.txt", " \n "), ["claim"]).text == " \n "


def test_other_scripts_are_quoted_too() -> None:
    text = "西红柿需要阳光。租约于2027年6月30日结束。禁止养宠物。"
    (best, *_) = texts("租约什么时候结束？", passage("/a.txt", text))
    assert "2027" in best


def test_running_head_is_no_answer() -> None:
    pages = [
        passage("/lease.pdf", f"Lease of Linden Court, the end, page {n}\n\n{body}", start=n * 1000)
        for n, body in enumerate(
            ["The rent is 900 euros a month.", "It ends on the last day of May.", "Pets are allowed."]
        )
    ]
    found = texts("When does the lease of Linden Court end?", *pages)
    assert found[0] == "It ends on the last day of May."


def test_date_is_preferred_where_one_is_asked_for() -> None:
    text = "The bridge was opened by the king. It is painted red all over. Opened in 1931, the bridge was the longest."
    assert texts("When was the bridge opened?", passage("/a.txt", text))[0].startswith("Opened in 1931")


def test_naughty_strings_are_asked_and_quoted(yardsticks: Path) -> None:
    strings = json.loads((yardsticks / "agent" / "naughty_strings" / "blns.json").read_text("utf-8"))
    parts = [passage(f"/{n}.txt", text) for n, text in enumerate(strings) if text.strip()]
    for text in strings:
        for quote in best_quotes(text, parts[:20]):
            assert quote.text == quote.passage.text[quote.start : quote.end]
    for part in parts:
        quote = support(part, ["a claim", part.text])
        assert 0 <= quote.start < quote.end <= len(part.text)


def test_sentence_is_found_by_the_label_that_it_stands_under() -> None:
    text = (
        "Household\n\nWashing machine\n\nBrunner WM 640, bought in March. The warranty runs for five years.\n\n"
        "Dishwasher\n\nSolvik D45, second-hand. Salt is set to level 3."
    )
    found = texts("How long is the warranty of the washing machine?", passage("/a.docx", text))
    assert "The warranty runs for five years." in found[0]


def test_rows_that_differ_in_their_numbers_alone_are_no_running_heads() -> None:
    parts = ["\n".join(f"{n},Person {n},Town {n % 77},{n * 3.5:.2f}" for n in range(at, at + 15)) for at in (1, 16, 31)]
    found = texts("Which town for person 17?", *(passage("/big.csv", part) for part in parts))
    assert any("Person 17,Town 17" in text for text in found)


def test_heading_alone_is_no_quote() -> None:
    part = passage("/a.md", "Washing machine warranty\n\nIt runs for five years.")
    found = texts("How long is the warranty of the washing machine?", part)
    assert all(quote.strip() != "Washing machine warranty" for quote in found)
    assert any("five years" in quote for quote in found)


def test_forms_and_compounds_of_the_questions_language_are_the_same_word() -> None:
    forest = "Das Becken ist groß. Die Siedlung liegt am Fluss. Die Spanier benannten das Fort 1565 in San Mateo um."
    mill = "Eine Mühle steht am Bach. Das Werk wurde 1924 von Anna Baum gegründet. Der Regenwald ist feucht."
    found = texts("Wann wurde die Festung am Fluss umbenannt?", passage("/a.txt", forest), passage("/b.txt", mill))
    assert "1565" in found[0]
    found = texts("Wer gründete das Sägewerk am Bach?", passage("/a.txt", forest), passage("/b.txt", mill))
    assert "Anna Baum" in found[0]
    assert "Regenwald" in texts("Was ist mit dem feuchten Wald?", passage("/b.txt", mill))[0]


def test_percentage_or_year_is_no_count() -> None:
    text = (
        "The efficiency of the Olsen engine was 27 % in 1973, and the engine was sold.\n\n"
        "The price of the Olsen engine was fair.\n\nThe Olsen engine had 5 cylinders of the best steel."
    )
    assert "5 cylinders" in texts("How many pistons did the Olsen engine have?", passage("/a.txt", text))[0]
    assert "27 %" in texts("What percentage of efficiency did the Olsen engine have?", passage("/a.txt", text))[0]


def test_words_that_ask_for_a_sort_of_thing_hardly_count() -> None:
    text = "The year of the great flood was a year of patents for Tesla.\n\nTesla died on 7 January 1943."
    assert "1943" in texts("In what year was it that Tesla died?", passage("/a.txt", text))[0]
