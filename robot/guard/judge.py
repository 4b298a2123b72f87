"""One frame of a client in, one ruling out. The guard's whole promise is made here, without any I/O.

A frame is parsed once; where nothing was changed the client's own text goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from robot.frames import BadFrame, Frame, decode, encode
from robot.guard.denial import render_denial, render_dry_run
from robot.guard.policy import Denied, Known, TypeNotLookedUp, shown
from robot.guard.safety import Safety
from robot.guard.streams import Passed, RateCap, Refusal
from robot.guard.velocity import BadVelocity, Velocity, read_velocity, write_velocity

REPEAT_REMARK_S = 1.0
"""A client hears the same remark about its publishing at most this often."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What happens to a frame."""

    verdict: Literal["forwarded", "changed", "swallowed", "denied", "ask"]
    """`ask`: the robot must first be asked for the types it knows; judge again then."""
    forward: str | None = None
    """The text for the robot."""
    answer: Frame | None = None
    """The frame for the client."""
    reason: str = ""


class Judge:
    """The rules for clients' frames, in the order in which they hold."""

    def __init__(self, safety: Safety) -> None:
        self._safety, self._policy = safety, safety.policy
        rate = safety.profile.limits.rate_hz
        names = [*safety.profile.allow.publish, "services", "goals"]
        self._caps = {name: RateCap(rate) for name in names}
        self._told: dict[int, dict[str, float]] = {}
        self._mistyped: dict[int, set[str]] = {}
        """Topics that a client takes for another type: what it publishes there is not meant as the robot reads it."""
        self._rules: dict[str, Callable[[Frame, str, int, float, Known], Ruling]] = {
            "publish": self._publish,
            "advertise": self._advertise,
            "call_service": self._call_service,
            "send_action_goal": self._send_action_goal,
            "subscribe": self._let_pass,
            "unsubscribe": self._let_pass,
            "unadvertise": self._let_pass,
            "cancel_action_goal": self._let_pass,
        }

    def judge(self, client: int, text: str | bytes, now: float, known: Known) -> Ruling:
        """Rule on one message of a client.

        Args:
            client: its number.
            text: as it came over the websocket.
            now: seconds of a monotonic clock.
            known: whether the robot knows an interface type.
        """
        frame: Frame = {"op": "status"}
        counts = self._safety.counts
        try:
            if isinstance(text, bytes):
                raise Denied("frame", "binary frames are not understood here.")
            frame = decode(text, unique=True)
            rule = self._rules.get(frame["op"])
            if rule is None:
                raise Denied("op", f"the operation {shown(frame['op'])} is not allowed.")
            ruling = rule(frame, text, client, now, known)
        except BadFrame as error:
            return self._denied(frame, Denied("frame", f"{error}."), client, now)
        except Denied as denied:
            return self._denied(frame, denied, client, now)
        except TypeNotLookedUp:
            return Ruling("ask")
        counts[ruling.verdict] += 1
        return ruling

    def forget(self, client: int) -> None:
        """A client is gone."""
        self._told.pop(client, None)
        self._mistyped.pop(client, None)

    def _denied(self, frame: Frame, denied: Denied, client: int, now: float) -> Ruling:
        self._safety.counts["denied"] += 1
        self._safety.counts[f"denied: {denied.code}"] += 1
        answer = render_denial(frame, denied.reason)
        if answer["op"] == "status":
            told = self._told.setdefault(client, {})
            if now - told.get(denied.code, -REPEAT_REMARK_S) < REPEAT_REMARK_S:
                return Ruling("denied", reason=denied.reason)
            told[denied.code] = now
        return Ruling("denied", answer=answer, reason=denied.reason)

    def _let_pass(self, frame: Frame, text: str, client: int, now: float, known: Known) -> Ruling:
        return Ruling("forwarded", forward=text)

    def _written(self, frame: Frame, text: str) -> Ruling:
        """A write that every rule allows, in the mode of this guard."""
        if self._safety.mode == "dry-run":
            return Ruling("swallowed", answer=render_dry_run(frame), reason="dry-run")
        return Ruling("forwarded", forward=text)

    def _take(self, name: str, now: float) -> None:
        if not self._caps[name].take(now):
            raise Denied("rate", f"more than {self._safety.profile.limits.rate_hz:g} messages a second ({name}).")

    def _advertise(self, frame: Frame, text: str, client: int, now: float, known: Known) -> Ruling:
        try:
            topic = self._policy.check_publish(frame)
        except Denied as denied:
            if denied.code == "type":
                self._mistyped.setdefault(client, set()).add(frame["topic"])
            raise
        self._mistyped.get(client, set[str]()).discard(topic)
        self._safety.check_write(now)
        self._take(topic, now)
        return self._written(frame, text)

    def _call_service(self, frame: Frame, text: str, client: int, now: float, known: Known) -> Ruling:
        if self._policy.is_read(frame, known):
            return Ruling("forwarded", forward=text)
        self._policy.check_service(frame)
        self._safety.check_write(now)
        self._take("services", now)
        return self._written(frame, text)

    def _send_action_goal(self, frame: Frame, text: str, client: int, now: float, known: Known) -> Ruling:
        action, identifier = self._policy.check_goal(frame, known)
        self._safety.check_write(now)
        self._take("goals", now)
        goals = self._safety.goals
        if identifier in goals:
            raise Denied("goal", f"a goal with the id {shown(identifier)} is running.")
        if goals.full:
            raise Denied("goal", "too many goals are running.")
        ruling = self._written(frame, text)
        if ruling.forward:
            goals.sent(action, identifier, client)
        return ruling

    def _publish(self, frame: Frame, text: str, client: int, now: float, known: Known) -> Ruling:
        topic = self._policy.check_publish(frame)
        if topic in self._mistyped.get(client, ()):
            expected = self._safety.profile.allow.publish[topic]
            raise Denied(
                "type", f"{topic} carries {expected}, but you advertised it otherwise; advertise it as that first."
            )
        if topic in self._policy.velocity_topics:
            return self._move(frame, text, topic, client, now)
        self._safety.check_write(now)
        self._take(topic, now)
        return self._written(frame, text)

    def _move(self, frame: Frame, text: str, topic: str, client: int, now: float) -> Ruling:
        safety, kind = self._safety, self._policy.velocity_topics[topic]
        try:
            wanted = read_velocity(frame.get("msg"), kind)
        except BadVelocity as error:
            raise Denied("velocity", f"{topic}: {error}.") from None
        try:
            safety.check_write(now)
        except Denied:
            safety.streams.refuse(topic, client, wanted, now)
            raise
        if safety.mode == "dry-run":
            return self._written(frame, text)
        passed = safety.streams.pass_(topic, client, wanted, now)
        if not isinstance(passed, Passed):
            raise self._refused(topic, passed, now)
        if not passed.velocity.is_zero:
            safety.brake.let_go(topic)
        return self._cut(frame, text, kind, wanted, passed)

    def _cut(self, frame: Frame, text: str, kind: str, wanted: Velocity, passed: Passed) -> Ruling:
        if passed.velocity == wanted:
            return Ruling("forwarded", forward=text)
        for note in passed.notes:
            self._safety.counts[f"changed: {note}"] += 1
        changed = encode({**frame, "msg": write_velocity(frame["msg"], kind, passed.velocity)})
        why = f" ({passed.objection})" if passed.objection else ""
        reason = f"{', '.join(passed.notes)}: {wanted} -> {passed.velocity}{why}"
        return Ruling("changed", forward=changed, reason=reason)

    def _refused(self, topic: str, refusal: Refusal, now: float) -> Denied:
        limits = self._safety.profile.limits
        if refusal == "rate":
            return Denied("rate", f"more than {limits.rate_hz:g} messages a second on {topic}.")
        if refusal == "barred":
            return Denied("stopped", f"this stream on {topic} was stopped; begin a new command instead.")
        stream = self._safety.streams.all[topic]
        stream.bar(now)
        self._safety.stop(stream, "duration")
        return Denied("duration", f"a movement may last {limits.duration_s:g} s, then the robot stops.")
