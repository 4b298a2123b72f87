"""What became of a task once: its end, its times and the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.agent_bench.stopwatch import ModelTime, ToolTime, together
from app.agent_bench.task import AgentTask
from app.tool_eval.fault import Fault
from app.tool_eval.wire_reply import ReceivedCall


@dataclass(frozen=True)
class Ending:
    """How a turn ended."""

    answer: str = ""
    error: str = ""
    """Why there is no answer; empty where there is one."""
    stopped_by: str = "answer"
    """`answer`, or the limit that ended the turn."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One run of a task. All times in seconds."""

    task: AgentTask
    number: int
    """From 1, among the attempts of its task."""
    ending: Ending
    seconds: float
    """From sending the message to the end of the turn."""
    model: Sequence[ModelTime]
    tools: Sequence[ToolTime]
    asked: Sequence[ReceivedCall]
    state: str | None = None
    """What the state check's call returned; None where there is none."""
    faults: Sequence[Fault] = ()

    @property
    def right(self) -> bool:
        """Whether every proof holds."""
        return not self.faults

    @property
    def ended(self) -> bool:
        """Whether there is an answer, right or wrong; only then its time says something."""
        return not self.ending.error

    @property
    def steps(self) -> int:
        """Requests to the model, failed ones among them."""
        return len(self.model)

    @cached_property
    def model_seconds(self) -> float:
        """Waiting for the model."""
        return sum(call.seconds for call in self.model)

    @cached_property
    def tool_seconds(self) -> float:
        """Waiting for tools; those side by side count once."""
        return together((call.start, call.seconds) for call in self.tools)

    @property
    def own_seconds(self) -> float:
        """What neither of them explains: checks, checkpoints, the journal, pauses between attempts at an endpoint."""
        return max(0.0, self.seconds - self.model_seconds - self.tool_seconds)

    @property
    def own_per_step(self) -> float | None:
        """The same for one request to the model; None where there was none."""
        return self.own_seconds / self.steps if self.steps else None

    @property
    def input_tokens(self) -> int | None:
        """Of all requests; None where none told."""
        return _sum([call.input_tokens for call in self.model])

    @property
    def output_tokens(self) -> int | None:
        """Of all requests; None where none told."""
        return _sum([call.output_tokens for call in self.model])

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "task": self.task.id,
            "attempt": self.number,
            "right": self.right,
            "faults": [{"kind": fault.kind, "said": fault.said} for fault in self.faults],
            "answer": self.ending.answer,
            "error": self.ending.error,
            "stopped_by": self.ending.stopped_by,
            "seconds": self.seconds,
            "model_seconds": self.model_seconds,
            "tool_seconds": self.tool_seconds,
            "own_seconds": self.own_seconds,
            "steps": self.steps,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "model": [vars(call) for call in self.model],
            "tools": [_tool(call) for call in self.tools],
            "state": self.state,
        }


def _sum(counts: Sequence[int | None]) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None


def _tool(call: ToolTime) -> dict[str, Any]:
    return {
        "name": call.call.name,
        "server": call.server,
        "arguments": call.call.arguments,
        "start": call.start,
        "seconds": call.seconds,
        "ok": call.ok,
        "repaired": call.repaired,
    }
