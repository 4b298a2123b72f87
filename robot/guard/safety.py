"""The state of one robot: released, held or stopped, and everything that ends a movement.

No I/O and no clock of its own; `now` is always handed in, in seconds of one monotonic clock.
"""

from collections import Counter
from typing import Literal

from robot import frames
from robot.guard.brake import EMERGENCY_TIMES, STOP_TIMES, Brake
from robot.guard.geofence import Fence, read_pose
from robot.guard.goals import Goal, Goals
from robot.guard.heartbeat import Heartbeat
from robot.guard.outlet import Outlet
from robot.guard.policy import Denied, Policy
from robot.guard.streams import Stream, Streams
from robot.profile import RobotProfile

Mode = Literal["normal", "read-only", "dry-run"]


class Safety:
    """What the robot may do right now."""

    def __init__(self, profile: RobotProfile, outlet: Outlet, *, mode: Mode = "normal", held: bool = False) -> None:
        self.profile, self.mode, self.held_at_start = profile, mode, held
        self.policy = Policy(profile)
        self.fence = Fence(profile.geofence, profile.deadman_s) if profile.geofence else None
        self.streams = Streams(profile, self.policy.velocity_topics, self.fence)
        self.goals = Goals(self._cancel)
        self.brake = Brake(self.policy.velocity_topics, outlet)
        self.heartbeat = Heartbeat(profile.deadman_s)
        self.counts: Counter[str] = Counter()
        self.hold_reason: str | None = "waiting for the first approved command" if held else None
        self.estop_reason: str | None = None
        self._outlet = outlet

    def _cancel(self, goal: Goal) -> None:
        self._outlet.send(frames.cancel_action_goal(goal.action, goal.identifier))

    @property
    def state(self) -> Literal["released", "held", "estop"]:
        """The strongest that holds."""
        if self.estop_reason is not None:
            return "estop"
        return "released" if self.hold_reason is None else "held"

    @property
    def moving(self) -> bool:
        """Whether something that was let through may be moving the robot."""
        return bool(self.streams.moving or self.goals.running)

    def check_write(self, now: float) -> None:
        """Let a write go on to the other rules.

        Raises:
            Denied: not in this mode, or not now.
        """
        if self.mode == "read-only":
            raise Denied("read-only", "the guard is in read-only mode; nothing is sent to the robot.")
        if self.heartbeat.missing(now):
            self.hold(f"the heartbeat of {self.heartbeat.run} stopped", now)
        if self.estop_reason is not None:
            raise Denied("estop", f"the emergency stop is latched ({self.estop_reason}); only a person can reset it.")
        if self.hold_reason is not None:
            raise Denied("held", f"the robot is held ({self.hold_reason}) until a person approves the next command.")
        if not self._outlet.connected and self.mode == "normal":
            raise Denied("link", "the guard has no connection to rosbridge, so it could not stop the robot.")

    def hold(self, reason: str, now: float) -> None:
        """Stand still and let nothing through until `release`."""
        new = self.hold_reason is None
        self.hold_reason = reason or "asked to"
        self._stand_still(STOP_TIMES, now)
        self.counts["hold"] += new
        self._outlet.note("hold", reason=self.hold_reason)

    def release(self) -> None:
        """Let commands through.

        Raises:
            Denied: the E-stop is latched.
        """
        if self.estop_reason is not None:
            raise Denied("estop", f"the emergency stop is latched ({self.estop_reason}); reset it first.")
        self.hold_reason = None
        self._outlet.note("release")

    def estop(self, reason: str, now: float) -> None:
        """Stand still until a person resets it."""
        self.counts["estop"] += self.estop_reason is None
        self.estop_reason = reason or "pressed"
        self._stand_still(EMERGENCY_TIMES, now)
        self._outlet.note("estop", reason=self.estop_reason)

    def reset(self, by: str) -> None:
        """Unlatch the E-stop; the state is that of a fresh start. Streams that it cut stay barred."""
        if self.estop_reason is None:
            return  # nothing stands still, so nothing may be called held
        self.estop_reason = None
        self.hold_reason = f"reset by {by}" if self.held_at_start else None
        self._outlet.note("reset", by=by)

    def _stand_still(self, times: int, now: float) -> None:
        self.brake.press_all(times)
        for stream in self.streams.all.values():
            stream.bar(now)
        self.counts["goals cancelled"] += self.goals.cancel(now)

    def stop(self, stream: Stream, reason: str) -> None:
        """End one movement; the next frame may begin another."""
        stream.still()
        self.brake.press(stream.topic)
        self.counts[reason] += 1
        self._outlet.note(reason, topic=stream.topic)

    def beat(self, now: float) -> None:
        """Look for silence; wanted every EVERY_S seconds."""
        self.brake.beat()
        self.goals.forget(now)
        if self.moving and self.heartbeat.missing(now):
            self.hold(f"the heartbeat of {self.heartbeat.run} stopped", now)
        for stream in self.streams.silent(now):
            self.stop(stream, "deadman")
        self._keep_inside(now)

    def see(self, msg: object, now: float) -> None:
        """A message with the robot's position came."""
        pose = read_pose(msg, now)
        if self.fence and pose:
            self.fence.pose = pose
            self._keep_inside(now)

    def _keep_inside(self, now: float) -> None:
        for stream in self.streams.out_of_fence(now):
            self.stop(stream, "geofence")
        if self.fence and self.fence.outside and self.goals.running:
            self.counts["goals cancelled"] += self.goals.cancel(now)
            self._outlet.note("geofence", reason="the robot is outside, so its goals were cancelled")

    def left(self, client: int, now: float) -> None:
        """A client is gone: what it moved stops."""
        for stream in self.streams.left_by(client):
            self.stop(stream, "client gone")
        self.counts["goals cancelled"] += self.goals.cancel(now, client=client)

    def reconnected(self) -> None:
        """The robot can be reached again: say once more what it may have missed."""
        self.goals.cancel_again()
        if self.state != "released":
            self.brake.press_all(STOP_TIMES)
