"""When the program is killed, drawn from a seed.

A job is three steps of a model: two calls, two calls, the answer. Every moment lies in one of four phases, and
every phase has its kinds. `point` counts what the kind says: requests, calls, checkpoints.
"""

from dataclasses import dataclass
from random import Random
from typing import Literal

Phase = Literal["model", "approval", "call", "checkpoint"]
PHASES: tuple[Phase, ...] = ("model", "approval", "call", "checkpoint")

Kind = Literal[
    "stream",  # the model's answer to request `point` stands still after `events` events
    "question",  # the question of step `point` is on disk
    "approved",  # `point` checkpoints after the person approved
    "before",  # the server got call `point` and has not executed it
    "after",  # the server executed call `point` and has not answered
    "started",  # the journal has `point` calls
    "finished",  # the journal has `point` results
    "saved",  # the thread has `point` checkpoints
]
KINDS: dict[Phase, tuple[Kind, ...]] = {
    "model": ("stream",),
    "approval": ("question", "approved"),
    "call": ("before", "after", "started", "finished"),
    "checkpoint": ("saved",),
}
POINTS: dict[Kind, int] = {
    "stream": 3,
    "question": 1,
    "approved": 2,
    "before": 4,
    "after": 4,
    "started": 4,
    "finished": 4,
    "saved": 8,
}
"""Points to choose from, counted from 1."""
MOST_EVENTS = 6


@dataclass(frozen=True)
class Moment:
    """One way to die, and what the person says afterwards about calls whose outcome nobody knows."""

    phase: Phase
    kind: Kind
    point: int
    events: int
    send_again: bool

    def __str__(self) -> str:
        events = f".{self.events}" if self.kind == "stream" else ""
        return f"{self.phase}-{self.kind}{self.point}{events}-{'again' if self.send_again else 'skip'}"


def draw(seed: int, count: int) -> list[Moment]:
    """As many moments of each phase as of every other, the same for the same seed."""
    random = Random(seed)
    return [_draw_one(random, PHASES[number % len(PHASES)]) for number in range(count)]


def _draw_one(random: Random, phase: Phase) -> Moment:
    kind = random.choice(KINDS[phase])
    point, events = random.randint(1, POINTS[kind]), random.randint(0, MOST_EVENTS)
    return Moment(phase, kind, point, events, send_again=random.random() < 0.5)
