"""What a guard says of its robot, as a few lines for people; `--json` prints the answer itself."""

from typing import Any

from robot.control import GuardEndpoint

_COLUMN = 12
_UNITS = (("linear", "m/s"), ("angular", "rad/s"), ("duration_s", "s a movement"), ("rate_hz", "messages a second"))


def render_report(guard: GuardEndpoint, status: dict[str, Any]) -> list[str]:
    """The lines of one robot."""
    reason = f" ({status['reason']})" if status["reason"] else ""
    state = "EMERGENCY STOP" if status["state"] == "estop" else status["state"]
    rows = {
        "moving": _moving(status),
        "pose": _pose(status["pose"]),
        "rosbridge": f"{status['rosbridge']}, {'connected' if status['connected'] else 'NOT CONNECTED'}",
        "guard": f"{guard.rosbridge_url}, process {guard.pid}, mode {status['mode']}",
        "limits": _limits(status["limits"]),
        "since start": ", ".join(f"{name} {count}" for name, count in status["counters"].items()) or "nothing",
    }
    lines = [f"  {name.ljust(_COLUMN)} {text}" for name, text in rows.items() if text]
    return [f"{guard.profile}: {state}{reason}", *lines]


def _moving(status: dict[str, Any]) -> str:
    velocities = [f"{topic} at {velocity}" for topic, velocity in status["velocity"].items()]
    goals = [f"goal of {action}" for action in status["goals"]]
    return ", ".join([*velocities, *goals]) or "no"


def _pose(pose: dict[str, float] | None) -> str:
    if pose is None:
        return "not known"
    return f"x {pose['x']:.2f}, y {pose['y']:.2f}, heading {pose['heading']:.2f} rad, {pose['age_s']:.1f} s ago"


def _limits(limits: dict[str, float]) -> str:
    return ", ".join([*(f"{limits[name]:g} {unit}" for name, unit in _UNITS), f"dead-man {limits['deadman_s']:g} s"])
