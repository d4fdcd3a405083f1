"""A greeting is told from a question in every language, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from app.assistant.phrases import is_small_talk


@pytest.mark.parametrize(
    "said",
    [
        "Hello!", "hi", "HEY", "Hello Familiar", "Hi, Familiar!", "Hello! How are you?", "Thanks, bye!", "Danke schön",
        "Grüß Gott", "Merci beaucoup !", "¡Hola!", "Grazie mille", "Obrigada!", "Dank je wel",
        "Tack så mycket", "Dziękuję", "Спасибо!", "Teşekkür ederim", "Ευχαριστώ", "שלום", "شكرا", "नमस्ते", "你好！",
        "こんにちは", "감사합니다", "ขอบคุณค่ะ", "Who are you?",
    ],
)  # fmt: skip
def test_greeting_is_small_talk(said: str) -> None:
    assert is_small_talk(said)


@pytest.mark.parametrize(
    "said",
    [
        "", "Familiar", "Hello, when does the lease end?", "Thanks to whom?", "Hello Kitty invoice", "Danke für was?",
        "thank you letter", "hi-fi", "merci, et le loyer ?", "你好吗合同", "?", "hello " * 40,
    ],
)  # fmt: skip
def test_question_is_none(said: str) -> None:
    assert not is_small_talk(said)
