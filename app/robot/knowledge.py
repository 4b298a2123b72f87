"""What is known of the tools that move a robot: what their schemas leave open, and what a person should read first.

One class for each tool that writes. Of one that nobody here knows, nobody can say how far it moves the robot: allowing
it for longer means that very call, and never for good.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast

from app.robot.prediction import Prediction, is_velocity_type, predict
from graphs.argument_limit import ArgumentLimit
from graphs.toolset import CallKnowledge
from robot.frames import TWIST_PATHS, canonical_type
from robot.profile import RobotProfile

LEAST_RATE = 5.0
"""Messages a second: below that the guard's dead-man ends a movement between two of them."""
LONGEST_WAIT = 100.0
"""Seconds that a call may be told to wait; ros-mcp is deaf meanwhile."""
MOST_MESSAGES, MOST_IMAGES = 5, 2
FULL_TURN = 360

Arguments = Mapping[str, Any]


def knowledge_of(
    tool: str, profile: RobotProfile, *, read_only: bool = False, names: Iterable[str] = ()
) -> CallKnowledge | None:
    """What is known of a tool.

    Args:
        tool: the server's own name for it.
        profile: of the robot.
        read_only: whether it only reads; of such a tool with another name nothing need be known.
        names: of its arguments.
    """
    known = {
        "publish_for_durations": PublishKnowledge,
        "subscribe_once": SubscribeKnowledge,
        "subscribe_for_duration": SubscribeKnowledge,
        "send_action_goal": GoalKnowledge,
        "call_service": ServiceKnowledge,
        "set_parameter": ParameterKnowledge,
        "drive": DriveKnowledge,
        "turn": TurnKnowledge,
    }.get(tool)
    if known:
        return known(profile)
    return None if read_only else OtherKnowledge(profile, tuple(names))


@dataclass(frozen=True)
class _Knowledge:
    """Nothing in particular; the tools below say more."""

    profile: RobotProfile

    def complaint(self, arguments: Arguments) -> str | None:
        return None

    def denial(self, arguments: Arguments) -> str | None:
        return None

    def describe(self, arguments: Arguments) -> str:
        return ""

    def grant_limits(self, arguments: Arguments) -> Mapping[str, ArgumentLimit]:
        return {}


class PublishKnowledge(_Knowledge):
    """publish_for_durations: whatever a topic carries, velocities above all."""

    def complaint(self, arguments: Arguments) -> str | None:
        """Names, lengths, times and rate."""
        messages, durations = _items(arguments, "messages"), _items(arguments, "durations")
        longest = self.profile.limits.duration_s
        if missing := _missing(arguments, "topic", "msg_type"):
            return missing
        if not messages or len(messages) != len(durations):
            return "messages and durations are lists of the same length, with at least one item each."
        if not all(isinstance(message, dict) for message in messages):
            return "each of messages is an object with the fields of msg_type."
        if not all(_is_time(seconds) for seconds in durations):
            return "each of durations is a number of seconds, 0 or more."
        if mistake := self._type_mistake(arguments):
            return mistake
        if math.fsum(durations) > longest:
            return f"durations add up to {math.fsum(durations):g} s; at most {longest:g} s in one call are allowed."
        return self._rate_complaint(arguments)

    def denial(self, arguments: Arguments) -> str | None:
        """Topics that the guard will not let through."""
        topic, allowed = str(arguments.get("topic")), self.profile.allow.publish
        if topic in allowed:
            return None
        return f"the robot's guard lets nothing be published on {topic!r}. Allowed: {', '.join(allowed) or 'no topic'}"

    def describe(self, arguments: Arguments) -> str:
        """Topic, type and time; for velocities also speed, what the guard will cut and where it leads."""
        kind, rate = str(arguments.get("msg_type")), arguments.get("rate_hz") or 0
        durations = [value for value in _items(arguments, "durations") if _is_time(value)]
        how = f"at {rate:g} Hz" if rate else "each message once"
        lines = [f"{arguments.get('topic')} ({kind}), {math.fsum(durations):g} s, {how}"]
        if is_velocity_type(kind):
            found = predict(_items(arguments, "messages"), durations, kind, self.profile.limits)
            lines += _described(found, self.profile)
        return "\n".join(lines)

    def grant_limits(self, arguments: Arguments) -> Mapping[str, ArgumentLimit]:
        """The same topic and type, and velocities that the guard need not cut."""
        limits = self.profile.limits
        same = {name: ArgumentLimit(one_of=(arguments.get(name),)) for name in ("topic", "msg_type")}
        kind = str(arguments.get("msg_type"))
        path = ".".join(("messages", *TWIST_PATHS.get(canonical_type(kind), ())))
        speeds = {
            f"{path}.{part}.{axis}": ArgumentLimit(min=-most, max=most)
            for part, most in (("linear", limits.linear), ("angular", limits.angular))
            for axis in "xyz"
        }
        times = {"durations": ArgumentLimit(min=0, max=limits.duration_s)}
        return {**same, **times, **(speeds if is_velocity_type(kind) else {})}

    def _type_mistake(self, arguments: Arguments) -> str | None:
        topic, kind = str(arguments.get("topic")), str(arguments.get("msg_type"))
        expected = self.profile.allow.publish.get(topic, kind)
        if canonical_type(kind) != canonical_type(expected):
            return f"msg_type of {topic} is {expected}, not {kind}."
        return None

    def _rate_complaint(self, arguments: Arguments) -> str | None:
        rate, most = arguments.get("rate_hz", 0), self.profile.limits.rate_hz
        if not _is_time(rate) or rate > most:
            return f"rate_hz is a number from 0 to {most:g}."
        moves = arguments.get("topic") in self.profile.velocity or is_velocity_type(str(arguments.get("msg_type")))
        if moves and rate < LEAST_RATE:
            return f"a velocity is published at rate_hz {LEAST_RATE:g} or more; 10 is usual."
        return None


class SubscribeKnowledge(_Knowledge):
    """subscribe_once and subscribe_for_duration."""

    def complaint(self, arguments: Arguments) -> str | None:
        """Names, and how much may come back."""
        if missing := _missing(arguments, "topic", "msg_type"):
            return missing
        for name in ("timeout", "duration"):
            if (seconds := arguments.get(name)) is not None and not (_is_time(seconds) and seconds <= LONGEST_WAIT):
                return f"{name} is a number of seconds up to {LONGEST_WAIT:g}."
        most = self.most_messages(arguments)
        if (asked := arguments.get("max_messages")) is not None and not (_is_time(asked) and 1 <= asked <= most):
            return f"max_messages is a number from 1 to {most} here."
        return None

    def most_messages(self, arguments: Arguments) -> int:
        """Fewer for images, which fill a context."""
        pictures = arguments.get("topic") in self.profile.cameras.values() or "Image" in str(arguments.get("msg_type"))
        return MOST_IMAGES if pictures else MOST_MESSAGES


class GoalKnowledge(_Knowledge):
    """send_action_goal."""

    def complaint(self, arguments: Arguments) -> str | None:
        """How long it may be waited for."""
        seconds = arguments.get("timeout")
        if seconds is not None and not (_is_time(seconds) and 0 < seconds <= LONGEST_WAIT):
            return f"timeout is a number of seconds up to {LONGEST_WAIT:g}, long enough for the whole action."
        return None

    def denial(self, arguments: Arguments) -> str | None:
        """Actions that the guard will not let through."""
        name, allowed = _full(arguments.get("action_name")), self.profile.allow.actions
        if any(fnmatchcase(name, glob) for glob in allowed):
            return None
        return f"the robot's guard lets no goal go to {name!r}. Allowed: {', '.join(allowed) or 'no action'}"

    def describe(self, arguments: Arguments) -> str:
        """What it is and how long it may take."""
        seconds = arguments.get("timeout") or self.profile.limits.duration_s
        return f"action {arguments.get('action_name')} ({arguments.get('action_type')}), cancelled after {seconds:g} s"

    def grant_limits(self, arguments: Arguments) -> Mapping[str, ArgumentLimit]:
        """The same action."""
        return {"action_name": ArgumentLimit(one_of=(arguments.get("action_name"),))}


class ServiceKnowledge(_Knowledge):
    """call_service."""

    def describe(self, arguments: Arguments) -> str:
        """Which service."""
        return f"service {arguments.get('service_name')} ({arguments.get('service_type')})"

    def grant_limits(self, arguments: Arguments) -> Mapping[str, ArgumentLimit]:
        """The same service."""
        return {"service_name": ArgumentLimit(one_of=(arguments.get("service_name"),))}


class ParameterKnowledge(_Knowledge):
    """set_parameter."""

    def grant_limits(self, arguments: Arguments) -> Mapping[str, ArgumentLimit]:
        """The same parameter."""
        return {"name": ArgumentLimit(one_of=(arguments.get("name"),))}


class DriveKnowledge(_Knowledge):
    """drive of our own tools."""

    def describe(self, arguments: Arguments) -> str:
        """How far, how fast, how long."""
        limits, meters = self.profile.limits, float(arguments.get("meters") or 0)
        asked = arguments.get("speed")
        speed = min(asked or 0.5, limits.linear)
        lines = [f"{abs(meters):g} m {'backwards' if meters < 0 else 'ahead'} at up to {speed:g} m/s"]
        if speed > 0:
            lines[0] += f", about {abs(meters) / speed:.1f} s"
        if asked is not None and asked > limits.linear:
            lines.append(f"{asked:g} m/s is cut to the limit of {limits.linear:g} m/s")
        return "\n".join(lines)

    def grant_limits(self, arguments: Arguments) -> Mapping[str, ArgumentLimit]:
        """As far as one movement may go, at a speed that need not be cut."""
        limits = self.profile.limits
        reach = limits.linear * limits.duration_s
        return {"meters": ArgumentLimit(min=-reach, max=reach), "speed": ArgumentLimit(max=limits.linear)}


class TurnKnowledge(_Knowledge):
    """turn of our own tools."""

    def describe(self, arguments: Arguments) -> str:
        """How far and which way."""
        degrees = float(arguments.get("degrees") or 0)
        side = "right" if degrees < 0 else "left"
        return f"{abs(degrees):g} degrees to the {side} at up to {min(1.0, self.profile.limits.angular):g} rad/s"

    def grant_limits(self, arguments: Arguments) -> Mapping[str, ArgumentLimit]:
        """As far as one movement may turn it, and no more than once round."""
        limits = self.profile.limits
        reach = min(FULL_TURN, math.floor(math.degrees(limits.angular * limits.duration_s)))
        return {"degrees": ArgumentLimit(min=-reach, max=reach)}


@dataclass(frozen=True)
class OtherKnowledge(_Knowledge):
    """A tool that writes and that nobody here knows."""

    names: tuple[str, ...] = ()

    def grant_limits(self, arguments: Arguments) -> Mapping[str, ArgumentLimit]:
        """The same call again: what was given as it was, what was left out left out."""
        given = {name: ArgumentLimit(one_of=(value,)) for name, value in arguments.items()}
        return {**dict.fromkeys(self.names, ArgumentLimit(one_of=())), **given}


def _described(found: Prediction, profile: RobotProfile) -> list[str]:
    limits = profile.limits
    lines = [
        f"up to {min(found.linear, limits.linear):g} m/s and {min(found.angular, limits.angular):g} rad/s",
        f"predicted: {found.path:.2f} m of way, {found.displacement:.2f} m from here, "
        f"turned by {math.degrees(found.turn):.0f} degrees",
    ]
    if found.linear > limits.linear:
        lines.append(f"the guard cuts {found.linear:g} m/s to {limits.linear:g} m/s")
    if found.angular > limits.angular:
        lines.append(f"the guard cuts {found.angular:g} rad/s to {limits.angular:g} rad/s")
    return lines


def _items(arguments: Arguments, name: str) -> list[Any]:
    value = arguments.get(name)
    return cast(list[Any], value) if isinstance(value, list) else []


def _missing(arguments: Arguments, *names: str) -> str | None:
    absent = [name for name in names if not str(arguments.get(name) or "").strip()]
    return f"{' and '.join(absent)} must be given; get_topics lists both." if absent else None


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _full(name: Any) -> str:
    text = str(name)
    return text if text.startswith("/") else f"/{text}"
