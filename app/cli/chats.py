"""familiar chats: conversations that were had, here or in the window."""

from __future__ import annotations

import re
from datetime import datetime

import click
import msgspec

from app.base.calls import ChatDelete, ChatRestore, ChatShow, ChatsList, Rate
from app.base.claim_wording import aside_markdown, claim_note, earlier_note, lead, memory_note, standing
from app.base.errors import Problem
from app.base.ratings import Rating, Thumb
from app.base.values import Answer, Conversation, ConversationId, Message, TurnId
from app.base.wording import count
from app.cli.ask import beside, source_line, step_line
from app.cli.command import command
from app.cli.context import Context
from app.cli.output import Output
from app.cli.parameters import ConversationNumber, OneOf, TurnNumber

_ALL = 1_000_000


_number = click.argument("number", metavar="ID", type=ConversationNumber(), help="its number in “familiar chats list”")


@command("chats list")
def list_chats(context: Context) -> int:
    """Tell the conversations."""
    return _list("", context)


@command("chats search")
@click.argument("words", metavar="WORDS", nargs=-1, required=True, help="words in messages or titles")
def search(context: Context, *, words: tuple[str, ...]) -> int:
    """Tell the conversations that have these words."""
    return _list(" ".join(words), context)


def _list(query: str, context: Context) -> int:
    chats = context.call(ChatsList(query=query))
    output = context.output
    if output.json:
        output.document(chats)
        return 0
    for chat in chats:
        title = output.name(chat.title) or "(untitled)"
        messages = output.faint(count(chat.messages, "message"))
        output.line(f"{chat.id:>6}  {_when(chat.updated_at)}  {output.bold(title)}  {messages}")
    if not chats:
        output.note("No conversation has these words." if query else "There are no conversations yet.")
    return 0


@command("chats show")
@_number
def show(context: Context, *, number: int) -> int:
    """Print what was said."""
    messages = context.call(ChatShow(conversation=ConversationId(number)))
    output = context.output
    if output.json:
        output.document(messages)
        return 0
    for message in messages:
        who = "You" if message.role == "user" else "Familiar"
        answer = f", answer {message.turn}" if message.role == "assistant" else ""
        output.line(f"{output.bold(who)}  {output.faint(_when(message.at) + answer + _state(message))}")
        for step in message.answer.steps if message.answer else ():
            output.line(output.faint(f"  {step_line(step, output)}"))
        if message.answer and (begins := lead(message.answer)):
            output.line(output.bold(output.name(begins)))
        if message.text or message.role == "user":
            output.line(message.text)
        if message.answer and message.answer.error:
            output.line(message.answer.error)
        if message.answer and message.answer.reused:
            output.line(output.faint(earlier_note(message.answer)))
        if message.answer and (told := memory_note(message.answer)):
            output.line(output.faint(told))
        if message.answer and message.answer.rating:
            output.line(output.faint(rating_text(message.answer.rating)))
        for path in message.attachments:
            output.line(f"  with {output.name(path)}")
        for citation in message.answer.citations if message.answer else ():
            output.line(source_line(citation, output))
        for line in beside(message.answer, output) if message.answer else ():
            output.line(line)
        output.line()
    return 0


@command("chats export", "familiar chats export 12 > lease.md")
@_number
@click.option("--format", "form", metavar="md|json", type=OneOf("md", "json"),
              help="md for Markdown (the default), or json")  # fmt: skip
def export(context: Context, *, number: int, form: str | None) -> int:
    """Print a conversation as a document."""
    ident = ConversationId(number)
    messages = context.call(ChatShow(conversation=ident))
    chat = next((chat for chat in context.call(ChatsList(limit=_ALL)) if chat.id == ident), None)
    if chat is None:
        raise Problem("chats.unknown", f"There is no conversation {ident}.", "“familiar chats list” shows them all.")
    output = context.output
    if form == "json" or (output.json and form is None):
        output.document({"conversation": chat, "messages": messages})
    elif output.json:
        output.document({"markdown": _markdown(chat, messages, output)})
    else:
        output.stream(_markdown(chat, messages, output))
    return 0


@command("chats delete")
@_number
def delete(context: Context, *, number: int) -> int:
    """Delete a conversation."""
    context.call(ChatDelete(conversation=ConversationId(number)))
    if context.output.json:
        context.output.document({"deleted": number})
    else:
        context.output.line(f"Deleted. For 30 days it can be brought back: familiar chats restore {number}")
    return 0


@command("chats restore")
@_number
def restore(context: Context, *, number: int) -> int:
    """Bring a deleted conversation back."""
    chat = context.call(ChatRestore(conversation=ConversationId(number)))
    if context.output.json:
        context.output.document(chat)
    else:
        context.output.line(f"“{context.output.name(chat.title)}” is back.")
    return 0


@command(
    "chats rate",
    "familiar chats rate 34 up",
    'familiar chats rate 34 down --note "that is the old lease"',
    "familiar chats rate 34 clear",
)
@click.argument(
    "turn", metavar="TURN", type=TurnNumber(), help="the answer's number, as “familiar chats show” tells it"
)
@click.argument("thumb", metavar="up|down|clear", type=OneOf("up", "down", "clear"), help="clear takes it back")
@click.option("--note", metavar="WORDS", default="", help="why")
def rate(context: Context, *, turn: int, thumb: str, note: str) -> int:
    """Rate an answer."""
    wanted = msgspec.convert(None if thumb == "clear" else thumb, Thumb | None)
    rating = context.call(Rate(turn=TurnId(turn), thumb=wanted, note=note))
    if context.output.json:
        context.output.document({"turn": turn, "rating": rating})
    elif rating is None:
        context.output.line(f"Answer {turn} has no rating now.")
    else:
        context.output.line(f"Kept: {rating_text(rating)}.")
    return 0


def rating_text(rating: Rating) -> str:
    """“you found it right: just what I wanted”."""
    told = "you found it right" if rating.thumb == "up" else "you found it wrong"
    return f"{told}: {' '.join(rating.note.split())}" if rating.note else told


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
        if message.answer and (begins := lead(message.answer)):
            parts.append(f"**{_plain(begins)}**")
        if message.text:
            parts.append(message.text)
        if _state(message):
            parts.append(f"*{_state(message).removeprefix(', ').capitalize()}.*")
        if message.answer and message.answer.error:
            parts.append(_plain(message.answer.error))
        if message.answer and message.answer.reused:
            parts.append(f"*{earlier_note(message.answer)}*")
        if message.answer and (told := memory_note(message.answer)):
            parts.append(f"*{told}*")
        if message.answer and message.answer.rating:
            parts.append(f"*{_plain(_capital(rating_text(message.answer.rating)))}*")
        sources = [
            f"{citation.n}. `{citation.path}`, {citation.place.label}: “{' '.join(citation.quote.split())}”"
            for citation in (message.answer.citations if message.answer else ())
        ]
        if sources:
            parts.append("\n".join(["Sources:", "", *sources]))
        if message.answer:
            parts += [part for part in (aside_markdown(message.answer), _doubts(message.answer)) if part]
    return "\n\n".join(parts) + "\n"


def _doubts(answer: Answer) -> str:
    """What of an answer the files do not bear out, as a list; "" if that is nothing, or all of it."""
    doubtful = [] if answer.unfounded else [claim for claim in answer.claims if claim.verdict != "supported"]
    notes = [f"- “{_plain(' '.join(claim.text.split()))}” {_plain(claim_note(claim))}" for claim in doubtful]
    return "\n".join([standing(answer.claims), "", *notes]) if notes else ""


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _plain(text: str) -> str:
    """A line in which Markdown has no marks of its own to find."""
    return re.sub(r"([\\`*_<\[\]])", r"\\\1", text)


def _state(message: Message) -> str:
    """“, stopped” for an answer that did not come to its end."""
    state = message.answer.state if message.answer else "done"
    return "" if state == "done" else f", {state}"


def _when(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000).astimezone():%Y-%m-%d %H:%M}"
