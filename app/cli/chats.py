"""familiar chats: conversations that were had, here or in the window."""

from __future__ import annotations

import argparse
import re
from datetime import datetime

from app.base.calls import ChatDelete, ChatRestore, ChatShow, ChatsList
from app.base.errors import Problem
from app.base.values import Conversation, ConversationId, Message
from app.cli.ask import source_line, step_line
from app.cli.context import Context
from app.cli.output import Output, count
from app.cli.usage import Parser, conversation_id

_ALL = 1_000_000


def declare(name: str, parser: Parser) -> None:
    """The words of `chats list`, `show`, `search`, `export`, `delete` and `restore`."""
    if name == "chats list":
        parser.set_defaults(words=[])
    elif name == "chats search":
        parser.add_argument("words", metavar="WORDS", nargs="+", help="words in messages or titles")
    else:
        parser.add_argument("id", metavar="ID", type=conversation_id, help="its number in “familiar chats list”")
    if name == "chats export":
        parser.add_argument("--format", type=_format, help="md for Markdown (the default), or json")
        parser.examples("familiar chats export 12 > lease.md")
    runs = {
        "chats list": _list, "chats search": _list, "chats show": _show, "chats export": _export,
        "chats delete": _delete, "chats restore": _restore,
    }  # fmt: skip
    parser.set_defaults(run=runs[name])


def _format(text: str) -> str:
    if text not in ("md", "json"):
        raise argparse.ArgumentTypeError(f"must be md or json, not “{text}”")
    return text


def _list(options: argparse.Namespace, context: Context) -> int:
    chats = context.call(ChatsList(query=" ".join(options.words)))
    output = context.output
    if output.json:
        output.document(chats)
        return 0
    for chat in chats:
        title = output.name(chat.title) or "(untitled)"
        messages = output.faint(count(chat.messages, "message"))
        output.line(f"{chat.id:>6}  {_when(chat.updated_at)}  {output.bold(title)}  {messages}")
    if not chats:
        output.note("No conversation has these words." if options.words else "There are no conversations yet.")
    return 0


def _show(options: argparse.Namespace, context: Context) -> int:
    messages = context.call(ChatShow(conversation=ConversationId(options.id)))
    output = context.output
    if output.json:
        output.document(messages)
        return 0
    for message in messages:
        who = "You" if message.role == "user" else "Familiar"
        output.line(f"{output.bold(who)}  {output.faint(_when(message.at) + _state(message))}")
        for step in message.answer.steps if message.answer else ():
            output.line(output.faint(f"  {step_line(step, output)}"))
        if message.text or message.role == "user":
            output.line(message.text)
        if message.answer and message.answer.error:
            output.line(message.answer.error)
        for path in message.attachments:
            output.line(f"  with {output.name(path)}")
        for citation in message.answer.citations if message.answer else ():
            output.line(source_line(citation, output))
        output.line()
    return 0


def _export(options: argparse.Namespace, context: Context) -> int:
    ident = ConversationId(options.id)
    messages = context.call(ChatShow(conversation=ident))
    chat = next((chat for chat in context.call(ChatsList(limit=_ALL)) if chat.id == ident), None)
    if chat is None:
        raise Problem("chats.unknown", f"There is no conversation {ident}.", "“familiar chats list” shows them all.")
    output = context.output
    if options.format == "json" or (output.json and options.format is None):
        output.document({"conversation": chat, "messages": messages})
    elif output.json:
        output.document({"markdown": _markdown(chat, messages, output)})
    else:
        output.stream(_markdown(chat, messages, output))
    return 0


def _delete(options: argparse.Namespace, context: Context) -> int:
    context.call(ChatDelete(conversation=ConversationId(options.id)))
    if context.output.json:
        context.output.document({"deleted": options.id})
    else:
        context.output.line(f"Deleted. For 30 days it can be brought back: familiar chats restore {options.id}")
    return 0


def _restore(options: argparse.Namespace, context: Context) -> int:
    chat = context.call(ChatRestore(conversation=ConversationId(options.id)))
    if context.output.json:
        context.output.document(chat)
    else:
        context.output.line(f"“{context.output.name(chat.title)}” is back.")
    return 0


def _markdown(chat: Conversation, messages: list[Message], output: Output) -> str:
    """The conversation as a Markdown document: questions quoted, answers as written, sources as lists."""
    parts = [f"# {' '.join(chat.title.split()) or 'Conversation'}", f"{_when(chat.created_at)}, from Familiar"]
    for message in messages:
        if message.role == "user":
            parts.append("\n".join(f"> {line}".rstrip() for line in message.text.split("\n")))
            parts += [f"> With: `{path}`" for path in message.attachments]
            continue
        steps = [f"- {_plain(step_line(step, output))}" for step in (message.answer.steps if message.answer else ())]
        if steps:
            parts.append("\n".join(["Looked further:", "", *steps]))
        if message.text:
            parts.append(message.text)
        if _state(message):
            parts.append(f"*{_state(message).removeprefix(', ').capitalize()}.*")
        if message.answer and message.answer.error:
            parts.append(_plain(message.answer.error))
        sources = [
            f"{citation.n}. `{citation.path}`, {citation.place.label}: “{' '.join(citation.quote.split())}”"
            for citation in (message.answer.citations if message.answer else ())
        ]
        if sources:
            parts.append("\n".join(["Sources:", "", *sources]))
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """A line in which Markdown has no marks of its own to find."""
    return re.sub(r"([\\`*_<\[\]])", r"\\\1", text)


def _state(message: Message) -> str:
    """“, stopped” for an answer that did not come to its end."""
    state = message.answer.state if message.answer else "done"
    return "" if state == "done" else f", {state}"


def _when(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000).astimezone():%Y-%m-%d %H:%M}"
