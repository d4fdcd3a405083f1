"""familiar models connect, offered: models of an OpenAI-compatible server."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from app.base.addresses import server_address
from app.base.errors import Problem
from app.base.models import RemoteAdd, RemoteModels
from app.cli.asking import secret, somebody_there
from app.cli.context import Context
from app.cli.progress import Progress
from app.cli.usage import Parser, count_up_to

R = TypeVar("R")
_LARGEST_CONTEXT = 1 << 24


def declare(name: str, parser: Parser) -> None:
    """The words of `models connect` and `models offered`."""
    parser.add_argument("url", metavar="URL", help="the server's address, such as http://127.0.0.1:8080/v1")
    parser.add_argument(
        "--key", action="store_true", help="give a key: typed without echo, or the first line of standard input"
    )
    if name == "models offered":
        parser.examples("familiar models offered http://127.0.0.1:11434")
        parser.set_defaults(run=_offered)
        return
    parser.add_argument("--model", metavar="NAME", default="", help="one that it offers; needed if there are several")
    parser.add_argument("--name", metavar="NAME", default="", help="what it is called here")
    parser.add_argument(
        "--context",
        metavar="TOKENS",
        type=count_up_to(_LARGEST_CONTEXT),
        default=0,
        help="how much it reads at once, where the server does not tell",
    )
    parser.examples(
        "familiar models connect http://127.0.0.1:8080",
        "familiar models connect https://llm.example.org/v1 --model qwen3-32b --key",
        "familiar models connect http://gpu-box:8000/v1 --key < key.txt",
    )
    parser.set_defaults(run=_connect)


def _connect(options: argparse.Namespace, context: Context) -> int:
    address = server_address(options.url)
    output = context.output
    if address.warning:
        output.note(address.warning)
    model = _with_key(
        options,
        address.host,
        lambda key: context.call(
            RemoteAdd(url=address.url, model=options.model, name=options.name, key=key, context=options.context)
        ),
        context,
    )
    if output.json:
        output.document(model)
        return 0
    output.line(
        f"Connected {model.name} at {model.place}: {model.context:,} tokens of context. It answers from now on."
    )
    output.line(
        "Before a conversation goes there, you are asked: questions, passages found for them, what it looks up."
    )
    if model.note and model.note != address.warning:
        output.line(model.note.removeprefix(address.warning).strip())
    return 0


def _offered(options: argparse.Namespace, context: Context) -> int:
    address = server_address(options.url)
    output = context.output
    names = _with_key(options, address.host, lambda key: context.call(RemoteModels(url=address.url, key=key)), context)
    if output.json:
        output.document(names)
        return 0
    for name in names:
        output.line(name)
    if not names:
        output.line(f"{address.host} offers no model now.")
    return 0


def _with_key(options: argparse.Namespace, host: str, call: Callable[[str | None], R], context: Context) -> R:
    """Make a call with the key that was asked for, or the one that is kept; where neither does, ask at a terminal."""
    prompt = f"Key of {host} (it is not shown): "

    def ask(key: str | None) -> R:
        context.engine()  # it has a line of its own while it starts
        with Progress(watched=context.output.watched) as progress:
            progress.show(f"Asking {host}")
            return call(key)

    if options.key:
        return ask(secret(prompt))
    try:
        return ask(None)
    except Problem as problem:
        if problem.code != "remote.unauthorized" or context.output.json or not somebody_there():
            raise
    key = secret(prompt)
    return ask(key or None)
