"""Random Markdown as models write it, the same for the same seed."""

from __future__ import annotations

import random

WORDS = [
    "revenue", "fell", "**by", "3**", "`code`", "mostly", "because", "[1]", "the", "*Market*", "division", "[2][3]",
    "was", "sold", "a_b_c", "x*y", "![i](http://example.org/i.png)", "[l](https://example.org)", "~~no~~", "<b>hi</b>",
    "&amp;", "naïve", "שלום", "日本語", "😀", "[9]", "https://example.org/a?b=c.",
]  # fmt: skip
MARKERS = "-*1.) \n\n`~#>|ab=_[]!5 +"
"""Letters of which most begin a block of Markdown, or could."""


def prose(source: random.Random, words: int) -> str:
    """A sentence of at most so many words, some of them marked up."""
    return " ".join(source.choice(WORDS) for _ in range(source.randint(1, words)))


def block(source: random.Random) -> str:
    """One block: a paragraph, heading, list, table, quote, code or rule."""
    kind = source.randint(0, 12)
    if kind == 3:
        return "#" * source.randint(1, 5) + " " + prose(source, 6)
    if kind == 4:
        lines = ["def f(x): return `x`", "", "    y = 1 # c", "x = '~~~'", "\tz"]
        head = source.choice(["python", "", "js title"])
        return f"```{head}\n" + "\n".join(source.choice(lines) for _ in range(source.randint(0, 8))) + "\n```"
    if kind == 5:
        return "\n".join(_item(source) for _ in range(source.randint(1, 6)))
    if kind == 6:
        first = source.randint(1, 9)
        between = source.choice(["\n", "\n\n"])
        return between.join(f"{first + at}. {prose(source, 12)}" for at in range(source.randint(1, 6)))
    if kind == 7:
        rows = [f"| {prose(source, 3)} | {source.randint(1, 999)} |" for _ in range(source.randint(0, 5))]
        return "\n".join(["| a | b |", "|---|--:|", *rows])
    if kind == 8:
        return "\n".join(f"> {prose(source, 10)}" for _ in range(source.randint(1, 4)))
    fixed = {
        9: "---",
        10: "Title\n===",
        11: "- item\n\n  ```\n  code\n  ```\n- 1. deep\n  2. er\n-\n- > q",
        12: "> - q\n> - r\n>\n> ```\n> c\n> ```\n> > deep",
    }
    return fixed.get(kind) or prose(source, 40)


def text(source: random.Random, blocks: int) -> str:
    """At most so many blocks."""
    return source.choice(["\n\n", "\n\n", "\n"]).join(block(source) for _ in range(source.randint(1, blocks)))


def _item(source: random.Random) -> str:
    nested = f"\n  - nested {prose(source, 5)}\n  - again" if source.random() < 0.3 else ""
    second = "\n\n  second par" if source.random() < 0.2 else ""
    return f"{source.choice('--*')} {prose(source, 12)}{nested}{second}"
