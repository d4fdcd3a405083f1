"""What the person wants kept to is put before models where it holds, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.assistant.instructions import Instructions
from app.assistant.prompt import Prompts
from app.base.paths import resources
from app.base.settings import FolderInstruction, Settings
from app.store.user import UserStore
from tests.support.caller import Caller
from tests.support.scripted_model import Library, ScriptedModel, assistant_over

SET = Instructions("Answer in German.", (("/docs/Invoices", "Amounts are in CHF."), ("/docs", "Be brief.")))


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], "Answer in German."),
        (["/other/a.txt"], "Answer in German."),
        (["/docs/a.txt"], "Answer in German. For files in docs: Be brief."),
        (["/other/a.txt", "/docs/Invoices/b.csv"],
         "Answer in German. For files in Invoices: Amounts are in CHF. For files in docs: Be brief."),
        (["/docs/Invoices 2/b.csv"], "Answer in German. For files in docs: Be brief."),
    ],
)  # fmt: skip
def test_what_holds_follows_from_the_files(paths: list[str], expected: str) -> None:
    assert SET.for_files(paths) == expected


def test_settings_without_any_say_nothing() -> None:
    prompts = Prompts.load(resources() / "prompts")
    nothing = Instructions.of(Settings(folder_instructions=(FolderInstruction(folder="/a", text=" "),)))
    assert nothing == Instructions() and nothing.for_files(["/a/b"]) == "" and nothing.known_to(prompts) is prompts
    assert SET.known_to(prompts).versions != Instructions("Answer in French.").known_to(prompts).versions


def test_linked_folder_is_the_one_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    linked = Instructions("", ((str(tmp_path / "link"), "Be brief."),))
    assert linked.for_files([str(tmp_path / "real" / "a.txt")]) == "For files in link: Be brief."


def test_model_reads_them_before_the_question_and_may_rest_on_them(store: UserStore) -> None:
    library = Library({"/docs/Invoices/fuchs.txt": "Café Fuchs owes 900."})
    model = ScriptedModel("Café Fuchs owes 900 CHF [1].")
    wanted = Instructions("", (("/docs/Invoices", "Amounts are in CHF."),))
    caller = Caller(assistant_over(store, library, model, instructions=lambda: wanted))
    caller.ask("How much does Café Fuchs owe?")
    asked = model.prompts[0][-1].content
    assert "keep to: For files in Invoices: Amounts are in CHF.)" in asked
    assert asked.index("owes 900") < asked.index("Amounts are in CHF") < asked.index("Question:")


def test_answer_under_other_instructions_is_not_given_again(store: UserStore) -> None:
    library = Library({"/docs/fuchs.txt": "Café Fuchs owes 900 euros."})
    model = ScriptedModel("Café Fuchs owes 900 euros [1].")
    wanted = Instructions("Be brief.")
    caller = Caller(assistant_over(store, library, model, instructions=lambda: wanted))
    question = "How much does Café Fuchs owe?"
    first = caller.ask(question, anew=False)
    assert caller.ask(question, anew=False).reused is not None
    wanted = Instructions("Be long.")
    again = caller.ask(question, anew=False)
    assert again.reused is None and again.text == first.text and len(model.prompts) == 2
