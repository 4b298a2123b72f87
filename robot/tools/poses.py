"""Where the robot is, whichever message says so.

A pose is read by its fields rather than by the name of its type: turtlesim's Pose, Pose2D, Odometry and the stamped
ones differ in nothing else that matters here, and ROS 1 and ROS 2 name them differently.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast


class UnreadableMessage(ValueError):
    """A message holds no pose, or no picture, in a form known here; the text says so in one sentence."""


@dataclass(frozen=True)
class Pose:
    """A place on the floor."""

    x: float
    """Metres."""
    y: float
    """Metres."""
    heading: float
    """Radians, counter-clockwise from the x axis, from -pi to pi."""

    def described(self) -> str:
        """`x 1.20 m, y 0.50 m, heading 90.0 degrees`."""
        return f"x {self.x:.2f} m, y {self.y:.2f} m, heading {math.degrees(self.heading):.1f} degrees"


def pose_in(message: Mapping[str, Any]) -> Pose:
    """The pose in a message.

    Raises:
        UnreadableMessage: there is none.
    """
    inner = message
    while isinstance(inner.get("pose"), dict):
        inner = cast(Mapping[str, Any], inner["pose"])
    place, heading = _plane(inner) if "theta" in inner else _space(inner)
    if not all(math.isfinite(value) for value in (*place, heading)):
        raise UnreadableMessage("the pose holds a value that is no number")
    return Pose(place[0], place[1], turned(heading))


def turned(angle: float) -> float:
    """The same direction, from -pi to pi."""
    return math.remainder(angle, 2 * math.pi)


def _plane(pose: Mapping[str, Any]) -> tuple[tuple[float, float], float]:
    return (_number(pose, "x"), _number(pose, "y")), _number(pose, "theta")


def _space(pose: Mapping[str, Any]) -> tuple[tuple[float, float], float]:
    position, quaternion = _object(pose, "position"), _object(pose, "orientation")
    x, y, z, w = (_number(quaternion, axis) for axis in "xyzw")
    heading = math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    return (_number(position, "x"), _number(position, "y")), heading


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    if not isinstance(value, dict):
        raise UnreadableMessage(f"the message has no {name}, so it is no pose that can be read here")
    return cast(Mapping[str, Any], value)


def _number(holder: Mapping[str, Any], name: str) -> float:
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableMessage(f"the pose has no number {name}")
    return float(value)
