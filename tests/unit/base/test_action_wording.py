"""What was done to files in words: one thing as its sentence, many as a list that is cut, names as they are."""

from __future__ import annotations

import pytest

from app.base.action_wording import done, outcome, planned, report, summary
from app.base.actions import Action, Change, Effect, EffectState


def move(name: str, target: str) -> Change:
    return Change(kind="move", path=f"/docs/{name}", target=f"/docs/{target}")


def action(*changes: Change, states: str | list[EffectState] = "done", title: str = "Move files") -> Action:
    each = many_states(len(changes)) if isinstance(states, str) else states
    effects = tuple(
        Effect(n=n, change=change, state=state, reason="" if state == "done" else "It is gone.")
        for n, (change, state) in enumerate(zip(changes, each, strict=True), 1)
    )
    return Action(id=1, at=0, tool="t", title=title, effects=effects)


def many_states(count: int) -> list[EffectState]:
    return ["done" for _ in range(count)]


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (move("a.txt", "b.txt"), "Rename a.txt to b.txt", "Renamed a.txt to b.txt"),
        (move("a.txt", "Old/a.txt"), "Move a.txt to Old/a.txt", "Moved a.txt to Old/a.txt"),
        (Change(kind="trash", path="/a"), "Move a to the trash", "Moved a to the trash"),
        (Change(kind="create", path="/a.md"), "Create a.md", "Created a.md"),
        (Change(kind="edit", path="/a.md"), "Change a.md", "Changed a.md"),
        (Change(kind="folder", path="/x/Old"), "Make the folder Old", "Made the folder Old"),
        (Change(kind="call", path=""), "Call", "Called"),
        (Change(kind="more", path=""), "Go on", "Went on"),
    ],
)
def test_each_change_has_its_words(change: Change, before: str, after: str) -> None:
    assert (planned(change), done(change)) == (before, after)


def test_what_became_of_a_change_is_one_sentence() -> None:
    change = move("a", "b")
    assert outcome(Effect(n=1, change=change, state="done")) == "Renamed a to b."
    assert outcome(Effect(n=1, change=change, state="undone")) == "Undone: Rename a to b."
    assert outcome(Effect(n=1, change=change, state="failed", reason="It is gone.")) == (
        "Not done: Rename a to b. It is gone."
    )
    assert outcome(Effect(n=1, change=change, state="begun")) == "Rename a to b."


def test_folders_that_were_made_on_the_way_are_not_counted() -> None:
    made = action(Change(kind="folder", path="/docs/Old"), move("a", "Old/a"))
    assert summary(made) == report(made) == "Moved a to Old/a."


def test_many_are_told_as_a_list_that_is_cut_but_what_failed_is_told_first_hand() -> None:
    many = action(*[move(f"{n}", f"x{n}") for n in range(30)])
    assert summary(many) == "Move files: done."
    assert report(many).splitlines()[:3] == ["Move files: done.", "", "- Renamed 0 to x0."]
    assert report(many).splitlines()[-1] == "- and 18 more"
    states: list[EffectState] = [*many_states(28), "failed", "unclear"]
    some = action(*[move(f"{n}", f"x{n}") for n in range(30)], states=states)
    assert summary(some) == "Move files: 28 of 30 done."
    assert report(some).splitlines() == [
        "Move files: 28 of 30 done.", "", "- Not done: Rename 28 to x28. It is gone.",
        "- Not done: Rename 29 to x29. It is gone.", "- and 28 more",
    ]  # fmt: skip


def test_names_are_not_markup_and_hide_nothing() -> None:
    told = report(action(move("*a* [x](y) `c`\n# d", "\u202eb<script>")))
    assert told == "Renamed \\*a\\* \\[x\\](y) \\`c\\`\ufffd\\# d to \ufffdb\\<script\\>."
