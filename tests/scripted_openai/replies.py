"""What the scripted model can answer, and the same read from a JSON file."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Body = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One tool call. Arguments given as a string go out as they are, valid JSON or not."""

    name: str
    arguments: dict[str, Any] | str = field(default_factory=dict)
    id: str | None = "auto"
    """`auto` numbers the calls of the whole server; None sends none, as some servers do."""

    @property
    def raw_arguments(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments, ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer to POST /v1/chat/completions."""

    text: str = ""
    reasoning: str = ""
    calls: Sequence[Call] = ()
    finish_reason: str | None = None
    """By default `tool_calls` with calls, else `stop`; `length` says the answer was cut off."""
    usage: dict[str, int] | None = None
    """By default counted; `{}` sends none."""
    piece: int = 4
    """Characters of text, reasoning or arguments per streamed event."""

    status: int = 200
    error: str | dict[str, Any] = ""
    """Body of an answer whose status is not 200."""
    headers: dict[str, str] = field(default_factory=dict)
    drop_after: int | None = None
    """Cut the connection after so many streamed events; 0 answers nothing at all."""
    stream_error: dict[str, Any] | None = None
    """An event sent after the text in place of the rest, as vLLM does when its engine fails."""
    delay: float = 0.0
    """Seconds before the first event."""
    first_token: float = 0.0
    """Seconds from the request to the first event after the empty role chunk."""
    per_token: float = 0.0
    """Seconds between events that carry something, counted from the request, so that lateness does not add up."""
    hold: threading.Event | None = None
    """Wait for this event (or for the client to go away, or the server to close)."""
    hold_after: int = 0
    """How many events to send before waiting for `hold`; the status line goes out with the first."""
    reasoning_field: Literal["reasoning", "reasoning_content"] = "reasoning"


Rule = Reply | str | Callable[[Body], "Reply | str"]
"""A reply, a text, or a function of the request body that gives one."""


def resolve(rule: Rule, body: Body) -> Reply:
    """The reply a rule gives to one request."""
    answer = rule(body) if callable(rule) else rule
    return Reply(text=answer) if isinstance(answer, str) else answer


def http_error(status: int, message: str = "scripted failure", **headers: str) -> Reply:
    """An error in vLLM's shape. Header names are written with underscores: `retry_after="1"`."""
    kind = {400: "BadRequestError", 401: "Unauthorized", 404: "NotFoundError", 429: "RateLimitError"}
    error = {"message": message, "type": kind.get(status, "InternalServerError"), "param": None, "code": status}
    return Reply(status=status, error={"error": error}, headers={k.replace("_", "-"): v for k, v in headers.items()})


def overflow(limit: int = 4096, asked: int = 5000) -> Reply:
    """vLLM's answer to a prompt that is too long."""
    return http_error(
        400,
        f"This model's maximum context length is {limit} tokens. However, your request has {asked} input tokens. "
        "Please reduce the length of the input messages.",
    )


def load_script(path: Path) -> tuple[list[Reply], Reply | None]:
    """Read a script file: the replies in order, and the last one apart when it is marked `repeat`.

    An entry is a text or an object with the fields of Reply (`calls` as objects with the fields of Call,
    `hold` as true for "for ever").
    """
    entries: list[Any] = json.loads(path.read_text())
    repeat = bool(entries) and isinstance(entries[-1], dict) and entries[-1].pop("repeat", False)
    replies = [_parse(entry) for entry in entries]
    return (replies[:-1], replies[-1]) if repeat else (replies, None)


def _parse(entry: str | dict[str, Any]) -> Reply:
    if isinstance(entry, str):
        return Reply(text=entry)
    fields = dict(entry)
    fields["calls"] = [Call(**call) for call in fields.get("calls", ())]
    if fields.pop("hold", False):
        fields["hold"] = threading.Event()
    if fields.get("status", 200) != 200 and isinstance(fields.get("error", ""), str):
        failure = http_error(fields["status"], fields.get("error") or "scripted failure")
        fields["error"] = failure.error
    return Reply(**fields)
