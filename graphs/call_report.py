"""How a call's beginning and end are told: as events to the person, as a ToolMessage to the model."""

from collections.abc import Callable
from dataclasses import dataclass

from langchain_core.messages import ToolCall, ToolMessage

from graphs.events import CallFault, GraphEvent, ToolFinished, ToolOutcome, ToolStarted
from graphs.toolset import ToolResult, ToolSpec


@dataclass(frozen=True, kw_only=True)
class CallReport:
    """Reports on one call."""

    call: ToolCall
    spec: ToolSpec | None
    emit: Callable[[GraphEvent], None]
    repaired: bool = False

    @property
    def call_id(self) -> str:
        """The call's id; every call has one by now."""
        return self.call["id"] or ""

    @property
    def server(self) -> str:
        """The server the tool belongs to; empty for an unknown tool."""
        return self.spec.server if self.spec else ""

    def start(self) -> None:
        """Say that the call is about to be sent, or refused."""
        self.emit(
            ToolStarted(
                call_id=self.call_id,
                server=self.server,
                name=self.call["name"],
                arguments=self.call["args"],
                repaired=self.repaired,
            )
        )

    def finish(
        self, result: ToolResult, seconds: float, outcome: ToolOutcome | None = None, fault: CallFault = ""
    ) -> ToolMessage:
        """Say what came back, and make the model's one message of it."""
        self.emit(
            ToolFinished(
                call_id=self.call_id,
                server=self.server,
                name=self.call["name"],
                status=result.status,
                seconds=seconds,
                size=result.size or len(result.text),
                result=result.text,
                images=tuple(str(image["path"]) for image in (result.artifact or {}).get("images", ())),
                outcome=outcome or _outcome(result),
                fault=fault,
            )
        )
        return ToolMessage(
            result.text,
            tool_call_id=self.call_id,
            name=self.call["name"],
            status=result.status,
            artifact=result.artifact,
        )

    def refuse(self, told: str, outcome: ToolOutcome, *, fault: CallFault = "", denied: str = "") -> ToolMessage:
        """Report a call that is not sent; `denied` names who would not have it."""
        self.start()
        artifact = {"denied": denied} if denied else None
        return self.finish(ToolResult(text=told, status="error", artifact=artifact), 0.0, outcome, fault)


def _outcome(result: ToolResult) -> ToolOutcome:
    if result.status == "success":
        return "ok"
    return "denied" if (result.artifact or {}).get("denied") else result.failure or "tool_error"
