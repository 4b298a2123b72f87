"""The world of the turtles: a square, a clock, and what turtlesim's services do to it. Knows nothing of rosbridge."""

import math
from collections.abc import Callable

from robot.simulator.canvas import SIDE, Canvas, Colour, TrailPoint
from robot.simulator.parameters import Parameters
from robot.simulator.turtle import CANCELED, STEP, Rotation, Turtle, Velocity

NODE = "/turtlesim"
_MOST_CATCHING_UP = 10.0


class World:
    """All turtles. Every method that changes something wants the clock advanced first; `advance` does that.

    Args:
        parameters: where background and `holonomic` are read.
        now: the time to begin at, seconds of any clock that only goes forward.
        log: gets what turtlesim would log: a level (info, warn, error) and the text.
    """

    def __init__(self, parameters: Parameters, *, now: float, log: Callable[[str, str], None]) -> None:
        self.turtles: dict[str, Turtle] = {}
        self.canvas = Canvas()
        self.time = now
        self.halted = False
        """Whether a person's stop is latched: velocities and goals are then ignored."""
        self._parameters = parameters
        self._log = log
        self._spawned = 0
        self.spawn("", SIDE / 2, SIDE / 2, 0.0)

    @property
    def background(self) -> Colour:
        """The colour of the bare ground."""
        r, g, b = (int(self._parameters.value(NODE, f"background_{name}", 0)) & 0xFF for name in "rgb")
        return r, g, b

    def advance(self, now: float) -> bool:
        """Make the steps that are due. Of a gap of more than ten seconds only the last ten are made up.

        Returns:
            Whether there was at least one.
        """
        self.time = max(self.time, now - _MOST_CATCHING_UP)
        before = self.time
        while self.time + STEP <= now:
            self.time += STEP
            self._step()
        return self.time != before

    def command(self, name: str, velocity: Velocity) -> None:
        """Give a turtle a velocity; one that is not finite is ignored."""
        turtle = self.turtles.get(name)
        if turtle is not None and velocity.finite and not self.halted:
            turtle.command(velocity, now=self.time)

    def rotate(self, name: str, rotation: Rotation) -> bool:
        """Set a goal for a turtle.

        Returns:
            Whether it was accepted.
        """
        if self.halted or name not in self.turtles or not math.isfinite(rotation.theta):
            return False
        if self.turtles[name].rotation is not None:
            self._log("warn", "Rotation goal received before a previous goal finished. Aborting previous goal")
        self.turtles[name].rotate(rotation)
        return True

    def halt(self) -> None:
        """Stop everything and stay stopped until `release`."""
        self.halted = True
        for turtle in self.turtles.values():
            turtle.stop()

    def release(self) -> None:
        """Take commands again."""
        self.halted = False

    def spawn(self, name: str, x: float, y: float, theta: float) -> str:
        """Add a turtle, named turtle1, turtle2 ... if no name is given.

        Returns:
            Its name; empty if that name is taken.
        """
        if name in self.turtles:
            self._log("error", f"A turtle named [{name}] already exists")
            return ""
        while not name or name in self.turtles:
            self._spawned += 1
            name = f"turtle{self._spawned}"
        x, y, theta = (value if math.isfinite(value) else 0.0 for value in (x, y, theta))
        self.turtles[name] = Turtle(name, x, y, theta, now=self.time)
        self._log("info", f"Spawning turtle [{name}] at x=[{x:f}], y=[{y:f}], theta=[{theta:f}]")
        return name

    def kill(self, name: str) -> None:
        """Remove a turtle, if there is one."""
        turtle = self.turtles.pop(name, None)
        if turtle is None:
            self._log("error", f"Tried to kill turtle [{name}], which does not exist")
        else:
            turtle.end_rotation(CANCELED)

    def teleport(self, turtle: Turtle, x: float, y: float, theta: float) -> None:
        """Move a turtle at once; a value that is not finite changes nothing."""
        if all(map(math.isfinite, (x, y, theta))):
            turtle.teleport(x, y, theta, self.canvas)

    def clear(self) -> None:
        """Wipe the ground and the trails."""
        self._log("info", "Clearing turtlesim.")
        self._wipe()

    def reset(self) -> None:
        """Begin again with one turtle in the middle."""
        self._log("info", "Resetting turtlesim.")
        for turtle in self.turtles.values():
            turtle.end_rotation(CANCELED)
        self.turtles.clear()
        self._spawned = 0
        self._wipe()
        self.spawn("", SIDE / 2, SIDE / 2, 0.0)

    def _wipe(self) -> None:
        self.canvas.clear()
        for turtle in self.turtles.values():
            turtle.trail.clear()
            turtle.trail.add(TrailPoint(turtle.x, turtle.y, None))

    def _step(self) -> None:
        holonomic = bool(self._parameters.value(NODE, "holonomic", False))
        for turtle in list(self.turtles.values()):
            if turtle.step(self.time, self.canvas, holonomic=holonomic):
                where = f"[x={turtle.x:f}, y={turtle.y:f}]"
                self._log("warn", f"Oh no! I hit the wall! (Clamping from {where})")
