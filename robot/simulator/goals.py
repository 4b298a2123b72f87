"""Goals of the rotate action. The table belongs to the bridge, not to a connection, as rosbridge for ROS 2 has it.

So a goal goes on when its client leaves, and any client can cancel it by its id.
"""

import base64
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from robot.frames import Frame, action_feedback, action_result
from robot.simulator.conversion import BadMessage, Message, populate, stamp
from robot.simulator.interfaces import Interfaces, UnknownType
from robot.simulator.services import as_object
from robot.simulator.turtle import Rotation
from robot.simulator.world import World

TYPE = "turtlesim/RotateAbsolute"
STATUS_TYPE = "action_msgs/GoalStatusArray"

UNKNOWN, EXECUTING, CANCELING = 0, 2, 3
_RESULTS_KEPT = 10

Reply = Callable[[Frame], None]


class NoServer(LookupError):
    """Nobody serves that action; rosbridge waits a second before it says so."""


class GoalRefused(ValueError):
    """A goal cannot begin; the message is what rosbridge gives as the reason."""


@dataclass
class _Goal:
    """One goal and its place in the status list."""

    action: str
    rotation: Rotation
    status: int = EXECUTING
    uuid: str = field(default_factory=lambda: base64.b64encode(uuid.uuid4().bytes).decode())
    accepted: dict[str, int] = field(default_factory=lambda: {})

    def message(self) -> Message:
        """A action_msgs/GoalStatus."""
        return {"goal_info": {"goal_id": {"uuid": self.uuid}, "stamp": self.accepted}, "status": self.status}


class Goals:
    """All goals.

    Args:
        interfaces: the types that exist.
        world: whose turtles turn.
        publish_status: called with a topic and its message when a goal's status changes.
    """

    def __init__(
        self, interfaces: Interfaces, world: World, publish_status: Callable[[str, dict[str, Any]], None]
    ) -> None:
        self._interfaces = interfaces
        self._world = world
        self._publish_status = publish_status
        self._running: dict[object, _Goal] = {}
        self._recent: dict[str, deque[_Goal]] = {}

    def actions(self) -> dict[str, str]:
        """The actions there are, to their types."""
        full = self._interfaces.full_name("action", TYPE)
        return {action_of(name): full for name in sorted(self._world.turtles)}

    def send(self, frame: Frame, reply: Reply) -> None:
        """Begin a goal; its feedback and its result go to `reply`.

        Raises:
            GoalRefused: type, arguments or robot do not allow it.
            NoServer: nobody serves that action.
        """
        action = str(frame["action"])
        full = action if action.startswith("/") else f"/{action}"
        identifier = frame.get("id")
        theta = self._theta(frame)
        if full not in self.actions():
            raise NoServer("No action server available")

        def on_feedback(remaining: float) -> None:
            if frame.get("feedback", False):
                reply(action_feedback(action, identifier, {"remaining": remaining}))

        def on_end(status: int, delta: float) -> None:
            self._end(identifier, goal, status)
            reply(action_result(action, identifier, {"delta": delta}, status=status, result=True))

        goal = _Goal(full, Rotation(theta, on_feedback, on_end), accepted=stamp(self._interfaces.flavour))
        if not self._world.rotate(full.split("/")[1], goal.rotation):
            raise GoalRefused("Action goal was rejected")
        self._running[identifier] = goal
        self._recent.setdefault(full, deque(maxlen=_RESULTS_KEPT)).append(goal)
        self._tell(full)

    def cancel(self, identifier: object) -> None:
        """Ask the goal of that id to end; an id that does not run is ignored."""
        goal = self._running.get(identifier)
        if goal is not None:
            goal.rotation.cancelling = True
            goal.status = CANCELING
            self._tell(goal.action)

    def _theta(self, frame: Frame) -> float:
        try:
            definition = self._interfaces.action(str(frame["action_type"]))[0]
            return populate(self._interfaces, definition, as_object(definition, frame.get("args")))["theta"]
        except (UnknownType, BadMessage) as error:
            raise GoalRefused(str(error)) from None

    def _end(self, identifier: object, goal: _Goal, status: int) -> None:
        goal.status = status
        if self._running.get(identifier) is goal:
            del self._running[identifier]
        self._tell(goal.action)

    def _tell(self, action: str) -> None:
        statuses = [goal.message() for goal in self._recent.get(action, ())]
        self._publish_status(status_topic(action), {"status_list": statuses})


def action_of(turtle: str) -> str:
    """The name of a turtle's action."""
    return f"/{turtle}/rotate_absolute"


def status_topic(action: str) -> str:
    """Where the states of an action's goals are published."""
    return f"{action}/_action/status"
