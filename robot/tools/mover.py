"""Drives one movement to its end on the pose that the robot reports, and stops the robot whatever happens.

The end is decided by what was measured, never by time alone. Commands go out at a steady rate between two poses too,
because a stream that pauses is taken for a dead one by the guard.
"""

import contextlib
import time
from dataclasses import dataclass, replace

import anyio

from robot.frames import twist
from robot.profile import RobotProfile, Topic
from robot.tools.bridge import Bridge, ToolFailed
from robot.tools.poses import Pose, UnreadableMessage, pose_in
from robot.tools.steering import Goal, Straight, remaining, speed_for

TICK = 0.05
"""Seconds between two commands, and the least between two poses that are asked for."""
POSE_LIMIT = 2.0
"""Seconds to wait for the first pose."""
SILENCE_LIMIT = 0.5
"""Seconds without a pose after which a movement is given up."""
STANDSTILL = 1.2
"""Seconds of commands without movement after which it is given up."""
SETTLE_LIMIT = 1.0
_STOPS = 3
"""Zero velocities at an end; one can be lost between a robot's restarts, three are not."""


@dataclass(frozen=True)
class Moved:
    """What a movement came to."""

    done: float
    """Metres or radians, with sign."""
    pose: Pose
    seconds: float
    still: bool = True
    """Whether it stood still at the end."""
    trouble: str = ""
    """Why it ended early; empty when the goal was reached."""


class Mover:
    """Moves one robot over one connection."""

    def __init__(self, bridge: Bridge, profile: RobotProfile) -> None:
        self._bridge = bridge
        self._profile = profile
        self._seen = 0.0
        self._speed = 0.0

    @property
    def velocity(self) -> Topic:
        """The topic that moves the robot: the first of the profile.

        Raises:
            ToolFailed: it names none.
        """
        for topic, type_name in self._profile.velocity.items():
            return Topic(topic, type_name)
        raise ToolFailed(f"The profile {self._profile.name} names no velocity topic, so this robot cannot be moved.")

    async def watch_pose(self) -> Pose:
        """Ask for the poses and wait for the first.

        Raises:
            ToolFailed: there is none, or it cannot be read.
        """
        topic = self._pose_topic()
        await self._bridge.subscribe(topic.topic, topic.type, at_most_every=TICK)
        return await self.pose(within=POSE_LIMIT)

    async def pose(self, *, within: float) -> Pose:
        """The next pose.

        Raises:
            ToolFailed: none comes in time, or it cannot be read.
        """
        topic = self._pose_topic().topic
        try:
            self._seen, message = await self._bridge.message(topic, newer_than=self._seen, within=within)
            return pose_in(message)
        except TimeoutError:
            told = (
                self._bridge.refusal.rstrip(".")
                or "the robot, its rosbridge, or the node that publishes it may be down"
            )
            raise ToolFailed(f"No pose came on {topic} for {within:g} s: {told}.") from None
        except UnreadableMessage as error:
            raise ToolFailed(f"The pose on {topic} cannot be used: {error}.") from None

    async def move(self, goal: Goal, *, top: float, braking: float, limit: float) -> Moved:
        """Move until the goal is reached or something is wrong; the robot has been stopped afterwards.

        Args:
            goal: begun at the present pose.
            top: most speed, in the goal's unit a second.
            braking: how fast to slow down, per second squared.
            limit: seconds after which to give up.

        Raises:
            ToolFailed: the connection was lost.
        """
        await self._bridge.advertise(self.velocity)
        began = time.monotonic()
        try:
            trouble = await self._approach(goal, top, braking, began + limit)
        finally:
            await self._halt()
        rest = await self.settle(goal)
        return replace(rest, seconds=time.monotonic() - began, trouble=trouble)

    async def stop(self) -> None:
        """Send zero velocity."""
        await self._bridge.advertise(self.velocity)
        for _ in range(_STOPS):
            await self._command(0.0, 0.0)

    async def _approach(self, goal: Goal, top: float, braking: float, deadline: float) -> str:
        """Why it ended before the goal; empty when it is reached."""
        progress = _Progress(goal.unit.stillness)
        done = 0.0
        while (left := remaining(goal, done)) > goal.unit.tolerance:
            now = time.monotonic()
            if self._bridge.refusal:
                return self._bridge.refusal
            if progress.stuck(done, now):
                return "the robot does not move although it was told to"
            if now > deadline:
                return "it took longer than it may"
            self._speed = min(speed_for(left, top=top, braking=braking, unit=goal.unit), self._speed + braking * TICK)
            await self._steer(goal, self._speed if goal.asked > 0 else -self._speed)
            pose = await self._pose_or_silence(now)
            if isinstance(pose, str):
                return pose
            done = goal.done(pose) if pose else done
        return ""

    async def _pose_or_silence(self, now: float) -> Pose | str | None:
        """A new pose, why there will be none, or None: then the last command is repeated meanwhile."""
        with contextlib.suppress(TimeoutError):
            self._seen, message = await self._bridge.message(
                self._pose_topic().topic, newer_than=self._seen, within=2 * TICK
            )
            try:
                return pose_in(message)
            except UnreadableMessage as error:
                return f"the pose cannot be used: {error}"
        return f"no pose came for {SILENCE_LIMIT:g} s" if now - self._seen > SILENCE_LIMIT else None

    async def _steer(self, goal: Goal, speed: float) -> None:
        await (self._command(speed, 0.0) if isinstance(goal, Straight) else self._command(0.0, speed))

    async def _command(self, linear: float, angular: float) -> None:
        topic = self.velocity
        await self._bridge.publish(topic.topic, twist(linear, angular, type_name=topic.type))

    async def _halt(self) -> None:
        """Send zero, also while this call is being cancelled; a dead connection is waited for only a moment."""
        with anyio.move_on_after(SETTLE_LIMIT, shield=True):
            await self._zeros()

    async def _zeros(self) -> None:
        with contextlib.suppress(ToolFailed):
            for _ in range(_STOPS):
                await self._command(0.0, 0.0)

    async def settle(self, goal: Goal) -> Moved:
        """Wait until the robot stands still, but not for ever."""
        began = time.monotonic()
        pose, still = await self.pose(within=POSE_LIMIT), False
        done = goal.done(pose)
        while not still and time.monotonic() < began + SETTLE_LIMIT:
            before, pose = done, await self.pose(within=POSE_LIMIT)
            done = goal.done(pose)
            still = abs(done - before) < goal.unit.tolerance / 4
        return Moved(done, pose, time.monotonic() - began, still=still)

    def _pose_topic(self) -> Topic:
        if self._profile.pose is None:
            raise ToolFailed(f"The profile {self._profile.name} names no pose topic, so nothing can be measured.")
        return self._profile.pose


class _Progress:
    """Whether the robot gets anywhere."""

    def __init__(self, stillness: float) -> None:
        self._stillness = stillness
        self._done = 0.0
        self._since: float | None = None

    def stuck(self, done: float, now: float) -> bool:
        """Whether nothing has changed for STANDSTILL seconds."""
        if self._since is None or abs(done - self._done) > self._stillness:
            self._done, self._since = done, now
        return now - self._since > STANDSTILL
