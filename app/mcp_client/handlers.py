"""What a server may ask of us in the middle of a call, in plain data: input from a person, or a model's words.

Doors implement `ServerHandlers` without knowing which MCP library carries the question.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Elicitation:
    """A question of a server to the person."""

    server: str
    message: str
    schema: dict[str, Any]
    """JSON schema of the form: an object with flat properties. Empty for a question to visit ``url``."""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class ElicitationAnswer:
    """The person's answer."""

    action: Literal["accept", "decline", "cancel"]
    content: dict[str, str | int | float | bool | list[str] | None] = field(
        default_factory=dict[str, str | int | float | bool | list[str] | None]
    )
    """With accept: the filled form."""
    reason: str = ""
    """With decline or cancel: said to the model together with the tool's result."""


AskElicitation = Callable[[Elicitation], Awaitable[ElicitationAnswer]]
"""Puts a server's question to the person."""


@dataclass(frozen=True, kw_only=True)
class SamplingRequest:
    """A server's request for a completion by our chat model."""

    server: str
    messages: list[dict[str, Any]]
    """Role and content blocks as the protocol has them: ``{"role": "user", "content": {"type": "text", ...}}``."""
    max_tokens: int
    system_prompt: str = ""
    temperature: float | None = None
    stop_sequences: list[str] = field(default_factory=list[str])
    model_hints: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, kw_only=True)
class SamplingReply:
    """The completion. ``refused`` with a reason tells the server that there will be none."""

    text: str = ""
    model: str = ""
    stop_reason: str = "endTurn"
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class ServerHandlers:
    """Who answers servers. Without `elicit` every question is declined; without `sample` none is offered."""

    elicit: AskElicitation | None = None
    sample: Callable[[SamplingRequest], Awaitable[SamplingReply]] | None = None
    on_log: Callable[[str, str, str], None] | None = None
    """Called with server, level and text of a logging notification."""


NOBODY = "nobody is here to answer"
