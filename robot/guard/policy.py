"""What clients may write to, by name and type; reading is free. Nothing here knows about speed or state.

rosapi's reads are listed one by one: a service that a later rosapi adds is refused until somebody has looked at it.
"""

import re
from collections.abc import Callable
from fnmatch import translate
from typing import Any

from robot.frames import TWIST_PATHS, Frame, canonical_type
from robot.profile import RobotProfile
from robot.profile_reader import NAME

_ROSAPI_READS = frozenset(
    re.findall(
        r"\w+",
        """
    action_feedback_details action_goal_details action_result_details action_servers action_type get_param
    get_param_names describe_parameters get_ros_version get_time interfaces message_details node_details nodes
    publishers service_host service_node service_providers service_request_details service_response_details
    service_type services services_for_type subscribers topic_type topics topics_and_raw_types topics_for_type
    """,
    )
)
_ROSAPI_REFUSED = {
    "set_param": "it changes the robot's parameters",
    "delete_param": "it deletes the robot's parameters",
    "has_param": "it can crash rosapi; read the parameter instead",
}
_TYPE_READS = frozenset({"action_feedback_details", "action_goal_details", "action_result_details"})
"""Services of rosapi that crash it when asked about a type that does not exist."""
_NODE_READS = frozenset({"list_parameters", "get_parameters", "get_parameter_types", "describe_parameters"})
_LONGEST_SHOWN = 80


class Denied(Exception):
    """A frame that is not forwarded: a short code for counting, and a sentence that the model may read."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class TypeNotLookedUp(Exception):
    """The verdict depends on whether the robot knows a type, and nobody asked the robot yet."""


Known = Callable[[str], bool | None]
"""Whether the robot knows an interface type; None when it was not asked lately."""


def shown(value: object) -> str:
    """A client's word inside a sentence of ours, cut."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


class Policy:
    """The allow-lists of one profile."""

    def __init__(self, profile: RobotProfile) -> None:
        self._allow = profile.allow
        self._services = _matcher(profile.allow.services)
        self._actions = _matcher(profile.allow.actions)
        twists = {t: kind for t, kind in profile.allow.publish.items() if canonical_type(kind) in TWIST_PATHS}
        self.velocity_topics: dict[str, str] = {**twists, **profile.velocity}
        """Every allowed topic whose type carries a velocity, whether the profile calls it a velocity topic or not."""

    def check_publish(self, frame: Frame) -> str:
        """The topic of an allowed publish or advertise.

        Raises:
            Denied: the topic is not on the list, or the type is not the one on the list.
        """
        topic = frame.get("topic")
        expected = self._allow.publish.get(topic) if isinstance(topic, str) else None
        if not isinstance(topic, str) or expected is None:
            allowed = ", ".join(self._allow.publish) or "none"
            raise Denied("topic", f"publishing to {shown(topic)} is not allowed; allowed topics: {allowed}.")
        kind = frame.get("type", None if frame["op"] == "advertise" else expected)
        if not isinstance(kind, str) or canonical_type(kind) != canonical_type(expected):
            raise Denied("type", f"{topic} carries {expected}, not {shown(kind)}.")
        if topic in self.velocity_topics and frame.get("latch"):
            raise Denied("type", f"{topic} moves the robot and must not be latched.")
        return topic

    def is_read(self, frame: Frame, known: Known) -> bool:
        """Whether a service call only reads.

        Raises:
            Denied: a read that could harm the robot's own programs.
            TypeNotLookedUp: see there.
        """
        service = _name(frame, "service")
        node, _, last = service.rpartition("/")
        if node in ("/rosapi", "/rosapi_node"):
            if last in _TYPE_READS:
                self._check_type(_named_type(frame.get("args")), known)
            return last in _ROSAPI_READS
        kind = frame.get("type")
        return last in _NODE_READS and (kind is None or str(kind).startswith("rcl_interfaces/"))

    def check_service(self, frame: Frame) -> None:
        """Let a call through that does not only read.

        Raises:
            Denied: it is not on the list.
        """
        service = _name(frame, "service")
        node, _, last = service.rpartition("/")
        if node in ("/rosapi", "/rosapi_node") and last in _ROSAPI_REFUSED and service not in self._allow.services:
            raise Denied("service", f"{service} is refused: {_ROSAPI_REFUSED[last]}.")
        if not self._services(service):
            allowed = ", ".join(self._allow.services) or "none"
            raise Denied("service", f"calling {shown(service)} is not allowed; allowed services: {allowed}.")

    def check_goal(self, frame: Frame, known: Known) -> tuple[str, str]:
        """Action and id of an allowed goal.

        Raises:
            Denied: the action is not on the list, the robot does not know its type, or the goal has no id.
            TypeNotLookedUp: see there.
        """
        action, identifier = _name(frame, "action"), frame.get("id")
        if not self._actions(action):
            allowed = ", ".join(self._allow.actions) or "none"
            raise Denied("action", f"the action {shown(action)} is not allowed; allowed actions: {allowed}.")
        if not isinstance(identifier, str) or not identifier:
            raise Denied("goal", 'a goal needs an "id" in text, as it could not be cancelled without one.')
        self._check_type(frame.get("action_type"), known)
        return action, identifier

    def _check_type(self, kind: object, known: Known) -> None:
        if not isinstance(kind, str) or not kind:
            raise Denied("type", f"an action type like package/action/Name is needed, not {shown(kind)}.")
        answer = known(kind)
        if answer is None:
            raise TypeNotLookedUp(kind)
        if not answer:
            raise Denied("type", f"the robot does not know the type {shown(kind)}.")


def _named_type(args: Any) -> object:
    """`type` of a service's arguments, given by name or in order."""
    if isinstance(args, dict):
        return args.get("type")
    return args[0] if isinstance(args, list) and len(args) == 1 else None


def _name(frame: Frame, key: str) -> str:
    name = frame.get(key)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Denied("name", f'"{key}" must be a full name like /turtle1/name, not {shown(name)}.')
    return name


def _matcher(globs: tuple[str, ...]) -> Callable[[str], bool]:
    if not globs:
        return lambda _: False
    pattern = re.compile("|".join(translate(glob) for glob in globs))
    return lambda name: pattern.match(name) is not None
