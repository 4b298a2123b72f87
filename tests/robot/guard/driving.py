"""The guard's rules without a network, on a clock that a test turns by hand."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from robot import frames
from robot.frames import Frame
from robot.guard.judge import Judge, Ruling
from robot.guard.safety import Mode, Safety
from robot.profile import RobotProfile, find_profile, load_profile

CMD_VEL = "/turtle1/cmd_vel"
TYPES = {"turtlesim/action/RotateAbsolute"}


def turtlesim(**changes: Any) -> RobotProfile:
    """The shipped profile without a geofence and with hardly any limit to acceleration, and with changes."""
    profile = load_profile(find_profile("turtlesim"))
    limits = replace(profile.limits, linear_acceleration=1e9, angular_acceleration=1e9)
    return replace(profile, **({"limits": limits, "geofence": None} | changes))


def publishing(**topics: str) -> RobotProfile:
    """The shipped profile with more topics on its list; `base_cmd` is /base_cmd."""
    profile = turtlesim()
    publish = {**profile.allow.publish, **{f"/{name}": kind for name, kind in topics.items()}}
    return replace(profile, allow=replace(profile.allow, publish=publish))


def with_limits(profile: RobotProfile | None = None, **limits: float) -> RobotProfile:
    profile = profile or turtlesim()
    return replace(profile, limits=replace(profile.limits, **limits))


def move(linear: object = 0.0, angular: object = 0.0, topic: str = CMD_VEL) -> Frame:
    return frames.publish(topic, {"linear": {"x": linear}, "angular": {"z": angular}})


@dataclass
class Outbox:
    """What the guard itself sent and noted."""

    frames: list[Frame] = field(default_factory=list[Frame])
    events: list[str] = field(default_factory=list[str])
    connected: bool = True

    def send(self, frame: Frame) -> None:
        self.frames.append(frame)

    def note(self, event: str, **facts: object) -> None:
        self.events.append(event)


class Drive:
    """A judge and a safety with a clock."""

    def __init__(self, profile: RobotProfile | None = None, *, mode: Mode = "normal", held: bool = False) -> None:
        self.outbox = Outbox()
        self.safety = Safety(profile or turtlesim(), self.outbox, mode=mode, held=held)
        self.judge = Judge(self.safety)
        self.now = 1000.0

    def send(self, frame: Frame | str, client: int = 1, known: set[str] | None = None) -> Ruling:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        types = TYPES if known is None else known
        return self.judge.judge(client, text, self.now, lambda name: name in types)

    def sent(self, frame: Frame | str, client: int = 1) -> Frame | None:
        """What the robot gets of it."""
        forward = self.send(frame, client).forward
        return None if forward is None else json.loads(forward)

    def speed(self, linear: object, client: int = 1) -> float | None:
        """Forward speed that the robot gets of a command; None when it gets none."""
        sent = self.sent(move(linear), client)
        return None if sent is None else sent["msg"]["linear"]["x"]

    def wait(self, seconds: float) -> None:
        """Let time pass, with the guard's beat."""
        until = self.now + seconds
        while self.now + 0.05 <= until + 1e-9:
            self.now += 0.05
            self.safety.beat(self.now)
        self.now = until

    @property
    def zeros(self) -> list[str]:
        """Topics the guard sent a zero to, in order."""
        return [frame["topic"] for frame in self.outbox.frames if frame["op"] == "publish"]

    @property
    def cancelled(self) -> list[str]:
        return [frame["id"] for frame in self.outbox.frames if frame["op"] == "cancel_action_goal"]
