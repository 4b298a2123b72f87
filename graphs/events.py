"""What the graph says while it runs, sent through LangGraph's custom stream.

Text comes from here rather than from LangGraph's message stream because the model node holds text
back that begins like a tool call.
"""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Token:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Reasoning:
    """A piece of the model's thinking; never part of the answer."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ToolStarted:
    """A call was allowed and is about to be sent, or was refused (then ToolFinished follows at once)."""

    call_id: str
    server: str
    name: str
    arguments: dict[str, Any]
    repaired: bool = False


@dataclass(frozen=True, kw_only=True)
class ToolProgress:
    """A server reported progress on a call."""

    call_id: str
    progress: float
    total: float | None = None
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class ToolFinished:
    """The one result of a call, also for calls that were never sent."""

    call_id: str
    server: str
    name: str
    status: Literal["success", "error"]
    seconds: float
    size: int
    result: str
    images: tuple[str, ...] = ()
    """Paths of the files of its images."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one model call, and the window they count against."""

    input_tokens: int
    output_tokens: int
    context_window: int | None = None


@dataclass(frozen=True, kw_only=True)
class ModelFinished:
    """How long one request to the model took; a failed attempt is one, too."""

    model: str
    seconds: float
    """From asking to the end of the reply, or to its failure."""
    first_piece: float | None
    """Seconds to the first piece with text, reasoning or a call; the empty piece that only names the role is none.
    None when none came."""
    ok: bool


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something a person should know that is not an error: a fallback, a retry, a compaction."""

    text: str


GraphEvent = Token | Reasoning | ToolStarted | ToolProgress | ToolFinished | Usage | ModelFinished | Notice
