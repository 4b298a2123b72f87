"""One turtle: how it moves, as turtlesim's does, step by step of 16 ms.

Times are seconds of the world's clock. Steps have a fixed length, so the same commands give the same way on a busy
machine; turtlesim counts real timer ticks and falls behind there.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from robot.simulator.canvas import SIDE, Canvas, Pen, Trail, TrailPoint

STEP = 0.016
"""Length of a step, seconds."""
COMMAND_LIFETIME = 1.0
"""How long a velocity holds after the last command, seconds."""
_TURN_RATE = 1.0
_CLOSE_ENOUGH = 0.02
_TRAIL_SPACING = 0.04

SUCCEEDED, CANCELED, ABORTED = 4, 5, 6


@dataclass(frozen=True)
class Velocity:
    """m/s forward, m/s to the left, rad/s counter-clockwise."""

    forward: float = 0.0
    left: float = 0.0
    turn: float = 0.0

    @property
    def finite(self) -> bool:
        """Whether a robot can do anything with it."""
        return all(map(math.isfinite, (self.forward, self.left, self.turn)))


STILL = Velocity()


@dataclass
class Rotation:
    """A goal to turn to a heading, and who hears how it goes."""

    theta: float
    on_feedback: Callable[[float], None]
    """Gets the angle that remains, every step."""
    on_end: Callable[[int, float], None]
    """Gets the status and the angle turned."""
    started_at: float = 0.0
    delta: float = 0.0
    cancelling: bool = False


class Turtle:
    """Position in metres from the lower left corner, heading in radians from the x axis."""

    def __init__(self, name: str, x: float, y: float, theta: float, *, now: float) -> None:
        self.name = name
        self.x, self.y, self.theta = x, y, theta
        self.velocity = STILL
        self.commanded_at = now
        self.pen = Pen()
        self.rotation: Rotation | None = None
        self.wall_hits = 0
        """How often it ran into a wall; staying there counts once."""
        self.trail = Trail()
        self.trail.add(TrailPoint(x, y, None))
        self._at_wall = False

    def command(self, velocity: Velocity, *, now: float) -> None:
        """Take a velocity until the next one, or for its lifetime."""
        self.velocity, self.commanded_at = velocity, now

    def stop(self) -> None:
        """Stand still and give up the goal."""
        self.velocity = STILL
        self.end_rotation(CANCELED)

    def set_pen(self, pen: Pen) -> None:
        """Change the pen; lifting it keeps colour and width."""
        self.pen = pen if pen.on else replace(self.pen, on=False)

    def teleport(self, x: float, y: float, theta: float, canvas: Canvas) -> None:
        """Jump, drawing a line if the pen is down. A wall is met in the next step."""
        before = (self.x, self.y)
        self.x, self.y, self.theta = x, y, theta
        self._draw(before, canvas, jump=True)

    def rotate(self, rotation: Rotation) -> None:
        """Begin to turn to a heading; a goal that runs is aborted."""
        self.end_rotation(ABORTED)
        rotation.started_at = self.theta
        self.rotation = rotation

    def end_rotation(self, status: int) -> None:
        """End the goal, if there is one, and tell who set it."""
        rotation, self.rotation = self.rotation, None
        if rotation is not None:
            rotation.on_end(status, rotation.delta)

    def step(self, now: float, canvas: Canvas, *, holonomic: bool) -> bool:
        """Move on by one step.

        Returns:
            Whether the turtle pushes against a wall.
        """
        self._pursue(now)
        if now - self.commanded_at > COMMAND_LIFETIME:
            self.velocity = STILL
        before = (self.x, self.y)
        self.theta = normalized(self.theta + self.velocity.turn * STEP)
        left = self.velocity.left if holonomic else 0.0
        cosine, sine = math.cos(self.theta), math.sin(self.theta)
        x = self.x + (cosine * self.velocity.forward - sine * left) * STEP
        y = self.y + (sine * self.velocity.forward + cosine * left) * STEP
        self.x, self.y = min(max(x, 0.0), SIDE), min(max(y, 0.0), SIDE)
        pushes = (self.x, self.y) != (x, y)
        self.wall_hits += pushes and not self._at_wall
        self._at_wall = pushes
        if (self.x, self.y) != before:
            self._draw(before, canvas)
        return pushes

    def _pursue(self, now: float) -> None:
        rotation = self.rotation
        if rotation is None:
            return
        remaining = normalized(rotation.theta - self.theta)
        rotation.delta = normalized(rotation.started_at - self.theta)
        if rotation.cancelling:
            self.velocity = STILL
            self.end_rotation(CANCELED)
            return
        rotation.on_feedback(remaining)
        if abs(remaining) < _CLOSE_ENOUGH:
            self.velocity = STILL
            self.end_rotation(SUCCEEDED)
        else:
            self.command(Velocity(turn=math.copysign(_TURN_RATE, remaining)), now=now)

    def _draw(self, before: tuple[float, float], canvas: Canvas, *, jump: bool = False) -> None:
        if self.pen.on:
            canvas.line(before, (self.x, self.y), self.pen)
        last = self.trail.points[-1] if self.trail.points else None
        if jump or last is None or math.dist((last.x, last.y), (self.x, self.y)) >= _TRAIL_SPACING:
            self.trail.add(TrailPoint(self.x, self.y, self.pen.colour if self.pen.on else None))


def normalized(angle: float) -> float:
    """The same heading between -pi and pi."""
    return angle - 2 * math.pi * math.floor((angle + math.pi) / (2 * math.pi))
