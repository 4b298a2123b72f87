"""What an endpoint answered to one chat request, the same whether it came whole or in pieces.

Read from the wire by hand, not by an OpenAI client: a client mends and drops what the doctor has to see.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from app.wire_json import as_object, as_objects, event_data, first_object, reasoning_in


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A call as it came."""

    name: str
    raw_arguments: str
    """Should be JSON."""

    @property
    def arguments(self) -> dict[str, Any] | None:
        """The arguments, or None where they are not a JSON object."""
        try:
            parsed = json.loads(self.raw_arguments or "{}")
        except ValueError:
            return None
        return cast(dict[str, Any], parsed) if isinstance(parsed, dict) else None

    def __str__(self) -> str:
        return f"{self.name}({self.raw_arguments})"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One reply, or the refusal in its place."""

    refusal: str = ""
    """The endpoint's own words where it did not answer; empty where it did."""
    status: int = 200
    """HTTP status; 0 where the connection failed."""
    text: str = ""
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish_reason: str = ""
    prompt_tokens: int | None = None
    cached_tokens: int | None = None

    @property
    def out_of_reach(self) -> bool:
        """Whether nothing that can be read came back, so that asking on is of no use."""
        return self.status == 0

    @property
    def cut_off(self) -> bool:
        """Whether it ended because no more tokens were allowed."""
        return self.finish_reason == "length"


def read_refusal(status: int, body: bytes) -> Answer:
    """The answer that says why there is none, in one line."""
    try:
        said: Any = json.loads(body)
    except ValueError:
        said = body.decode("utf-8", errors="replace")
    for name in ("error", "message", "detail"):
        if isinstance(said, dict):
            said = cast(dict[str, Any], said).get(name, cast(dict[str, Any], said))
    line = " ".join((said if isinstance(said, str) else json.dumps(said)).split())
    return Answer(refusal=line[:400] or f"status {status}", status=status)


def read_completion(body: Mapping[str, Any]) -> Answer:
    """An answer that came whole."""
    choice = first_object(body.get("choices"))
    message = as_object(choice.get("message"))
    calls = tuple(_call(entry) for entry in as_objects(message.get("tool_calls")))
    prompt_tokens, cached_tokens = _usage(body)
    return Answer(
        text=str(message.get("content") or ""),
        reasoning=reasoning_in(message),
        calls=calls,
        finish_reason=str(choice.get("finish_reason") or ""),
        prompt_tokens=prompt_tokens,
        cached_tokens=cached_tokens,
    )


def read_stream(lines: Iterable[str]) -> Answer:
    """An answer that came as server-sent events."""
    merged = _Merged()
    for data in event_data(lines):
        merged.add(json.loads(data))
    return merged.answer()


@dataclass
class _Merged:
    """The pieces of a stream so far."""

    text: str = ""
    reasoning: str = ""
    calls: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    finish_reason: str = ""
    refusal: str = ""
    usage: tuple[int | None, int | None] = (None, None)

    def add(self, event: Any) -> None:
        event = as_object(event)
        if "error" in event:
            self.refusal = read_refusal(200, json.dumps(event).encode()).refusal
        choice = first_object(event.get("choices"))
        delta = as_object(choice.get("delta"))
        self.text += str(delta.get("content") or "")
        self.reasoning += reasoning_in(delta)
        self.finish_reason = str(choice.get("finish_reason") or self.finish_reason)
        if event.get("usage"):
            self.usage = _usage(event)
        for entry in as_objects(delta.get("tool_calls")):
            piece = _call(entry)
            call = self.calls.setdefault(int(entry.get("index") or 0), ["", ""])
            call[0] += piece.name
            call[1] += piece.raw_arguments

    def answer(self) -> Answer:
        calls = (ToolCall(name=name, raw_arguments=raw) for _, (name, raw) in sorted(self.calls.items()))
        return Answer(
            refusal=self.refusal,
            text=self.text,
            reasoning=self.reasoning,
            calls=tuple(calls),
            finish_reason=self.finish_reason,
            prompt_tokens=self.usage[0],
            cached_tokens=self.usage[1],
        )


def _call(entry: Mapping[str, Any]) -> ToolCall:
    function = as_object(entry.get("function"))
    raw = function.get("arguments") or ""
    return ToolCall(
        name=str(function.get("name") or ""), raw_arguments=raw if isinstance(raw, str) else json.dumps(raw)
    )


def _usage(body: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Tokens of the prompt, and those of them that came from the cache."""
    usage = as_object(body.get("usage"))
    details = as_object(usage.get("prompt_tokens_details"))
    return usage.get("prompt_tokens"), details.get("cached_tokens")
