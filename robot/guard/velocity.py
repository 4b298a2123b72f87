"""Velocities inside messages: read by message type, cut to the limits, written back.

What is no number is refused, because rosbridge would drop the message in silence; NaN and infinity become zero.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from robot.frames import TWIST_PATHS, canonical_type
from robot.profile import Limits

Axes = tuple[float, float, float]
"""x, y, z."""
_AXES = ("x", "y", "z")
_STILL: Axes = (0.0, 0.0, 0.0)
SHORTEST_STEP_S = 0.1
"""The most time a single message may claim for gaining speed: one standing start is worth one step at 10 Hz."""


class BadVelocity(ValueError):
    """The message has not the shape of its type; the message is the reason, as a sentence without a full stop."""


@dataclass(frozen=True, slots=True)
class Velocity:
    """Metres and radians a second, in the robot's own frame."""

    linear: Axes = _STILL
    angular: Axes = _STILL

    @property
    def is_zero(self) -> bool:
        """Whether it asks for a stop."""
        return not any(self.linear) and not any(self.angular)

    def __str__(self) -> str:
        parts = (("linear", self.linear), ("angular", self.angular))
        moving = [f"{n}.{a} {v:g}" for n, axes in parts for a, v in zip(_AXES, axes, strict=True) if v]
        return ", ".join(moving) or "zero"


ZERO = Velocity()


def read_velocity(msg: object, type_name: str) -> Velocity:
    """The velocity as it was written; NaN and infinities are still in it.

    Raises:
        BadVelocity: a part is no object, a value no number, or a field is not one of this type.
    """
    for key in TWIST_PATHS[canonical_type(type_name)]:
        msg = _object(msg, type_name, {key, "header"}).get(key)
    twist = _object(msg, "Twist", {"linear", "angular"})
    return Velocity(_read_axes(twist, "linear"), _read_axes(twist, "angular"))


def _object(value: object, what: str, fields: set[str]) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadVelocity(f"{what} must be an object")
    found = cast(dict[str, Any], value)
    for name in found.keys() - fields:
        raise BadVelocity(f"{what} has no field {name[:40]!r}")
    return found


def _read_axes(twist: Mapping[str, Any], part: str) -> Axes:
    vector = _object(twist.get(part), part, set(_AXES))
    x, y, z = (_number(vector.get(axis, 0.0), f"{part}.{axis}") for axis in _AXES)
    return x, y, z


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadVelocity(f"{where} must be a number")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def write_velocity(msg: Mapping[str, Any], type_name: str, velocity: Velocity) -> dict[str, Any]:
    """The message with another velocity; a header stays."""
    path = TWIST_PATHS[canonical_type(type_name)]
    value: dict[str, Any] = {
        "linear": dict(zip(_AXES, velocity.linear, strict=True)),
        "angular": dict(zip(_AXES, velocity.angular, strict=True)),
    }
    return {**msg, path[0]: value} if path else value


def limited(velocity: Velocity, limits: Limits) -> Velocity:
    """No axis and no vector beyond the limit; what is not finite becomes zero."""
    return Velocity(_limited(velocity.linear, limits.linear), _limited(velocity.angular, limits.angular))


def _limited(axes: Axes, limit: float) -> Axes:
    x, y, z = (max(-limit, min(limit, value)) if math.isfinite(value) else 0.0 for value in axes)
    length = math.hypot(x, y, z)
    scale = limit / length if length > limit else 1.0
    return (x * scale, y * scale, z * scale) if scale < 1.0 else (x, y, z)


def accelerated(velocity: Velocity, before: Velocity, limits: Limits, seconds: float) -> Velocity:
    """What can be reached from `before` in that time. Slowing down is free, so that a stop is always a stop."""
    step = min(max(seconds, 0.0), SHORTEST_STEP_S)
    linear = _reached(velocity.linear, before.linear, limits.linear_acceleration * step)
    return Velocity(linear, _reached(velocity.angular, before.angular, limits.angular_acceleration * step))


def _reached(wanted: Axes, before: Axes, gain: float) -> Axes:
    x, y, z = (_reached_axis(new, old, gain) for new, old in zip(wanted, before, strict=True))
    return x, y, z


def _reached_axis(wanted: float, before: float, gain: float) -> float:
    same_way = wanted * before > 0
    most = (abs(before) if same_way else 0.0) + gain
    return wanted if abs(wanted) <= most else math.copysign(most, wanted)
