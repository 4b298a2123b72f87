"""The call journal: written before a call is sent and again with its result.

A checkpoint alone runs a killed call again. The journal lets a resumed run use a result that was
recorded, and ask a person about a call whose outcome nobody knows.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from graphs.toolset import ToolResult


@dataclass(frozen=True, kw_only=True)
class JournalEntry:
    """One call as the journal knows it; `result` is None while its outcome is unknown."""

    thread: str
    call_id: str
    name: str
    arguments: dict[str, Any]
    result: ToolResult | None = None


class Journal(Protocol):
    """Durable memory of calls, keyed by thread and call id."""

    async def find(self, thread: str, call_id: str) -> JournalEntry | None:
        """The entry of an earlier attempt, if there was one."""
        ...

    async def start(self, thread: str, call_id: str, name: str, arguments: dict[str, Any]) -> None:
        """Record that the call is about to be sent; on disk when this returns. A second start replaces the first."""
        ...

    async def finish(self, thread: str, call_id: str, result: ToolResult) -> None:
        """Record the outcome; on disk when this returns."""
        ...
