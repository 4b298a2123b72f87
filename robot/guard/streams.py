"""Movements as the guard sees them: one stream of velocities on each topic, whoever sends it.

A stream ends by a zero, by silence, or by being stopped; a client whose stream was stopped stays barred on that
topic until it ends the stream itself, because a program that goes on talking must not move the robot again the
moment a person lets the next command through.
"""

from dataclasses import dataclass, field
from typing import Literal

from robot.guard.geofence import Fence
from robot.guard.velocity import ZERO, Velocity, accelerated, limited
from robot.profile import RobotProfile

UNBAR_S = 2.0
"""A barred client that was silent for this long has ended its stream; ros-mcp pauses 1 s inside one."""
Refusal = Literal["barred", "rate", "duration"]


class RateCap:
    """At most so many a second, with a few at once."""

    def __init__(self, rate_hz: float) -> None:
        self._rate = rate_hz
        self._burst = max(1.0, rate_hz / 5)
        self._left, self._at = self._burst, 0.0

    def take(self, now: float) -> bool:
        """Whether one more may pass."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


@dataclass
class Stream:
    """What is happening on one velocity topic."""

    topic: str
    type: str
    cap: RateCap
    velocity: Velocity = ZERO
    """As last forwarded."""
    at: float = 0.0
    """When that was."""
    began: float = 0.0
    """When this movement began."""
    client: int = 0
    frames: int = 0
    """Of this movement."""
    barred: dict[int, float] = field(default_factory=dict[int, float])
    """Clients whose stream was stopped, and when each last sent."""

    def still(self) -> None:
        """The robot was told to stop here."""
        self.velocity, self.frames = ZERO, 0

    def bar(self, now: float) -> None:
        """Stop, and stop listening to who moved it."""
        if not self.velocity.is_zero:
            self.barred[self.client] = now
        self.still()


@dataclass(frozen=True, slots=True)
class Passed:
    """A velocity that may go on."""

    velocity: Velocity
    notes: tuple[str, ...]
    """What was done to it: limit, acceleration, geofence."""
    objection: str = ""
    """The geofence's reason."""


class Streams:
    """All velocity topics of a robot."""

    def __init__(self, profile: RobotProfile, topics: dict[str, str], fence: Fence | None) -> None:
        self._limits, self._deadman_s, self._fence = profile.limits, profile.deadman_s, fence
        self.all = {topic: Stream(topic, kind, RateCap(profile.limits.rate_hz)) for topic, kind in topics.items()}

    @property
    def moving(self) -> list[Stream]:
        """Streams whose last velocity was not zero."""
        return [stream for stream in self.all.values() if not stream.velocity.is_zero]

    def pass_(self, topic: str, client: int, wanted: Velocity, now: float) -> Passed | Refusal:
        """What may be forwarded of this velocity, or why nothing may."""
        stream = self.all[topic]
        refusal = self._refusal(stream, client, wanted, now)
        if refusal:
            return refusal
        velocity, notes, objection = self._cut(stream, wanted, now)
        if velocity.is_zero:
            stream.still()
        elif not stream.frames:
            stream.began = now
        stream.frames += not velocity.is_zero
        stream.velocity, stream.at, stream.client = velocity, now, client
        return Passed(velocity, notes, objection)

    def refuse(self, topic: str, client: int, wanted: Velocity, now: float) -> None:
        """A velocity came while nothing may pass: who talks on into that must end the stream first."""
        barred = self.all[topic].barred
        if wanted.is_zero:
            barred.pop(client, None)
        else:
            barred[client] = now

    def _refusal(self, stream: Stream, client: int, wanted: Velocity, now: float) -> Refusal | None:
        heard = stream.barred.get(client)
        if heard is not None and not wanted.is_zero and now - heard < UNBAR_S:
            stream.barred[client] = now
            return "barred"
        stream.barred.pop(client, None)
        within_rate = stream.cap.take(now)
        if wanted.is_zero:
            return None if within_rate or not stream.velocity.is_zero else "rate"
        if stream.frames and now - stream.began > self._limits.duration_s:
            return "duration"
        return None if within_rate else "rate"

    def _cut(self, stream: Stream, wanted: Velocity, now: float) -> tuple[Velocity, tuple[str, ...], str]:
        velocity = limited(wanted, self._limits)
        notes = () if velocity == wanted else ("limit",)
        since = now - stream.at if stream.frames else now
        reached = accelerated(velocity, stream.velocity, self._limits, since)
        if reached != velocity:
            notes += ("acceleration",)
        objection = self._fence.objection(reached, now) if self._fence else None
        if objection:
            return Velocity(angular=reached.angular), (*notes, "geofence"), objection
        return reached, notes, ""

    def silent(self, now: float) -> list[Stream]:
        """Moving streams that the dead-man must end."""
        return [stream for stream in self.moving if now - stream.at >= self._deadman_s]

    def out_of_fence(self, now: float) -> list[Stream]:
        """Moving streams that the geofence must end."""
        fence = self._fence
        return [stream for stream in self.moving if fence and fence.objection(stream.velocity, now)]

    def left_by(self, client: int) -> list[Stream]:
        """Moving streams of a client that is gone; one message alone is no stream, the dead-man ends it."""
        for stream in self.all.values():
            stream.barred.pop(client, None)
        return [stream for stream in self.moving if stream.client == client and stream.frames > 1]
