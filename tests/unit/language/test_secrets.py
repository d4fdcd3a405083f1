"""Secrets are told from what merely looks long."""

from __future__ import annotations

import time

import pytest

from app.language.secrets import masked, secrets

# Made up, each in the form of its issuer.
_LETTERS = "AbCd" * 9
TOKENS = (
    "AKIA" + "ABCD1234" * 2, "ghp_" + _LETTERS, "github_pat_" + "a1" * 15, "glpat-" + "a1B2c3" * 4,
    "sk-" + "proj-" + _LETTERS, "hf_" + _LETTERS[:34], "AIza" + _LETTERS[:35], "xoxb-" + "12345-abcde",
    "sk_live_" + "a1B2" * 6, "eyJ" + "hbGciOiJIUzI1" + ".eyJ" + "zdWIiOiIxMjM0" + ".c2lnbmF0dXJl",
)  # fmt: skip


def sorts(text: str) -> list[str]:
    return [one.sort for one in secrets(text)]


@pytest.mark.parametrize("token", TOKENS)
def test_keys_of_known_issuers_are_tokens(token: str) -> None:
    assert masked(f"Use {token}, please.") == "Use [masked: token], please."
    assert sorts(f"x{token}x") == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password: hunter22!", "password: [masked: password]"),
        ("Das Passwort lautet Sommer2024", "Das Passwort lautet [masked: password]"),
        ('api_key = "abc123def"', 'api_key = "[masked: password]"'),
        ('{"token": "abc123def"}', '{"token": "[masked: password]"}'),
        ("The password is correct-horse.", "The password is [masked: password]"),
        ("card 4111 1111 1111 1111 exp 12/30", "card [masked: card number] exp 12/30"),
        ("5500-0000-0000-0004", "[masked: card number]"),
        ("378282246310005", "[masked: card number]"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [masked: account number]."),
        ("CH9300762011623852957", "[masked: account number]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nx", "[masked: private key]\nx"),
        ("-----BEGIN PRIVATE KEY-----\nMIIcut off", "[masked: private key]"),
    ],
)
def test_secret_is_masked_and_the_rest_stays(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    ["Order 4111 1111 1111 1112", "Invoice 1234567890123", "ISBN 978-3-16-148410-0", "+49 30 1234567890",
     "2024-03-01 2024-03-02 2024-03-03", "1,234,567,890,123,456", "DE12 3456 7890 1234 5678 90", "token ring network",
     "a secret: none", "The password has expired", "0000 0000 0000 0000", "sha256 " + "ab12" * 16, "sk-short", ""],
)  # fmt: skip
def test_what_merely_looks_long_is_none(text: str) -> None:
    assert masked(text) == text


def test_each_is_noted_once_in_order() -> None:
    heard: list[str] = []
    text = "password: 4111111111111111 and DE89370400440532013000"
    assert masked(text, heard.append) == "password: [masked: password] and [masked: account number]"
    assert heard == ["password", "account number"]


@pytest.mark.parametrize(
    "text", ["1 " * 50_000, "DE12" * 25_000, "-----BEGIN PRIVATE KEY-----" * 4_000, "eyJ" * 30_000]
)
def test_long_texts_take_no_time(text: str) -> None:
    began = time.monotonic()
    masked(text)
    assert time.monotonic() - began < 2.0
