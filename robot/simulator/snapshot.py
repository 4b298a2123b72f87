"""The state of the simulated robot as plain data, for the maps that people look at."""

from typing import Any

from robot.simulator.canvas import SIDE, TrailPoint
from robot.simulator.guard_view import GuardView
from robot.simulator.server import Simulator


def snapshot(simulator: Simulator, guard: GuardView | None, drawn: dict[str, int]) -> dict[str, Any]:
    """Everything a map shows.

    Args:
        simulator: what is shown.
        guard: the guard in front of it, if one was named.
        drawn: for each turtle the number of the first trail point wanted; moved on to what was given.
    """
    world = simulator.world
    turtles: list[dict[str, Any]] = []
    for name, turtle in world.turtles.items():
        trail = turtle.trail
        start = max(drawn.get(name, 0), trail.first)
        points = trail.since(start)
        drawn[name] = start + len(points)
        turtles.append(
            {
                "name": name,
                "x": round(turtle.x, 4),
                "y": round(turtle.y, 4),
                "theta": round(turtle.theta, 4),
                "linear": round(turtle.velocity.forward, 4),
                "angular": round(turtle.velocity.turn, 4),
                "wall_hits": turtle.wall_hits,
                "turning": turtle.rotation is not None,
                "trail": {"first": trail.first, "start": start, "points": [_point(point) for point in points]},
            }
        )
    for name in drawn.keys() - world.turtles.keys():
        del drawn[name]
    return {
        "side": SIDE,
        "turtles": turtles,
        "halted": world.halted,
        "clients": len(simulator.connections),
        "rosbridge": simulator.url,
        "guard": None if guard is None else {"status": guard.status, "problem": guard.problem},
    }


def _point(point: TrailPoint) -> list[Any]:
    colour = None if point.colour is None else "#{:02x}{:02x}{:02x}".format(*point.colour)
    return [round(point.x, 3), round(point.y, 3), colour]
