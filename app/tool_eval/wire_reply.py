"""One reply as it came over the wire, whole or in pieces, with everything that a client would mend or drop.

The doctor's reader keeps less: here ids, indexes and the pieces a call came in decide about a verdict.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from app.doctor.answer import read_refusal
from app.wire_json import as_object, as_objects, event_data, first_object, reasoning_in


@dataclass(frozen=True, kw_only=True)
class ReceivedCall:
    """A call as it came."""

    name: str
    raw_arguments: str
    """Should be JSON."""
    id: str = ""

    @property
    def arguments(self) -> dict[str, Any] | None:
        """The arguments, or None where they are not a JSON object."""
        try:
            parsed = json.loads(self.raw_arguments)
        except (ValueError, RecursionError):
            return None
        return cast(dict[str, Any], parsed) if isinstance(parsed, dict) else None

    @property
    def shape(self) -> tuple[str, str]:
        """Name and arguments in one form, for comparing two calls."""
        parsed = self.arguments
        told = json.dumps(parsed, sort_keys=True, ensure_ascii=False) if parsed is not None else self.raw_arguments
        return self.name, told

    def __str__(self) -> str:
        return f"{self.name}({self.raw_arguments})"


@dataclass(frozen=True, kw_only=True)
class WireReply:
    """One reply, or the refusal in its place."""

    refusal: str = ""
    """The endpoint's own words where it did not answer; empty where it did."""
    status: int = 200
    """HTTP status; 0 where the connection failed."""
    text: str = ""
    reasoning: str = ""
    calls: tuple[ReceivedCall, ...] = ()
    finish_reason: str = ""
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float = 0.0
    disorder: str = ""
    """What is wrong with how the calls were numbered; empty where nothing is."""

    @property
    def cut_off(self) -> bool:
        """Whether it ended because no more tokens were allowed."""
        return self.finish_reason == "length"

    def __str__(self) -> str:
        if self.refusal:
            return f"refused: {self.refusal}"
        parts = [str(call) for call in self.calls]
        parts += [f"text: {self.text!r}"] if self.text.strip() or not parts else []
        parts += [f"finish_reason: {self.finish_reason}"] if self.finish_reason else []
        return "\n".join(parts)


def read_whole(body: Mapping[str, Any]) -> WireReply:
    """A reply that came in one piece."""
    choice = first_object(body.get("choices"))
    message = as_object(choice.get("message"))
    calls = [_Pieces().add(entry) for entry in as_objects(message.get("tool_calls"))]
    return WireReply(
        text=str(message.get("content") or ""),
        reasoning=reasoning_in(message),
        calls=tuple(pieces.call() for pieces in calls),
        finish_reason=str(choice.get("finish_reason") or ""),
        **_usage(body),
    )


def read_events(lines: Iterable[str]) -> WireReply:
    """A reply that came as server-sent events."""
    stream = _Stream()
    for data in event_data(lines):
        stream.add(as_object(json.loads(data)))
    return stream.reply()


@dataclass
class _Pieces:
    """A call while it is put together."""

    name: str = ""
    id: str = ""
    raw: str = ""

    def add(self, entry: Mapping[str, Any]) -> "_Pieces":
        function = as_object(entry.get("function"))
        arguments = function.get("arguments")
        self.name += str(function.get("name") or "")
        self.id = self.id or str(entry.get("id") or "")
        self.raw += arguments if isinstance(arguments, str) else "" if arguments is None else json.dumps(arguments)
        return self

    def call(self) -> ReceivedCall:
        return ReceivedCall(name=self.name, raw_arguments=self.raw, id=self.id)


@dataclass
class _Stream:
    """The pieces of a stream so far."""

    text: str = ""
    reasoning: str = ""
    calls: dict[int, _Pieces] = field(default_factory=dict[int, _Pieces])
    finish_reason: str = ""
    refusal: str = ""
    usage: dict[str, Any] = field(default_factory=dict[str, Any])
    disorder: str = ""

    def add(self, event: dict[str, Any]) -> None:
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
            self._add_call(entry)

    def _add_call(self, entry: dict[str, Any]) -> None:
        index = entry.get("index")
        if not isinstance(index, int):
            self.disorder = self.disorder or "a streamed piece of a call has no index"
            index = max(self.calls, default=0)
        known = self.calls.setdefault(index, _Pieces())
        other = str(entry.get("id") or "")
        if known.id and other and other != known.id:
            self.disorder = self.disorder or f"two calls were streamed under index {index}"
        known.add(entry)

    def reply(self) -> WireReply:
        disorder = self.disorder
        if not disorder and sorted(self.calls) != list(range(len(self.calls))):
            disorder = f"the calls were streamed under the indexes {sorted(self.calls)}"
        return WireReply(
            refusal=self.refusal or ("" if self.finish_reason else "the stream ended before the reply did"),
            text=self.text,
            reasoning=self.reasoning,
            calls=tuple(pieces.call() for _, pieces in sorted(self.calls.items())),
            finish_reason=self.finish_reason,
            disorder=disorder,
            **self.usage,
        )


def _usage(body: Mapping[str, Any]) -> dict[str, Any]:
    usage = as_object(body.get("usage"))
    named = {"prompt_tokens": usage.get("prompt_tokens"), "output_tokens": usage.get("completion_tokens")}
    return {name: count for name, count in named.items() if isinstance(count, int)}
