"""What the guard's rules may do to the world: say something to the robot, and tell what happened.

Both return at once. The rules are plain functions of frames and time, so a test can run hours of them in a moment.
"""

from typing import Protocol

from robot.frames import Frame


class Outlet(Protocol):
    """The guard's own road to the robot, and its diary."""

    def send(self, frame: Frame) -> None:
        """A frame of the guard's own; lost when the robot is not connected."""
        ...

    def note(self, event: str, **facts: object) -> None:
        """An event for the black box and for whoever watches."""
        ...

    @property
    def connected(self) -> bool:
        """Whether a frame sent now would leave."""
        ...
