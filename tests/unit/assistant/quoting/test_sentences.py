from __future__ import annotations

from typing import Any, SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assistant.quoting.sentences import LONGEST, spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It cost 3.5 million, says Dr. Smith, e.g. in Fig. 2. Then more.",
         ["It cost 3.5 million, says Dr. Smith, e.g. in Fig. 2.", "Then more."]),
        ("J. R. Smith wrote it. “Really?” he asked.", ["J. R. Smith wrote it.", "“Really?”", "he asked."]),
        ("A line that is broken\nin the middle goes on.", ["A line that is broken\nin the middle goes on."]),
        ("# A heading\nThe text begins.", ["# A heading", "The text begins."]),
        ("- first one\n- second one\n  goes on\n1. third", ["- first one", "- second one\n  goes on", "1. third"]),
        ("Name: Anna Berg\nCity: Oslo", ["Name: Anna Berg", "City: Oslo"]),
        ("第一句。第二句！「第三句。」第四", ["第一句。", "第二句！", "「第三句。」", "第四"]),
        ("One paragraph\n\nAnother\r\n", ["One paragraph", "Another"]),
        ("def f(x):\n    y = x + 1\n    return y", ["def f(x):\n    y = x + 1\n    return y"]),
        ("", []),
        (" \n\t\n ", []),
    ],
)  # fmt: skip
def test_text_is_cut_where_its_sentences_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_long_sentence_is_cut_at_a_clause() -> None:
    pieces = sentences("word " * 60 + "end, " + "more " * 60 + "end.")
    assert all(len(piece) <= LONGEST for piece in pieces)
    assert pieces[0].endswith("end,")


def test_text_without_spaces_is_cut_too() -> None:
    assert [len(piece) for piece in sentences("x" * 1000)] == [600, 400]


class Counted(str):
    """A text that counts the signs copied out of it."""

    copied = 0

    def __getitem__(self, key: SupportsIndex | slice[Any, Any, Any]) -> str:
        piece = super().__getitem__(key)
        self.copied += len(piece)
        return piece


@pytest.mark.parametrize("piece", ["One. ", "a…", "Dr. x ", "。", "A.\n", "- a\n", "x = 1;\n", "! \t"])
def test_long_text_is_copied_a_few_times_not_once_a_sentence(piece: str) -> None:
    text = Counted(piece * 4000)
    assert spans(text)
    assert text.copied < 40 * len(text)


@given(st.text(alphabet='aB1 .!?\n\t#-。;:(){}[]"', max_size=1500))
def test_sentences_are_in_order_and_leave_out_only_white_space(text: str) -> None:
    at = 0
    for start, end in spans(text):
        assert at <= start < end <= start + LONGEST
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@pytest.mark.parametrize(
    "sentence",
    [
        "Der Pachtvertrag endet am 31. Oktober 2026.",
        "Die Frist läuft bis zum 15. Dezember und wird nicht verlängert.",
        "Im 19. Jahrhundert stand hier eine Mühle.",
        "Die Wohnung liegt im 3. Stock rechts.",
        "Bitte am Freitag, 2. Mai anrufen.",
        "Geboren am 3. 10. 1958 in Kiel.",
        "Das gilt z. B. Nachbarn gegenüber nicht.",
        "Fragen Sie Frau Dr. Übelacker oder Prof. Henning nach Nr. 12 der Liste.",
        "Der Wagen steht vor St. Marien, ca. 300 m von der Hauptstr. 5 entfernt.",
        "Gem. § 3 Abs. 2 Satz 1 ist das erlaubt.",
        "We met J. R. Hartley near St. Ives at No. 14, i.e. Anna's house.",
        "See Fig. 3 and vol. II of the report by Smith et al. Ltd. edition.",
        "Voir M. Dupont, p. ex. au no. 5 de la rue.",
        "El Sr. Gómez vive en el núm. 7.",
        "Vgl. www.example.org/a.b?c=1.2 und die Datei v2.10.tar.gz im Ordner.",
        "Стоимость составляет 5 тыс. Руб. указаны ниже.",
        "Spotkanie jest o godz. 15 przy ul. Długiej.",
        "De heer dhr. Jansen woont op nr. 9.",
        "On 5 Jan. 2024 the roof was mended.",
        "The value is 3.5 and the host is 10.0.0.1 today.",
    ],
)
def test_a_full_stop_within_a_sentence_ends_it_not(sentence: str) -> None:
    assert sentences(f"{sentence} Danach kam nichts mehr.")[0] == sentence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We take vitamin C. It helps.", ["We take vitamin C.", "It helps."]),
        ("Nails, screws etc. The rest is wood.", ["Nails, screws etc.", "The rest is wood."]),
        ("He said no. Nobody asked again.", ["He said no.", "Nobody asked again."]),
        ("They scored 31. Nobody won.", ["They scored 31.", "Nobody won."]),
        ("هل هذا صحيح؟ نعم، العقد ينتهي غدا. شكرا", ["هل هذا صحيح؟", "نعم، العقد ينتهي غدا.", "شكرا"]),
        ("यह घर है। किराया दस है।", ["यह घर है।", "किराया दस है।"]),
        ("契約は六月に終わる。犬は禁止！", ["契約は六月に終わる。", "犬は禁止！"]),
        (
            "2024-03-01 10:00:01 INFO the pump was started by hand at noon\n"
            "2024-03-01 10:00:07 WARN no water came out of it",
            ["2024-03-01 10:00:01 INFO the pump was started by hand at noon",
             "2024-03-01 10:00:07 WARN no water came out of it"],
        ),
    ],
)  # fmt: skip
def test_a_sentence_ends_where_the_next_one_begins(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_thai_is_cut_at_its_spaces() -> None:
    clause = "สัญญาเช่าบ้านหลังนี้จะสิ้นสุดในเดือนมิถุนายนและไม่สามารถต่ออายุได้อีก"
    assert sentences(f"{clause} {clause}") == [clause, clause]
