"""Every command against a canned engine: what it asks, what it prints for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.base.calls import (
    Call,
    ChatDelete,
    ChatRestore,
    ChatShow,
    ChatsList,
    Doctor,
    Files,
    FoldersAdd,
    FoldersList,
    FoldersRemove,
    GetStatus,
    Index,
    Rate,
    Read,
    Search,
)
from app.base.errors import Problem
from app.base.index_values import Check, FileRow, Folder, Pids, Status
from app.base.models import ModelInfo, ModelsAdd, ModelsList, ModelsRemove, ModelsUse
from app.base.paths import Home
from app.base.ratings import Rating
from app.base.values import (
    Answer,
    Chunk,
    ChunkId,
    Citation,
    Conversation,
    ConversationId,
    Coverage,
    Document,
    Hit,
    Message,
    Place,
    SearchResult,
    ToolStep,
    TurnId,
)
from app.link.peer import Incoming
from tests.support.cli_engine import CannedEngine
from tests.unit.cli.conftest import Familiar

PAGE = Place(kind="page", first=3, last=3, label="page 3", start=0, end=40)
STATUS = Status(
    files={"ready": 2, "locked": 1}, chunks=9, pending_vectors=4, embedded_total=12, settled=False, paused=None,
    pids=Pids(engine=7, extract=(8, 9), vectors=10), index_bytes=2_000_000,
)  # fmt: skip
FOLDERS = [Folder(path="/docs", state="current", files=3, ready=1, problems=2, unread=1, partial=1)]
ROWS = [
    FileRow(path="/docs/a.md", state="ready", chunks=4),
    FileRow(path="/docs/b.pdf", state="locked", reason="It has a password.", hint="Remove the password."),
]
DOCUMENT = Document(
    state="ready", title="T", chunks=(Chunk(text="First.\n", place=PAGE), Chunk(text="Last", place=PAGE))
)
HIT = Hit(path="/docs/a.md", place=PAGE, quote="The lease\nends in May.", score=0.75, chunk_id=ChunkId(5))
FOUND = SearchResult(query="lease", took_ms=3.2, hits=(HIT,), coverage=Coverage(matching=4, read=1, by_meaning=True))
CHAT = Conversation(id=ConversationId(12), title="My lease", created_at=1, updated_at=1_760_000_000_000, messages=2)
CITATION = Citation(n=1, path="/docs/a.md", sha256="0" * 64, place=PAGE, quote="ends in May", chunk_id=ChunkId(5))
ANSWER = Answer(
    conversation=CHAT.id,
    turn=TurnId(1),
    mode="quotes",
    state="stopped",
    text="“ends in May” [1]",
    citations=(CITATION,),
    steps=(
        ToolStep(call="c1", name="search_files", arguments={}, title="Searched “*lease*”", state="done", passages=2),
    ),
)
MESSAGES = [
    Message(turn=TurnId(1), role="user", text="When does\nit end?", at=1_760_000_000_000, attachments=("/x/y.pdf",)),
    Message(turn=TurnId(1), role="assistant", text=ANSWER.text, at=1_760_000_000_000, answer=ANSWER),
]
MODEL = ModelInfo(
    name="tiny", path="/m/tiny.gguf", size_bytes=1_200_000, architecture="llama", context=4096, in_use=True
)

ANSWERS: Mapping[type[Call[Any]], object] = {
    FoldersAdd: FOLDERS, FoldersRemove: [], FoldersList: FOLDERS, Index: STATUS, GetStatus: STATUS, Files: ROWS,
    Read: DOCUMENT, Search: FOUND, ChatsList: [CHAT], ChatShow: MESSAGES, ChatDelete: None, ChatRestore: CHAT,
    ModelsList: [MODEL], ModelsAdd: MODEL, ModelsUse: [MODEL], ModelsRemove: [],
    Doctor: [Check(name="disk", level="ok", text="plenty")],
}  # fmt: skip


def _as_json(value: object) -> Any:
    return json.loads(msgspec.json.encode(value))


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        (["folders", "add", "/docs"], FOLDERS),
        (["folders", "remove", "/docs"], []),
        (["folders", "list"], FOLDERS),
        (["index"], STATUS),
        (["index", "--wait"], STATUS),
        (["status"], STATUS),
        (["files"], ROWS),
        (["search", "lease"], FOUND),
        (["chats", "list"], [CHAT]),
        (["chats", "search", "lease"], [CHAT]),
        (["chats", "show", "12"], MESSAGES),
        (["chats", "restore", "12"], CHAT),
        (["models", "list"], [MODEL]),
        (["models", "add", "/m/tiny.gguf"], MODEL),
        (["models", "use", "tiny"], [MODEL]),
        (["models", "remove", "tiny"], []),
    ],
)
def test_json_is_what_the_engine_replied(words: list[str], reply: object, home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, ANSWERS):
        ran = familiar(*words, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json == _as_json(reply)


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["folders", "add", "a", "/b"], FoldersAdd(paths=["{cwd}/a", "/b"])),
        (["folders", "remove", "gone"], FoldersRemove(paths=["{cwd}/gone"])),
        (["index"], Index(wait=False)),
        (["index", "--wait"], Index(wait=True)),
        (["files", "--state", "locked", "--state", "too-large"], Files(states=["locked", "too_large"])),
        (["read", "x.txt"], Read(path="{cwd}/x.txt")),
        (["search", "two words", "--limit", "3", "more"], Search(query="two words more", limit=3)),
        (["search", "x", "--without", "order:newest"], Search(query="x", without=["order:newest"])),
        (["search", "--", "-5 degrees"], Search(query="-5 degrees")),
        (["search", "x", "--in", ".", "--in", "/"], Search(query="x", scope=["{cwd}", "/"])),
        (["chats", "search", "two", "words"], ChatsList(query="two words")),
        (["chats", "delete", "12"], ChatDelete(conversation=ConversationId(12))),
        (["models", "add", "tiny.gguf"], ModelsAdd(path="{cwd}/tiny.gguf")),
        (["models", "use", "quotes"], ModelsUse(name=None)),
        (["models", "remove", "tiny"], ModelsRemove(name="tiny")),
    ],
)
def test_words_become_this_call(
    words: list[str], sent: Call[Any], home: Home, familiar: Familiar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with CannedEngine(home, ANSWERS) as engine:
        assert familiar(*words).code == 0
    expected = msgspec.json.encode(sent).replace(b"{cwd}", str(tmp_path).encode())
    assert msgspec.json.encode(engine.seen[-1]) == expected


def test_problems_stand_for_every_state_that_needs_a_look(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, ANSWERS) as engine:
        familiar("files", "--state", "problems")
    states = engine.calls(Files)[0].states
    assert {"locked", "damaged", "partial", "quarantined"} <= set(states)
    assert not {"ready", "waiting", "ignored"} & set(states)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ["folders", "list"],
            ["/docs  3 files, up to date, 1 could not be read, 1 partly read (familiar files --state problems)"],
        ),
        (["files"], ["ready   /docs/a.md", "locked  /docs/b.pdf", "        It has a password. Remove the password."]),
        (
            ["status"],
            [
                "Searchable by words; search by meaning is being prepared",
                "3 files, 9 passages, index of 2.0 MB",
                "         2  ready",
                "         1  locked",
                "4 passages still to be prepared for search by meaning",
                "“familiar files --state problems” names what could not be read, and why.",
                "Process 7, workers: 2 for reading, 1 for search by meaning",
            ],
        ),
        (
            ["search", "lease"],
            [
                " 1. /docs/a.md · page 3",
                "    The lease ends in May.",
                "",
                "1 of 4 matching files · by words and meaning · 3 ms",
                "Matching: they hold a word of it or come near it in meaning, within the limits above.",
            ],
        ),
        (["read", "/docs/a.md"], ["First.", "Last"]),
        (
            ["models", "list"],
            ["→ tiny  llama, 1.2 MB, 4,096 tokens of context", "    /m/tiny.gguf"],
        ),
    ],
)
def test_people_read_this(words: list[str], lines: list[str], home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, ANSWERS):
        ran = familiar(*words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == lines


def test_read_document_is_json_with_its_places(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, ANSWERS):
        ran = familiar("read", "/docs/a.md", "--json")
    assert ran.json["path"] == "/docs/a.md"
    assert ran.json["chunks"][0] == _as_json(DOCUMENT.chunks[0])


def test_file_that_could_not_be_read_exits_1_and_says_why(home: Home, familiar: Familiar) -> None:
    locked = Document(state="locked", reason="It has a password.", hint="Remove the password.")
    with CannedEngine(home, {Read: locked}):
        ran = familiar("read", "/docs/b.pdf")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "/docs/b.pdf: locked. It has a password. Remove the password.\n"


def test_empty_states_name_the_first_step(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {FoldersList: [], Files: [], ModelsList: [], ChatsList: []}):
        assert "familiar folders add FOLDER" in familiar("folders", "list").out
        assert "familiar folders add FOLDER" in familiar("files").err
        assert "familiar models add FILE.gguf" in familiar("models", "list").out
        assert familiar("chats", "list").err == "There are no conversations yet.\n"


def test_nothing_found_is_no_failure(home: Home, familiar: Familiar) -> None:
    empty = SearchResult(query="zzz", took_ms=1.0, hits=(), coverage=Coverage(waiting=2))
    with CannedEngine(home, {Search: empty}):
        ran = familiar("search", "zzz")
    assert (ran.code, ran.out) == (0, "Nothing found for “zzz” · by words · 1 ms · 2 files not read yet\n")


def test_scope_that_is_away_is_searched_with_a_note(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, ANSWERS) as engine:
        ran = familiar("search", "lease", "--in", "/mnt/unplugged")
    assert ran.code == 0
    assert engine.calls(Search)[0].scope == ["/mnt/unplugged"]
    assert ran.err == "There is no /mnt/unplugged now; searching what was indexed of it.\n"


def test_conversation_is_exported_as_markdown(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, ANSWERS):
        ran = familiar("chats", "export", "12")
    assert ran.code == 0
    assert ran.out.startswith("# My lease\n\n")
    assert "> When does\n> it end?\n\n> With: `/x/y.pdf`\n\nLooked further:\n\n" in ran.out
    assert "- Searched “\\*lease\\*” · 2 passages\n\n“ends in May” [1]\n\n*Stopped.*" in ran.out
    assert "Sources:\n\n1. `/docs/a.md`, page 3: “ends in May”\n" in ran.out


def test_answer_that_failed_says_why_when_it_is_shown_and_exported(home: Home, familiar: Familiar) -> None:
    failed = msgspec.structs.replace(ANSWER, state="failed", text="", citations=(), steps=(), error="It had no room.")
    messages = [MESSAGES[0], msgspec.structs.replace(MESSAGES[1], text="", answer=failed)]
    with CannedEngine(home, {**ANSWERS, ChatShow: messages}):
        assert familiar("chats", "show", "12").out.endswith(", failed\nIt had no room.\n\n")
        assert familiar("chats", "export", "12").out.endswith("*Failed.*\n\nIt had no room.\n")


@pytest.mark.parametrize("words", [["--format", "json"], ["--json"], ["--json", "--format", "json"]])
def test_conversation_is_exported_as_json(words: list[str], home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, ANSWERS):
        ran = familiar("chats", "export", "12", *words)
    assert ran.json == {"conversation": _as_json(CHAT), "messages": _as_json(MESSAGES)}


@pytest.mark.parametrize(
    ("words", "sent", "said"),
    [
        (["1", "up"], Rate(turn=TurnId(1), thumb="up"), "Kept: you found it right.\n"),
        (
            ["1", "down", "--note", "the old lease"],
            Rate(turn=TurnId(1), thumb="down", note="the old lease"),
            "Kept: you found it wrong: the old lease.\n",
        ),
        (["1", "clear"], Rate(turn=TurnId(1), thumb=None), "Answer 1 has no rating now.\n"),
    ],
)
def test_answer_is_rated(words: list[str], sent: Rate, said: str, home: Home, familiar: Familiar) -> None:
    def rate(call: Rate, _incoming: Incoming) -> object:
        return None if call.thumb is None else Rating(thumb=call.thumb, note=call.note, at=1)

    with CannedEngine(home, {Rate: rate}) as engine:
        assert familiar("chats", "rate", *words).out == said
        assert familiar("chats", "rate", *words, "--json").json["turn"] == 1
    assert engine.seen[0] == sent


@pytest.mark.parametrize("words", [["one", "up"], ["1", "sideways"], ["1"], ["9" * 19, "up"]])
def test_rating_that_makes_no_sense_is_wrong_usage(words: list[str], familiar: Familiar) -> None:
    assert familiar("chats", "rate", *words).code == 2


def test_rating_is_shown_and_exported_with_its_answer(home: Home, familiar: Familiar) -> None:
    rated = msgspec.structs.replace(ANSWER, rating=Rating(thumb="down", note="the *old* lease", at=1))
    messages = [MESSAGES[0], msgspec.structs.replace(MESSAGES[1], answer=rated)]
    with CannedEngine(home, {**ANSWERS, ChatShow: messages}):
        assert "\nyou found it wrong: the *old* lease\n" in familiar("chats", "show", "12").out
        assert "\n\n*You found it wrong: the \\*old\\* lease*\n\n" in familiar("chats", "export", "12").out
        exported = familiar("chats", "export", "12", "--json", "--format", "json").json
    assert exported["messages"][1]["answer"]["rating"] == {"thumb": "down", "note": "the *old* lease", "at": 1}


def test_unknown_conversation_is_a_problem(home: Home, familiar: Familiar) -> None:
    def nothing(_call: ChatShow, _incoming: Incoming) -> object:
        raise Problem("chat.missing", "There is no conversation 5.", "Look in the list.")

    with CannedEngine(home, {ChatShow: nothing, ChatsList: []}):
        ran = familiar("chats", "show", "5", "--json")
    assert ran.code == 1
    assert ran.json == {
        "error": {"code": "chat.missing", "title": "There is no conversation 5.", "hint": "Look in the list."}
    }


def test_paused_index_exits_1_with_the_reason(home: Home, familiar: Familiar) -> None:
    def paused(_call: Index, _incoming: Incoming) -> object:
        raise Problem("index.paused", "Indexing is paused: on battery.", "It goes on with mains power.")

    with CannedEngine(home, {Index: paused}):
        ran = familiar("index", "--wait")
    assert ran.code == 1
    assert ran.err == "familiar: Indexing is paused: on battery.\nIt goes on with mains power.\n[index.paused]\n"


def test_doctor_exits_1_when_something_is_broken(home: Home, familiar: Familiar) -> None:
    broken = [Check(name="vectors", level="error", text="The model is missing.", hint="Run the set-up again.")]
    with CannedEngine(home, {Doctor: broken}):
        ran = familiar("doctor")
    assert ran.code == 1
    assert "✗ vectors   The model is missing.\n            Run the set-up again.\n" in ran.out


def test_doctor_exits_0_when_all_is_well(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, ANSWERS):
        ran = familiar("doctor", "--json")
    assert ran.code == 0
    assert [check["name"] for check in ran.json] == ["familiar", "window", "disk"]


def test_doctor_works_where_no_engine_can_start(tmp_path: Path, home: Home, familiar: Familiar) -> None:
    home.root.write_text("a file where the home should be")
    ran = familiar("doctor", "--json")
    assert ran.code == 1
    levels = {check["name"]: check["level"] for check in ran.json}
    assert levels["engine"] == "error"
    assert {"familiar", "system", "disk", "inotify"} <= set(levels)
