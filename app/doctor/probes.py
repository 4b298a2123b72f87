"""What the model is asked: short requests that name their values, so that a small model can answer them too.

The tools are those of the shipped servers in shape. Nothing is executed: the doctor only looks at the calls.
"""

import json
from collections.abc import Mapping
from typing import Any


def _function(name: str, description: str, **arguments: str) -> dict[str, Any]:
    properties = {argument: {"type": "string", "description": about} for argument, about in arguments.items()}
    parameters = {"type": "object", "properties": properties, "required": list(arguments)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def user(text: str) -> dict[str, Any]:
    """A person's message."""
    return {"role": "user", "content": text}


TIME = _function("get_current_time", "Get the current time in a time zone.", timezone="IANA name of the time zone")
NOTE = _function("add_note", "Add a note.", text="Text of the note")
TOOLS = (TIME, NOTE)
NAMES = tuple(str(tool["function"]["name"]) for tool in TOOLS)

ONE_CALL = (user("What time is it in Asia/Tokyo?"),)
ONE_CALL_NAME, ONE_CALL_ARGUMENTS = "get_current_time", {"timezone": "Asia/Tokyo"}

TWO_CALLS = (user("What time is it in Asia/Tokyo and in Europe/Berlin?"),)
TWO_ZONES = {"Asia/Tokyo", "Europe/Berlin"}

HARD_TEXT = 'Zoë says "grüezi" to 東京'
HARD_CALL = (user(f"Add a note: {HARD_TEXT}"),)

CLOCK = "07:48"
"""A time that no clock shows at the moment by chance, so that it can only come from the result."""


def with_result(result: str) -> list[Mapping[str, Any]]:
    """The conversation in which the call was made and its result is handed back."""
    function = {"name": ONE_CALL_NAME, "arguments": json.dumps(ONE_CALL_ARGUMENTS)}
    called = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_doctor1", "type": "function", "function": function}],
    }
    return [*ONE_CALL, called, {"role": "tool", "tool_call_id": "call_doctor1", "content": result}]


def named(tool: str) -> dict[str, Any]:
    """The `tool_choice` that asks for one tool."""
    return {"type": "function", "function": {"name": tool}}
