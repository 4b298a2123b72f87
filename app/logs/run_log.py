"""The lines of one run: requests, calls and the end, with sizes and times; never what was said or passed."""

import logging
from dataclasses import asdict
from typing import Any

from app.events import (
    ApprovalNeeded,
    Event,
    Failed,
    Final,
    ModelFallback,
    ModelRequest,
    ModelRetry,
    Notice,
    ToolFinished,
    ToolStarted,
)
from app.logs.json_lines import FIELDS
from app.logs.run_ids import RunIds

_log = logging.getLogger("app.run")
_INTERRUPTED = 130


class RunLog:
    """Give it every event of a run, then end it."""

    def __init__(self, ids: RunIds) -> None:
        self._ids = asdict(ids)
        self._ended = False
        self._write(logging.INFO, "run started")

    def add(self, event: Event) -> None:
        """Write a line about one event, if there is anything to say."""
        if isinstance(event, ModelRequest | ModelRetry | ModelFallback):
            self._model(event)
        elif isinstance(event, ToolStarted | ToolFinished):
            self._tool(event)
        elif isinstance(event, Notice):
            self._write(logging.INFO, event.text)
        elif isinstance(event, ApprovalNeeded | Final | Failed):
            self._ended = True
            self._end(event)

    def end(self) -> None:
        """The run is over; one without a last event was given up by who listened."""
        if not self._ended:
            self._write(logging.INFO, "run ended", status="interrupted")

    def _model(self, event: ModelRequest | ModelRetry | ModelFallback) -> None:
        if isinstance(event, ModelRequest):
            level = logging.INFO if event.outcome == "ok" else logging.WARNING
            self._write(level, "model request", **asdict(event))
        elif isinstance(event, ModelRetry):
            self._write(logging.WARNING, "model asked again", **asdict(event))
        else:
            self._write(logging.WARNING, "another model takes over", **asdict(event))

    def _tool(self, event: ToolStarted | ToolFinished) -> None:
        named = {"server": event.server, "tool": event.name, "call": event.call_id}
        if isinstance(event, ToolStarted):
            self._write(logging.DEBUG, "tool call started", **named, repaired=event.repaired)
            return
        level = logging.INFO if event.outcome == "ok" else logging.WARNING
        ended = {"outcome": event.outcome, "seconds": event.seconds, "size": event.size}
        self._write(level, "tool call", **named, **ended, **({"fault": event.fault} if event.fault else {}))

    def _end(self, event: ApprovalNeeded | Final | Failed) -> None:
        if isinstance(event, ApprovalNeeded):
            asked = [action["name"] for pending in event.requests for action in pending.request["action_requests"]]
            self._write(logging.INFO, "run waits for a person", status="waiting", tools=asked)
        elif isinstance(event, Final):
            figures = {"status": event.stopped_by, "steps": event.steps, "seconds": event.seconds}
            self._write(logging.INFO, "run ended", **figures, **event.usage)
        elif event.exit_code == _INTERRUPTED:
            self._write(logging.INFO, "run ended", status="interrupted")
        else:
            failure = {"error": event.message, "hint": event.hint, "exit_code": event.exit_code}
            self._write(logging.ERROR, "run failed", status="failed", **failure, exception=event.trace)

    def _write(self, level: int, message: str, **fields: Any) -> None:
        _log.log(level, message, extra={FIELDS: self._ids | fields})
