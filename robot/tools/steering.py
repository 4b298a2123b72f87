"""How far a movement has come and how fast to go on: pure, so that it can be tried without a robot."""

import math
from dataclasses import dataclass, field
from typing import Protocol

from robot.tools.poses import Pose, turned


class Goal(Protocol):
    """A movement along one measure: metres straight on, or radians of turn."""

    @property
    def asked(self) -> float:
        """How far; negative is backwards, or clockwise."""
        ...

    @property
    def unit(self) -> "Unit":
        """What it is measured in."""
        ...

    def done(self, pose: Pose) -> float:
        """How far the robot has come, with sign."""
        ...


@dataclass(frozen=True)
class Unit:
    """What counts as there, as standing still and as slow, in metres or radians."""

    tolerance: float
    """Nearer than this is there."""
    stillness: float
    """Less than this over the time given is no movement."""
    slowest: float
    """Per second: no command is slower, as motors do not answer to less."""


METRES = Unit(tolerance=0.004, stillness=0.004, slowest=0.04)
RADIANS = Unit(tolerance=math.radians(0.3), stillness=math.radians(0.4), slowest=0.06)


@dataclass
class Straight:
    """Metres along the heading the robot had at the start."""

    start: Pose
    asked: float
    unit: Unit = METRES

    def done(self, pose: Pose) -> float:
        """Metres in the direction of the start's heading; drifting sideways counts for nothing."""
        along, across = math.cos(self.start.heading), math.sin(self.start.heading)
        return (pose.x - self.start.x) * along + (pose.y - self.start.y) * across


@dataclass
class Turn:
    """Radians of turn, also more than a whole one. Give it every pose: it adds the differences up."""

    start: Pose
    asked: float
    unit: Unit = RADIANS
    _heading: float = field(init=False)
    _sum: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._heading = self.start.heading

    def done(self, pose: Pose) -> float:
        """Radians turned so far, counter-clockwise positive."""
        self._sum += turned(pose.heading - self._heading)
        self._heading = pose.heading
        return self._sum


def remaining(goal: Goal, done: float) -> float:
    """How far is left; negative when the robot has gone too far."""
    return (goal.asked - done) * math.copysign(1.0, goal.asked)


def speed_for(left: float, *, top: float, braking: float, unit: Unit) -> float:
    """The speed from which the robot can still stop in time: never above `top`, never slower than a crawl."""
    stoppable = math.sqrt(2 * braking * max(left, 0.0))
    return min(top, max(unit.slowest, stoppable))
