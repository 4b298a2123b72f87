"""What the graph needs of tools: a stable list and one way to call.

MCP lives behind this seam, so that nothing in the graph knows which client library is used.
Tools are bound as plain OpenAI function schemas rather than LangChain tools: a StructuredTool
swallows arguments named ``config`` or ``runtime`` and fails on ``self``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from graphs.argument_limit import ArgumentLimit

OnProgress = Callable[[float, float | None, str | None], None]
"""Called with progress, total and message, as the MCP notification carries them."""


class CallKnowledge(Protocol):
    """What is known about the calls of one tool beyond its schema; given for tools whose calls move something."""

    def complaint(self, arguments: Mapping[str, Any]) -> str | None:
        """What is wrong with arguments that fit the schema, as sentences for the model."""
        ...

    def denial(self, arguments: Mapping[str, Any]) -> str | None:
        """Why such a call will be refused whoever allows it, as part of a sentence; None when it will not."""
        ...

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """What a person should know before approving, as lines; empty when there is nothing to add."""
        ...

    def grant_limits(self, arguments: Mapping[str, Any]) -> Mapping[str, ArgumentLimit]:
        """How far "for this thread" reaches when said about this call, by argument; nothing means any arguments."""
        ...


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """One tool as the model sees it, with where it comes from."""

    name: str
    """Legal for OpenAI-compatible APIs (`^[a-zA-Z0-9_-]{1,64}$`) and unique in the toolset."""
    server: str
    tool: str
    """The server's own name for it."""
    description: str = ""
    input_schema: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    title: str = ""
    read_only: bool = False
    destructive: bool = True
    idempotent: bool = False
    open_world: bool = True
    knowledge: CallKnowledge | None = None

    @property
    def qualified(self) -> str:
        """`server:tool`, the form that policies match."""
        return f"{self.server}:{self.tool}"

    def as_openai(self) -> dict[str, Any]:
        """The function schema that is bound to the chat model."""
        function = {"name": self.name, "description": self.description, "parameters": self.input_schema}
        return {"type": "function", "function": function}


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What came back from one call, already bounded in size."""

    text: str
    status: Literal["success", "error"] = "success"
    size: int = 0
    """Characters of the whole output, before it was cut."""
    artifact: dict[str, Any] | None = None
    """JSON: `structured_content`, `images` ([{path, mime_type, width, height}]), `files` ([path]), `full_output`
    (path), `denied` (who refused what the model wanted; a model that goes on against that is stopped)."""
    failure: Literal["", "timeout", "server_down", "denied"] = ""
    """Why an error is not the tool's own."""


class Toolset(Protocol):
    """All tools of a run."""

    def specs(self) -> Sequence[ToolSpec]:
        """The tools in a stable order; a change of the list is a new sequence."""
        ...

    async def call(
        self, name: str, arguments: dict[str, Any], *, call_id: str, on_progress: OnProgress | None = None
    ) -> ToolResult:
        """Run one call. A failure is an error result; only cancellation is raised, after the server was told."""
        ...
