"""turtlesim's own services: spawn, kill, clear, reset, and the teleports and the pen of every turtle."""

import math

from robot.simulator.canvas import Pen
from robot.simulator.conversion import Message
from robot.simulator.services import Handler, Service, Table
from robot.simulator.turtle import Turtle
from robot.simulator.world import NODE, World


class TurtlesimServices:
    """The table of these services."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> Table:
        """The services as of now."""
        services = {
            "/clear": self._service("std_srvs/Empty", self._clear),
            "/reset": self._service("std_srvs/Empty", self._reset),
            "/kill": self._service("turtlesim/Kill", self._kill),
            "/spawn": self._service("turtlesim/Spawn", self._spawn),
        }
        for turtle in self._world.turtles.values():
            services |= self._of_turtle(turtle)
        return services

    def _of_turtle(self, turtle: Turtle) -> dict[str, Service]:
        world = self._world

        def set_pen(request: Message) -> Message:
            colour = (request["r"], request["g"], request["b"])
            turtle.set_pen(Pen(colour, request["width"] or Pen().width, on=not request["off"]))
            return {}

        def teleport_absolute(request: Message) -> Message:
            world.teleport(turtle, request["x"], request["y"], request["theta"])
            return {}

        def teleport_relative(request: Message) -> Message:
            theta, distance = turtle.theta + request["angular"], request["linear"]
            if math.isfinite(theta) and math.isfinite(distance):
                x, y = turtle.x + math.cos(theta) * distance, turtle.y + math.sin(theta) * distance
                world.teleport(turtle, x, y, theta)
            return {}

        return {
            f"/{turtle.name}/set_pen": self._service("turtlesim/SetPen", set_pen),
            f"/{turtle.name}/teleport_absolute": self._service("turtlesim/TeleportAbsolute", teleport_absolute),
            f"/{turtle.name}/teleport_relative": self._service("turtlesim/TeleportRelative", teleport_relative),
        }

    def _clear(self, _: Message) -> Message:
        self._world.clear()
        return {}

    def _reset(self, _: Message) -> Message:
        self._world.reset()
        return {}

    def _kill(self, request: Message) -> Message:
        self._world.kill(request["name"])
        return {}

    def _spawn(self, request: Message) -> Message:
        return {"name": self._world.spawn(request["name"], request["x"], request["y"], request["theta"])}

    def _service(self, type_name: str, handler: Handler) -> Service:
        return Service(type_name, NODE, handler)
