"""A word is found in whichever spelling it is asked for, and an identifier is one thing."""

from __future__ import annotations

import pytest

from app.store.index import IndexStore
from app.store.query_words import query_words
from tests.unit.store.test_query_words import fill, found, index

__all__ = ["index"]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Frau Köhler kommt.", "Koehler"), ("Frau Köhler kommt.", "Kohler"), ("Frau Köhler kommt.", "KÖHLER"),
        ("Frau Koehler kommt.", "Köhler"), ("Frau Koehler kommt.", "Kohler"), ("Frau Kohler kommt.", "Koehler"),
        ("Die Gießerei schließt.", "Giesserei"), ("DIE GIESSEREI SCHLIESST", "Gießerei"), ("GROẞE ALLEE", "große"),
        ("The oﬃce is ﬂooded.", "office flooded"), ("Ｆｕｌｌ ｗｉｄｔｈ", "full width"), ("café crème", "cafe creme"),
        ("Smørebrød i Tromsø", "smorebrod"), ("Smørebrød i Tromsø", "Tromsoe"), ("Ærø og Ålborg", "aero"),
        ("Die Kün\u00addigung liegt bei.", "Kündigung"), ("Işık sokağı", "isik"), ("İZMİR", "izmir"),
        ("Ο λόγος του Σίσυφου", "ΛΟΓΟΣ"), ("всё о ёлках", "елки"), ("شركة الكهرباء", "شركه"), ("كتـــاب", "كتاب"),
        ("مُحَمَّد", "محمد"), ("إيجار الشقة", "ايجار"), ("ज़रूरी काग़ज़", "जरूरी"), ("हिन्दी", "हिंदी"),
        ("שָׁלוֹם", "שלום"),
        ("東京都の会議", "東京"), ("会議", "会"), ("สัญญาเช่าบ้าน", "สัญญาเช่า"), ("회의는 화요일에 있다", "회의"),
        ("주택담보대출", "대출은"),
        ("The gar-\nden shed", "garden"), ("The gar-\nden shed", "gar"), ("Send an e-mail.", "email"),
        ("def readLeaseTerms():", "lease"), ("the naïve reader", "naive"), ("Đặng Văn Lâm", "Dang"), ("Łódź", "Lodz"),
    ],
)  # fmt: skip
def test_word_is_found_in_another_spelling(index: IndexStore, text: str, asked: str) -> None:
    fill(index, wanted=text, other="Something of another kind altogether.")
    assert found(index, asked) == ["wanted"]


@pytest.mark.parametrize(
    ("text", "near", "asked"),
    [
        ("valve KX-4471/2 fitted", "valve KX-4471/3 and KX 2 4471", "KX-4471/2"),
        ("valve KX-4471/2 fitted", "valve KX 4471", "KX 4471/2"),
        ("AT61 1904 3002 3457 3201", "AT61 1904 3002 3457 3202", "AT611904300234573201"),
        ("AT611904300234573201", "AT611904300234573202", "AT61 1904 3002 3457 3201"),
        ("Call +43 1 5880 0123", "Call +43 1 5880 0124", "+431-58800123"),
        ("4929 1234 5678 9012", "4929", "4929123456789012"),
        ("written in C++ and more", "written in C", "C++"), ("written in C", "written in C++ or C#", "C"),
        ("a book on F#", "a book on F major", "F#"), ("needs .NET to run", "the net income", ".NET"),
        ("release v4.20 is out", "release v4.2 is out", "v4.20"), ("release v4.2 is out", "release v4.20", "4.2"),
        ("Python 3.12 only", "Python 3.1 only", "3.12"), ("see clause 7.3 here", "see clause 7.31", "§ 7.3"),
        ("costs 2,750 euros", "costs 2,705 euros", "2750"), ("kostet 2.750 Euro", "kostet 27,50 Euro", "2750"),
        ("saved as plan_final_v3.xlsx", "plan_final_v2.xlsx v3", "plan_final_v3.xlsx"),
        ("tax number 21/815/08150", "21/815/08151", "21 815 08150"),
        ("invoice 2023-0042-B", "invoice 2023-0043-B 42", "2023-0042-B"),
    ],
)  # fmt: skip
def test_identifier_is_one_thing(index: IndexStore, text: str, near: str, asked: str) -> None:
    fill(index, near=near, wanted=text)
    assert found(index, asked)[0] == "wanted"


def test_identifier_that_stands_nowhere_is_missing(index: IndexStore) -> None:
    fill(index, a="valve KX-4471/3")
    assert query_words(index, "KX-4471/2").missing[0] == "kx-4471/2"


def test_umlaut_of_a_name_is_no_reason_to_take_words_for_others(index: IndexStore) -> None:
    fill(index, a="the poet reads", b="a pot of tea")
    assert found(index, "poet") == ["a"]
    assert found(index, "pot") == ["b"]


def test_word_that_the_end_of_a_page_divides_is_found_where_it_ends(index: IndexStore) -> None:
    fill(index, pages=["It was about the micro-\n7", "Chapter 2\nscopes in the cellar."])
    assert query_words(index, "microscopes").looked_for
    assert found(index, "microscopes") == ["pages"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Wie hoch ist der Beitrag für das Boot?", "hoch beitrag boot"), ("Combien coûte le bateau ?", "coute bateau"),
        ("¿Cuánto cuesta el barco?", "cuesta barco"),
        ("Quanto costa il cancello della scuola?", "costa cancello scuola"),
        ("Quanto é que custa o barco?", "custa barco"), ("Hoeveel kost de boot?", "kost boot"),
        ("Hur mycket kostar båten?", "kostar baten"), ("Ile kosztuje ta łódź?", "kosztuje lodz"),
        ("Сколько стоит лодка?", "стоит лодка"), ("Bu tekne ne kadar?", "tekne"), ("كم سعر القارب؟", "سعر القارب"),
        ("नाव की कीमत क्या है?", "नाव किमत"), ("Πόσο κοστίζει το σκάφος;", "κοστιζει σκαφοσ"),
        ("How much is the boat?", "boat"), ("Cât costă barca?", "costa barca"), ("כמה עולה הסירה?", "עולה הסירה"),
    ],
)  # fmt: skip
def test_function_words_of_the_questions_language_do_not_count(index: IndexStore, question: str, text: str) -> None:
    assert " ".join(word.text for word in query_words(index, question).words) == text


@pytest.mark.parametrize("keywords", ["lease end", "war report", "car loan", "los angeles map"])
def test_keyword_is_no_function_word_of_a_language_that_the_files_are_not_in(index: IndexStore, keywords: str) -> None:
    fill(index, a="This is what we know of it, and that is not much.", b="They were there when it was asked for.")
    assert " ".join(word.text for word in query_words(index, keywords).words) == keywords


def test_keyword_is_a_function_word_of_the_language_that_most_files_are_in(index: IndexStore) -> None:
    fill(index, a="Das ist alles, was wir von ihm und der Sache wissen.", b="Wir sind nicht dort, wo er gewesen ist.")
    assert [word.text for word in query_words(index, "wir Miete").words] == ["miete"]
    fill(index, c="This is it, and that is not much.")
    assert [word.text for word in query_words(index, "the lease").words] == ["lease"]


@pytest.mark.parametrize(
    "question",
    [
        "", " ", "?", "🦊🦊", "x", "\ud800", "to be or not to be", '"', "*", "NEAR(", "-", "a" * 20_000,
        "word " * 4_000,
        "\u0301" * 20_000, "e" + "\u0301\u0323" * 9_000, "1-" * 9_000, "12 " * 6_000, "היכן הסירה", "字" * 20_000,
        "a.b" * 6_000, "AB-" * 6_000, '="x', "^body : x",
    ],
)  # fmt: skip
def test_hostile_question_gets_an_answer(index: IndexStore, question: str) -> None:
    fill(index, a="to be or not to be")
    assert found(index, question) in ([], ["a"])


def test_name_with_a_typo_is_taken_for_the_one_that_the_files_have(index: IndexStore) -> None:
    fill(index, a="The boat belongs to Leopoldine Krautwurst.", b="Apples and pears.")
    for asked in ("Who is Leopoldina Krautwurts?", "leopoldin krautwurst", "Leoploldine", "Eopoldine"):
        assert found(index, asked)[0] == "a", asked
    [first, second] = query_words(index, "Who is Leopoldina Krautwurts?").corrections
    assert (first.word, first.meant, second.word, second.meant) == (
        "Leopoldina",
        "Leopoldine",
        "Krautwurts",
        "Krautwurst",
    )


@pytest.mark.parametrize("asked", ["Who is the contact?", "wifi", "KX-4471/3", "4472", "What does the house cost?"])
def test_words_that_are_no_typos_are_not_taken_for_others(index: IndexStore, asked: str) -> None:
    fill(index, a="The contract says that the wife of Horst gets KX-4471/2 and 4471 with the horse.")
    assert query_words(index, asked).corrections == ()


@pytest.mark.parametrize(
    "asked",
    [
        "Welches Gedicht mochte Horst?", "Wo liegt der Helm?", "Wann war die Annahme?", "Wann sind die Vorträge?",
        "Who was Shelley?", "Who was Nixon?", "Wer steigt auf den Turm?", "In welcher Linie war es?",
    ],
)  # fmt: skip
def test_word_of_its_own_is_not_taken_for_another_that_the_files_have(index: IndexStore, asked: str) -> None:
    fill(
        index, a="Das Gericht nennt die Verträge, und das Heim steht in Annam.", b="Shirley met Nimon. She was nice.",
        c="Der Sturm hat die Linde gefällt, und Horst mochte sie.",
    )  # fmt: skip
    assert query_words(index, asked).corrections == ()


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Was hat Frau Hofmann geschrieben?", "Hoffmann"), ("Wann kommt Meyer?", "Meier"),
        ("Wo wohnt Otillie?", "Ottilie"),
        ("Was sagt Schmitd dazu?", "Schmidt"), ("Wann kommt Wienert?", "Weinert"),
        ("Wo steht etwas von der Kündigunsfrist?", "Kündigungsfrist"),
    ],
)  # fmt: skip
def test_name_with_a_slip_is_found_among_capital_nouns(index: IndexStore, asked: str, meant: str) -> None:
    fill(
        index, a="Die Kündigungsfrist wurde mit Ottilie Hoffmann und Herrn Schmidt abgesprochen.",
        b="Im Garten von Meier und Weinert steht eine Bank.",
    )  # fmt: skip
    assert [one.meant for one in query_words(index, asked).corrections] == [meant]
