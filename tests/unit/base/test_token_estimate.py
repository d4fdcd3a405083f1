"""Estimates of tokens: near what vocabularies give, rather too high than too low."""

from __future__ import annotations

import pytest

from app.base.chat import ChatMessage, ToolSpec
from app.base.token_estimate import estimated_prompt, estimated_tokens


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("a", 1, 1),
        ("The lease renews on 1 March 2027 unless notice is given in writing.", 15, 25),
        ("Договор продлевается первого марта", 10, 25),
        ("租约将于三月一日续签", 8, 14),
    ],
)
def test_an_estimate_lies_near_what_vocabularies_give(text: str, least: int, most: int) -> None:
    assert least <= estimated_tokens(text) <= most


def test_a_prompt_counts_messages_and_tools() -> None:
    message = ChatMessage(role="user", content="word " * 100)
    tool = ToolSpec(name="search", description="Find passages.", parameters={"type": "object"})
    alone = estimated_prompt([message], [])
    assert alone > estimated_tokens(message.content)
    assert estimated_prompt([message, message], [tool]) > 2 * alone
