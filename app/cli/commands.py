"""Every command by name, the module that runs it, and the help that a newcomer reads first."""

from __future__ import annotations

from typing import NamedTuple


class Stub(NamedTuple):
    """A command before it is imported.

    module: in app.cli. pattern: of its words and options. summary: what it does, after “familiar NAME”.
    """

    module: str
    pattern: str
    summary: str


COMMANDS: dict[str, Stub] = {
    "folders add": Stub("folders", "PATH...", "watch folders and read what is in them"),
    "folders remove": Stub("folders", "PATH...", "stop watching folders; your files are not touched"),
    "folders list": Stub("folders", "", "the watched folders and how far each has been read"),
    "index": Stub("index", "[--wait]", "look for changes now; --wait until everything has been read"),
    "status": Stub("index", "", "what is indexed, what is pending, which processes run"),
    "files": Stub("files", "[--state STATE|problems]...", "every file, its state, and why one could not be read"),
    "read": Stub("files", "PATH", "the text as Familiar reads it"),
    "search": Stub(
        "search", "QUERY [--in PATH]... [--limit N] [--without LIMIT]...", "find files by words and meaning"
    ),
    "ask": Stub(
        "ask",
        "QUESTION [--in PATH]... [--conversation ID|new] [--model NAME] [--anew] [--consent]",
        "an answer from your files, with sources",
    ),
    "trace": Stub("trace", "TURN", "how an answer came about, and how long it took"),
    "insights": Stub("insights", "[--weeks N]", "how answers have been, week by week"),
    "chats list": Stub("chats", "", "your conversations, last used first"),
    "chats show": Stub("chats", "ID", "what was said in one"),
    "chats search": Stub("chats", "WORDS", "conversations with these words"),
    "chats export": Stub("chats", "ID [--format md|json]", "one conversation as Markdown or JSON"),
    "chats rate": Stub("chats", "TURN up|down|clear [--note WORDS]", "say whether an answer was right"),
    "chats delete": Stub("chats", "ID", "delete one; it can be restored for 30 days"),
    "chats restore": Stub("chats", "ID", "bring a deleted one back"),
    "memory list": Stub("memory", "[WORDS]...", "what Familiar remembers of you"),
    "memory add": Stub("memory", "TEXT", "have it remember something"),
    "memory edit": Stub("memory", "ID TEXT", "say one otherwise"),
    "memory keep": Stub("memory", "ID", "keep what an assistant has proposed"),
    "memory forget": Stub("memory", "ID...|--all", "forget some for good, in backups too"),
    "memory export": Stub("memory", "[--format md|json]", "all of it as Markdown or JSON"),
    "undo": Stub("changes", "[ID] [--list]", "take back what an assistant did to your files"),
    "audit": Stub("changes", "[--verify] [--limit N]", "the record of what assistants asked, did and were refused"),
    "policy": Stub("changes", "", "what assistants may do without asking, or never"),
    "models list": Stub("models", "", "your chat models, and those of other programs, as they fit here"),
    "models add": Stub("models", "FILE", "use a chat model in a GGUF file"),
    "models use": Stub("models", "NAME", "answer with this model; “quotes” for none"),
    "models remove": Stub("models", "NAME", "forget a model; its file stays"),
    "models inspect": Stub("models", "NAME", "its memory by a dry load, and what its template can do"),
    "models tune": Stub(
        "models", "NAME [--context N] [--threads N] [--gpu-layers N] [--cache TYPE]", "set how a model runs"
    ),
    "models bench": Stub("models", "NAME [--lengths TOKENS...|--answers]", "measure its speed, or what it can do"),
    "models profile": Stub("models", "NAME PROFILE", "how much is asked of it: full, plain, reader, quotes, measured"),
    "models watch": Stub("models", "FOLDER [--remove]", "look for models in this folder too"),
    "models begin-within": Stub("models", "[SECONDS]", "within how many seconds answers should begin"),
    "models catalogue": Stub("downloads", "", "models worth having, and which of them fit here"),
    "models download": Stub("downloads", "NAME [--file FILE] [--no-use]", "fetch a model from Hugging Face"),
    "models downloads": Stub("downloads", "[--pause ID] [--remove ID]", "what is being fetched, and how it stands"),
    "models token": Stub("downloads", "[--source URL] [--remove]", "keep a Hugging Face token in the keyring"),
    "models connect": Stub(
        "remotes",
        "URL [--model NAME] [--name NAME] [--context TOKENS] [--key]",
        "answer with a model of an OpenAI-compatible server",
    ),
    "models offered": Stub("remotes", "URL [--key]", "the models of such a server"),
    "doctor": Stub("doctor", "", "what is wrong, and how to mend it"),
    "stop": Stub("life", "", "end the background process; nothing is lost"),
    "integrate": Stub(
        "integrate", "[--remove] [--launcher PATH]", "application menu and right-click entries, for you alone"
    ),
    "eval retrieval": Stub("evaluation.retrieval", "DIR", "measure search on a BEIR-format folder"),
    "eval answers": Stub(
        "evaluation.answers",
        "DIR|--mine [--model NAME] [--limit N] [--misses FILE] [--strict SHARE] [--consent]",
        "measure answers on a test set, or on what you rated",
    ),
    "completion": Stub("completion", "SHELL", "what makes bash, zsh or fish complete these commands"),
    "ask-about": Stub("window_commands", "PATH...", "ask about files, in or outside your folders"),
    "sidebar": Stub("window_commands", "", "show or hide the sidebar"),
}

GROUPS = tuple(dict.fromkeys(name.partition(" ")[0] for name in COMMANDS if " " in name))

_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Choose what it may read", ("folders add", "folders remove", "folders list")),
    ("Find and ask", ("search", "ask", "trace", "insights", "read")),
    ("Your conversations", tuple(name for name in COMMANDS if name.startswith("chats "))),
    ("What it remembers of you", tuple(name for name in COMMANDS if name.startswith("memory "))),
    ("What it does to your files", ("undo", "audit", "policy")),
    ("See how it stands", ("index", "status", "files", "doctor", "stop")),
    ("Chat models", tuple(name for name in COMMANDS if name.startswith("models "))),
    ("On your desktop", ("ask-about", "sidebar", "integrate", "completion")),
    ("For developers", ("eval retrieval", "eval answers")),
)

_COLUMN = 42
"""Where the summaries begin."""

OPTIONS_HELP = """\
Options of every command:
  --json        print one JSON document (ask: one a line) for other programs
  --home DIR    keep everything in DIR instead of your own Familiar
  --help        explain a command: familiar search --help"""


def overview() -> str:
    """What `familiar --help` prints."""
    lines = [
        "Familiar answers questions from your own files, on your own computer.",
        "",
        "familiar                                  open the window",
        "",
        "Begin with:",
        "  familiar folders add ~/Documents        choose a folder",
        "  familiar index --wait                   let it read",
        '  familiar ask "when does my lease end?"  ask',
    ]
    for title, names in _SECTIONS:
        lines += ["", f"{title}:", *_rows(names)]
    lines += ["", OPTIONS_HELP, "  --version     which Familiar this is", "", EXIT_CODES]
    return "\n".join(lines)


EXIT_CODES = "Exit codes: 0 done, 1 it could not be done (the reason is printed), 2 wrong usage, 3 our mistake."


def group_help(group: str) -> str:
    """What `familiar GROUP --help` prints."""
    names = tuple(name for name in COMMANDS if name.startswith(group + " "))
    return "\n".join([f"familiar {group} ACTION", "", *_rows(names), "", OPTIONS_HELP])


def actions(group: str) -> list[str]:
    """The second words of a group: add, remove, list. Of "", the first words of all."""
    if not group:
        return list(dict.fromkeys(name.partition(" ")[0] for name in COMMANDS))
    return [name.partition(" ")[2] for name in COMMANDS if name.startswith(group + " ")]


def sentence(summary: str) -> str:
    """A summary as a sentence."""
    return summary[0].upper() + summary[1:] + "."


def usage(name: str) -> str:
    """The pattern of a command: “familiar search QUERY [--in PATH]... [--limit N]”."""
    return f"familiar {name} {COMMANDS[name].pattern}".rstrip()


def _rows(names: tuple[str, ...]) -> list[str]:
    rows = []
    for name in names:
        head = "  " + usage(name).removeprefix("familiar ")
        between = " " * (_COLUMN - len(head)) if len(head) < _COLUMN - 1 else "\n" + " " * _COLUMN
        rows.append(head + between + COMMANDS[name].summary)
    return rows
