"""Which number a quote in parsed Markdown has, so that its caption can be written above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token


def quote_number(tokens: Sequence[Token]) -> int:
    """The number of the quote that begins with these tokens: its paragraph's last one, or that after a table or code.

    0 if none begins here.
    """
    kind = tokens[0].type
    if kind == "paragraph_open":
        return _last_number(tokens[1]) if tokens[1].content.startswith("“") else 0
    if kind not in ("fence", "table_open"):
        return 0
    end = next((at for at, token in enumerate(tokens) if token.type == "table_close"), 0) if kind == "table_open" else 0
    after = tokens[end + 1 : end + 3]
    numbered = len(after) == 2 and after[0].type == "paragraph_open" and _only_numbers(after[1])
    return _last_number(after[1]) if numbered else 0


def _last_number(inline: Token) -> int:
    numbers = [int(token.content) for token in inline.children or [] if token.type == "citation"]
    return numbers[-1] if numbers else 0


def _only_numbers(inline: Token) -> bool:
    """Whether a paragraph is nothing but the numbers of what stands above it."""
    words = [token for token in inline.children or [] if token.type != "citation" and token.content.strip()]
    return not words and bool(_last_number(inline))
