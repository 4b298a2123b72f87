"""From a run's events to its times: what the model took, what tools took, and what is left for us."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.events import Event, ModelRequest, ToolFinished, ToolStarted, Usage
from app.tool_eval.wire_reply import ReceivedCall


@dataclass(frozen=True, kw_only=True)
class ModelTime:
    """One request to the model. Times in seconds, `start` since the turn's beginning."""

    start: float
    seconds: float
    first_token: float | None
    """To the first piece with text, reasoning or a call; None when none came."""
    ok: bool
    input_tokens: int | None = None
    output_tokens: int | None = None
    """None where the server does not tell."""


@dataclass(frozen=True, kw_only=True)
class ToolTime:
    """One tool call; one that was never sent took no time."""

    start: float
    seconds: float
    server: str
    call: ReceivedCall
    ok: bool
    repaired: bool


@dataclass
class Stopwatch:
    """Takes the events of a turn as they come; it begins when it is made."""

    model: list[ModelTime] = field(default_factory=list[ModelTime])
    tools: list[ToolTime] = field(default_factory=list[ToolTime])
    """By their end."""
    asked: list[ReceivedCall] = field(default_factory=list[ReceivedCall])
    """Every call in the order in which it was begun."""
    _began: float = field(default_factory=time.monotonic)
    _open: dict[str, ToolStarted] = field(default_factory=dict[str, ToolStarted])

    @property
    def now(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def note(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, ModelRequest):
            first, ok = event.first_token, event.outcome == "ok"
            start = self.now - event.seconds
            self.model.append(ModelTime(start=start, seconds=event.seconds, first_token=first, ok=ok))
        elif isinstance(event, Usage) and self.model:
            tokens = {"input_tokens": event.input_tokens, "output_tokens": event.output_tokens}
            self.model[-1] = replace(self.model[-1], **tokens)
        elif isinstance(event, ToolStarted):
            self._open[event.call_id] = event
            self.asked.append(_received(event))
        elif isinstance(event, ToolFinished):
            self._finish(event, self._open.pop(event.call_id))

    def _finish(self, event: ToolFinished, begun: ToolStarted) -> None:
        self.tools.append(
            ToolTime(
                start=self.now - event.seconds,
                seconds=event.seconds,
                server=event.server,
                call=_received(begun),
                ok=event.status == "success",
                repaired=begun.repaired,
            )
        )


def together(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds in which at least one of these (start, seconds) was under way: calls side by side count once."""
    total, reached = 0.0, float("-inf")
    for start, seconds in sorted(spans):
        end = start + seconds
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _received(event: ToolStarted) -> ReceivedCall:
    arguments = json.dumps(event.arguments, ensure_ascii=False)
    return ReceivedCall(name=event.name, raw_arguments=arguments, id=event.call_id)
