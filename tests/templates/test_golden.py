"""What the models read, letter by letter, and what must hold for every template."""

import json
from itertools import pairwise

import pytest

from tests.templates.cases import CASES
from tests.templates.rendering import (
    GOLDEN,
    GROWING,
    PARSERS,
    as_template_sees,
    golden,
    prompt_of,
    render,
    source_of,
    written,
)

every_template = pytest.mark.parametrize("template", PARSERS)


@every_template
def test_every_case_is_rendered_as_before(template: str) -> None:
    assert golden(template) == (GOLDEN / f"{template}.txt").read_text(encoding="utf-8")


def test_every_shipped_template_is_tested() -> None:
    folder = GOLDEN.parents[2] / "prompts" / "templates"
    assert {file.stem for file in folder.glob("*.jinja")} == set(PARSERS)
    assert {file.stem for file in GOLDEN.iterdir()} == set(PARSERS)


@pytest.mark.parametrize("template", GROWING)
def test_a_prompt_only_grows_at_its_end(template: str) -> None:
    for case in CASES:
        messages = as_template_sees([*case.messages, case.reply])
        answers = [index for index, message in enumerate(messages) if message["role"] == "assistant"]
        prompts = [render(template, messages[:index], case.tools) for index in answers]
        prompts.append(render(template, messages, case.tools, answer=False))
        for shorter, longer in pairwise(prompts):
            assert longer.startswith(shorter), case.name


@every_template
def test_arguments_may_be_text_or_an_object(template: str) -> None:
    for case in CASES:
        seen = as_template_sees(case.messages)
        as_text = [message | _with_text_arguments(message) for message in seen]
        assert render(template, as_text, case.tools) == render(template, seen, case.tools), case.name


def _with_text_arguments(message: dict) -> dict:
    calls = [
        call
        | {"function": call["function"] | {"arguments": json.dumps(call["function"]["arguments"], ensure_ascii=False)}}
        for call in message.get("tool_calls", [])
    ]
    return {"tool_calls": calls} if calls else {}


@every_template
def test_content_may_be_null_or_parts_as_a_client_spells_them(template: str) -> None:
    for case in CASES:
        assert render(template, case.messages, case.tools) == prompt_of(template, case), case.name


@every_template
def test_calls_name_the_function_first_and_keep_unicode(template: str) -> None:
    for case in CASES:
        text = written(template, case)
        for call in case.reply.get("tool_calls", []):
            assert f'{{"name": "{call["function"]["name"]}", ' in text, case.name
        assert "\\u" not in text, case.name


@pytest.mark.parametrize("template", [name for name, parser in PARSERS.items() if parser == "hermes"])
def test_a_closing_tag_in_a_value_closes_nothing(template: str) -> None:
    case = next(case for case in CASES if case.name == "closing tag in a value")
    text = written(template, case)
    assert text.count("</tool_call>") == 1
    block = text.removeprefix("<tool_call>\n").removesuffix("\n</tool_call>")
    assert json.loads(block)["arguments"] == json.loads(case.reply["tool_calls"][0]["function"]["arguments"])


@every_template
def test_a_tool_may_lack_everything_but_its_name(template: str) -> None:
    bare = [{"type": "function", "function": {"name": "ping", "description": None}}]
    prompt = render(template, [{"role": "user", "content": "hi"}], bare)
    assert "ping" in prompt
    assert "null" not in prompt
    assert "None" not in prompt


def test_thinking_opens_as_asked() -> None:
    case = CASES[0]
    unset = prompt_of("robobrain2", case)
    assert prompt_of("robobrain2", case, enable_thinking=True) == unset + "<think>"
    assert prompt_of("robobrain2", case, enable_thinking=False) == unset + "<think></think><answer>"
    assert "enable_thinking" not in source_of("qwen2_5")
