"""Secrets in a text: keys, tokens, passwords, numbers of cards and accounts. What is told of each is its sort alone.

Card and account numbers count only where their check digits are right, so that an order number is none.
Sources of forms: the issuers' documentation of their keys; ISO/IEC 7812 (cards), ISO 13616 (IBAN).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

_KEY_BEGINS = re.compile(r"-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----")
_KEY_ENDS, _KEY_CHARS = "PRIVATE KEY-----", 8000
_TOKEN = re.compile(
    r"(?<![\w-])(?:"
    r"AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}"  # Amazon
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}|glpat-[\w-]{20,64}"  # GitHub, GitLab
    r"|sk-[A-Za-z0-9_-]{20,200}|hf_[A-Za-z0-9]{30,64}|AIza[\w-]{35}"  # models, Google
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,200}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,200}"  # Slack, Stripe
    r"|eyJ[\w-]{10,1000}\.eyJ[\w-]{10,4000}\.[\w-]{10,1000}"  # JSON Web Tokens
    r")(?![\w-])"
)
_NAMES = "password passwort kennwort passphrase passwd contraseña secret token api[_-]?key access[_-]?key"
_NAMED = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(_NAMES.split())}|api key|access key|mot de passe)"
    r"(?:\s{0,3}(?:is|ist|lautet)\s{1,3}|[\"']?\s{0,3}[:=]\s{0,3})[\"']?(?P<value>[^\s\"',;]{6,200})",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\d.,])(?:\d[ -]?){12,18}\d(?![\d.,]\d|\d)")
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?(?![A-Z0-9])")
_SHORTEST_IBAN, _LONGEST_IBAN = 15, 34


class Secret(msgspec.Struct, frozen=True):
    """A secret as it stands in a text. sort: "private key", "token", "password", "card number", "account number"."""

    sort: str
    start: int
    end: int


def secrets(text: str) -> list[Secret]:
    """The secrets of a text, in order, none within another."""
    found: list[Secret] = []
    for one in sorted(_all(text), key=lambda one: (one.start, -one.end)):
        if not found or one.start >= found[-1].end:
            found.append(one)
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
        end = text.find(_KEY_ENDS, match.end(), match.end() + _KEY_CHARS)
        until = end + len(_KEY_ENDS) if end >= 0 else match.end() + _KEY_CHARS
        yield Secret("private key", match.start(), min(until, len(text)))
    for match in _TOKEN.finditer(text):
        yield Secret("token", match.start(), match.end())
    for match in _NAMED.finditer(text):
        yield Secret("password", match.start("value"), match.end("value"))
    for match in _DIGITS.finditer(text):
        if _is_card("".join(filter(str.isdigit, match.group()))):
            yield Secret("card number", match.start(), match.end())
    for match in _IBAN.finditer(text):
        if _is_account("".join(match.group().split())):
            yield Secret("account number", match.start(), match.end())


def _is_card(digits: str) -> bool:
    """Whether the check digit is right, by Luhn, and an issuer may begin so."""
    if digits[0] not in "23456" or len(set(digits)) < 2:
        return False
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_account(iban: str) -> bool:
    """Whether the check digits are right, modulo 97."""
    if not _SHORTEST_IBAN <= len(iban) <= _LONGEST_IBAN:
        return False
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
