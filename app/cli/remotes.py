"""familiar models connect, offered: models of an OpenAI-compatible server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from app.base.addresses import server_address
from app.base.errors import Problem
from app.base.models import RemoteAdd, RemoteModels
from app.cli.command import command
from app.cli.context import Context
from app.cli.parameters import WholeNumber
from app.cli.progress import Progress
from app.cli.terminal_input import secret, somebody_there

R = TypeVar("R")
_LARGEST_CONTEXT = 1 << 24


_url = click.argument("url", metavar="URL", help="the server's address, such as http://127.0.0.1:8080/v1")
_key = click.option("--key", "gives_key", is_flag=True,
                    help="give a key: typed without echo, or the first line of standard input")  # fmt: skip


@command(
    "models connect",
    "familiar models connect http://127.0.0.1:8080",
    "familiar models connect https://llm.example.org/v1 --model qwen3-32b --key",
    "familiar models connect http://gpu-box:8000/v1 --key < key.txt",
)
@_url
@click.option("--model", "wanted", metavar="NAME", default="", help="one that it offers; needed if there are several")
@click.option("--name", metavar="NAME", default="", help="what it is called here")
@click.option("--context", "context_tokens", metavar="TOKENS", type=WholeNumber(1, _LARGEST_CONTEXT),
              help="how much it reads at once, where the server does not tell")  # fmt: skip
@_key
def connect(context: Context, *, url: str, wanted: str, name: str, context_tokens: int | None, gives_key: bool) -> int:
    """Answer with a model of a server."""
    address = server_address(url)
    output = context.output
    if address.warning:
        output.note(address.warning)
    model = _with_key(
        gives_key,
        address.host,
        lambda key: context.call(
            RemoteAdd(url=address.url, model=wanted, name=name, key=key, context=context_tokens or 0)
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


@command("models offered", "familiar models offered http://127.0.0.1:11434")
@_url
@_key
def offered(context: Context, *, url: str, gives_key: bool) -> int:
    """Tell the models of a server."""
    address = server_address(url)
    output = context.output
    names = _with_key(
        gives_key, address.host, lambda key: context.call(RemoteModels(url=address.url, key=key)), context
    )
    if output.json:
        output.document(names)
        return 0
    for name in names:
        output.line(name)
    if not names:
        output.line(f"{address.host} offers no model now.")
    return 0


def _with_key(given: bool, host: str, call: Callable[[str | None], R], context: Context) -> R:
    """Make a call with the key that was asked for, or the one that is kept; where neither does, ask at a terminal."""
    prompt = f"Key of {host} (it is not shown): "

    def ask(key: str | None) -> R:
        context.engine()  # it has a line of its own while it starts
        with Progress(watched=context.output.watched) as progress:
            progress.show(f"Asking {host}")
            return call(key)

    if given:
        return ask(secret(prompt))
    try:
        return ask(None)
    except Problem as problem:
        if problem.code != "remote.unauthorized" or context.output.json or not somebody_there():
            raise
    key = secret(prompt)
    return ask(key or None)
