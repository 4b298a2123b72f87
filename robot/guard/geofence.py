"""Where the robot is, and whether a velocity would carry it out of its rectangle.

The guard reads the position itself and lets nothing forward it cannot place: without a fresh position there is no
driving. Driving back inside and turning on the spot always pass.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from robot.guard.velocity import Velocity
from robot.profile import Geofence

STALE_S = 1.0
"""A position older than this is no position."""
MARGIN_S = 0.1
"""Looked ahead beyond the dead-man's time: what a stop needs to arrive."""


@dataclass(frozen=True, slots=True)
class Pose:
    """A position in metres, a heading in radians, and when it was read."""

    x: float
    y: float
    heading: float
    at: float


def read_pose(msg: object, at: float) -> Pose | None:
    """A pose from turtlesim's Pose, Odometry, Pose, PoseStamped or their kin; None when there is none in it."""
    inner = msg
    while isinstance(inner, dict) and "pose" in inner:
        inner = cast(dict[str, Any], inner)["pose"]
    if not isinstance(inner, dict):
        return None
    fields = cast(dict[str, Any], inner)
    place = fields.get("position", fields)
    try:
        pose = Pose(float(place["x"]), float(place["y"]), _heading(fields), at)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return pose if all(map(math.isfinite, (pose.x, pose.y, pose.heading))) else None


def _heading(fields: Mapping[str, Any]) -> float:
    if "orientation" not in fields:
        return float(fields["theta"])
    x, y, z, w = (float(fields["orientation"][axis]) for axis in "xyzw")
    return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))


class Fence:
    """A geofence and the last position."""

    def __init__(self, geofence: Geofence, deadman_s: float) -> None:
        self.geofence = geofence
        self.pose: Pose | None = None
        self._ahead_s = deadman_s + MARGIN_S

    def objection(self, velocity: Velocity, now: float) -> str | None:
        """Why this velocity must not be driven, as a sentence; None when it may."""
        if not any(velocity.linear):
            return None
        pose = self.pose
        if pose is None or now - pose.at > STALE_S:
            return f"the position on {self.geofence.source.topic} is unknown, so the geofence cannot be kept"
        cosine, sine = math.cos(pose.heading), math.sin(pose.heading)
        forward, left, _ = velocity.linear
        x = pose.x + (cosine * forward - sine * left) * self._ahead_s
        y = pose.y + (sine * forward + cosine * left) * self._ahead_s
        for name, ends, here, there in (("x", self.geofence.x, pose.x, x), ("y", self.geofence.y, pose.y, y)):
            if beyond(there, ends) > beyond(here, ends):
                return f"the geofence ends at {name} = {ends[there > ends[1]]:g}, the robot is at {here:.2f}"
        return None

    @property
    def outside(self) -> bool:
        """Whether the last known position lies outside."""
        pose = self.pose
        return pose is not None and (beyond(pose.x, self.geofence.x) > 0 or beyond(pose.y, self.geofence.y) > 0)


def beyond(value: float, ends: tuple[float, float]) -> float:
    """How far outside of the interval, metres; 0 inside."""
    return max(ends[0] - value, value - ends[1], 0.0)
