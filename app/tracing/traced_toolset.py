"""The toolset of a recorded run: every call is known as the one under way while it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.tracing.current import current_call, current_trace
from graphs.toolset import OnProgress, ToolResult, Toolset, ToolSpec


@dataclass(frozen=True)
class TracedToolset:
    """Adds nothing but that."""

    toolset: Toolset

    def specs(self) -> Sequence[ToolSpec]:
        """The tools, as they are."""
        return self.toolset.specs()

    async def call(
        self, name: str, arguments: dict[str, Any], *, call_id: str, on_progress: OnProgress | None = None
    ) -> ToolResult:
        """Run one call; see `graphs.toolset.Toolset`."""
        run = current_trace.get()
        before = current_call.set(run.call_span(call_id, name) if run else None)
        try:
            return await self.toolset.call(name, arguments, call_id=call_id, on_progress=on_progress)
        finally:
            current_call.reset(before)
