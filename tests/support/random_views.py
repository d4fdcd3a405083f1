"""Views of every sort and size for a window that nobody spares: empty ones, tiny ones, endless ones."""

from __future__ import annotations

import random
from pathlib import Path

from app.base.calls import ShowPlace
from app.base.errors import Problem
from app.base.preview import Column, Drawn, Grid, Letter, Lines, Preview, Rendered, Unit, View

SIZES = ((1, 1), (40, 900), (900, 40), (300, 300))
MARKDOWN = "|a|b|\n|-|-|\n|1|2|\n\n```python\nx = 1\n```\n\n> quoted **bold** [link](https://x.y)\n\n"


class RandomViews:
    """Answers ShowPlace as `FakeEngine.draw`. The same call, asked as often, gets the same view for the same seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed
        self._folder = folder
        self._asked = 0

    def __call__(self, call: ShowPlace) -> Preview:
        """Any view of any sort. Raises Problem now and then."""
        self._asked += 1
        chance = random.Random(f"{self._seed} {self._asked}")
        unit, view = self._view(chance, call.quote)
        return Preview(
            view=view, unit=unit, match=chance.choice(("exact", "close", "none")), count=4,
            number=call.number or call.place.first, has_text=chance.random() < 0.5, at_place=chance.random() < 0.5,
            sha256=chance.choice(("", "0" * 64, "1" * 64)),
        )  # fmt: skip

    def _view(self, chance: random.Random, quote: str) -> tuple[Unit, View]:
        sort = chance.randrange(7)
        if sort == 0:
            raise Problem("preview.damaged", "The document is damaged.", "Get it again.")
        if sort == 1:
            return "part", Rendered(markdown=MARKDOWN + f"# {quote}\n\n" + "Words.\n\n" * chance.randrange(80))
        if sort == 2:
            header = (("Subject", "S" * chance.randrange(400)), ("From", "Ana"))
            return "message", Letter(header=header, text="words " * chance.randrange(500))
        if sort == 3:
            rows = chance.choice((0, 1, 50, 3_000))
            columns = tuple(Column(name=f"c{n}", letters=9) for n in range(chance.choice((0, 1, 2, 30))))
            return "sheet", Grid(columns=columns, rows=rows, marked=((rows // 2, rows // 2 + 1),) if rows else ())
        if sort in (4, 5):
            width, height = chance.choice(SIZES)
            path = self._folder / f"drawn {self._asked}"
            path.write_bytes(bytes(4 * width * height))
            view = Drawn(path=str(path), width=width, height=height, boxes=((1.0, 1.0, 2.0, 2.0),), printed=sort == 4)
            return "page" if sort == 4 else "picture", view
        return "part", Lines(text=f"Before.\n{quote}\n" * chance.randrange(200), marks=((8, 8 + len(quote)),), first=1)
