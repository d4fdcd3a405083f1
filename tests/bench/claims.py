"""Claims that are true, and the same ones altered: how many are called what, and how long checking takes.

True sentences are those of XQuAD's English paragraphs. Altered: one number, date, name, unit or denial is another.
Reworded: the clauses in another order, numbers and dates in another form, and questions with their answer put in, which
say the same in other words. Each is checked against its own paragraph among five others, as a model is given them.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from app.assistant.claims.checking import ClaimChecker
from app.assistant.claims.cutting import Stretch
from app.assistant.ports import Passage
from app.assistant.quoting.sentences import spans
from app.base.values import Place
from app.language.facts.dates import dates
from app.language.facts.names import names
from app.language.facts.numbers import figures
from app.language.facts.polarity import denies
from tests.bench.report import Report

SENTENCES = 1000
BESIDE = 5
ANSWER_WORDS = 300
_SET = Path(os.environ.get("FAMILIAR_YARDSTICKS", "../shared/yardsticks")) / "answers" / "xquad-en"
_UNITS = (
    ("kilometres", "miles"), ("miles", "kilometres"), ("years", "months"), ("months", "years"), ("days", "weeks"),
    ("percent", "points"), ("yards", "feet"), ("million", "billion"), ("billion", "million"), ("hours", "days"),
    ("%", " euros"), ("$", "€"), ("£", "$"), ("points", "goals"), ("people", "families"), ("km", "mi"),
    ("metres", "feet"), ("meters", "feet"), ("feet", "metres"), ("acres", "hectares"), ("tons", "kilograms"),
)  # fmt: skip
_VERBS = ("is", "was", "are", "were", "has", "had", "can", "could", "will", "would", "did", "does", "do")
_ASKING = re.compile(r"^(?:what|who|which|how many|how much|when|where|whose)(?: [a-z]+)?", re.IGNORECASE)


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    chance = random.Random(7)
    paragraphs = [json.loads(line)["text"] for line in (_SET / "corpus.jsonl").open(encoding="utf-8")]
    questions = [json.loads(line) for line in (_SET / "questions.jsonl").open(encoding="utf-8")]
    by_id = {
        json.loads(line)["_id"]: json.loads(line)["text"] for line in (_SET / "corpus.jsonl").open(encoding="utf-8")
    }
    vocabulary = sorted({one.text for text in paragraphs for one in names(text)})
    sentences = [
        (text[start:end], text)
        for text in paragraphs
        for start, end in spans(text)
        if end - start >= 40 and not text[start:end].endswith("?")
    ]
    chance.shuffle(sentences)
    sentences = sentences[:SENTENCES]
    report = Report("Claims")
    _verdicts(
        report, "verbatim", [(s, text) for s, text in sentences], paragraphs, chance, wrong="not_found", share=0.05
    )
    reworded = [
        *((again, text) for s, text in sentences for again in _reworded(s)),
        *(
            (said, by_id[one["evidence"][0] if isinstance(one["evidence"], list) else one["evidence"]])
            for one in questions
            if one["answers"] and (said := _told(one["text"], one["answers"][0]))
        ),
    ]
    _verdicts(report, "reworded", reworded, paragraphs, chance, wrong="not_found", share=0.05)
    ways: dict[str, Callable[[str], str | None]] = {
        "numbers": lambda s: _number(s, chance),
        "dates": lambda s: _date(s, chance),
        "names": lambda s: _name(s, vocabulary, chance),
        "units": _unit,
        "denials": lambda s: _denial(s, chance),
    }
    every: list[tuple[str, str]] = []
    for way, alter in ways.items():
        altered = [(other, text) for s, text in sentences if (other := alter(s)) and other != s]
        every += altered
        _verdicts(report, f"altered {way}", altered, paragraphs, chance)
    inside = [(other, text) for s, text in sentences if (other := _name(s, _names_of(text), chance)) and other != s]
    every += inside
    _verdicts(report, "altered names, of the paragraph", inside, paragraphs, chance)
    _verdicts(report, "altered, all", every, paragraphs, chance, wrong="supported", share=0.02)
    _speed(report, sentences, paragraphs, chance)
    return report.end()


def _verdicts(
    report: Report, name: str, claims: list[tuple[str, str]], paragraphs: list[str], chance: random.Random,
    *, wrong: str = "", share: float = 0.0,
) -> None:  # fmt: skip
    counted: Counter[str] = Counter()
    shown = int(os.environ.get("SHOW", "0"))
    for claim, text in claims:
        checked = ClaimChecker(_passages(text, paragraphs, chance)).check(Stretch(0, len(claim), claim))
        verdict = checked.verdict if checked is not None else "none"
        counted[verdict] += 1
        if shown and verdict == (wrong or "supported"):
            shown -= 1
            report.note(
                f"    {verdict}: {claim}\n        {checked.supports[0].text if checked and checked.supports else ''}"
            )
    total = max(1, len(claims))
    report.note(f"{name} ({len(claims)}): " + ", ".join(f"{v} {n / total:.3f}" for v, n in counted.most_common()))
    if wrong:
        report.figure(f"{name}: called {wrong}", [counted[wrong] / total], "", at_most=share)


def _passages(text: str, paragraphs: list[str], chance: random.Random) -> dict[int, Passage]:
    others = [other for other in chance.sample(paragraphs, BESIDE + 1) if other != text][:BESIDE]
    chosen = [text, *others]
    chance.shuffle(chosen)
    return {n: _passage(one, n) for n, one in enumerate(chosen, 1)}


def _passage(text: str, n: int) -> Passage:
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=len(text))
    return Passage(path=f"/notes/p{n}.txt", sha256="", place=place, text=text)


def _names_of(text: str) -> list[str]:
    return sorted({one.text for one in names(text)})


def _replaced(sentence: str, start: int, end: int, by: str) -> str:
    return sentence[:start] + by + sentence[end:]


def _number(sentence: str, chance: random.Random) -> str | None:
    taken = dates(sentence)
    found = [
        one for one in figures(sentence)
        if not one.word and not any(date.start <= one.start < date.end for date in taken)
    ]  # fmt: skip
    if not found:
        return None
    one = chance.choice(found)
    digits = [at for at in range(one.start, one.end) if sentence[at].isdigit()]
    at = chance.choice(digits)
    other = chance.choice([d for d in "123456789" if d != sentence[at]])
    return _replaced(sentence, at, at + 1, other)


def _date(sentence: str, chance: random.Random) -> str | None:
    found = dates(sentence)
    if not found:
        return None
    one = chance.choice(found)
    digits = [at for at in range(one.start, one.end) if sentence[at].isdigit()]
    if not digits:
        return None
    at = digits[-1]
    return _replaced(sentence, at, at + 1, chance.choice([d for d in "123456789" if d != sentence[at]]))


def _name(sentence: str, others: list[str], chance: random.Random) -> str | None:
    found = [one for one in names(sentence) if one.start > 0]
    other = [name for name in others if name not in sentence and name.casefold() not in sentence.casefold()]
    if not found or not other:
        return None
    one = chance.choice(found)
    return _replaced(sentence, one.start, one.start + len(one.text), chance.choice(other))


def _unit(sentence: str) -> str | None:
    for unit, other in _UNITS:
        found = re.search(
            rf"(?<=\d ){re.escape(unit)}\b|(?<=\d){re.escape(unit)}(?!\w)|{re.escape(unit)}(?=\d)", sentence
        )
        if found:
            return _replaced(sentence, found.start(), found.end(), other)
    return None


def _denial(sentence: str, chance: random.Random) -> str | None:
    """The sentence with one denial more or less."""
    there = re.search(r"\b(?:not|never) ", sentence)
    if there:
        return _replaced(sentence, there.start(), there.end(), "")
    if denies(sentence):
        return None
    verbs = list(re.finditer(rf"\b(?:{'|'.join(_VERBS)})\b(?= )", sentence))
    if not verbs:
        return None
    verb = chance.choice(verbs)
    return _replaced(sentence, verb.end(), verb.end(), " not")


def _reworded(sentence: str) -> Iterator[str]:
    """The same in another order, and with its figures and dates in other forms."""
    head, comma, tail = sentence.rstrip(".").partition(", ")
    if comma and len(head) > 20 and len(tail) > 20 and not denies(sentence):
        yield f"{tail[0].upper()}{tail[1:]}, {head[0].lower()}{head[1:]}."
    thousands = re.sub(r"(?<=\d),(?=\d{3}\b)", "", sentence)
    if thousands != sentence:
        yield thousands
    for date in dates(sentence):
        (day, *_rest) = date.days
        if all(day) and len(date.days) == 1:
            yield _replaced(sentence, date.start, date.end, f"{day[0]}-{day[1]:02}-{day[2]:02}")
            yield _replaced(sentence, date.start, date.end, f"{day[2]}.{day[1]}.{day[0]}")


def _told(question: str, answer: str) -> str | None:
    """A question with its answer in the place of what it asks for."""
    told, count = _ASKING.subn(
        lambda found: f"{answer}{found.group()[len(found.group().split()[0]) :]}", question, count=1
    )
    return f"{told.rstrip('? ')}." if count else None


def _speed(report: Report, sentences: list[tuple[str, str]], paragraphs: list[str], chance: random.Random) -> None:
    """Milliseconds of checking an answer of 300 words against 24 passages."""
    taken: list[float] = []
    for _ in range(10):
        passages = {n: _passage(text, n) for n, text in enumerate(chance.sample(paragraphs, 24), 1)}
        answer: list[str] = []
        while sum(len(one.split()) for one in answer) < ANSWER_WORDS:
            answer.append(chance.choice(sentences)[0])
        began = time.perf_counter()
        checker = ClaimChecker(passages)
        for one in answer:
            checker.check(Stretch(0, len(one), one))
        taken.append((time.perf_counter() - began) * 1000)
    report.figure("checking 300 words against 24 passages", taken, "ms", at_most=400)
