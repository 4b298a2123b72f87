"""rosbridge v2 on the wire: the one codec that guard, simulator and clients share.

A frame is a JSON object with a string `op`. Frames stay plain dicts: the guard forwards text that it did not
change, so a typed model of every operation would only be built to be thrown away.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

Frame = dict[str, Any]
"""A decoded frame: a JSON object whose `op` is a string."""

STATUS_SUCCEEDED = 4
STATUS_CANCELED = 5
STATUS_ABORTED = 6

TWIST_PATHS: Mapping[str, tuple[str, ...]] = {
    "geometry_msgs/msg/Twist": (),
    "geometry_msgs/msg/TwistStamped": ("twist",),
}
"""Message types that carry a velocity, and where in the message it lies."""


class BadFrame(ValueError):
    """The text is no rosbridge frame; the message is the reason, as a sentence without a full stop."""


def decode(text: str | bytes, *, unique: bool = False) -> Frame:
    """Read one frame. NaN and Infinity are read as Python reads them.

    Args:
        text: what came over the websocket.
        unique: refuse objects that name a key twice, which two parsers may read as two different frames.

    Raises:
        BadFrame: it is not a JSON object with a string `op`.
    """
    try:
        value = json.loads(text, object_pairs_hook=_only_once) if unique else json.loads(text)
    except BadFrame:
        raise
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"this is not JSON ({error})") from None
    if not isinstance(value, dict):
        raise BadFrame("a frame is a JSON object")
    frame = cast(Frame, value)
    if not isinstance(frame.get("op"), str):
        raise BadFrame('a frame has a string "op"')
    return frame


def _only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise BadFrame("a key is named twice in one object")
    return read


def encode(frame: Mapping[str, Any]) -> str:
    """The text of a frame, without needless spaces."""
    return json.dumps(frame, separators=(",", ":"))


def canonical_type(name: str) -> str:
    """The ROS 2 spelling of a message type: `geometry_msgs/Twist` is `geometry_msgs/msg/Twist`."""
    package, slash, rest = name.partition("/")
    return f"{package}/msg/{rest}" if slash and "/" not in rest else name


def _with_id(frame: Frame, identifier: object) -> Frame:
    """Rosbridge echoes an id exactly when the request had one."""
    return frame if identifier is None else frame | {"id": identifier}


def advertise(topic: str, type_name: str) -> Frame:
    """Announce that this connection will publish."""
    return {"op": "advertise", "topic": topic, "type": type_name}


def unadvertise(topic: str) -> Frame:
    """End an announcement."""
    return {"op": "unadvertise", "topic": topic}


def publish(topic: str, msg: Mapping[str, Any]) -> Frame:
    """A message on a topic; the same frame goes up from a client and down to a subscriber."""
    return {"op": "publish", "topic": topic, "msg": dict(msg)}


def subscribe(topic: str, type_name: str | None = None, *, throttle_rate: int = 0, queue_length: int = 0) -> Frame:
    """Ask for a topic; `throttle_rate` is the least time between two messages, in milliseconds."""
    frame: Frame = {"op": "subscribe", "topic": topic, "throttle_rate": throttle_rate, "queue_length": queue_length}
    return frame if type_name is None else frame | {"type": type_name}


def unsubscribe(topic: str) -> Frame:
    """Stop asking for a topic."""
    return {"op": "unsubscribe", "topic": topic}


def call_service(
    service: str, args: Mapping[str, Any], *, identifier: str | None = None, type_name: str | None = None
) -> Frame:
    """Ask a service."""
    frame: Frame = {"op": "call_service", "service": service, "args": dict(args)}
    return _with_id(frame if type_name is None else frame | {"type": type_name}, identifier)


def service_response(service: str, values: object, *, result: bool, identifier: object = None) -> Frame:
    """A service's answer; when `result` is false, `values` is the reason as a string."""
    return _with_id({"op": "service_response", "service": service, "values": values, "result": result}, identifier)


def send_action_goal(action: str, action_type: str, args: Mapping[str, Any], *, identifier: str) -> Frame:
    """Start an action, with feedback."""
    frame: Frame = {"op": "send_action_goal", "id": identifier, "action": action, "action_type": action_type}
    return frame | {"args": dict(args), "feedback": True}


def cancel_action_goal(action: str, identifier: str) -> Frame:
    """Ask a running action to end."""
    return {"op": "cancel_action_goal", "id": identifier, "action": action}


def action_feedback(action: str, identifier: object, values: Mapping[str, Any]) -> Frame:
    """How far an action has come."""
    return _with_id({"op": "action_feedback", "action": action, "values": dict(values)}, identifier)


def action_result(action: str, identifier: object, values: object, *, status: int, result: bool) -> Frame:
    """How an action ended: `status` is STATUS_SUCCEEDED, STATUS_CANCELED or STATUS_ABORTED."""
    frame: Frame = {"op": "action_result", "action": action, "values": values, "status": status, "result": result}
    return _with_id(frame, identifier)


def status(level: str, msg: str, *, identifier: object = None) -> Frame:
    """A remark that answers nothing: `level` is info, warning or error. Real rosbridge hardly ever sends one."""
    return _with_id({"op": "status", "level": level, "msg": msg}, identifier)


def twist(linear: float = 0.0, angular: float = 0.0, *, type_name: str = "geometry_msgs/msg/Twist") -> dict[str, Any]:
    """A velocity message: forward in m/s, counter-clockwise in rad/s, in the shape of its type.

    Raises:
        KeyError: the type carries no velocity.
    """
    value: dict[str, Any] = {
        "linear": {"x": linear, "y": 0.0, "z": 0.0},
        "angular": {"x": 0.0, "y": 0.0, "z": angular},
    }
    for key in reversed(TWIST_PATHS[canonical_type(type_name)]):
        value = {key: value}
    return value
