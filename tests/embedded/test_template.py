"""What the embedded model reads, letter by letter."""

from pathlib import Path

import pytest
from jinja2.exceptions import SecurityError, TemplateError
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from app.chat.chat_template import compile_template
from app.chat.embedded import TEMPLATE
from app.chat.embedded_template import render_prompt
from app.shipped import shipped as shipped_file
from tests.embedded.conftest import as_function

CLOCK = as_function(
    "get_current_time",
    "Get current time in a specific timezone",
    {
        "type": "object",
        "properties": {"timezone": {"type": "string", "description": "IANA name"}, "form": {"enum": ["short", "long"]}},
        "required": ["timezone"],
    },
)

GOLDEN = """\
<|im_start|>user
what time is it in Asia/Tokyo?<|im_end|>
<|im_start|>tools
get current time in a specific timezone => 1get_current_time(timezone:string,form:short|long?)
<|im_end|>
<|im_start|>assistant
<tool_call>
{"name": "get_current_time", "arguments": {"timezone": "Asia/Tokyo"}}
</tool_call><|im_end|>
<|im_start|>tool
timezone: Asia/Tokyo, datetime: 1999-12-31T23:59:00+09:00, is_dst: false<|im_end|>
<|im_start|>assistant
"""


def test_a_conversation_is_rendered_as_the_weights_expect_it() -> None:
    calls = [{"id": "1", "name": "get_current_time", "args": {"timezone": "Asia/Tokyo"}}]
    result = '{\n  "timezone": "Asia/Tokyo",\n  "datetime": "1999-12-31T23:59:00+09:00",\n  "is_dst": false\n}'
    conversation = [
        SystemMessage("Be brief."),
        HumanMessage("An earlier turn"),
        AIMessage("and its answer"),
        HumanMessage([{"type": "text", "text": "What time is it in Asia/Tokyo?"}]),
        AIMessage("", tool_calls=calls),
        ToolMessage(result, tool_call_id="1"),
    ]
    assert render_prompt(shipped_file(TEMPLATE), conversation, [CLOCK]) == GOLDEN


def test_a_failed_result_begins_with_error() -> None:
    calls = [{"id": "1", "name": "get_current_time", "args": {}}]
    failed = ToolMessage("no such zone", tool_call_id="1", status="error")
    prompt = render_prompt(shipped_file(TEMPLATE), [HumanMessage("hi"), AIMessage("", tool_calls=calls), failed], [])
    assert "<|im_start|>tool\nError: no such zone<|im_end|>" in prompt


def test_a_long_result_is_cut_visibly() -> None:
    calls = [{"id": "1", "name": "list_notes", "args": {}}]
    long = ToolMessage("word " * 100, tool_call_id="1")
    prompt = render_prompt(shipped_file(TEMPLATE), [HumanMessage("hi"), AIMessage("", tool_calls=calls), long], [])
    assert "word...<|im_end|>" in prompt.replace("word ...", "word...")


def test_templates_have_what_vllm_gives_them(tmp_path: Path) -> None:
    file = tmp_path / "chat.jinja"
    file.write_text(
        "{% for m in messages %}{% if loop.index0 == 1 %}{% break %}{% endif %}{{ m | tojson }}{% endfor %}"
        "{{ strftime_now('%Y') | length }}"
    )
    assert render_prompt(file, [HumanMessage("Zürich"), HumanMessage("x")], []) == (
        '{"role": "user", "content": "Zürich"}4'
    )


def test_a_template_may_raise_but_not_reach_out() -> None:
    with pytest.raises(TemplateError, match="no user"):
        compile_template("{{ raise_exception('no user') }}").render()
    with pytest.raises(SecurityError):
        compile_template("{{ ''.__class__.__mro__ }}").render()
