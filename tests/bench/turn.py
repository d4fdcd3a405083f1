"""What a turn costs of our own: all but the search and the model, from the question saved to the answer saved.

Conversations of TURNS questions on XQuAD's English paragraphs, over a store on disk; the search gives PASSAGES of them
at once, and a model writes three sentences of them, a word at a time, at once. Yardstick: the bound of 60 ms.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import closing
from pathlib import Path

from app.assistant.quoting.sentences import spans
from app.store.user import UserStore
from tests.bench.report import Report
from tests.support.caller import Caller
from tests.support.scripted_model import Library, ScriptedModel, assistant_over

CONVERSATIONS = 12
TURNS = 5
PASSAGES = 6
BOUND_MS = 60.0
_SET = Path(os.environ.get("FAMILIAR_YARDSTICKS", "../shared/yardsticks")) / "answers" / "xquad-en"


def run() -> int:
    """Measure; exit code 0 if the bound held."""
    paragraphs = [json.loads(line)["text"] for line in (_SET / "corpus.jsonl").open(encoding="utf-8")]
    questions = [json.loads(line)["text"] for line in (_SET / "questions.jsonl").open(encoding="utf-8")]
    chat: list[float] = []
    quotes: list[float] = []
    with tempfile.TemporaryDirectory() as folder, closing(UserStore.open(Path(folder) / "user.db")) as store:
        for n in range(CONVERSATIONS):
            texts = paragraphs[n * PASSAGES : (n + 1) * PASSAGES]
            library = Library({f"/paragraph {at}.txt": text for at, text in enumerate(texts)})
            said = " ".join(texts[0][start:end] for start, end in spans(texts[0])[:3])
            pieces = [f"{word} " for word in said.split()]
            for model, times in ((ScriptedModel(*pieces, context=16384, prefill_ms=0.0), chat), (None, quotes)):
                caller = Caller(assistant_over(store, library, model))
                conversation: int | None = None
                for turn in range(TURNS):
                    began = time.perf_counter()
                    answer = caller.ask(questions[n * TURNS + turn], conversation=conversation, anew=False)
                    times.append((time.perf_counter() - began) * 1000)
                    conversation = answer.conversation
                    assert answer.state == "done", answer
    report = Report("A turn, without search and model")
    report.figure("with a model", chat, "ms", at_most=BOUND_MS)
    report.figure("in quotes", quotes, "ms", at_most=BOUND_MS)
    return report.end()
