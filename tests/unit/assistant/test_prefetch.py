from __future__ import annotations

from app.base.chat import Slice
from app.base.prefill_cost import PrefillCost
from app.base.values import Chunk, Document, Place
from app.store.user import UserStore
from tests.support.caller import Caller
from tests.support.live import until
from tests.support.scripted_model import Library, ScriptedModel, assistant_over, calls

PATH = "/out/report.pdf"
PAGES = 40
FAST = PrefillCost().after([Slice(position=0, tokens=500, ms=100)])
SLOW = PrefillCost().after([Slice(position=0, tokens=500, ms=5000)])


def report(pages: int = PAGES, sha256: str = "ab") -> Document:
    texts = [f"Page {n} tells of whale number {n}. " + "It sings. " * 20 for n in range(1, pages + 1)]
    chunks, at = [], 0
    for n, text in enumerate(texts, 1):
        place = Place(kind="page", first=n, last=n, label=f"page {n}", start=at, end=at + len(text))
        chunks.append(Chunk(text=text, place=place))
        at += len(text)
    return Document(state="ready", sha256=sha256, kind="pdf", chunks=tuple(chunks))


def asking(store: UserStore, model: ScriptedModel, document: Document | None = None) -> Caller:
    library = Library({})
    library.attached[PATH] = document or report()
    return Caller(assistant_over(store, library, model))


def model(*rounds: str, context: int = 16384, cost: PrefillCost = SLOW) -> ScriptedModel:
    made = ScriptedModel(rounds=rounds or ("It sings [1].",), context=context)
    made.cost = cost
    return made


def test_document_is_read_ahead_after_the_first_answer_and_the_second_question_goes_on_from_there(
    store: UserStore,
) -> None:
    chat = model("Number 7 [1].", "Number 30 [30] and 2 [2].", "And 31 [31].")
    caller = asking(store, chat)
    first = caller.ask("Which whale is on page 7?", attachments=[PATH])
    assert first.coverage.files[0].share < 0.5
    ((warm, conversation),) = chat.warms
    assert conversation == first.conversation
    assert [message.role for message in warm] == ["system", "user", "assistant"]
    assert warm[1].content.count("<passage ") == PAGES
    chat.read_ahead[first.conversation] = 20_000
    second = caller.ask("And on page 30?", conversation=first.conversation)
    prompt = chat.prompts[1]
    assert prompt[:3] == warm, "word for word what was read ahead"
    assert [message.content for message in prompt[3:5]] == ["Which whale is on page 7?", "Number 7."]
    assert "<passage " not in prompt[-1].content
    assert {one.place.first for one in second.citations} == {30, 2}
    assert second.coverage.files[0].share == 1.0
    third = caller.ask("And on page 31?", conversation=first.conversation)
    assert chat.prompts[2][: len(prompt)] == prompt
    assert len([conversation for _, conversation in chat.warms if conversation]) == 1
    assert [one.place.first for one in third.citations] == [31]
    assert third.coverage.files[0].share == 1.0


def test_whole_document_waits_until_it_is_affordable(store: UserStore) -> None:
    chat = model("Yes [1].")
    caller = asking(store, chat)
    first = caller.ask("Which whale is on page 7?", attachments=[PATH])
    caller.ask("And on page 30?", conversation=first.conversation)
    assert chat.prompts[1][: len(chat.prompts[0])] == chat.prompts[0], "nothing was read ahead: passages as usual"
    quick = model("Yes [1].", cost=FAST)
    again = asking(store, quick)
    first = again.ask("Which whale is on page 7?", attachments=[PATH])
    again.ask("And on page 30?", conversation=first.conversation)
    assert quick.prompts[1][1].content.count("<passage ") == PAGES, "a fast model reads it all in time"


def test_document_that_does_not_fit_is_answered_from_passages(store: UserStore) -> None:
    chat = model("Yes [1].", context=3000, cost=FAST)
    caller = asking(store, chat)
    first = caller.ask("Which whale is on page 7?", attachments=[PATH])
    caller.ask("And on page 30?", conversation=first.conversation)
    assert not any(conversation for _, conversation in chat.warms)
    assert all(len(prompt[1].content) < 8000 for prompt in chat.prompts)


def test_short_document_that_was_sent_whole_is_not_read_again(store: UserStore) -> None:
    chat = model("Yes [1].", cost=FAST)
    caller = asking(store, chat, report(pages=3))
    first = caller.ask("Which whale is on page 2?", attachments=[PATH])
    assert first.coverage.files[0].share == 1.0
    caller.ask("And on page 3?", conversation=first.conversation)
    assert not any(conversation for _, conversation in chat.warms)
    assert chat.prompts[1][: len(chat.prompts[0])] == chat.prompts[0]
    assert "match this question: [" in chat.prompts[1][-1].content


def test_document_that_changed_meanwhile_is_not_taken_for_the_one_that_was_read(store: UserStore) -> None:
    chat = model("Yes [1].")
    library = Library({})
    library.attached[PATH] = report()
    caller = Caller(assistant_over(store, library, chat))
    first = caller.ask("Which whale is on page 7?", attachments=[PATH])
    chat.read_ahead[first.conversation] = 20_000
    library.attached[PATH] = report(pages=PAGES + 1, sha256="cd")
    caller.ask("And on page 30?", conversation=first.conversation)
    assert chat.prompts[1][: len(chat.prompts[0])] == chat.prompts[0]


def test_what_tools_bring_is_numbered_on_from_the_document(store: UserStore) -> None:
    chat = model(cost=FAST)
    library = Library({"/docs/a.txt": "Bread is baked here."})
    library.attached[PATH] = report()
    caller = Caller(assistant_over(store, library, chat))
    first = caller.ask("Which whale is on page 7?", attachments=[PATH])
    chat = ScriptedModel(
        rounds=[
            calls(("search_files", {"query": "bread"})),
            f"Bread is baked here [{PAGES + 1}]. Whale number 3 sings [3].",
        ],
        context=16384,
    )
    chat.cost = FAST
    answer = Caller(assistant_over(store, library, chat)).ask(
        "And bread?", conversation=first.conversation, scope=["/docs"]
    )
    assert f'<passage n="{PAGES + 1}" file="a.txt"' in chat.prompts[-1][-1].content
    assert {(one.path, one.place.first) for one in answer.citations} == {("/docs/a.txt", 1), (PATH, 3)}


def test_what_every_conversation_begins_with_is_read_ahead_once(store: UserStore) -> None:
    chat = ScriptedModel("Yes.")
    caller = Caller(assistant_over(store, Library({"/a.txt": "The lease ends in June."}), chat))
    caller.ask("When does the lease end?")
    assert chat.warms == [(chat.prompts[0][:1], 0)]
    chat.read_ahead[0] = 400
    caller.ask("When does the lease end?")
    assert len(chat.warms) == 1


def test_new_conversation_counts_on_what_the_model_has_read_before(store: UserStore) -> None:
    chat = ScriptedModel("Yes.")
    caller = Caller(assistant_over(store, Library({"/a.txt": "The lease ends in June."}), chat))
    first, second = [store.turns.trace(caller.ask("When does the lease end?").turn).budget for _ in range(2)]
    assert (first["reused"], second["reused"]) == (0, first["beginning"])


def test_nothing_is_read_ahead_on_a_server(store: UserStore) -> None:
    chat = ScriptedModel("Yes [1].", context=16384)
    chat.local, chat.host = False, "models.example"
    asking(store, chat).ask("Which whale is on page 7?", attachments=[PATH], consent=True)
    assert (chat.warms, len(chat.prompts)) == ([], 1)


# ---- before the first question -------------------------------------------------------------------------------------


def test_model_that_is_chosen_reads_what_every_conversation_begins_with(store: UserStore) -> None:
    chat = model()
    asking(store, chat).assistant.prepare()
    assert until(lambda: bool(chat.warms))
    ((messages, conversation),) = chat.warms
    assert ([message.role for message in messages], conversation) == (["system"], 0)
