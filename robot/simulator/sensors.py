"""The topics of the robot itself: what it measures and publishes, and where it takes velocities."""

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from robot.simulator.camera import compressed_message, image_message
from robot.simulator.conversion import Message, header
from robot.simulator.interfaces import Interfaces
from robot.simulator.topics import Topic, Topics
from robot.simulator.turtle import STEP, Turtle, Velocity
from robot.simulator.world import NODE, World

IMAGE = "/camera/image_raw"
COMPRESSED = "/camera/image_raw/compressed"

_EVERY_STEP = 1 / STEP
_ODOMETRY_RATE = 30.0
_CAMERA_RATE = 10.0


@dataclass
class Source:
    """Something published at a rate, Hz, while anybody listens."""

    topic: str
    rate: float
    message: Callable[[], Message]
    due: float = float("-inf")


class Sensors:
    """All sources of the robot.

    Args:
        interfaces: the types that exist.
        world: what is measured.
        topics: where it is published.
        rates: rates in Hz that differ from the usual ones, by topic.
    """

    def __init__(self, interfaces: Interfaces, world: World, topics: Topics, rates: dict[str, float]) -> None:
        self._interfaces = interfaces
        self._world = world
        self._topics = topics
        self._rates = rates
        self._sources: dict[str, list[Source]] = {}
        flavour = interfaces.flavour
        self._add_sources(
            "",
            [
                (Source(IMAGE, _CAMERA_RATE, lambda: image_message(world, flavour)), "sensor_msgs/Image"),
                (
                    Source(COMPRESSED, _CAMERA_RATE, lambda: compressed_message(world, flavour)),
                    "sensor_msgs/CompressedImage",
                ),
            ],
        )

    def publish(self, now: float) -> None:
        """Publish what is due and wanted."""
        for source in self._all():
            if now >= source.due and self._topics.wanted(source.topic):
                period = 1 / source.rate
                source.due = source.due + period if source.due > now - period else now + period
                self._topics.emit(source.topic, source.message())

    def add(self, turtle: Turtle) -> None:
        """Declare the topics of a turtle."""
        name, flavour = turtle.name, self._interfaces.flavour
        sources = [
            (Source(f"/{name}/pose", _EVERY_STEP, lambda: _pose(turtle)), "turtlesim/Pose"),
            (Source(f"/{name}/color_sensor", _EVERY_STEP, lambda: self._colour(turtle)), "turtlesim/Color"),
            (
                Source(f"/{name}/odom", _ODOMETRY_RATE, lambda: _odometry(turtle, header(flavour, "odom"))),
                "nav_msgs/Odometry",
            ),
        ]
        self._add_sources(name, sources)
        self._declare_command(name, "cmd_vel", "geometry_msgs/Twist", lambda message: message)
        self._declare_command(name, "cmd_vel_stamped", "geometry_msgs/TwistStamped", lambda message: message["twist"])

    def remove(self, name: str) -> None:
        """Withdraw the topics of a turtle."""
        for source in self._sources.pop(name, []):
            self._topics.withdraw(source.topic)
        for topic in ("cmd_vel", "cmd_vel_stamped"):
            self._topics.withdraw(f"/{name}/{topic}")

    def _all(self) -> Iterator[Source]:
        return (source for sources in self._sources.values() for source in sources)

    def _add_sources(self, owner: str, sources: list[tuple[Source, str]]) -> None:
        for source, type_name in sources:
            source.rate = self._rates.get(source.topic, source.rate)
            full = self._interfaces.type_name(type_name)
            self._topics.declare(Topic(source.topic, full, publishers=frozenset({NODE})))
        self._sources[owner] = [source for source, _ in sources]

    def _declare_command(self, name: str, topic: str, type_name: str, twist: Callable[[Message], Message]) -> None:
        def on_message(message: Message) -> None:
            command = twist(message)
            linear, angular = command["linear"], command["angular"]
            self._world.command(name, Velocity(linear["x"], linear["y"], angular["z"]))

        full = self._interfaces.type_name(type_name)
        self._topics.declare(Topic(f"/{name}/{topic}", full, listeners=frozenset({NODE}), on_message=on_message))

    def _colour(self, turtle: Turtle) -> Message:
        colour = self._world.canvas.colour_at(turtle.x, turtle.y) or self._world.background
        return dict(zip("rgb", colour, strict=True))


def _pose(turtle: Turtle) -> Message:
    speed = turtle.velocity.forward
    return {
        "x": float32(turtle.x),
        "y": float32(turtle.y),
        "theta": float32(turtle.theta),
        "linear_velocity": float32(speed),
        "angular_velocity": float32(turtle.velocity.turn),
    }


def _odometry(turtle: Turtle, head: Message) -> Message:
    half = turtle.theta / 2
    velocity = turtle.velocity
    return {
        "header": head,
        "child_frame_id": f"{turtle.name}/base_link",
        "pose": {
            "pose": {
                "position": {"x": turtle.x, "y": turtle.y, "z": 0.0},
                "orientation": {"x": 0.0, "y": 0.0, "z": math.sin(half), "w": math.cos(half)},
            },
            "covariance": [0.0] * 36,
        },
        "twist": {
            "twist": {
                "linear": {"x": velocity.forward, "y": 0.0, "z": 0.0},
                "angular": {"x": 0.0, "y": 0.0, "z": velocity.turn},
            },
            "covariance": [0.0] * 36,
        },
    }


def float32(value: float) -> float:
    """The nearest number that a float32 field can hold."""
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.copysign(3.4028234663852886e38, value)
