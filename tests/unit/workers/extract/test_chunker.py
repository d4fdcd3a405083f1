"""Cutting documents into chunks."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.base.values import PlaceKind, embedded_text
from app.workers.extract.chunker import CHUNK_CHARS, CHUNK_TOKENS, chunk, fitting_title
from app.workers.extract.content import Border, Section
from app.workers.extract.tokens import SPECIALS, Tokens

SENTENCE = "The quick brown fox jumps over the lazy dog near the quiet river bank. "
TOKENS = Tokens.load()

words = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="ab1é.,;-_", min_size=1, max_size=400),
    st.sampled_from(
        [
            SENTENCE,
            "日本語の文章です。" * 9,
            "ไม่มีช่องว่าง" * 12,
            "x" * 3000,
            "[SEP] [PAD]",
            "a\u0301" * 60,
            "\u200b",
            "🦊" * 30,
        ]
    ),
)
texts = st.lists(st.tuples(words, st.sampled_from([" ", "\n", "\n\n", "", "\t", "\u3000", "\x85"])), max_size=30).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


@st.composite
def sections(draw: st.DrawFn) -> list[Section]:
    kinds: list[PlaceKind] = ["line", "page", "heading", "sheet"]
    kind = draw(st.sampled_from(kinds))
    found = []
    for number, text in enumerate(draw(st.lists(texts.filter(lambda text: bool(text.strip())), max_size=5)), 1):
        border = Border.HARD if kind in ("page", "sheet") else draw(st.sampled_from(list(Border)))
        heading = draw(st.sampled_from(["", "A heading", "Long heading " * 40, "x" * 500]))
        flags = draw(st.booleans())
        found.append(Section(text, kind, number, f"{kind} {number}", heading, border, by_line=flags, opens=flags))
    return found


@settings(max_examples=60, deadline=None)
@given(sections(), st.sampled_from(["", "Title", "Very long title " * 50, "字" * 300]))
@example([Section("x" * 100_000, "line")], "")
@example([Section("word " * 5000 + "\n" * 5000 + "end", "line")], "T")
def test_chunks_partition_the_text_and_fit_the_embedder(document: list[Section], title: str) -> None:
    title = fitting_title(title, TOKENS)
    chunks = chunk(title, document, TOKENS)
    assert "".join(piece.text for piece in chunks) == "".join(section.text for section in document)
    offset = 0
    for piece in chunks:
        assert (piece.place.start, piece.place.end) == (offset, offset + len(piece.text))
        offset = piece.place.end
        said = TOKENS.encode(embedded_text(title, piece.heading, piece.text))
        assert piece.tokens == len(said) + SPECIALS <= CHUNK_TOKENS
        assert len(piece.text.strip(" \t\r\n")) <= CHUNK_CHARS


def test_chunks_are_well_filled_and_end_with_sentences() -> None:
    chunks = chunk("", [Section(SENTENCE * 200, "line")], TOKENS)
    assert all(180 <= piece.tokens <= 256 for piece in chunks[:-2])
    assert all(piece.text.rstrip().endswith("bank.") for piece in chunks)


def test_last_two_chunks_share_what_is_left() -> None:
    first, second = chunk("", [Section(SENTENCE * 18, "line")], TOKENS)
    assert second.tokens > 80 and first.tokens > 80


def test_small_paragraphs_share_a_chunk() -> None:
    (only,) = chunk("", [Section("One.\n\nTwo.\n\nThree.\n", "line")], TOKENS)
    assert only.place.label == "lines 1–5"


def test_chunk_never_spans_two_pages() -> None:
    pages = [
        Section(f"Page {number}.\n\n", "page", number, f"page {number}", border=Border.HARD) for number in (1, 2, 3)
    ]
    assert [piece.place.label for piece in chunk("", pages, TOKENS)] == ["page 1", "page 2", "page 3"]


def test_chunk_ends_before_a_high_heading_unless_its_section_is_tiny() -> None:
    def heading(number: int, text: str, border: Border) -> Section:
        return Section(text, "heading", number, f"H{number}", f"H{number}", border)

    document = [
        heading(1, "Tiny.\n\n", Border.HARD),
        heading(2, SENTENCE * 6, Border.TOP),
        heading(3, SENTENCE * 2, Border.TOP),
        heading(4, "Low and small.\n", Border.SUB),
    ]
    assert [piece.place.label for piece in chunk("", document, TOKENS)] == ["H1 – H2", "H3 – H4"]


def test_chunks_stand_under_the_heading_where_they_begin() -> None:
    document = [
        Section(SENTENCE * 20, "heading", 1, "A", "A", Border.HARD),
        Section(SENTENCE * 20, "heading", 2, "B", "A › B", Border.TOP),
    ]
    headings = [piece.heading for piece in chunk("", document, TOKENS)]
    assert headings == ["A", "A", "A › B", "A › B"]


def test_code_keeps_its_indentation_and_is_cut_between_definitions() -> None:
    code = "".join(f"def f{n}():\n    value = {n}\n    return value * {n} + other(value)\n\n\n" for n in range(40))
    chunks = chunk("", [Section(code, "line", by_line=True)], TOKENS)
    assert len(chunks) > 1
    assert all(piece.text.startswith("def f") for piece in chunks)


def test_rows_of_a_sheet_are_told_in_the_label() -> None:
    rows = "".join(f"row {number}\tvalue {number * 17}\n" for number in range(100))
    sheet = Section("Q3\n" + rows, "sheet", 1, "sheet “Q3”", "Q3", Border.HARD, by_line=True, first_row=7)
    first, second, *_ = chunk("", [sheet], TOKENS)
    last_row = 7 + first.text.count("\n") - 2
    assert first.place.label == f"sheet “Q3”, rows 7–{last_row}"
    assert second.place.label.startswith(f"sheet “Q3”, rows {last_row + 1}–")


def test_lines_are_counted_over_the_whole_text() -> None:
    document = [Section("# A\n" + SENTENCE * 10 + "\n", "line", heading="A", border=Border.HARD),
                Section("# B\nend\n", "line", heading="B", border=Border.TOP)]  # fmt: skip
    assert [piece.place.label for piece in chunk("", document, TOKENS)] == ["lines 1–2", "lines 3–4"]


def test_long_title_and_heading_are_shortened() -> None:
    title = fitting_title("An endless title " * 60, TOKENS)
    assert title.endswith("…") and TOKENS.count(title) <= 40
    (piece,) = chunk(title, [Section("Text.", "line", heading="An endless heading " * 60)], TOKENS)
    assert TOKENS.count(piece.heading) <= 48
