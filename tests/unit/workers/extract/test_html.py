"""Web pages."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from app.base.values import Document
from app.workers.extract.html import blocks_of, parse_page

Read = Callable[..., Document]
WORDS = "Some words that matter, said in a sentence of the page. " * 12


def said(document: Document) -> str:
    return "".join(chunk.text for chunk in document.chunks)


def test_headings_are_places(read: Read) -> None:
    document = read("a.html", f"<title>Site</title><h1>Top</h1><p>{WORDS}</p><h2>Low</h2><p>{WORDS}</p>")
    assert document.title == "Site"
    assert [(chunk.place.kind, chunk.place.first, chunk.place.label) for chunk in document.chunks] == [
        ("heading", 1, "Top"), ("heading", 2, "Low"),
    ]  # fmt: skip
    assert document.chunks[1].heading == "Top › Low"


def test_page_without_headings_is_one_whole(read: Read) -> None:
    (chunk,) = read("a.html", "<p>Just this.</p>").chunks
    assert (chunk.place.kind, chunk.place.label) == ("whole", "whole document")


def test_navigation_scripts_and_hidden_parts_are_left_out(read: Read) -> None:
    page = (
        "<html><nav>menu</nav><header><div>log in</div><h1>Head</h1></header><script>code()</script>"
        f"<p>{WORDS}</p><div style='display: none'>unseen</div><button>press</button><footer>imprint</footer></html>"
    )
    text = said(read("a.html", page))
    assert "Head" in text and "Some words" in text
    assert not any(word in text for word in ("menu", "log in", "code()", "unseen", "press", "imprint"))


def test_page_that_is_all_navigation_is_read_all_the_same(read: Read) -> None:
    assert "A list of links" in said(read("a.html", f"<nav>A list of links. {WORDS}</nav>"))


def test_entities_tables_lists_breaks_and_pictures() -> None:
    page = parse_page(
        "<p>a&nbsp;&amp; b<br>c</p><table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>"
        "<ul><li>x<li>y</ul><pre>  keep\n    this</pre><img alt='A red bird on a branch'><img alt='x'>"
    )
    assert [block.text for block in page.blocks] == [
        "a\xa0& b\nc", "1\t2\n3", "- x\n- y", "  keep\n    this", "A red bird on a branch",
    ]  # fmt: skip


def test_markup_that_never_closes_is_read_to_its_end() -> None:
    assert [block.text for block in blocks_of("<div><p>one<p>two<b>bold <i>both")] == ["one", "twobold both"]
    assert blocks_of("a < b and c <3")[0].text == "a < b and c <3"


@pytest.mark.parametrize(
    "sign", ["<", "<!--", "<a ", '<a b="', "<![CDATA[", "</x", "<script>", "<title>", "<div>", "&", "<p '>\""]
)
def test_hostile_page_takes_no_longer_than_its_length(sign: str) -> None:
    def took(times: int) -> float:
        begun = time.process_time()
        parse_page(sign * times)
        return time.process_time() - begun

    short = max(took(2_000), 0.005)
    assert took(40_000) < 100 * short  # linear would be 20 times, starting over at each sign 400 times


def test_comments_declarations_and_raw_text_are_passed_over() -> None:
    page = (
        "<!doctype html><!-- <p>no</p> --><?php no ?><title>A &amp; <b></title>"
        "<p>yes<![CDATA[ & more]]></p><script>if (a<b) no()</script>"
    )
    parsed = parse_page(page)
    assert (parsed.title, [block.text for block in parsed.blocks]) == ("A & <b>", ["yes & more"])


def test_attributes_with_signs_in_quotes() -> None:
    assert [block.text for block in blocks_of("<p title='a>b' class=x>one</p><img alt=\"Two > one, it is said\">")] == [
        "one", "Two > one, it is said",
    ]  # fmt: skip
