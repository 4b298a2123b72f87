"""Replies that a parser cannot read, or reads wrongly: what models write when they stumble."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.templates.cases import NOTE, Case, assistant, user

ASKED = Case("", [user("Note it.")], assistant(""), [NOTE])
"""What was asked before each of them."""
_CLOSING = '{"text": "a </tool_call> b"}'


@dataclass(frozen=True)
class Broken:
    name: str
    template: str
    text: str | Sequence[str]
    """A list is streamed in these pieces."""
    meant: dict[str, str] | None
    """Arguments of write_note that may run; None when nothing may."""
    finish: str = "stop"

    @property
    def whole(self) -> str:
        return self.text if isinstance(self.text, str) else "".join(self.text)


def _tagged(body: str) -> str:
    return f"<tool_call>\n{body}\n</tool_call>"


BROKEN = [
    Broken(
        "closing tag in a value",
        "qwen2_5",
        _tagged(f'{{"name": "write_note", "arguments": {_CLOSING}}}'),
        {"text": "a </tool_call> b"},
    ),
    Broken(
        "cut off in the arguments",
        "qwen2_5",
        '<tool_call>\n{"name": "write_note", "arguments": {"text": "half a sen',
        None,
        "length",
    ),
    Broken("cut off in the name", "qwen2_5", '<tool_call>\n{"name": "write_n', None, "length"),
    Broken(
        "cut off after one call",
        "qwen2_5",
        _tagged('{"name": "write_note", "arguments": {"text": "one"}}') + '\n<tool_call>\n{"name": "write_note", "arg',
        None,
        "length",
    ),
    Broken(
        "arguments before the name",
        "qwen2_5",
        _tagged('{"arguments": {"text": "x"}, "name": "write_note"}'),
        {"text": "x"},
    ),
    Broken(
        "parameters for arguments",
        "qwen2_5",
        _tagged('{"name": "write_note", "parameters": {"text": "x"}}'),
        {"text": "x"},
    ),
    Broken("single quotes", "qwen2_5", _tagged("{'name': 'write_note', 'arguments': {'text': 'x'}}"), None),
    Broken("bare JSON", "robobrain2", '{"name": "write_note", "arguments": {"text": "x"}}', {"text": "x"}),
    Broken(
        "text before a call",
        "llama3_json",
        'Let me.\n{"name": "write_note", "parameters": {"text": "x"}}',
        {"text": "x"},
    ),
    Broken(
        "cut off in the arguments",
        "llama3_json",
        '{"name": "write_note", "parameters": {"text": "half a sen',
        None,
        "length",
    ),
    Broken(
        "cut off in the arguments",
        "mistral",
        '[TOOL_CALLS] [{"name": "write_note", "arguments": {"text": "half a sen',
        None,
        "length",
    ),
    Broken(
        "colon apart from its quote",
        "mistral",
        ['[TOOL_CALLS] [{"name": "write_note", "arguments', '"', ': {"text": "x"}}]'],
        {"text": "x"},
    ),
]
