"""Replies are taken in the order of their questions, whatever order they arrive in."""

from __future__ import annotations

from app.window.reply_order import ReplyOrder


def test_an_older_questions_reply_is_no_news_after_a_newer_ones() -> None:
    order = ReplyOrder()
    first, second = order.question(), order.question()
    with order.answering(second):
        assert order.is_news("models")
    with order.answering(first):
        assert not order.is_news("models")
        assert order.is_news("folders"), "each subject for itself"


def test_replies_in_order_and_several_words_of_one_reply_are_news() -> None:
    order = ReplyOrder()
    first, second = order.question(), order.question()
    for question in (first, first, second):
        with order.answering(question):
            assert order.is_news("models")


def test_what_happens_outside_of_a_reply_is_newer_than_all_that_was_asked() -> None:
    order = ReplyOrder()
    asked = order.question()
    assert order.is_news("preferences")
    with order.answering(asked):
        assert not order.is_news("preferences")
    with order.answering(order.question()):
        assert order.is_news("preferences")
