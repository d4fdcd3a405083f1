from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
import pytest

from app.assistant.follow_ups.resolver import QUERY_CHARS, Resolved, pin, resolve
from app.assistant.terms import telling, terms
from app.base.values import Answer, ChunkId, Citation, ConversationId, Message, Place, TurnId

LEASE = (
    "Lease Kastanienallee 14. The flat belongs to Ottilie Brandner. Deposit, notice period, cats and dogs allowed. "
    "Wohnung, Kaution, Kündigungsfrist, Hunde und Katzen erlaubt."
)
OTHER = "Lease Hafenweg 3. Deposit, notice period. Dogs are allowed. Kaution, Kündigungsfrist, Hunde."


class Talk:
    """A conversation as it is kept: what was asked, what was searched, what was cited."""

    def __init__(self, *cited: str, files: dict[str, str] | None = None) -> None:
        """cited: paths that every answer cites, in order. files: what stands in some; others hold everything."""
        self.messages: list[Message] = []
        self._cited = cited or ("/d/kastanienallee.md", "/d/hafenweg.md")
        self._files = {"/d/kastanienallee.md": LEASE, "/d/hafenweg.md": OTHER} if files is None else files

    def holds(self, path: str, text: str) -> bool:
        if path not in self._files:
            return True
        there = set(terms(self._files[path]))
        return all(word in there for word in telling(text))

    def ask(self, question: str, *, query: str = "", cites: bool = True) -> Resolved:
        """What is searched; the answer is kept. query: what the person wrote instead."""
        found = resolve(question, self.messages, self.holds)
        place = Place(kind="whole", first=1, last=1, label="", start=0, end=9)
        cited = [
            Citation(n=n, path=path, sha256="ab", place=place, quote="…", chunk_id=ChunkId(n))
            for n, path in enumerate(self._cited, 1)
        ]
        turn = TurnId(len(self.messages) // 2 + 1)
        answer = Answer(
            conversation=ConversationId(1), turn=turn, mode="quotes", state="done", text="…",
            citations=tuple(cited) if cites else (), query=query or found.query,
            filters=(pin(found.file),) if found.file else (),
        )  # fmt: skip
        self.messages += [
            Message(turn=turn, role="user", text=question, at=0),
            Message(turn=turn, role="assistant", text="…", at=0, answer=answer),
        ]
        return found

    def queries(self, *questions: str) -> list[str]:
        return [self.ask(question).query for question in questions]


def test_subject_is_carried_until_it_is_replaced() -> None:
    talk = Talk()
    first, *rest = talk.queries(
        "What is the deposit for the flat in Kastanienallee?", "and the notice period?", "and are dogs allowed?",
        "why?", "and in Hafenweg?", "And for Lisbon?", "How much was the rent in Lisbon?", "and the deposit?",
    )  # fmt: skip
    assert first == "What is the deposit for the flat in Kastanienallee?"
    assert rest == [
        "notice period flat Kastanienallee", "dogs allowed flat Kastanienallee",
        "why dogs allowed flat Kastanienallee", "dogs allowed flat Hafenweg", "dogs allowed flat Lisbon",
        "How much was the rent in Lisbon?", "deposit Lisbon",
    ]  # fmt: skip


def test_german_chain_is_carried_the_same_way() -> None:
    assert Talk().queries(
        "Wie hoch ist die Kaution für die Wohnung in der Kastanienallee?", "und die Kündigungsfrist?",
        "und sind Hunde erlaubt?", "warum?", "und im Hafenweg?", "Sind dort Katzen erlaubt?", "und für Lissabon?",
        "wie sieht es mit der Kaution aus?",
    )[1:] == [
        "Kündigungsfrist Wohnung Kastanienallee", "Hunde erlaubt Wohnung Kastanienallee",
        "warum Hunde erlaubt Wohnung Kastanienallee", "Hunde erlaubt Wohnung Hafenweg",
        "Katzen erlaubt Wohnung Hafenweg", "Katzen erlaubt Wohnung Lissabon", "Kaution Wohnung Lissabon",
    ]  # fmt: skip


def test_slot_of_the_same_kind_is_replaced() -> None:
    assert Talk("/d/acme.pdf", files={}).queries(
        "What was the revenue of Acme in 2021?", "what about 2022?", "and the profit?", "and Globex?",
        "and in March 2023?", "how about 2020?",
    )[1:] == [
        "revenue Acme 2022", "profit Acme 2022", "profit Globex 2022", "profit Globex March 2023",
        "profit Globex 2020",
    ]  # fmt: skip
    assert Talk(files={}).queries("When does Anna's contract end?", "and her salary?", "and Knut's?")[1:] == [
        "salary Anna", "salary Knut",
    ]  # fmt: skip
    assert Talk(files={}).queries("What does section 3 say about rent?", "and section 4?")[1] == "section 4 rent"
    assert Talk(files={}).queries("Wo ist die Rechnung AB-1234/5 von Müller?", "und AB-1235/6?", "und von Schmidt?")[
        1:
    ] == ["wo Rechnung AB-1235/6 Müller", "wo Rechnung AB-1235/6 Schmidt"]


def test_row_of_a_table_is_replaced_and_its_table_stays() -> None:
    assert Talk("/d/prices.csv", files={"/d/prices.csv": "Oak 12 Pine 7"}).queries(
        "In the table of prices, what does Oak cost?", "and Pine?"
    )[1] == "cost table prices Pine"  # fmt: skip


def test_thing_that_was_asked_about_is_what_it_means() -> None:
    assert Talk(files={}).queries("When does the lease in Hafenweg end?", "when does it begin?")[1] == (
        "when begin lease Hafenweg"
    )
    assert Talk(files={}).queries("How much did the boiler repair cost?", "and who did it?", "and the warranty?")[
        1:
    ] == ["who boiler repair cost", "warranty boiler repair cost"]


@pytest.mark.parametrize("question", ["the second one?", "[2]", "and source 2?", "what about the second file?",
                                      "der zweite?", "und die zweite Datei?", "Quelle 2?", "le deuxième ?",
                                      "el segundo?", "и второй?", "第二个?", "二つ目は?"])  # fmt: skip
def test_numbered_source_is_the_only_one_looked_into(question: str) -> None:
    talk = Talk()
    talk.ask("Are dogs allowed in the flat in Kastanienallee?")
    found = talk.ask(question)
    assert (found.query, found.file) == ("dogs allowed", "/d/hafenweg.md")
    assert talk.ask("and the deposit?").file == "/d/hafenweg.md"
    assert talk.ask("and in Lisbon?").file == "", "a place of another kind is not looked for in that file alone"


def test_file_of_the_answer_before_is_meant_by_that_file() -> None:
    talk = Talk()
    talk.ask("Are dogs allowed in Kastanienallee?")
    found = talk.ask("what does that file say about the deposit?")
    assert (found.query, found.file) == ("deposit", "/d/kastanienallee.md")
    assert talk.ask("und der andere?").file == "/d/hafenweg.md"
    assert talk.ask("the last one?").file == "/d/hafenweg.md"


def test_number_is_that_of_the_last_answer_that_has_one() -> None:
    talk = Talk()
    talk.ask("Are dogs allowed in Kastanienallee?")
    talk._cited = ("/d/kastanienallee.md",)
    talk.ask("and the deposit?")
    assert talk.ask("the second one?").file == "/d/hafenweg.md"
    assert talk.ask("the fifth one?").query == "deposit"


def test_number_that_no_source_has_points_nowhere() -> None:
    talk = Talk("/d/a.md")
    talk.ask("Are dogs allowed in Kastanienallee?")
    assert talk.ask("the fifth one?").file == ""
    alone = Talk()
    alone.ask("Are dogs allowed in Kastanienallee?", cites=False)
    assert alone.ask("the second one?").file == ""


@pytest.mark.parametrize(
    "question", ["more", "anything else?", "tell me more", "mehr", "noch etwas?", "sonst noch etwas?"]
)
def test_more_of_the_same_names_what_was_shown(question: str) -> None:
    talk = Talk()
    talk.ask("Are dogs allowed in Kastanienallee?")
    found = talk.ask(question)
    assert found.query == "dogs allowed Kastanienallee"
    assert [one.path for one in found.seen] == ["/d/kastanienallee.md", "/d/hafenweg.md"]
    assert len(talk.ask(question).seen) == 4, "what the second time showed is not repeated by the third"


@pytest.mark.parametrize("question", [
    "Who wrote the garden plan for Greta Olsen?", "And who is Greta Olsen?", "How do I cook rice?",
    "Where did the museum put the old paintings?", "What is the capital of France?", "Wer hat das Boot gekauft?",
    "So what does Knut Tamm do?", "Which suppliers delivered late in the spring of 2026?",
])  # fmt: skip
def test_question_with_a_subject_of_its_own_drops_the_old_one(question: str) -> None:
    talk = Talk()
    talk.ask("What is the deposit for the flat in Kastanienallee?")
    assert talk.ask(question) == Resolved(question)
    assert "Kastanienallee" not in talk.ask("and when?").query


def test_question_about_the_file_cited_before_goes_on_without_a_cue() -> None:
    talk = Talk()
    talk.ask("What is the deposit for the flat in Kastanienallee?")
    assert talk.ask("What is the notice period?").query == "notice period flat Kastanienallee"
    assert talk.ask("Are dogs allowed?").query == "dogs allowed flat Kastanienallee"


def test_bare_german_noun_is_a_topic_if_the_file_has_it_and_else_a_name() -> None:
    talk = Talk()
    talk.ask("Wie hoch ist die Kaution für die Wohnung in der Kastanienallee?")
    assert talk.ask("und Kündigungsfrist?").query == "Kündigungsfrist Wohnung Kastanienallee"
    assert talk.ask("und Hafenweg?").query == "Kündigungsfrist Wohnung Hafenweg"
    assert talk.ask("und Hunde?").query == "Hunde Wohnung Hafenweg"


def test_small_talk_between_loses_nothing_and_carries_nothing() -> None:
    talk = Talk()
    talk.ask("What is the deposit for the flat in Kastanienallee?")
    assert talk.ask("thanks", cites=False) == Resolved("thanks")
    assert talk.ask("and the notice period?").query == "notice period flat Kastanienallee"
    assert talk.ask("the second one?").file == "/d/hafenweg.md"


def test_query_that_the_person_wrote_is_what_the_next_question_goes_on_from() -> None:
    talk = Talk()
    talk.ask("What is the deposit for the flat in Kastanienallee?")
    talk.ask("and the notice period?", query="notice period house in Rosenhof")
    assert talk.ask("and are dogs allowed?").query == "dogs allowed Rosenhof"


def test_turns_of_an_older_release_are_gone_through_by_the_rules() -> None:
    talk = Talk()
    for question in ("What is the deposit for the flat in Kastanienallee?", "and the notice period?"):
        talk.ask(question)
    old = [
        message if message.answer is None else msgspec.structs.replace(
            message, answer=msgspec.structs.replace(message.answer, query="")
        )
        for message in talk.messages
    ]  # fmt: skip
    assert resolve("and are dogs allowed?", old, talk.holds).query == "dogs allowed flat Kastanienallee"


@pytest.mark.parametrize(("questions", "queries"), [
    (("Quelle est la caution pour l'appartement à Lyon ?", "et le préavis ?", "et à Marseille ?", "pourquoi ?"),
     ["préavis appartement Lyon", "préavis appartement Marseille", "pourquoi préavis appartement Marseille"]),
    (("¿Cuál es la fianza del piso en Sevilla?", "¿y el plazo de preaviso?", "¿y en Lisboa?"),
     ["plazo preaviso piso Sevilla", "plazo preaviso piso Lisboa"]),
    (("Qual è la cauzione per l'appartamento a Torino?", "e il preavviso?", "e a Milano?", "e nel 2022?"),
     ["preavviso appartamento Torino", "preavviso appartamento Milano", "preavviso appartamento Milano 2022"]),
    (("Qual é a caução do apartamento em Lisboa?", "e o prazo?", "e em Porto?"),
     ["prazo apartamento Lisboa", "prazo apartamento Porto"]),
    (("Wat is de borg voor het appartement in Utrecht?", "en de opzegtermijn?", "en in Leiden?"),
     ["opzegtermijn appartement Utrecht", "opzegtermijn appartement Leiden"]),
    (("Какой залог за квартиру в Москве?", "а срок уведомления?", "а в Казани?", "почему?"),
     ["срок уведомления квартиру Москве", "срок уведомления квартиру Казани",
      "почему срок уведомления квартиру Казани"]),
    (("Jaka jest kaucja za mieszkanie w Krakowie?", "a w Gdańsku?"), ["kaucja mieszkanie Gdańsku"]),
    (("栗树街公寓的押金是多少?", "为什么?"), ["为什么 押金 栗树街公寓"]),
])  # fmt: skip
def test_other_big_languages_go_on_too(questions: Sequence[str], queries: Sequence[str]) -> None:
    assert Talk(files={}).queries(*questions)[1:] == queries


def test_what_is_said_of_a_subject_is_no_thing_to_point_at() -> None:
    assert Talk(files={}).queries("Are dogs allowed in the flat in Hafenweg?", "who owns it?")[1] == (
        "who owns flat Hafenweg"
    )
    assert Talk(files={}).queries("Which flights did we book to Rome?", "what time do they leave?")[1] == (
        "time leave flights Rome"
    )


def test_operators_typed_by_hand_are_carried() -> None:
    assert Talk(files={}).queries("type:pdf lease deposit in Hafenweg", "and the notice period?")[1] == (
        "notice period type:pdf Hafenweg"
    )


def test_a_thousand_turns_stay_quick_and_small() -> None:
    talk = Talk()
    chain = ("and the notice period?", "and in Hafenweg?", "why?", "and in Lisbon?", "the second one?")
    talk.queries("What is the deposit for the flat in Kastanienallee?", *chain, *chain)
    talk.messages += talk.messages[2:12] * 199
    assert len(talk.messages) > 2000
    began = time.process_time()
    found = talk.ask("and are dogs allowed?")
    assert (found.query, found.file) == ("dogs allowed", "/d/hafenweg.md")
    assert time.process_time() - began < 1


@pytest.mark.parametrize("question", [
    "", "?", "a", "and", "and?", "und", "🦜", "🦜🦜 🦜?", "\u202eأين؟", "ما هو؟", '"', '"“„', "[]", "[999]", "- - -",
    "type:", "the of in", "'s", "’s", "x" * 20_000, "and " * 5000, "the second " * 500, "的的的的", "\x00", "[1][2][3]",
])  # fmt: skip
def test_odd_question_is_searched_as_it_stands_or_with_what_was_before(question: str) -> None:
    talk = Talk()
    talk.ask("What is the deposit for the flat in Kastanienallee?")
    began = time.perf_counter()
    found = talk.ask(question)
    assert len(found.query) <= QUERY_CHARS
    assert talk.ask("and the notice period?").query
    assert time.perf_counter() - began < 1


def test_year_is_moved_by_the_year_before_and_after() -> None:
    assert Talk(files={}).queries(
        "What was the revenue of Acme in 2021?",
        "and the year before?",
        "and the following year?",
        "und das Jahr davor?",
    )[1:] == ["revenue Acme 2020", "revenue Acme 2021", "revenue Acme 2020"]
    assert Talk(files={}).queries("What is the rent in Hafenweg?", "and the year before?")[1] == "rent Hafenweg"


def test_month_that_is_a_helping_word_too_is_a_month_behind_a_preposition() -> None:
    assert Talk(files={}).queries("What did the invoice from March say?", "and from May?")[1] == "invoice May"


def test_name_of_a_file_is_replaced_by_another() -> None:
    assert Talk(files={}).queries("summarize contract.pdf", "and invoice.pdf")[1] == "summarize invoice.pdf"


def test_what_may_be_another_subject_is_searched_with_what_was_asked() -> None:
    talk = Talk("/d/dishwasher.md", files={"/d/dishwasher.md": "The warranty on the dishwasher is two years. Repairs."})
    assert talk.queries("What is the warranty on the dishwasher?", "and the washing machine?", "and the repairs?")[
        1:
    ] == ["washing machine warranty dishwasher", "repairs dishwasher"]


@pytest.mark.parametrize("question", ["Is there a cellar?", "Gibt es einen Keller?", "How many rooms?"])
def test_question_that_names_nothing_goes_on(question: str) -> None:
    talk = Talk()
    talk.ask("Wie hoch ist die Kaution für die Wohnung in Kastanienallee?")
    assert "Kastanienallee" in talk.ask(question).query


def test_person_that_was_asked_for_is_who_she_is() -> None:
    assert Talk(files={}).queries("Who is the landlord of Hafenweg 3?", "what's her phone number?")[1] == (
        "phone number landlord Hafenweg 3"
    )
    assert Talk(files={}).queries("Was kostet die Haftpflicht bei der Huk?", "wann kann ich sie kündigen?")[1] == (
        "wann kündigen Haftpflicht Huk"
    )


def test_limit_that_was_taken_away_stays_away_while_the_subject_stays() -> None:
    talk = Talk()
    talk.ask("What is the deposit for the flat in Kastanienallee?")
    last = talk.messages[-1]
    assert last.answer is not None
    talk.messages[-1] = msgspec.structs.replace(
        last, answer=msgspec.structs.replace(last.answer, without=("order:newest",))
    )
    assert talk.ask("and the notice period?").without == ("order:newest",)
    assert talk.ask("Who wrote the garden plan for Greta Olsen?").without == ()
