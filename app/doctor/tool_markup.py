"""Tool calls that the server's parser should have taken out of the text: which form is it?

Each family of models writes calls in a form of its own, so the form names the parser that is missing.
Plain JSON is told apart from forms with marks: it is what models write that were not trained on tools.
"""

import re
from collections.abc import Collection

from graphs.tool_text import parse_tool_text

_FORMS = (
    (re.compile(r"<tool_call>\s*<function="), "qwen3_xml"),
    (re.compile(r"<tool_call>|</tool_call>"), "hermes"),
    (re.compile(r"\[TOOL_CALLS\]"), "mistral"),
    (re.compile(r"<\|python_tag\|>|^\s*\{\s*\"name\"\s*:\s*\"\w+\"\s*,\s*\"parameters\"\s*:"), "llama3_json"),
    (re.compile(r"<function="), "qwen3_xml"),
    (re.compile(r"<｜tool▁calls▁begin｜>|<｜tool▁call▁begin｜>"), "deepseek_v3"),
    (re.compile(r"<\|tool_calls_section_begin\|>"), "kimi_k2"),
    (re.compile(r"<\|tool_call\|>|<tool_call_start>"), "granite"),
    (re.compile(r"^\s*functools\["), "phi4_mini_json"),
    (re.compile(r"^\s*\[\w+\([^)]*\)\]\s*$"), "pythonic"),
)


def missing_parser(text: str) -> str | None:
    """The name in vLLM of the parser that would have read the call in `text`, or None where no form is recognised."""
    return next((parser for form, parser in _FORMS if form.search(text)), None)


def agent_reads(text: str, known_names: Collection[str]) -> bool:
    """Whether the agent lifts a call out of `text` by itself."""
    return bool(parse_tool_text(text, known_names)[1])


_FAMILIES = (
    (re.compile(r"qwen3.*coder", re.IGNORECASE), "qwen3_xml"),
    (re.compile(r"llama-?3", re.IGNORECASE), "llama3_json"),
    (re.compile(r"mistral|mixtral|ministral|magistral|devstral", re.IGNORECASE), "mistral"),
    (re.compile(r"deepseek-?v3", re.IGNORECASE), "deepseek_v3"),
    (re.compile(r"granite", re.IGNORECASE), "granite"),
    (re.compile(r"gpt-oss", re.IGNORECASE), "openai"),
)


def parser_of_model(name: str) -> str:
    """The name in vLLM of the parser that a model of this name most likely needs; hermes is that of most."""
    return next((parser for family, parser in _FAMILIES if family.search(name)), "hermes")
