"""The best quotes of what a model is given to read: found while it reads, and told as soon as they are there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from app.assistant.cancellation import Stop
from app.assistant.ports import Passage
from app.assistant.quoting.quotes import Quotes
from app.assistant.quoting.writing import as_written
from app.base.errors import Cancelled, Problem

log = logging.getLogger("familiar.assistant")
_PARAGRAPH = "\n\n"


class EarlyQuotes:
    """Looks for quotes beside a model that works. Thread-safe."""

    def __init__(self, find: Callable[[], str], tell: Callable[[str], None], stop: Stop) -> None:
        """find: the quotes as Markdown, "" for none. tell: shows them; it is not called any more after `end`."""
        self._find = find
        self._tell = tell
        self._lock = threading.Lock()
        self._ended = False
        self._found = ""
        try:
            stop.threads.start(self._run, stop)
        except (Cancelled, Problem):
            self._ended = True

    def end(self) -> str:
        """What was found so far; nothing is told from now on."""
        with self._lock:
            self._ended = True
            return self._found

    def _run(self) -> None:
        try:
            found = self._find()
        except Problem as problem:  # the index could not be asked: the answer comes without them
            log.warning("no quotes while the model reads: %s", problem.code)
            return
        with self._lock:
            if found and not self._ended:
                self._found = found
                self._tell(found)


def numbered_quotes(found: Quotes, question: str, passages: Mapping[int, Passage]) -> str:
    """Quotes as Markdown, each with the number that a person sees for its passage; "" if they are not certain."""
    if not found.certain:
        return ""
    numbers = {(passage.path, passage.chunk_id): n for n, passage in passages.items()}
    written = [
        f"{as_written(quote, question)} [{n}]"
        for quote in found.quotes
        if (n := numbers.get((quote.passage.path, quote.passage.chunk_id))) is not None
    ]
    return _PARAGRAPH.join(written)
