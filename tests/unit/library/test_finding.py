"""What a question finds under its limits, and how honest that is, over a real index of real files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from app.base.id_set import unpack_ids
from app.base.values import Chunk, Document, SearchResult
from app.base.worker_calls import Nearest, ReadDocument
from app.library.finding import Finder
from app.library.search_result import search_result
from app.store.texts import Texts
from tests.support.index_room import IndexRoom, TextWorker

TODAY = date(2026, 11, 26)
SCAN = Document(state="empty", reason="It is a picture without text.", hint="Its text is not read yet.", kind="image")


BORDER = "\f"


class Worker(TextWorker):
    """Reads pictures as what they are, and all else as text, which BORDER divides into passages."""

    def call(self, call: ReadDocument, *, timeout_s: float | None = None) -> Document:
        """The document."""
        if call.path.endswith((".jpg", ".pdf")):
            return SCAN
        whole = super().call(call, timeout_s=timeout_s)
        if BORDER not in whole.chunks[0].text:
            return whole
        chunks: list[Chunk] = []
        at = 0
        for text in whole.chunks[0].text.split(BORDER):
            place = msgspec.structs.replace(whole.chunks[0].place, start=at, end=at + len(text))
            chunks.append(Chunk(place=place, text=text))
            at += len(text)
        return msgspec.structs.replace(whole, chunks=tuple(chunks))


class Near:
    """Says that texts which hold a word are near in meaning to any question. Asked: what was embedded."""

    def __init__(self, room: IndexRoom) -> None:
        self._room = room
        self.cosines: dict[str, float] = {}
        self.asked: list[str] = []

    def begin(self, text: str, limit: int, among: str | None) -> Near:
        """Start asking."""
        self.asked.append(text)
        self._among = None if among is None else unpack_ids(among)
        return self

    def result(self) -> Nearest:
        """Every text, by the cosine of the first word that it holds."""
        rows = self._room.index.query("SELECT text_id, text FROM chunks")
        found = [(row[0], next((c for word, c in self.cosines.items() if word in row[1]), 0.1)) for row in rows]
        inside = [one for one in found if self._among is None or self._among[one[0] : one[0] + 1] == b"\1"]
        return Nearest(texts=sorted(inside, key=lambda one: -one[1]), letters_a_token=4.0)


class Place:
    """A folder of files, and what is found in it."""

    def __init__(self, base: Path) -> None:
        self.root = base / "root"
        self.root.mkdir()
        self.room = IndexRoom(base, self.root, worker=Worker())
        self.near = Near(self.room)
        self.finder = Finder(self.room.index, self.near)

    def add(self, files: dict[str, str], day: str = "") -> None:
        """Files by name with their texts; day: when they were written."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            if day:
                moment = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC).timestamp()
                os.utime(path, (moment, moment))
        self.room.scan()
        self.room.read_all()
        texts = Texts(self.room.index)
        texts.mark_stored([one[0] for one in texts.to_store(1000)])

    def search(self, text: str, limit: int = 10, without: Sequence[str] = ()) -> SearchResult:
        """What a search gives."""
        finding = self.finder.find(text, (), limit, today=TODAY, without=without)
        return search_result(text, finding, limit, 0.0)

    def found(self, text: str, limit: int = 10, without: Sequence[str] = ()) -> list[str]:
        """The names of the files that are found."""
        return [Path(hit.path).name for hit in self.search(text, limit, without).hits]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An empty folder that is watched."""
    made = Place(tmp_path)
    yield made
    made.room.index.close()


# ---- what is typed -------------------------------------------------------------------------------------------------


def test_phrase_stands_word_for_word_in_what_is_found(place: Place) -> None:
    place.add({"a.txt": "The red kite rose.", "b.txt": "A kite, red as rust."})
    place.near.cosines = {"kite": 0.9}
    assert place.found('"red kite"') == ["a.txt"]
    assert set(place.found("red kite")) == {"a.txt", "b.txt"}
    assert place.found('"kite red rose"') == []


def test_phrase_is_found_that_the_border_of_two_passages_divides_and_gone_with_its_file(place: Place) -> None:
    divided = f"{'sand ' * 300}and the red {BORDER}kite rose. {'sea ' * 300}"
    place.add({"a.txt": divided, "b.txt": f"The red end.{BORDER}A kite of rust."})
    assert place.found('"the red kite rose"') == ["a.txt"]
    assert place.found('"red end a kite"') == ["b.txt"]
    assert place.found('"sand sea"') == []
    assert place.found('kite -"red kite"') == ["b.txt"]
    place.add({"a.txt": divided.replace("red", "blue")})
    assert place.found('"the red kite rose"') == []
    assert place.found('"the blue kite rose"') == ["a.txt"]


def test_phrase_in_a_sentence_is_dropped_where_it_stands_nowhere_and_that_is_said(place: Place) -> None:
    place.add({"a.txt": "The kite that we call the ruby flew high over the dunes."})
    result = place.search('What is the name of the "ruby red" kite over the dunes?')
    assert [Path(hit.path).name for hit in result.hits] == ["a.txt"]
    assert result.filters == () and "“ruby red” word for word" in result.notes[0]


def test_file_that_holds_an_excluded_word_is_not_found(place: Place) -> None:
    place.add({"a.txt": "Bread with walnuts.", "b.txt": "Bread with seeds.", "walnut bread.txt": "Bread again."})
    place.near.cosines = {"Bread": 0.9}
    assert place.found("bread -walnuts") == ["b.txt"]
    assert set(place.found('bread -"with seeds"')) == {"a.txt", "walnut bread.txt"}


def test_folder_type_name_and_day_limit_what_is_found(place: Place) -> None:
    place.add({"plans/a.txt": "The keel is long.", "b.md": "The keel is short."}, day="2024-05-01")
    place.add({"c.txt": "The keel is wide."}, day="2025-05-01")
    assert place.found("in:plans keel") == ["a.txt"]
    assert place.found("type:.md keel") == ["b.md"]
    assert place.found("name:c keel") == ["c.txt"]
    assert set(place.found("before:2025 keel")) == {"a.txt", "b.md"}
    assert place.found("after:2025 keel") == ["c.txt"]
    assert place.found("after:2025 before:2025-02 keel") == []


def test_limits_alone_list_what_they_hold_newest_first(place: Place) -> None:
    for day in ("2024-05-01", "2025-05-01", "2023-05-01"):
        place.add({f"log/{day}.txt": f"Something of {day}."})
    place.add({"other.txt": "Something else."})
    result = place.search("in:log")
    assert [Path(hit.path).name for hit in result.hits] == ["2025-05-01.txt", "2024-05-01.txt", "2023-05-01.txt"]
    assert result.coverage.matching == 3 and result.certain
    assert all(hit.quote for hit in result.hits)
    assert [hit.score for hit in result.hits] == sorted((hit.score for hit in result.hits), reverse=True)


def test_date_that_does_not_exist_limits_nothing_and_is_said(place: Place) -> None:
    place.add({"a.txt": "The keel is long."})
    result = place.search("after:31.02.2024 keel")
    assert len(result.hits) == 1 and result.filters == ()
    assert result.notes == ("There is no 31 February 2024, so “after:31.02.2024” was left out.",)


def test_operators_that_leave_nothing_find_nothing(place: Place) -> None:
    place.add({"a.txt": "The keel is long."})
    for text in ("type:pdf keel", "from:nobody keel", "name:zzz", "-keel keel"):
        assert place.search(text).hits == (), text


# ---- what is said in passing ---------------------------------------------------------------------------------------


def test_folder_that_a_question_names_limits_and_can_be_taken_away(place: Place) -> None:
    place.add({"Werkstatt/a.txt": "Die Säge ist stumpf.", "b.txt": "Die Säge ist scharf."})
    text = "Wie ist die Säge im Ordner Werkstatt?"
    result = place.search(text)
    assert [Path(hit.path).name for hit in result.hits] == ["a.txt"]
    (folder,) = result.filters
    assert (folder.kind, folder.label, folder.typed) == ("folder", "in Werkstatt", False)
    assert set(place.found(text, without=[folder.key])) == {"a.txt", "b.txt"}


def test_limit_that_plain_words_set_is_dropped_where_nothing_is_found_with_it(place: Place) -> None:
    place.add({"Werkstatt/a.txt": "Die Säge ist stumpf.", "b.txt": "The brake of the wheel squeaks."})
    result = place.search("Which brake squeaks in the Werkstatt folder?")
    assert Path(result.hits[0].path).name == "b.txt"
    assert result.filters == () and "in Werkstatt" in result.notes[0]


def test_newest_of_those_that_match_as_well_comes_first(place: Place) -> None:
    for year, sum_ in (("2021", "70"), ("2023", "90"), ("2022", "80")):
        place.add({f"yearbook_{year}.txt": f"The club had {sum_} members at the yearly count."}, day=f"{year}-12-01")
    place.add({"news.txt": "The latest word on the club house."}, day="2026-01-01")
    result = place.search("How many members had the club at the latest count?")
    assert Path(result.hits[0].path).name == "yearbook_2023.txt"
    assert [one.value for one in result.filters] == ["newest"]
    assert Path(place.search("members at the oldest count").hits[0].path).name == "yearbook_2021.txt"


def test_last_entry_is_the_newest_file_of_the_folder_though_no_word_stands_in_it(place: Place) -> None:
    for day, text in (("2024-03-01", "Rain."), ("2025-07-09", "Swam twice."), ("2025-02-11", "Wrote a letter.")):
        place.add({f"diary/{day}.txt": text})
    place.add({"b.txt": "What did I write in my last entry of the diary?"})
    assert place.found("What did I write in my last diary entry?")[0] == "2025-07-09.txt"


def test_year_of_a_question_brings_files_of_that_year_first_and_leaves_none_out(place: Place) -> None:
    place.add({"a.txt": "Coal cost 300 euros.", "b.txt": "Coal cost 280 euros."}, day="2022-06-01")
    place.add({"c.txt": "Coal cost 350 euros."}, day="2023-06-01")
    result = place.search("What did coal cost in 2023?")
    assert Path(result.hits[0].path).name == "c.txt" and len(result.hits) == 3
    assert {one.kind for one in result.filters} == {"after", "before"} and all(one.ranks for one in result.filters)


def test_year_of_which_no_file_is_shows_no_filter(place: Place) -> None:
    place.add({"a.txt": "The quake of 1908 broke the tower."}, day="2022-06-01")
    result = place.search("Which tower broke in the quake of 1908?")
    assert len(result.hits) == 1 and result.filters == () and result.notes == ()


# ---- honest --------------------------------------------------------------------------------------------------------


def test_word_that_stands_in_no_file_finds_nothing_and_that_is_said(place: Place) -> None:
    place.add({"a.txt": "The keel is long.", "b.txt": "Bread with seeds."})
    place.near.cosines = {"keel": 0.33, "Bread": 0.2}
    result = place.search("zwiebelschneider")
    assert result.hits == () and not result.certain
    assert result.notes == ("“zwiebelschneider” stands in no file.",)


def test_file_that_is_really_near_in_meaning_is_found_without_a_word(place: Place) -> None:
    place.add({"a.txt": "The keel is long.", "b.txt": "Bread with seeds."})
    place.near.cosines = {"keel": 0.62, "Bread": 0.3}
    assert place.found("yacht") == ["a.txt"]


def test_what_is_merely_nearest_does_not_follow_what_holds_the_word(place: Place) -> None:
    place.add({"a.txt": "The keel is long.", "b.txt": "Bread with seeds.", "c.txt": "A hull of oak."})
    place.near.cosines = {"keel": 0.6, "hull": 0.5, "Bread": 0.2}
    assert place.found("keel") == ["a.txt", "c.txt"]


def test_weak_match_is_not_certain_and_one_that_holds_the_rarest_word_is(place: Place) -> None:
    place.add({f"n{n}.txt": f"The choir met in hall {n} about the roof." for n in range(12)})
    place.add({"a.txt": "The zither stood in the hall."})
    weak = place.search("What did the insurance adjuster say on the hailstorm damage of the roof?")
    assert not weak.certain and weak.hits
    assert place.search("Which hall has the zither of the late insurance adjuster?").certain


def test_scan_whose_name_is_meant_comes_first_with_its_reason(place: Place) -> None:
    place.add({"Vaccination_Rex.jpg": "", "holiday.jpg": "", "note.txt": "The vaccination is due."})
    result = place.search("vaccination Rex")
    assert [Path(hit.path).name for hit in result.hits] == ["Vaccination_Rex.jpg", "note.txt"]
    assert result.hits[0].quote == "" and result.hits[0].unread.startswith("It is a picture")
    assert result.certain and result.coverage.matching == 2
    assert place.found("Where is the vaccination card of Rex?")[0] == "Vaccination_Rex.jpg"


def test_scan_whose_name_holds_little_of_what_was_asked_is_not_shown(place: Place) -> None:
    place.add({"boat.jpg": "", "note.txt": "The keel of the boat needs red paint before June."})
    assert place.found("Which paint does the keel of the boat need before June?") == ["note.txt"]
    assert place.found("oat") == []


def test_scans_are_listed_by_limits_alone_and_kept_out_by_them(place: Place) -> None:
    place.add({"Rex/a.jpg": "", "Rex/b.txt": "Rex sleeps.", "c.jpg": ""})
    assert place.found("type:image in:Rex") == ["a.jpg"]
    assert place.found("in:Rex") == ["b.txt", "a.jpg"]
    assert place.found("rex -a type:image") == []


def test_files_that_say_the_same_stand_behind_one(place: Place) -> None:
    text = "Offer for the new roof: tiles, battens and gutters, with scaffolding, by the end of May. Version {}."
    place.add({f"offer_v{n}.txt": text.format(n) for n in range(12)})
    place.add({"choice.txt": "We took the second offer for the roof."})
    result = place.search("offer for the roof", limit=5)
    assert len(result.hits) == 2
    many = next(hit for hit in result.hits if "offer" in Path(hit.path).name)
    assert len(many.alike) == 11 and many.path not in many.alike
    assert result.coverage.matching == 13


def test_files_that_differ_in_a_figure_are_not_alike(place: Place) -> None:
    text = "Invoice for the garden work of spring, with thanks for your order. Please pay {} euros within two weeks."
    place.add({f"invoice_{n}.txt": text.format(n * 17 + 100) for n in range(6)})
    result = place.search("invoice garden work")
    assert len(result.hits) == 6 and not any(hit.alike for hit in result.hits)


def test_file_that_alone_holds_a_word_of_the_question_does_not_vanish_behind_another(place: Place) -> None:
    words = " ".join(f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
    place.add({"one.txt": f"Roof {words} gutter", "two.txt": f"Roof {words} scaffold"})
    assert place.found("roof worda")[1:] == []
    assert set(place.found("roof scaffold gutter")) == {"one.txt", "two.txt"}


def test_anything_can_be_asked(place: Place) -> None:
    place.add({"a.txt": "The keel is long."})
    for text in ("", " ", "?", "😀", "مرحبا", '"', "-", "in:", "the of and", "x", "a" * 20_000, "-keel", "keel " * 4000,
                 '"keel', "after:99999-99-99 keel", "type: keel", "before:0001-01-01 keel", "\x00keel"):  # fmt: skip
        result = place.search(text)
        assert len(result.hits) <= 1, text
