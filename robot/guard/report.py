"""What a guard says about its robot: for the agent's results, for `status`, for a page that shows it."""

from dataclasses import asdict
from typing import Any

from robot.guard.safety import Safety


def render_status(safety: Safety, now: float) -> dict[str, Any]:
    """State, what moves, limits and counters, as plain JSON."""
    pose = safety.fence.pose if safety.fence else None
    return {
        "profile": safety.profile.name,
        "state": safety.state,
        "reason": safety.estop_reason or safety.hold_reason or "",
        "mode": safety.mode,
        "moving": safety.moving,
        "velocity": {stream.topic: str(stream.velocity) for stream in safety.streams.moving},
        "goals": [goal.action for goal in safety.goals.running],
        "pose": pose and {"x": pose.x, "y": pose.y, "heading": pose.heading, "age_s": round(now - pose.at, 3)},
        "limits": {**asdict(safety.profile.limits), "deadman_s": safety.profile.deadman_s},
        "counters": dict(safety.counts),
    }
