"""Renders cases as vLLM would, and takes from a template what it asks the model to write."""

import json
from pathlib import Path
from typing import Any

from app.chat.chat_template import compile_template
from app.shipped import shipped
from tests.templates.cases import CASES, Case, Message

PARSERS = {
    "qwen2_5": "hermes",
    "robobrain2": "hermes",
    "hermes": "hermes",
    "llama3_json": "llama3_json",
    "mistral": "mistral",
    "embedded": "hermes",
}
"""Every template and the tool-call parser that reads its model."""
GROWING = [name for name in PARSERS if name != "embedded"]
"""Templates whose prompt only ever grows; the embedded model sees the current turn alone."""
GOLDEN = Path(__file__).parent / "golden"
TURN_ENDS = ("<|im_end|>\n", "<|eot_id|>", "</s>")


def source_of(template: str) -> str:
    return shipped(f"prompts/templates/{template}.jinja").read_text(encoding="utf-8")


def render(template: str, messages: list[Message], tools: list[Any], *, answer: bool = True, **variables: Any) -> str:
    """The prompt, or the conversation so far when the model is not about to answer."""
    compiled = compile_template(source_of(template))
    return compiled.render(messages=messages, tools=tools or None, add_generation_prompt=answer, **variables)


def prompt_of(template: str, case: Case, **variables: Any) -> str:
    return render(template, as_template_sees(case.messages), case.tools, **variables)


def as_template_sees(messages: list[Message]) -> list[Message]:
    """What vLLM makes of a client's messages: arguments are objects, images are marks, content is never null."""
    return [_message(message) for message in messages]


def _message(message: Message) -> Message:
    seen = message | {"content": _content(message["content"])}
    if calls := message.get("tool_calls"):
        seen["tool_calls"] = [call | {"function": _function(call["function"])} for call in calls]
    return seen


def _content(content: Any) -> Any:
    if isinstance(content, list):
        return [part if part["type"] == "text" else {"type": "image"} for part in content]
    return content or ""


def _function(function: dict[str, Any]) -> dict[str, Any]:
    return {"arguments": json.loads(function["arguments"]), "name": function["name"]}


def written(template: str, case: Case) -> str:
    """What the model has to write so that it becomes the case's reply: what the template prints of it later."""
    before = prompt_of(template, case)
    after = render(template, as_template_sees([*case.messages, case.reply]), case.tools, answer=False)
    assert after.startswith(before)
    said = after[len(before) :]
    end = next(end for end in TURN_ENDS if said.endswith(end))
    return said.removesuffix(end)


def golden(template: str) -> str:
    """All cases of a template, as they stand in its golden file."""
    return "".join(f"=== {case.name}\n{prompt_of(template, case)}⏎\n" for case in CASES)
