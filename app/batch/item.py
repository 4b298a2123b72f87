"""One line of the input, checked before anything is asked of a model.

An item without an id is named by its line. What was asked is kept as a digest beside every answer, so that an input
that was edited in between cannot pass off an old answer as that of another question.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, StrictInt, StrictStr, ValidationError

LONGEST_ID = 200
_ASKED = ("query", "messages", "thread", "model", "images")
"""The fields that change what is asked."""


class BadItem(Exception):  # noqa: N818 - one line of data is wrong, not the program
    """A line that is no item; the message is one sentence without the line's number."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="allow")

    role: Literal["system", "user", "assistant", "tool"]


class _Fields(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: StrictStr | StrictInt | None = None
    query: StrictStr | None = None
    messages: list[_Message] | None = None
    thread: StrictStr = ""
    model: StrictStr = ""
    images: list[StrictStr] = []
    metadata: Any = None


@dataclass(frozen=True, kw_only=True)
class BatchItem:
    """What to ask, and under which name the answer is kept."""

    id: str
    line: int
    """Number of its line in the input, from 1."""
    text: str
    """What the person says."""
    earlier: tuple[dict[str, Any], ...] = ()
    """The conversation before that, in OpenAI's form."""
    system_prompt: str = ""
    thread: str = ""
    """Conversation to continue; empty is one of the item's own."""
    model: str = ""
    images: tuple[str, ...] = ()
    fields: dict[str, Any]
    """The line as it was given."""

    @property
    def digest(self) -> str:
        """Short hash of what is asked; ids and metadata do not count."""
        asked = {name: self.fields[name] for name in _ASKED if name in self.fields}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]

    def thread_in(self, batch: str) -> str:
        """The thread that holds the item's turn: its own, unless it names one."""
        return self.thread or self.mark_in(batch)

    def mark_in(self, batch: str) -> str:
        """Id of the item's message in its thread, by which a later run knows that it was already said."""
        key = hashlib.sha256(f"{batch}\0{self.id}\0{self.digest}".encode()).hexdigest()[:12]
        return f"batch:{self.id}:{key}"


def parse_line(raw: bytes, line: int) -> BatchItem:
    """The item in a line of JSON.

    Raises:
        BadItem: it is none.
    """
    try:
        fields = json.loads(raw)
    except UnicodeDecodeError as error:
        raise BadItem("is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise BadItem(f"is not JSON ({error.msg} at column {error.colno}).") from error
    except RecursionError as error:
        raise BadItem("is nested too deeply.") from error
    if not isinstance(fields, dict):
        raise BadItem(f"is not a JSON object but {_kind(fields)}.")
    return parse_fields(fields, line)


def parse_fields(fields: dict[str, Any], line: int) -> BatchItem:
    """The item in a JSON object.

    Raises:
        BadItem: a field is missing or has a value that is not allowed.
    """
    try:
        given = _Fields.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"] if not isinstance(part, type))
        raise BadItem(f"has a bad `{where}`: {first['msg'].lower()}.") from error
    system_prompt, earlier, text = _asked(given, fields)
    return BatchItem(
        id=_checked_id(given.id, line),
        line=line,
        text=text,
        earlier=earlier,
        system_prompt=system_prompt,
        thread=given.thread,
        model=given.model,
        images=tuple(given.images),
        fields=fields,
    )


def _asked(given: _Fields, fields: dict[str, Any]) -> tuple[str, tuple[dict[str, Any], ...], str]:
    """System prompt, earlier messages, and what the person says now."""
    if (given.query is None) == (given.messages is None):
        raise BadItem("has neither `query` nor `messages`." if given.query is None else "has `query` and `messages`.")
    messages: list[dict[str, Any]] = list(fields["messages"]) if given.query is None else []
    system_prompt = ""
    if messages and messages[0]["role"] == "system":
        system_prompt = str(messages.pop(0).get("content") or "")
    text = given.query
    if text is None:
        if not messages or messages[-1]["role"] != "user" or not isinstance(messages[-1].get("content"), str):
            raise BadItem("has `messages` whose last is not a text of the user.")
        text = str(messages.pop()["content"])
    if not text.strip():
        raise BadItem("asks nothing: the text is empty.")
    return system_prompt, tuple(messages), text


def _checked_id(given: str | int | None, line: int) -> str:
    name = f"line-{line}" if given is None else str(given)
    if not name or len(name) > LONGEST_ID or not name.isprintable():
        raise BadItem(f"has an `id` that is empty, longer than {LONGEST_ID} characters or not printable.")
    return name


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
