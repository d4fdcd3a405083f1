"""Chat templates of strangers: rendered as their models want, contained, or refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.base.chat import ChatMessage
from app.base.errors import Problem
from app.workers.chat.templates.template import BadTemplate, ChatTemplate, TemplateRefused
from app.workers.chat.tool_calls.dialect import Dialect, build_dialect
from tests.support.gguf_models import CHATML

if sys.platform != "win32":
    import resource


def _system(content: str) -> ChatMessage:
    return ChatMessage(role="system", content=content)


def _user(content: str) -> ChatMessage:
    return ChatMessage(role="user", content=content)


def _assistant(content: str) -> ChatMessage:
    return ChatMessage(role="assistant", content=content)


def _template(source: str) -> Dialect:
    return build_dialect(source, "<s>", "</s>")


TALK = [_system("Rules stand here"), _user("First question"), _assistant("First answer"), _user("Second question")]


def test_hybrid_reasoners_are_asked_to_answer_at_once(yardsticks: Path) -> None:
    template = _template((yardsticks / "llama" / "templates" / "Qwen-Qwen3-0.6B.jinja").read_text("utf-8"))
    assert template.render(TALK).endswith("<think>\n\n</think>\n\n")


def test_system_text_leads_the_first_question_where_there_is_no_system_role() -> None:
    template = _template(
        "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + CHATML
    )
    prompt = template.render(TALK)
    assert "user\nRules stand here\n\nFirst question<|im_end|>" in prompt
    assert "system" not in prompt


def test_system_text_that_a_template_would_drop_leads_the_question() -> None:
    template = _template("{% for m in messages if m.role != 'system' %}[{{ m.role }}]{{ m.content }}{% endfor %}")
    assert template.render(TALK).startswith("[user]Rules stand here\n\nFirst question[assistant]")


def test_neighbours_of_one_role_become_one_message() -> None:
    template = _template(
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('no') }}"
        "{% endif %}|{{ m.content }}{% endfor %}"
    )
    assert template.render([_user("One"), _user("Two"), _assistant("Three"), _user("Four")]) == "|One\n\nTwo|Three|Four"


def test_what_templates_expect_is_there() -> None:
    template = _template(
        "{{ bos_token }}{% for m in messages %}{% if loop.index > 9 %}{% break %}{% endif %}"
        "{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"
        "{{ {'a': '<b>', 'é': [1, none]} | tojson }}{{ strftime_now('%Y') | length }}{{ eos_token }}"
    )
    assert template.render([_user("Hi")]) == '<s>Hi{"a": "<b>", "é": [1, null]}4</s>'


def test_lists_may_be_appended_to_and_messages_are_not_changed() -> None:
    source = (
        "{% set kept = [] %}{% for m in messages %}{% set _ = kept.append(m.content) %}{% endfor %}{{ kept | join }}"
    )
    template = _template(source)
    assert template.render([_user("Once")]) == template.render([_user("Once")]) == "Once"


@pytest.mark.parametrize(
    "source",
    [
        "{% for m in messages %}",
        "{{ 1 / 0 }}",
        "{{ messages[7].content }}",
        "{{ undefined.attribute }}",
        "{{ ''.__class__.__mro__ }}{{ messages[0].content }}",
        "{{ messages.__class__.__init__.__globals__ }}{{ messages[0].content }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}{{ messages[0].content }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ range(10000000) | list }}",
        "{% include 'other' %}",
        "{{ raise_exception('never') }}",
        "a constant",
        "",
        "{{ range(99999) | map('string') | map('length') | sum }}" * 500,
        "{% set x = 10 ** 900 %}" + "{% set x = x * x %}" * 22 + CHATML,
        "{% set q = [range(99999) | list] * 1000000 %}{{ q | map('sum') | sum }}" + CHATML,
        "".join(
            f"{{% block b{n} %}}{{% if at is not defined %}}{{{{ self.b{n + 1}() }}}}{{{{ self.b{n + 1}() }}}}"
            "{% endif %}{% endblock %}"
            for n in range(34)
        ) + "{% block b34 %}{% endblock %}" + CHATML,
        "{{ lipsum(n=100000) }}" + CHATML,
        "{{ range(9) | slice(10 ** 9) | max }}" + CHATML,
        "{% set x = 'a' * 1000000 %}{{ x | title }}{{ (x ~ x ~ x) | title }}" + CHATML,
        CHATML + "{{ '' }}" * 100_000,
    ],
)  # fmt: skip
def test_template_that_is_broken_or_hostile_is_bad(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.workers.chat.templates.template.RENDER_S", 0.2)
    with pytest.raises(BadTemplate):
        ChatTemplate(source, bos="<s>", eos="</s>")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds what a process may take")
@pytest.mark.parametrize(
    "bomb",
    [
        "{% set x = 'a' * 1000000 %}" + "{% set x = x ~ x %}" * 11,
        "{% set x = 'a' * 1000000 %}" + "{% set x = x + x %}" * 11,
        "{{ ('%2000000000d' % 1) | length }}",
        "{{ '{:2000000000}'.format(1) | length }}",
        "{{ 'x'.rjust(2000000000) | length }}",
        "{{ 'x' | center(2000000000) | length }}",
        "{{ messages | tojson(indent=1000000000) | length }}",
    ],
)
def test_template_gets_little_memory(bomb: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadTemplate):
        ChatTemplate("{% if messages %}" + bomb + "{% endif %}" + CHATML, bos="<s>", eos="</s>")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # kB
    late = "{% if 'Boom' in messages[0].content %}" + bomb + "{% endif %}" + CHATML
    template = ChatTemplate(late, bos="<s>", eos="</s>")
    with pytest.raises(TemplateRefused):
        template.render([{"role": "user", "content": "Boom"}])
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY


def test_output_without_end_is_refused() -> None:
    template = ChatTemplate(CHATML + "{{ '' }}{% if 'Boom' in messages[0].content %}" + "{{ 'x' * 1000000 }}" * 40
                            + "{% endif %}", bos="<s>", eos="</s>")  # fmt: skip
    with pytest.raises(TemplateRefused):
        template.render([{"role": "user", "content": "Boom"}])


def test_prompt_can_always_be_encoded() -> None:
    template = ChatTemplate("{{ '\\ud800' }}" + CHATML, bos="<s>", eos="</s>")
    assert template.render([{"role": "user", "content": "Hi"}]).startswith("?<|im_start|>")


def test_conversation_that_a_template_refuses_is_a_problem() -> None:
    template = _template(
        "{% for m in messages %}{% if 'secret' in m.content %}{{ raise_exception('no') }}{% endif %}"
        "{{ m.content }}{% endfor %}"
    )
    with pytest.raises(Problem) as caught:
        template.render([_user("a secret")])
    assert caught.value.code == "chat.template"
    assert "secret" not in caught.value.title + caught.value.hint


def test_plain_template_writes_a_conversation_down() -> None:
    assert _template("").render(TALK) == (
        "Rules stand here\n\nUser: First question\nAssistant: First answer\nUser: Second question\nAssistant:"
    )


def test_sign_of_a_turn_that_is_over() -> None:
    assert _template(CHATML).turn_end == "<|im_end|>\n"
    assert _template("{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}").turn_end == ""
