"""What is lent to a worker: just what a call under way names, and nothing of it is remembered."""

from __future__ import annotations

from app.base.worker_calls import ReadDocument
from app.link.lending import Lent


def test_path_is_lent_as_long_as_any_call_names_it() -> None:
    lent = Lent()
    call = ReadDocument(path="/docs/a.txt", timeout_s=1)
    with lent.during(call):
        with lent.during(call):
            assert lent.allows("read", "/docs/a.txt")
        assert lent.allows("read", "/docs/a.txt")
        assert not lent.allows("write", "/docs/a.txt")
        assert not lent.allows("read", "/docs/b.txt")
    assert not lent.allows("read", "/docs/a.txt")


def test_nothing_of_a_thousand_calls_stays_in_memory() -> None:
    lent = Lent()
    for number in range(1000):
        with lent.during(ReadDocument(path=f"/docs/{number}.txt", timeout_s=1)):
            assert lent.count == 1
        lent.allows("read", f"/docs/{number}.txt")
    assert lent.count == 0
