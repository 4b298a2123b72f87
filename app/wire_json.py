"""Parts of a chat completion's JSON as an endpoint sent it, whatever it sent.

For those who read the wire by hand because a client would mend and drop what they have to see: the doctor and the
evaluation of tool calling. What is missing or of another type reads as empty.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

_REASONING = ("reasoning", "reasoning_content")


def as_object(value: Any) -> dict[str, Any]:
    """The value if it is an object."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def as_objects(value: Any) -> list[dict[str, Any]]:
    """The entries of the value if it is a list."""
    return [as_object(entry) for entry in cast(list[Any], value)] if isinstance(value, list) else []


def first_object(value: Any) -> dict[str, Any]:
    """The first entry of the value if it is a list that has one."""
    return next(iter(as_objects(value)), {})


def reasoning_in(message: Mapping[str, Any]) -> str:
    """What a message or a delta says of the model's thinking, under either of its two names."""
    return next((str(message[name]) for name in _REASONING if message.get(name)), "")


def event_data(lines: Iterable[str]) -> Iterator[str]:
    """The data of server-sent events, one a line, without the mark of the end."""
    for line in lines:
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data and data != "[DONE]":
            yield data
