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


_CARD = "4111 1111 1111 1111"
_BEGIN, _END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"{_CARD} 12/27 123", _CARD), (f"Nr. {_CARD} 123", _CARD), (f"Pay 12 {_CARD} now", _CARD),
        ("4111\u00a01111\u00a01111\u00a01111", "1111"), ("4111–1111–1111–1111", "1111"),
        ("4111.1111.1111.1111", "1111"),
        ("4111  1111  1111  1111", "1111"), ("4111111111111111,00", "4111111111111111"),
        ('password: "correct horse battery staple"', "staple"), ("passphrase: correct horse battery staple", "staple"),
        ("password: abc,defghijkl", "defghijkl"), ("password: abc'defghi", "defghi"), ("PASSWORD=abc12", "abc12"),
        ("my password = 'a b c d e f'", "f'"), ("token: " + "x" * 300 + "TAIL", "TAIL"),
        (_BEGIN + "A" * 12_000 + "TAIL" + _END, "TAIL"),
        (f"{_BEGIN}abc\n{_BEGIN}\nsecond\n{_END}\nafter", "second"),
        ("eyJ" + "a" * 20 + ".eyJ" + "b" * 9000 + "." + "c" * 30, "ccc"),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----xyz-----END PGP PRIVATE KEY BLOCK-----", "xyz"),
        ("token_ghp_" + "a1" * 18, "a1a1"), ("key-AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
        ("DE89-3704-0044-0532-0130-00", "0532"), ("de89370400440532013000", "0532"),
        ("DE 89 3704 0044 0532 0130 00", "0532"),
        ("**Password:** hunter222", "hunter"), ("`password`: hunter222", "hunter"), ("Password | hunter222", "hunter"),
        ("password：hunter222", "hunter"), ("Das Passwort lautet: Geheim123", "Geheim"),
        ("la contraseña es hola1234", "hola"),
        ("le mot de passe est hola1234", "hola"), ("Kennwort „Geheim123“", "Geheim"), ("pwd: hunter2x", "hunter"),
        ("secret_key: abc123", "abc"), ("clientSecret=abc123x", "abc"), ("dbPassword: abc123x", "abc"),
        ("Password (new): hunter222", "hunter"), ("Password for wifi: hunter222", "hunter"),
        ("--password hunter222", "hunter"), ("https://user:hunter222@host/", "hunter"),
        ("Authorization: Bearer abcdef1234567890", "abcdef"), ("<password>hunter222</password>", "hunter"),
    ],
)  # fmt: skip
def test_however_it_is_written_none_of_it_is_left(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in masked(text)


@pytest.mark.parametrize(
    "text",
    ["the token is required for login", "password is required", "The password is written in the blue book",
     "the secret is simple: work", "password: required field", "Fax 030 12345678 90123", "Invoice 12345678901234567890",
     "Passwords should be long, and changed often by everybody in here.",
     "API keys: see the handbook for how to get one of them"],
)  # fmt: skip
def test_prose_about_passwords_stays(text: str) -> None:
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
