"""What a model is found fit for: a perfect one, a liar, one that admits everything, one that babbles, one cut off."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from app.assistant.aptitude.exam import Exam, Outcome
from app.assistant.aptitude.tasks import TaskSet
from app.assistant.cancellation import Stop
from app.assistant.prompt import Prompts
from app.assistant.tools.search_files import TOOL
from app.base.aptitude import Aptitude, Score
from app.base.chat import Generate, Generated
from app.base.chat_model import Cancellation, ModelEvent
from app.base.paths import resources
from tests.support.scripted_model import Calls, Never, ScriptedModel, calls

TASKS = TaskSet.load(resources() / "aptitude.toml")
PROMPTS = Prompts.load(resources() / "prompts")
EXAM = Exam(TASKS, PROMPTS, TOOL.spec)


class _Answering(ScriptedModel):
    """Writes what `answer` says to a task's question."""

    def __init__(self, answer: Callable[[str], str | Calls]) -> None:
        super().__init__()
        self._answer = answer

    def generate(
        self, call: Generate, *, on_event: Callable[[ModelEvent], None], cancellation: Cancellation
    ) -> Generated:
        self._rounds = [self._answer(call.messages[-1].content.rpartition("Question: ")[2])]
        return super().generate(call, on_event=on_event, cancellation=cancellation)


def taken(model: ScriptedModel) -> Sequence[Outcome]:
    outcomes = [EXAM.take(model, number, Never()) for number in range(EXAM.length)]
    assert None not in outcomes
    return [one for one in outcomes if one is not None]


def aptitude(answer: Callable[[str], str | Calls]) -> Aptitude:
    return EXAM.aptitude(taken(_Answering(answer)))


def perfect(question: str) -> str | Calls:
    kind, task = next((kind, task) for kind, task in TASKS.tasks if task.question == question)
    if kind == "call":
        return calls(("search_files", {"query": task.holds[0][0]}))
    if kind == "admit":
        return PROMPTS.not_found
    cited = f" [{task.passage}]" if task.passage else ""
    return f"{' '.join(group[0] for group in task.holds)}{cited}."


def test_there_are_thirty_tasks_and_no_answer_stands_in_a_question() -> None:
    assert EXAM.length == 30
    for kind, task in TASKS.tasks:
        if kind in ("find", "phrase"):
            assert not TASKS.is_right(kind, task, task.question, PROMPTS.not_found), task.question


def test_the_passages_hold_what_is_to_be_found_there() -> None:
    for kind, task in TASKS.tasks:
        if kind == "find":
            assert TASKS.is_right(kind, task, TASKS.passages[task.passage - 1].text, PROMPTS.not_found), task.question
        elif kind == "phrase":
            assert TASKS.is_right(kind, task, task.sentence, PROMPTS.not_found), task.question


def test_perfect_model_is_fit_for_everything() -> None:
    found = aptitude(perfect)
    assert found.profile == "full"
    assert (found.finds, found.cites, found.admits) == (Score(right=12, of=12),) * 2 + (Score(right=5, of=5),)
    assert found.ends.share == found.calls.share == found.speaks.share == found.phrases.share == 1
    assert found.says == (
        "finds 12 of 12, cites 12 of 12, admits 5 of 5 that are not there: good for answers from files, with tools"
    )


def test_model_that_only_lacks_tools_is_plain() -> None:
    found = aptitude(lambda question: answer if isinstance(answer := perfect(question), str) else "Let me look.")
    assert found.profile == "plain"


@pytest.mark.parametrize("lie", ["It is 1999 [2].", "The answer is Lisbon, as stated in [1].", "Yes [1][2][3].", "42"])
def test_liar_is_fit_for_nothing_but_quotes(lie: str) -> None:
    found = aptitude(lambda _: lie)
    assert (found.profile, found.admits.right) == ("quotes", 0)
    assert found.cites.right <= 1


def test_model_that_finds_all_and_invents_the_rest_only_words_what_was_found() -> None:
    def invents(question: str) -> str | Calls:
        answer = perfect(question)
        return "It is 1999 [2]." if answer == PROMPTS.not_found else answer

    found = aptitude(invents)
    assert (found.finds.right, found.admits.right, found.profile) == (12, 0, "reader")


def test_model_that_finds_nothing_anywhere_is_fit_for_nothing_but_quotes() -> None:
    found = aptitude(lambda _: PROMPTS.not_found)
    assert (found.profile, found.finds.right, found.admits.right) == ("quotes", 0, 5)


def test_model_that_lists_all_passages_cites_nothing() -> None:
    everything = "\n".join(passage.text for passage in TASKS.passages)
    assert aptitude(lambda _: f"{everything} [1][2][3]").cites.right == 0


@pytest.mark.parametrize(
    "babble", ["", "the the the the " * 40, "Once upon a time, there was a little girl named Lily."]
)
def test_babbler_is_fit_for_nothing_but_quotes(babble: str) -> None:
    assert aptitude(lambda _: babble).profile == "quotes"


def test_task_that_was_cut_off_counts_as_not_asked() -> None:
    stopped = Stop()
    stopped.cancel()
    assert EXAM.take(ScriptedModel("21:30"), 0, stopped) is None


def test_tasks_over_the_same_passages_begin_alike_so_that_they_are_read_once() -> None:
    model = _Answering(perfect)
    taken(model)
    over = [prompt[-1].content.rpartition("Question: ")[0] for prompt in model.prompts[:23]]
    assert len(set(over)) == 1
    assert len({prompt[0].content for prompt in model.prompts[:23]}) == 1
