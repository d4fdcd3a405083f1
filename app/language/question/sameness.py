"""Whether two questions ask the same, by their words: only what surely says nothing is passed over.

A cosine cannot tell it: of pairs that differ in a name, a year, "bought" and "sold" or a denial, the bundled embedder
puts many above 0.93, and below that pairs that mean the same. So the words decide: politeness, articles, verbs that
only carry a question, the place of the word that asks and how a figure or a date is written do not count; every other
word, its place, the tense and what is denied do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.language.facts.dates import dates
from app.language.facts.numbers import figures
from app.language.folding import fold
from app.language.languages import language_of_question
from app.language.words import words

_POLITE = re.compile(
    r"^(?:(?:hi|hey|hello|please|so|ok(?:ay)?|familiar|well|hallo|bitte|also|und|and|bonjour|salut|hola|ciao)\b[\s,!:]*"
    r"|(?:can|could|would|will) you (?:please )?(?:tell|show|give|remind|say to) (?:me|us)\b[\s:,]*"
    r"|(?:tell|show|give|remind) (?:me|us)\b[\s:,]*|do you (?:know|remember)\b[\s:,]*"
    r"|i(?:'d| would)? (?:like|want|need) to know\b[\s:,]*|i was wondering\b[\s:,]*|let me know\b[\s:,]*"
    r"|(?:kannst|könntest|können|könnten) (?:du|sie) (?:mir|uns) (?:bitte )?(?:sagen|zeigen)\b[\s:,]*"
    r"|(?:sag|sage|sagen sie|zeig|zeige) (?:mir|uns)\b[\s:,]*|(?:weißt|wissen|weisst) (?:du|sie)\b[\s:,]*"
    r"|ich (?:möchte|will|würde gerne?) (?:gerne? )?wissen\b[\s:,]*"
    r"|(?:peux-tu|pouvez-vous|pourriez-vous) (?:me|nous) dire\b[\s:,]*|dis-moi\b[\s:,]*|dites-moi\b[\s:,]*"
    r"|s'il (?:te|vous) plaît\b[\s:,]*|por favor\b[\s:,]*|dime\b[\s:,]*|(?:puedes|podrías|puede) decirme\b[\s:,]*"
    r"|(?:puoi|potresti|può) dirmi\b[\s:,]*|dimmi\b[\s:,]*)",
    re.IGNORECASE,
)
_POLITE_END = re.compile(
    r"(?<![\s,])[\s,]*+\b(?:please|thanks|thank you|bitte|danke|s'il (?:te|vous) plaît|merci|por favor|gracias"
    r"|per favore|grazie)[\s.!?]*$",
    re.IGNORECASE,
)
# What says nothing of its own. Verbs of the past and the future are words that tell.
_SILENT_WORDS = {
    "en": "a an the is are am does do my our me us i we s it there that this exactly",
    "de": """
        ein eine einen einem einer eines der die das den dem des ist sind bin mein meine meinen meinem meiner meines
        unser unsere unseren unserem ich wir mir uns es genau denn eigentlich
        """,
    "fr": "un une le la les l est sont mon ma mes notre nos je nous ce c il que",
    "es": "un una el la los las es son está están mi mis nuestro nuestra yo lo",
    "it": "un una uno il lo la i gli le l è sono mio mia miei nostro nostra io",
}
_SILENT: Mapping[str, frozenset[str]] = {
    language: frozenset(written.split()) for language, written in _SILENT_WORDS.items()
}
# Words that ask: wherever they stand, they may as well stand first.
_ASKING: Mapping[str, Mapping[str, str]] = {
    "en": {"which": "what", "whats": "what", "what": "what", "when": "when", "where": "where", "who": "who",
           "whom": "whom", "whose": "whose", "how": "how", "why": "why", "can": "can", "should": "should"},
    "de": {"welche": "was", "welcher": "was", "welches": "was", "welchen": "was", "welchem": "was", "was": "was",
           "wer": "wer", "wen": "wen", "wem": "wem", "wessen": "wessen", "wann": "wann", "wo": "wo", "wie": "wie",
           "warum": "warum", "wieviel": "wieviel"},
    "fr": {"quelle": "quel", "quels": "quel", "quelles": "quel", "quel": "quel", "qui": "qui", "quand": "quand",
           "ou": "ou", "comment": "comment", "pourquoi": "pourquoi", "combien": "combien"},
    "es": {"cual": "que", "cuales": "que", "que": "que", "quien": "quien", "cuando": "cuando", "donde": "donde",
           "como": "como", "cuanto": "cuanto", "cuanta": "cuanta"},
    "it": {"quali": "quale", "quale": "quale", "cosa": "cosa", "chi": "chi", "quando": "quando", "dove": "dove",
           "come": "come", "perche": "perche", "quanto": "quanto"},
}  # fmt: skip
_ASKED_AT_FIRST: Mapping[str, str] = {word: language for language, some in _ASKING.items() for word in some}
_OF = re.compile(r"(?<![^\s])([a-z]{2,}) of (?:the |my |our )?([a-z]{2,})(?![\w'])")
"""“The period of notice”, which is the notice period."""
_APOSTROPHES = re.compile("[’‘ʼ`´]")
_APOSTROPHE_S = re.compile(r"(?<=\w)'s\b")
_PLURAL = re.compile(r"(?<=[^\Wsiu_])s$")
_SIGNS = re.compile(r"[^\w\s'?!.,;:\"“”„«»()¿¡-]")
_LONGEST = 300


def same_key(question: str) -> str:
    """What two questions share if they ask the same, and no others do; "" where that is not to be told."""
    whole = _APOSTROPHES.sub("'", " ".join(question.split()))
    plain = _unframed(whole)
    if not plain or len(plain) > _LONGEST:
        return ""
    language = _language(plain)
    silent, asking = _SILENT.get(language, frozenset[str]()), _ASKING.get(language, {})
    if language == "en":
        plain = _OF.sub(r"\2 \1", _APOSTROPHE_S.sub(" ", plain))
    first: list[str] = []
    told: list[str] = []
    for token in _tokens(plain):
        folded = fold(token)
        if folded in asking:
            first.append(asking[folded])
        elif token.casefold() not in silent:
            plural = language == "en" and token.isalpha() and token.islower()
            told.append(_PLURAL.sub("", folded) if plural else folded)
    if language == "de" and plain != whole and told[-1:] == [fold(words(plain)[-1])]:
        told = [told[-1], *told[:-1]]  # "sag mir, wann der Vertrag endet": the verb of "wann endet der Vertrag"
    signs = "".join(sorted(_SIGNS.findall(plain)))
    return f"{language} {' '.join(sorted(first))}|{' '.join(told)}|{signs}" if told else ""


def _language(question: str) -> str:
    """Its language, if it is one of those whose small words are known here; else "", and each word counts."""
    found = language_of_question(question)
    if found in _SILENT:
        return found
    written = [fold(word) for word in words(question)]
    return "" if found or not written else _ASKED_AT_FIRST.get(written[0], "")


def _tokens(plain: str) -> Iterator[str]:
    """Its words in order; dates and figures in the one form of all their ways to be written."""
    facts: list[tuple[int, int, str]] = [(one.start, one.end, f"day {sorted(one.days)}") for one in dates(plain)]
    facts += [
        (one.start, one.end, f"{'/'.join(sorted(one.values))} {one.unit}".rstrip())
        for one in figures(plain)
        if not one.word and not any(one.start < end and start < one.end for start, end, _ in facts)
    ]
    at = 0
    for start, end, said in sorted(facts):
        if start >= at:
            yield from words(plain[at:start])
            yield said
            at = end
    yield from words(plain[at:])


def _unframed(plain: str) -> str:
    """A question without what is said out of politeness before and after it."""
    while True:
        shorter = _POLITE_END.sub("", _POLITE.sub("", plain, count=1)).strip()
        if not shorter or shorter == plain:
            return plain
        plain = shorter
