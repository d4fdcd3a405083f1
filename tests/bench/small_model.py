"""What a person gets who answers with a small real chat model: SmolLM2-135M-Instruct on XQuAD's English questions.

The model is first measured, as it would be, and used as that says. Its figures are a floor: most models are better.
QUESTIONS: how many, 100 if not set.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
from collections import Counter
from collections.abc import Sequence

from app.assistant.repetition import RepetitionGuard
from app.base.calls import Ask
from app.base.models import ModelsAdd, ModelsBenchAnswers
from app.base.values import Answer, Claim
from tests.bench.report import Report
from tests.bench.setting import Setting
from tests.support.small_model import MISSING, MODEL
from tests.support.yardsticks import yardsticks_folder

QUESTIONS = int(os.environ.get("QUESTIONS", "100"))
_WORDS = re.compile(r"[^\W_]+")
_BORNE_OUT = 0.8
"""Of a claim's longer words and its figures, which stand in what it cites."""


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    if not MODEL.is_file():
        print(MISSING, file=sys.stderr)
        return 1
    folder = yardsticks_folder() / "answers" / "xquad-en"
    rows = [json.loads(line) for line in (folder / "questions.jsonl").open(encoding="utf-8")]
    asked = [row for row in rows if row["answers"]][:QUESTIONS]
    report = Report("A small model's answers")
    with Setting() as setting:
        setting.write_corpus(folder / "corpus.jsonl")
        setting.index()
        peer = setting.start()
        model = peer.call(ModelsAdd(path=str(MODEL)), timeout_s=120)
        found = peer.call(ModelsBenchAnswers(name=model.name), timeout_s=600)
        report.note(f"{found.says} ({found.seconds:.0f} s)")
        report.figure("measuring what it can do", [found.seconds], "s")
        answers = [peer.call(Ask(question=row["text"]), timeout_s=600) for row in asked]
    _tell(report, answers, [row["answers"] for row in asked])
    return report.end()


def _tell(report: Report, answers: Sequence[Answer], right: Sequence[Sequence[str]]) -> None:
    written = Counter(answer.rung for answer in answers)
    report.note("written by: " + ", ".join(f"{rung} {count}" for rung, count in written.most_common()))
    sourced = [bool(answer.citations) or answer.mode == "not_found" for answer in answers]
    report.figure("with a source, or says that there is none", [_share(sourced)], "", at_least=1.0)
    supported = []
    for answer, words in zip(answers, right, strict=True):
        for claim in (one for one in answer.claims if one.verdict == "supported"):
            supported.append(_holds(claim.text, words) or _borne_out(claim, answer))
            if not supported[-1]:
                report.note(f"  neither right nor borne out: {claim.text} (right: {' / '.join(words)})")
    report.note(f"claims shown as supported: {len(supported)}")
    report.figure("of these right, or true of their source", [_share(supported)], "", at_least=0.95)
    shown = [_holds(_shown(answer), words) for answer, words in zip(answers, right, strict=True)]
    report.figure("the answer as shown holds the right words", [_share(shown)], "", at_least=0.9)
    report.figure("answers that repeat themselves", [_share([_repeats(one.text) for one in answers])], "", at_most=0.0)
    seconds = [answer.usage.total_ms / 1000 for answer in answers]
    report.figure("seconds", seconds, "s")
    report.figure("the slowest to the median", [max(seconds) / statistics.median(seconds)], "×", at_most=3.0)


def _shown(answer: Answer) -> str:
    return "\n".join([answer.text, *(citation.quote for citation in answer.citations)])


def _holds(text: str, answers: Sequence[str]) -> bool:
    plain = _plain(text)
    return any(f" {_plain(one).strip()} " in plain for one in answers)


def _borne_out(claim: Claim, answer: Answer) -> bool:
    """Whether what a claim says stands in what it cites, told by its words and figures, whatever their endings."""
    cited = set(map(_stem, _plain(" ".join(one.quote for one in answer.citations if one.n in claim.citations)).split()))
    said = [_stem(word) for word in _plain(claim.text).split() if len(word) > 3 or word.isdigit()]
    return not said or sum(word in cited for word in said) / len(said) >= _BORNE_OUT


def _stem(word: str) -> str:
    """A word without an ending: "surrounding" and "surrounded" are one."""
    return re.sub(r"(?<=\w{4})(?:ing|ed|es|s|e|ly)$", "", word)


def _repeats(text: str) -> bool:
    guard = RepetitionGuard()
    guard.feed(text)
    guard.finish()
    return guard.repeated


def _plain(text: str) -> str:
    return " " + " ".join(_WORDS.findall(text.casefold())) + " "


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 1.0
