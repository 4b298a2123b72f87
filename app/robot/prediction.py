"""What a velocity command would do, reckoned before it is sent: for the person who approves it.

Plain dead reckoning over the limits of the profile. Acceleration is left out, so what is told is the most.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from robot.frames import TWIST_PATHS, canonical_type
from robot.profile import Limits, RobotProfile

_CLEARLY = 0.1
"""Metres or radians that no noise amounts to."""


@dataclass(frozen=True)
class Prediction:
    """Where velocities lead."""

    seconds: float
    linear: float
    """The most speed asked for, m/s, either way; infinite when it is no finite number."""
    angular: float
    """The most rate of turn asked for, rad/s."""
    path: float
    """Metres along the way, after the limits."""
    displacement: float
    """Metres from start to end, straight."""
    turn: float
    """Radians, counter-clockwise."""


def predict(messages: Sequence[Any], durations: Sequence[Any], type_name: str, limits: Limits) -> Prediction:
    """What a sequence of velocity messages comes to; what is no number counts as zero."""
    x = y = heading = path = most_linear = most_angular = total = 0.0
    for message, duration in zip(messages, durations, strict=False):
        seconds = duration if isinstance(duration, int | float) and math.isfinite(duration) else 0.0
        linear, angular = _velocity(message, type_name)
        most_linear = max(most_linear, _size(linear))
        most_angular = max(most_angular, _size(angular))
        forward, sideways, _ = _cut(linear, limits.linear)
        spin = _cut(angular, limits.angular)[2]
        middle = heading + spin * seconds / 2
        chord = _chord(spin * seconds) * seconds
        x += (forward * math.cos(middle) - sideways * math.sin(middle)) * chord
        y += (forward * math.sin(middle) + sideways * math.cos(middle)) * chord
        path += math.hypot(forward, sideways) * seconds
        heading += spin * seconds
        total += seconds
    return Prediction(total, most_linear, most_angular, path, math.hypot(x, y), heading)


def is_velocity_type(type_name: str) -> bool:
    """Whether messages of this type carry a velocity."""
    return canonical_type(type_name) in TWIST_PATHS


def _velocity(message: Any, type_name: str) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    inner = _object(message)
    for key in TWIST_PATHS[canonical_type(type_name)]:
        inner = _object(inner.get(key))
    return _axes(inner.get("linear")), _axes(inner.get("angular"))


def _axes(vector: Any) -> tuple[float, float, float]:
    values = _object(vector)
    x, y, z = (_number(values.get(axis)) for axis in "xyz")
    return x, y, z


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _object(value: Any) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}


def _size(axes: tuple[float, float, float]) -> float:
    return max(abs(value) if math.isfinite(value) else math.inf for value in axes)


def _cut(axes: tuple[float, float, float], limit: float) -> tuple[float, float, float]:
    x, y, z = (max(-limit, min(limit, value)) if math.isfinite(value) else 0.0 for value in axes)
    return x, y, z


def _chord(angle: float) -> float:
    """The straight way over the way along an arc."""
    return math.sin(angle / 2) / (angle / 2) if abs(angle) > 1e-9 else 1.0


def leads_somewhere(arguments: Mapping[str, Any], profile: RobotProfile) -> bool:
    """Whether publishing these velocities must show as another pose at the end; a full circle need not."""
    kind = profile.velocity.get(str(arguments.get("topic")))
    messages, durations = arguments.get("messages"), arguments.get("durations")
    if kind is None or not isinstance(messages, list) or not isinstance(durations, list):
        return False
    found = predict(cast(list[Any], messages), cast(list[Any], durations), kind, profile.limits)
    return found.displacement > _CLEARLY or abs(math.remainder(found.turn, 2 * math.pi)) > _CLEARLY
