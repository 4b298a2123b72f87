"""What is known about one robot: where it is, what it may do, how fast. Read from `robots/<name>.yaml`.

Written as plain dataclasses and checked by hand, because the guard must start with `websockets` and PyYAML alone.
An unknown key is an error: a misspelt limit must never mean "no limit".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from robot.frames import TWIST_PATHS, canonical_type
from robot.profile_reader import ProfileError, Section

__all__ = ["Address", "Allow", "Geofence", "GuardPorts", "Limits", "ProfileError", "RobotProfile", "Topic"]
__all__ += ["find_profile", "load_profile"]

_ROOT = Path(__file__).parent.parent
_SHIPPED = (_ROOT / "robots", _ROOT / "app" / "defaults" / "robots")
"""In a checkout, and in a wheel."""


@dataclass(frozen=True)
class Address:
    """Where a server listens."""

    host: str = "127.0.0.1"
    port: int = 9090

    @property
    def url(self) -> str:
        """The websocket address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ws://{host}:{self.port}"


@dataclass(frozen=True)
class GuardPorts:
    """Where the guard listens; port 0 takes a free one."""

    port: int = 9091
    control_port: int = 0


@dataclass(frozen=True)
class Limits:
    """What a command is cut down to."""

    linear: float
    """Most speed, m/s."""
    angular: float
    """Most rate of turn, rad/s."""
    linear_acceleration: float
    """Most gain of speed, m/s^2; slowing down is never limited."""
    angular_acceleration: float
    """Most gain of rate of turn, rad/s^2."""
    duration_s: float
    """Longest movement without a stop, seconds."""
    rate_hz: float
    """Most messages a second on one topic."""


@dataclass(frozen=True)
class Topic:
    """A topic and the type of its messages."""

    topic: str
    type: str


@dataclass(frozen=True)
class Geofence:
    """A rectangle that the robot is kept in, in the frame of the topic its position is read from."""

    x: tuple[float, float]
    y: tuple[float, float]
    source: Topic


@dataclass(frozen=True)
class Allow:
    """What clients may write to; reading is free."""

    publish: Mapping[str, str]
    """Topic to message type; the velocity topics are among them."""
    services: tuple[str, ...]
    """Globs of service names; `*` also matches a slash."""
    actions: tuple[str, ...]
    """Globs of action names."""


@dataclass(frozen=True)
class RobotProfile:
    """One robot."""

    name: str
    rosbridge: Address
    guard: GuardPorts
    limits: Limits
    deadman_s: float
    """Silence after which a movement is ended, seconds."""
    geofence: Geofence | None
    allow: Allow
    velocity: Mapping[str, str]
    """Topics that move the robot, to their type: geometry_msgs Twist or TwistStamped."""
    pose: Topic | None
    cameras: Mapping[str, str]
    """A name for people to the topic of the images."""
    frames: Mapping[str, str]
    """Names of coordinate frames: what for, to which."""
    prompt: str
    """What a model should know about this robot."""

    def at(self, rosbridge: Address, guard: GuardPorts) -> "RobotProfile":
        """The same robot at another address."""
        return replace(self, rosbridge=rosbridge, guard=guard)


def find_profile(name: str) -> Path:
    """The file of a profile: a path, or the name of one that came with us.

    Raises:
        ProfileError: there is neither; it lists the names there are.
    """
    if Path(name).is_file():
        return Path(name)
    shipped = {path.stem: path for folder in _SHIPPED for path in sorted(folder.glob("*.yaml"))}
    if name in shipped:
        return shipped[name]
    raise ProfileError(f"there is no robot profile {name}; give a path, or one of: {', '.join(shipped)}")


def load_profile(path: str | Path) -> RobotProfile:
    """Read a profile.

    Raises:
        ProfileError: the file cannot be read, or a value is missing, unknown or not allowed; it names the key.
    """
    import yaml  # every door knows this module, few runs have a robot

    place = Path(path)
    try:
        content: object = yaml.safe_load(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"cannot read the robot profile {place}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProfileError(f"{place} is not YAML: {' '.join(str(error).split())}") from None
    return _profile(Section(content, file=str(place)))


def _profile(top: Section) -> RobotProfile:
    velocity = _velocity(top)
    pose = _topic(top.section("pose")) if top.has("pose") else None
    profile = RobotProfile(
        name=top.word("name"),
        rosbridge=_address(top.section("rosbridge")),
        guard=_guard(top.section("guard")),
        limits=_limits(top.section("limits")),
        deadman_s=top.number("deadman_s", default=0.4, at_least=0.1, at_most=0.5),
        geofence=_geofence(top.section("geofence"), pose) if top.has("geofence") else None,
        allow=_allow(top.section("allow"), velocity),
        velocity=velocity,
        pose=pose,
        cameras=top.names("cameras"),
        frames=top.names("frames"),
        prompt=top.text("prompt", default=""),
    )
    top.close()
    return profile


def _address(section: Section) -> Address:
    read = Address(section.text("host", default="127.0.0.1"), section.port("port", default=9090))
    section.close()
    return read


def _guard(section: Section) -> GuardPorts:
    read = GuardPorts(section.port("port", default=9091), section.port("control_port", default=0))
    section.close()
    return read


def _limits(section: Section) -> Limits:
    names = ("linear", "angular", "linear_acceleration", "angular_acceleration", "duration_s", "rate_hz")
    read = Limits(**{name: section.number(name, at_least=0.0) for name in names})
    section.close()
    return read


def _velocity(top: Section) -> Mapping[str, str]:
    topics = top.topics("velocity")
    for topic, type_name in topics.items():
        if canonical_type(type_name) not in TWIST_PATHS:
            top.refuse(f"velocity.{topic}", f"one of {', '.join(TWIST_PATHS)}", type_name)
    return topics


def _topic(section: Section) -> Topic:
    read = Topic(section.topic("topic"), section.type_name("type"))
    section.close()
    return read


def _geofence(section: Section, pose: Topic | None) -> Geofence:
    source = _topic(section.section("source")) if section.has("source") else pose
    if source is None:
        section.refuse("source", "a topic and a type, as the profile names no pose", None)
    fence = Geofence(section.interval("x"), section.interval("y"), source)
    section.close()
    return fence


def _allow(section: Section, velocity: Mapping[str, str]) -> Allow:
    publish = {**section.topics("publish"), **velocity}
    read = Allow(publish, section.globs("services"), section.globs("actions"))
    section.close()
    return read
