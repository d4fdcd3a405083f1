"""Documents shown as what they are: grids with their rows, mails, Markdown, program text, pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from app.base.errors import Problem
from app.base.preview import WHOLE, Drawn, Grid, Letter, Lines, Preview, Rendered
from app.base.values import Document, Place
from app.base.worker_calls import DrawPlace, ReadRows
from app.workers.extract.page import draw_place, read_rows
from app.workers.extract.views.grid_view import Workbooks
from app.workers.extract.views.html_markdown import markdown_of
from app.workers.extract.views.markdown_view import parts_of
from tests.support import sample_documents as made

Read = Callable[..., Document]


def show(path: Path, place: Place = WHOLE, quote: str = "", **wish: object) -> Preview:
    call = DrawPlace(path=str(path), place=place, quote=quote, pixels_dir=str(path.parent), **wish)  # type: ignore[arg-type]
    return draw_place(call, lambda: False, Workbooks())


def rows(path: Path, shown: Preview, first: int, count: int, workbooks: Workbooks | None = None) -> list[list[str]]:
    call = ReadRows(path=str(path), sha256=shown.sha256, number=shown.number, first=first, count=count)
    return [list(row) for row in read_rows(call, lambda: False, workbooks or Workbooks()).rows]


def grid(shown: Preview) -> Grid:
    assert isinstance(shown.view, Grid)
    return shown.view


# ---- grids


def test_sheet_is_a_grid_under_its_header_with_the_quoted_rows_marked(read: Read, tmp_path: Path) -> None:
    table = [["Client", "Amount"], *([f"Client {n}", str(n * 10)] for n in range(1, 400))]
    document = read("a.xlsx", made.xlsx({"Notes": [["Only", "words"]], "Sales": table}))
    chunk = next(c for c in document.chunks if "Client 321" in c.text)
    shown = show(tmp_path / "a.xlsx", chunk.place, "Client 321\t3210\nClient 322\t3220")
    assert (shown.unit, shown.number, shown.count, shown.match, shown.at_place) == ("sheet", 2, 2, "exact", True)
    view = grid(shown)
    assert [(c.name, c.numeric) for c in view.columns] == [("Client", False), ("Amount", True)]
    assert (view.name, view.rows, view.first_number, view.marked) == ("Sales", 399, 2, ((320, 322),))
    assert rows(tmp_path / "a.xlsx", shown, 320, 2) == [["Client 321", "3210"], ["Client 322", "3220"]]
    number = view.first_number + view.marked[0][0]
    assert f"row {number}" in chunk.place.label or f"{chunk.place.label}".count("rows")
    other = show(tmp_path / "a.xlsx", chunk.place, "Client 321", number=1)
    assert (other.at_place, grid(other).name) == (False, "Notes")


@pytest.mark.parametrize("first_row", [1, 7])
def test_rows_are_numbered_as_the_label_of_their_place_says(read: Read, tmp_path: Path, first_row: int) -> None:
    table = [["Name", "Value"], *([f"n{n}", str(n)] for n in range(2_000))]
    document = read("a.xlsx", made.xlsx({"S": table}, first_row=first_row))
    chunk = document.chunks[len(document.chunks) // 2]
    view = grid(show(tmp_path / "a.xlsx", chunk.place, chunk.text))
    first, last = view.marked[0][0] + view.first_number, view.marked[-1][1] - 1 + view.first_number
    assert chunk.place.label == f"sheet “S”, rows {first}–{last}"
    assert f"n{first - first_row - 1}\t" in chunk.text  # the row that really has that number


def test_separated_values_keep_quoted_line_breaks_and_mark_the_row(read: Read, tmp_path: Path) -> None:
    text = 'Name;Remark;Price\n"Smith; John";"two\nlines";3,50\nLee;plain;4,20\n'
    document = read("a.csv", text)
    shown = show(tmp_path / "a.csv", document.chunks[0].place, "Lee;plain")
    view = grid(shown)
    assert [c.name for c in view.columns] == ["Name", "Remark", "Price"]
    assert (view.rows, view.marked, view.first_number) == (2, ((1, 2),), 2)
    assert rows(tmp_path / "a.csv", shown, 0, 9) == [["Smith; John", "two lines", "3,50"], ["Lee", "plain", "4,20"]]


@pytest.mark.parametrize(
    ("cell", "figures"), [("1,234.50 €", True), ("(12)", True), ("2024-01-02", False), ("Q3", False)]
)
def test_figures_stand_at_the_right(read: Read, tmp_path: Path, cell: str, figures: bool) -> None:
    read("a.csv", f"name;value\na;{cell}\nb;{cell}\n")
    assert grid(show(tmp_path / "a.csv")).columns[1].numeric is figures


def test_wide_letters_get_twice_the_room(read: Read, tmp_path: Path) -> None:
    read("a.csv", "名前,Name\n佐藤太郎,Sato\n".encode())
    assert [column.letters for column in grid(show(tmp_path / "a.csv")).columns] == [8, 4]


def test_endless_figures_cost_nothing(read: Read, tmp_path: Path) -> None:
    read("a.csv", f"{'1' * 100_000}x;b\n1;2\n")
    assert grid(show(tmp_path / "a.csv")).rows >= 1


def test_one_column_is_no_grid(read: Read, tmp_path: Path) -> None:
    read("a.csv", "just a list\nof things\n")
    assert isinstance(show(tmp_path / "a.csv").view, Lines)


def test_rows_of_a_file_that_changed_are_refused(read: Read, tmp_path: Path) -> None:
    read("a.csv", "a,b\n1,2\n")
    shown = show(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("a,b\n3,4\n")
    with pytest.raises(Problem) as caught:
        rows(tmp_path / "a.csv", shown, 0, 1)
    assert caught.value.code == "preview.changed"


def test_rows_are_given_a_few_at_a_time_and_parsed_once(read: Read, tmp_path: Path) -> None:
    read("a.csv", "a,b\n" + "".join(f"{n},x\n" for n in range(10_000)))
    shown = show(tmp_path / "a.csv")
    workbooks = Workbooks()
    assert len(rows(tmp_path / "a.csv", shown, 0, 100_000, workbooks)) == 500
    parsed = workbooks.tables(shown.sha256, dict)
    assert rows(tmp_path / "a.csv", shown, 9_999, 5, workbooks) == [["9999", "x"]]
    assert workbooks.tables(shown.sha256, dict) is parsed


# ---- text


def test_markdown_is_given_as_it_is_meant_and_as_its_source(read: Read, tmp_path: Path) -> None:
    document = read("a.md", "---\ntitle: T\n---\n# Head\n\nSome **bold** words.\n")
    shown = show(tmp_path / "a.md", document.chunks[0].place, "bold words")
    assert isinstance(shown.view, Rendered)
    assert shown.has_text
    assert shown.view.markdown.startswith("```yaml\ntitle: T\n```\n# Head")
    source = show(tmp_path / "a.md", document.chunks[0].place, "bold", as_text=True)
    assert isinstance(source.view, Lines)
    assert source.view.text.startswith("---\ntitle: T")
    assert source.view.first == 1


def test_long_markdown_is_parted_outside_of_program_text() -> None:
    text = "".join(f"Paragraph {n} " + "word " * 50 + "\n\n" for n in range(300))
    fenced = "```\n" + "line\n\n" * 4_000 + "```\n\n"
    parts = parts_of(text + fenced + text)
    assert [start for start, _ in parts][1:] == [end for _, end in parts][:-1]
    whole = text + fenced + text
    assert "".join(whole[start:end] for start, end in parts) == whole
    assert all(whole[start:end].count("```") % 2 == 0 for start, end in parts)


def test_quote_in_a_later_part_opens_that_part(read: Read, tmp_path: Path) -> None:
    document = read("a.md", "".join(f"Paragraph {n} " + "word " * 50 + "\n\n" for n in range(300)) + "The very end.\n")
    shown = show(tmp_path / "a.md", document.chunks[-1].place, "The very end.")
    assert (shown.number, shown.at_place, shown.match) == (shown.count, True, "exact")
    assert shown.count > 3
    assert not show(tmp_path / "a.md", document.chunks[-1].place, "The very end.", number=1).at_place


def test_web_page_keeps_its_tables_lists_and_links() -> None:
    page = "<title>T</title><h2>Sales *</h2><p>See <a href='https://x.y'>this</a><table><tr><th>A<th>B<tr><td><td>2|3</table>"
    assert markdown_of(page) == "## Sales \\*\n\nSee [this](https://x.y)\n\n| A | B |\n| --- | --- |\n|  | 2\\|3 |\n"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "https://x.y/a) [b](c"])
def test_web_page_gives_no_other_links(address: str) -> None:
    assert markdown_of(f'<p><a href="{address}">words</a>') == "words\n"


def test_web_page_leaves_out_its_furniture_but_never_itself(read: Read, tmp_path: Path) -> None:
    page = (
        "<nav>Menu</nav><div hidden>Secret</div><img aria-hidden=true alt=x>"
        "<header><ul><li>Languages</ul></header><p>Said <a href='#x'>here</a>.</p>"
    )
    assert markdown_of(page) == "Said here.\n"
    read("a.html", f"<div role=navigation>{'All of it is navigation. ' * 40}</div>")
    assert isinstance(show(tmp_path / "a.html").view, Lines)


def test_web_page_shows_where_the_quote_stands(read: Read, tmp_path: Path) -> None:
    document = read("a.html", "<h1>Head</h1><p>First <b>bold</b> words.</p><table><tr><td>a<td>b</table>")
    shown = show(tmp_path / "a.html", document.chunks[0].place, "First bold words")
    assert isinstance(shown.view, Rendered)
    assert shown.match == "exact"
    assert "| a | b |" in shown.view.markdown


def test_program_text_names_its_language_and_lines(read: Read, tmp_path: Path) -> None:
    read("a.py", "import os\n\n\ndef main():\n    return os.sep\n")
    view = show(tmp_path / "a.py").view
    assert isinstance(view, Lines)
    assert (view.language, view.first, view.fixed) == ("python", 1, True)


def test_prose_of_a_document_has_no_line_numbers(read: Read, tmp_path: Path) -> None:
    read("a.docx", made.docx([(0, "Some words of prose.")]))
    shown = show(tmp_path / "a.docx")
    assert isinstance(shown.view, Lines)
    assert (shown.view.first, shown.view.fixed, shown.unit, shown.count, shown.at_place) == (0, False, "part", 1, True)


# ---- mails


def test_mail_has_its_header_as_fields_and_its_body_marked(read: Read, tmp_path: Path) -> None:
    document = read("a.eml", "From: Ana <ana@x.org>\nTo: Bo <bo@x.org>\nSubject: Lease\n\nThe lease renews in March.\n")
    shown = show(tmp_path / "a.eml", document.chunks[0].place, "lease renews in March")
    view = shown.view
    assert isinstance(view, Letter)
    assert view.header == (("Subject", "Lease"), ("From", "Ana <ana@x.org>"), ("To", "Bo <bo@x.org>"))
    assert [view.text[start:end] for start, end in view.marks] == ["lease renews in March"]
    assert (shown.unit, shown.match) == ("message", "exact")


# ---- pictures


def picture(kind: str, size: tuple[int, int] = (40, 20), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (255, 0, 0)).save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize(("name", "kind"), [("a.png", "PNG"), ("a.bmp", "BMP"), ("a.gif", "GIF"), ("a.webp", "WEBP")])
def test_picture_is_given_as_pixels(read: Read, tmp_path: Path, name: str, kind: str) -> None:
    read(name, picture(kind))
    shown = show(tmp_path / name)
    view = shown.view
    assert isinstance(view, Drawn)
    assert (view.width, view.height, view.printed, shown.unit) == (40, 20, False, "picture")
    blue, green, red, alpha = Path(view.path).read_bytes()[:4]
    assert (red > 245, green < 10, blue < 10, alpha) == (True, True, True, 255)


def test_large_picture_is_given_no_larger_than_wanted_and_upright(read: Read, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    read("a.jpg", picture("JPEG", (3_000, 1_000), exif=exif))
    view = show(tmp_path / "a.jpg", width=600).view
    assert isinstance(view, Drawn)
    assert (view.width, view.height) == (600, 1_800)


def test_what_is_transparent_is_white(read: Read, tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")
    read("a.png", out.getvalue())
    view = show(tmp_path / "a.png").view
    assert isinstance(view, Drawn)
    assert set(Path(view.path).read_bytes()) == {255}


@pytest.mark.parametrize(
    ("data", "code"),
    [(picture("PNG")[:60], "preview.damaged"), (b"\x89PNG\r\n\x1a\nnothing", "preview.unsupported")],
)
def test_broken_picture_is_a_problem(read: Read, tmp_path: Path, data: bytes, code: str) -> None:
    read("a.png", data)
    with pytest.raises(Problem) as caught:
        show(tmp_path / "a.png")
    assert caught.value.code == code


def test_endless_picture_is_refused_unread(read: Read, tmp_path: Path) -> None:
    bomb = bytearray(picture("BMP"))
    bomb[18:26] = (60_000).to_bytes(4, "little") + (60_000).to_bytes(4, "little")
    read("a.bmp", bytes(bomb))
    with pytest.raises(Problem) as caught:
        show(tmp_path / "a.bmp")
    assert caught.value.code == "preview.too_large"
