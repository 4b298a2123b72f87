"""What the guard did during a call, read from the difference of its counters.

ros-mcp does not read the guard's refusals while it publishes, so a result that says success may stand for a robot
that never moved. This is where that comes to light.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

_REFUSED = {
    "topic": "the topic may not be written to",
    "type": "the message type is not the one of the topic, or the robot does not know it",
    "service": "the service may not be called",
    "action": "the action may not be used",
    "goal": "the goal could not be taken",
    "velocity": "the velocity was not written as its type demands",
    "rate": "more messages a second than the limit",
    "duration": "the movement was longer than one may be",
    "held": "the robot was held",
    "estop": "the emergency stop was latched",
    "link": "the guard had no connection to the robot",
    "unreachable": "the robot's rosbridge could not be reached",
    "read-only": "the guard is in read-only mode",
}
_LATE = "stopped"
"""Refusals of a stream that goes on after it was stopped: ros-mcp finishes what was cancelled long ago."""
_NOT_THERE = frozenset({"link", "unreachable"})
"""Refusals that say nothing of what was wanted."""


@dataclass(frozen=True)
class GuardFacts:
    """What happened between two looks at the guard."""

    sentences: tuple[str, ...] = ()
    failed: bool = False
    """Whether the call cannot have had the effect that was asked for."""
    denied: bool = False
    """Whether the guard refused something."""

    @property
    def text(self) -> str:
        """One line for the result; empty when nothing happened."""
        return f"Guard: {'; '.join(self.sentences)}." if self.sentences else ""


def facts_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> GuardFacts:
    """The difference of two answers of the guard's `status`.

    That a start was eased in by the acceleration limit is left out: every start is, and it changes nothing that was
    asked for.
    """
    more = _more(_counts(before), _counts(after))
    sentences: list[str] = []
    if cut := more.get("changed: limit"):
        sentences.append(f"{_frames(cut)} cut to the speed limit")
    fenced = more.get("changed: geofence", 0) + more.get("geofence", 0)
    if fenced:
        sentences.append("the robot was stopped at the edge of its area")
    refused = {code.removeprefix("denied: "): number for code, number in more.items() if code.startswith("denied: ")}
    if late := refused.pop(_LATE, 0):
        sentences.append(f"{_frames(late)} refused that belonged to an earlier, stopped command")
    for code, number in refused.items():
        sentences.append(f"{_frames(number)} refused, because {_REFUSED.get(code, code)}")
    if more.get("swallowed"):
        sentences.append(f"dry run: {_frames(more['swallowed'])} not sent to the robot")
    if more.get("deadman"):
        sentences.append("the stream of velocities paused, so the robot was stopped")
    if cancelled := more.get("goals cancelled"):
        sentences.append("the goal was cancelled" if cancelled == 1 else f"{cancelled} goals were cancelled")
    if after.get("state") == "estop":
        sentences.append("the emergency stop is latched; only a person can reset it")
    return GuardFacts(tuple(sentences), failed=bool(refused or fenced), denied=bool(refused.keys() - _NOT_THERE))


def _counts(status: Mapping[str, Any]) -> Mapping[str, int]:
    counts = status.get("counters")
    return cast(Mapping[str, int], counts) if isinstance(counts, dict) else {}


def _more(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {name: number - before.get(name, 0) for name, number in after.items() if number > before.get(name, 0)}


def _frames(number: int) -> str:
    return "1 frame was" if number == 1 else f"{number} frames were"
