"""What one turn did, gathered from its events: the object that ``--output json`` prints."""

from dataclasses import dataclass, field
from typing import Any

from app.events import ApprovalNeeded, Event, Failed, Final, ToolFinished, ToolStarted, Usage


@dataclass
class TurnReport:
    """Fill it with every event of a turn, across approvals; read it at the end."""

    thread: str
    model: str = ""
    endpoint: str = ""
    answer: str = ""
    stopped_by: str = ""
    steps: int = 0
    seconds: float = 0.0
    usage: dict[str, int] = field(default_factory=lambda: {"input_tokens": 0, "output_tokens": 0})
    tool_calls: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    waiting: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    error: Failed | None = None

    @property
    def exit_code(self) -> int:
        """0 for an answer; 1 when a limit ended the turn; 3 when calls wait for a person."""
        if self.error:
            return self.error.exit_code
        if self.waiting:
            return 3
        return 0 if self.stopped_by == "answer" else 1

    def add(self, event: Event) -> None:
        """Take note of one event."""
        if isinstance(event, ToolStarted):
            self._started(event)
        elif isinstance(event, ToolFinished):
            self._finished(event)
        elif isinstance(event, Usage):
            self.usage["input_tokens"] += event.input_tokens
            self.usage["output_tokens"] += event.output_tokens
        elif isinstance(event, ApprovalNeeded):
            self._needs_approval(event)
        elif isinstance(event, Final):
            self.answer, self.stopped_by, self.steps = event.answer, event.stopped_by, event.steps
            self.seconds, self.waiting = round(self.seconds + event.seconds, 3), []
        elif isinstance(event, Failed):
            self.error, self.answer = event, event.shown
            self.stopped_by, self.waiting = ("interrupted" if event.exit_code == 130 else "error"), []
            for call in self.tool_calls.values():
                call["status"] = "interrupted" if call["status"] == "running" else call["status"]

    def as_json(self) -> dict[str, Any]:
        """The one object of ``--output json``; `waiting` and `error` appear only when there is such."""
        report: dict[str, Any] = {
            "answer": self.answer,
            "thread": self.thread,
            "model": self.model,
            "endpoint": self.endpoint,
            "stopped_by": self.stopped_by,
            "tool_calls": list(self.tool_calls.values()),
            "usage": self.usage,
            "steps": self.steps,
            "seconds": self.seconds,
        }
        if self.waiting:
            report["waiting"] = self.waiting
        if self.error:
            report["error"] = {"message": self.error.message, "hint": self.error.hint}
        return report

    def _started(self, event: ToolStarted) -> None:
        self.tool_calls[event.call_id] = {
            "server": event.server,
            "name": event.name,
            "arguments": event.arguments,
            "status": "running",
            "repaired": event.repaired,
            "seconds": None,
            "result": None,
        }

    def _finished(self, event: ToolFinished) -> None:
        call = self.tool_calls.setdefault(event.call_id, {"server": event.server, "name": event.name})
        call.update(status=event.status, seconds=round(event.seconds, 3), result=event.result)

    def _needs_approval(self, event: ApprovalNeeded) -> None:
        self.stopped_by = "approval"
        self.waiting = [
            {"name": action["name"], "arguments": action["args"], "kind": pending.request["kind"]}
            for pending in event.requests
            for action in pending.request["action_requests"]
        ]
