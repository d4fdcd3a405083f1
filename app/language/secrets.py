"""Secrets in a text: keys, tokens, passwords, numbers of cards and accounts. What is told of each is its sort alone.

Rather too much is taken for one than too little, but what stands in prose behind the word "password" is told from what
one looks like. Card and account numbers count only where their check digits are right, so that an order number is none.
Sources of forms: the issuers' documentation of their keys; ISO/IEC 7812 (cards), ISO 13616 (IBAN).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

_KEY_BEGINS = re.compile(r"-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_KEY_ENDS = re.compile(r"-----END (?:[A-Z]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_TOKEN = re.compile(
    r"(?:"
    r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![A-Za-z0-9])"  # Amazon
    r"|(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22}|glpat-[\w-]{20})[\w-]{0,255}"  # GitHub, GitLab
    r"|(?<![A-Za-z0-9])(?:sk-[\w-]{20}|hf_[A-Za-z0-9]{30}|AIza[\w-]{35})[\w-]{0,255}"
    r"|(?<![A-Za-z0-9])(?:xox[abeoprs]-[A-Za-z0-9-]{10}|[rs]k_(?:live|test)_[A-Za-z0-9]{16})[\w-]{0,255}"
    r"|(?<![\w-])eyJ[\w-]{10,}+\.eyJ[\w-]{10,}+\.[\w-]{10,}+"  # JSON Web Tokens
    r")"
)
_BEARER = re.compile(r"\b(?:bearer|basic)[ \t]{1,4}(?P<value>[\w.~+/=-]{12,4000})", re.IGNORECASE)
_ADDRESS = re.compile(r"://[^\s/:@]{1,80}:(?P<value>[^\s/@]{1,200})@")
_NAMES = (
    "passwords? passwort passwörter kennwort kennwörter passphrase passwd pwd contraseñas? secrets? token"
    " api[_-]?keys? access[_-]?keys? secret[_-]?keys? client[_-]?secret"
)
_NAME = rf"(?=[ackmpst])(?:{'|'.join(_NAMES.split())}|api key|access key|secret key|mot de passe)"
_CAMEL = r"(?=[PSTA])(?<=[a-z])(?:Password|Passwort|Secret|Token|ApiKey)"
_FOR_WHAT = r"[ \t]{0,2}\([^()\n]{0,30}\)|[ \t]{1,2}(?:for|für|de|of)[ \t][^\s:=：|<>]{1,30}+"
_BEHIND = rf"[*`\"'_)\]]{{0,3}}+(?:{_FOR_WHAT})?[*`\"']{{0,3}}+"
_ASSIGNED = re.compile(
    rf"(?:(?i:(?<![^\W_]){_NAME})|{_CAMEL}){_BEHIND}[ \t]{{0,8}}+(?:lautet|ist|is|est|es)?+[ \t]{{0,4}}+"
    r"(?:[:=：|]|<[^<>]{0,20}>|>)[*`]{0,3}[ \t]{0,8}(?P<quote>[\"'„“‘«])?(?P<value>[^\s][^\n]{0,1000})"
)
_SAID = re.compile(
    rf"(?i:(?<![^\W_]){_NAME})(?:[ \t]{{1,3}}(?:is|ist|lautet|es|est)|=|[ \t]{{1,3}}(?=[„“\"‘«]))[ \t]{{0,3}}"
    r"[\"'„“‘«]?(?P<value>[^\s\"'“”‘’»]{4,200})"
)
_OPTION = re.compile(r"(?i:--(?:password|passwd|token|secret|api-key))[ \t=]{1,3}(?P<value>\S{1,200})")
_CELL_ENDS = re.compile(r"[|<>]|\*\*")
_MOST_WORDS = 6
_NOTHING_WORDS = """
none null nil no not n/a yes true false empty required optional unknown forgotten expired see ask missing changed
keine keins nein ja leer siehe nötig erforderlich optional unbekannt vergessen abgelaufen ninguna ninguno no sí aucun
"""
_NOTHING = frozenset(_NOTHING_WORDS.split())
_CLOSING = {"„": "“”", "“": "”", "‘": "’", "«": "»"}
_RUN = re.compile(r"(?<!\d)\d(?:[ \u00a0\u2009\u202f.\t\u2010-\u2014-]{0,2}\d){12,40}(?!\d)")
_CARD_LENGTHS = (19, 16, 15, 14, 13)
_IBAN = re.compile(r"(?=([A-Z]{2}[ \u00a0-]?\d{2}(?:[ \u00a0-]?[A-Z0-9]){11,27}))", re.IGNORECASE)
_IBAN_LENGTHS = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 CH21 CR22 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FO18 FR27 GB22 GE22 GI23
GL18 GR27 HR21 HU28 IE22 IL23 IS26 IT27 JO30 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MT31 NL18 NO15 PK24
PL28 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VG24 XK20
"""
_LENGTH_BY_COUNTRY = {one[:2]: int(one[2:]) for one in _IBAN_LENGTHS.split()}


class Secret(msgspec.Struct, frozen=True):
    """A secret as it stands in a text. sort: "private key", "token", "password", "card number", "account number"."""

    sort: str
    start: int
    end: int


def secrets(text: str) -> list[Secret]:
    """The secrets of a text, in order; what overlaps is one, of the sort that begins first."""
    found: list[Secret] = []
    for one in sorted(_all(text), key=lambda one: (one.start, -one.end)):
        if not found or one.start >= found[-1].end:
            found.append(one)
        elif one.end > found[-1].end:
            found[-1] = msgspec.structs.replace(found[-1], end=one.end)
    return found


def masked(text: str, note: Callable[[str], None] = lambda _: None) -> str:
    """The text with "[masked: card number]" and the like in the place of each secret. note: hears each one's sort."""
    parts: list[str] = []
    at = 0
    for one in secrets(text):
        note(one.sort)
        parts += [text[at : one.start], f"[masked: {one.sort}]"]
        at = one.end
    return "".join([*parts, text[at:]])


def _all(text: str) -> Iterator[Secret]:
    for match in _KEY_BEGINS.finditer(text):
        end = _KEY_ENDS.search(text, match.end())
        yield Secret("private key", match.start(), len(text) if end is None else end.end())
        if end is None:
            break  # all that follows is part of it
    for match in _TOKEN.finditer(text):
        yield Secret("token", match.start(), match.end())
    for match in _BEARER.finditer(text):
        yield Secret("token", match.start("value"), match.end("value"))
    for pattern in (_ADDRESS, _OPTION):
        for match in pattern.finditer(text):
            yield Secret("password", match.start("value"), match.end("value"))
    for match in _ASSIGNED.finditer(text):
        length = _length_assigned(match["value"], match["quote"] or "")
        if length:
            yield Secret("password", match.start("value"), match.start("value") + length)
    for match in _SAID.finditer(text):
        if _looks_secret(match["value"]):
            yield Secret("password", match.start("value"), match.end("value"))
    yield from _numbers(text)


def _length_assigned(value: str, quote: str) -> int:
    """How much of what stands behind "password:" is one: to the quote's end, else a word, or all of a row of few."""
    if quote:
        ends = [at for mark in _CLOSING.get(quote, quote) if (at := value.find(mark)) > 0]
        return min(ends, default=len(value))
    line = _CELL_ENDS.split(value)[0].rstrip(" \t*`")
    words = line.split()
    if not words or words[0].strip(".,;:()").casefold() in _NOTHING:
        return 0
    if _looks_secret(words[0]):
        return len(words[0].rstrip(",;"))
    return len(line) if len(words) <= _MOST_WORDS else 0


def _looks_secret(word: str) -> bool:
    """Whether a word is none of prose: it has figures, or marks, or capitals within."""
    inner = word.strip(".,;:!?()[]{}<>*`_")
    if len(word) < 5:
        return False
    odd = any(not letter.isalnum() and letter not in "-–'’" for letter in inner) or inner.count("-") > 1
    capitals = any(letter.isupper() for letter in inner[1:]) and any(letter.islower() for letter in inner)
    return any(letter.isdigit() for letter in inner) or odd or capitals or "-" in inner


def _numbers(text: str) -> Iterator[Secret]:
    for match in _RUN.finditer(text):
        places = [at for at in range(match.start(), match.end()) if text[at].isdigit()]
        digits = "".join(text[at] for at in places)
        begin = 0
        while begin + _CARD_LENGTHS[-1] <= len(digits):
            length = next((n for n in _CARD_LENGTHS if _is_card(digits[begin : begin + n], n)), 0)
            if length and _stands_alone(places, begin, begin + length):
                yield Secret("card number", places[begin], places[begin + length - 1] + 1)
                begin += length
            else:
                begin += 1
    for match in _IBAN.finditer(text):
        length = _LENGTH_BY_COUNTRY.get(match[1][:2].upper(), 0)
        places = [at for at in range(match.start(1), match.end(1)) if text[at].isalnum()][:length]
        if len(places) == length > 0 and _is_account("".join(text[at] for at in places).upper()):
            yield Secret("account number", places[0], places[-1] + 1)


def _stands_alone(places: list[int], begin: int, end: int) -> bool:
    """Whether a part of a run of digits is parted from the rest of it, so that it may be a number of its own."""
    before = begin == 0 or places[begin] - places[begin - 1] > 1
    return before and (end == len(places) or places[end] - places[end - 1] > 1)


def _is_card(digits: str, length: int) -> bool:
    """Whether it has that many digits, the check digit is right, by Luhn, and an issuer may begin so."""
    if len(digits) < length or digits[0] not in "23456" or len(set(digits)) < 2:
        return False
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_account(iban: str) -> bool:
    """Whether the check digits are right, modulo 97."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
