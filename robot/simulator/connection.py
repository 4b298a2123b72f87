"""One client of the bridge: reads its frames and does what rosbridge does, silence included.

Real rosbridge writes what it cannot do into its own log and tells the client nothing, except for services and goals.
Only then is this a test of a program that talks to a robot: a simulator that explains mistakes hides them.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from robot.frames import BadFrame, Frame, action_result, decode, encode, service_response, status
from robot.simulator.conversion import BadMessage
from robot.simulator.goals import UNKNOWN, GoalRefused, NoServer
from robot.simulator.interfaces import Flavour, UnknownType
from robot.simulator.op_log import CONNECTED, DISCONNECTED, REFUSED, OpLog
from robot.simulator.services import ServiceFailed
from robot.simulator.subscription import Subscription, Wish
from robot.simulator.system import System
from robot.simulator.topics import TopicError

_MOST_PENDING = 128
_WAIT_FOR_SERVER = 1.0

_FIELDS: Mapping[str, Mapping[str, tuple[type, bool]]] = {
    "advertise": {"topic": (str, True), "type": (str, True), "latch": (bool, False)},
    "unadvertise": {"topic": (str, True)},
    "publish": {"topic": (str, True), "type": (str, False), "latch": (bool, False), "msg": (dict, False)},
    "subscribe": {
        "topic": (str, True),
        "type": (str, False),
        "throttle_rate": (int, False),
        "queue_length": (int, False),
    },
    "unsubscribe": {"topic": (str, True)},
    "call_service": {"service": (str, True)},
    "send_action_goal": {"action": (str, True), "action_type": (str, True)},
    "cancel_action_goal": {"action": (str, True)},
}
"""Every operation with its fields: their type, and whether they must be there."""

_ROS2_ONLY = {"send_action_goal", "cancel_action_goal"}


class OperationRefused(ValueError):
    """rosbridge would write this into its log and go on."""


class Connection:
    """One client.

    Args:
        socket: the way to it.
        number: which client it is, from 1.
        system: the simulated ROS.
        log: gets every operation.
        status_frames: tell the client what rosbridge would only log.
    """

    def __init__(
        self, socket: ServerConnection, number: int, system: System, log: OpLog, *, status_frames: bool
    ) -> None:
        self.number = number
        self._socket = socket
        self._system = system
        self._log = log
        self._status_frames = status_frames
        self._outbox: deque[Frame] = deque()
        self._written = asyncio.Event()
        self._subscriptions: dict[str, Subscription] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        operations: dict[str, Callable[[Frame], None]] = {
            "advertise": self._advertise,
            "unadvertise": lambda frame: system.topics.retract(frame["topic"], self),
            "publish": self._publish,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "call_service": self._call_service,
            "send_action_goal": self._send_action_goal,
            "cancel_action_goal": lambda frame: system.goals.cancel(frame.get("id")),
        }
        ros1 = system.flavour is Flavour.ROS1
        self._operations = {op: act for op, act in operations.items() if not (ros1 and op in _ROS2_ONLY)}

    @property
    def congested(self) -> bool:
        """Whether the client reads more slowly than it is written to."""
        return len(self._outbox) >= _MOST_PENDING

    def send(self, frame: Frame) -> None:
        """Put a frame on its way."""
        self._outbox.append(frame)
        self._written.set()

    async def serve(self) -> None:
        """Read until the client goes."""
        self._log.add(self.number, CONNECTED)
        writer = asyncio.create_task(self._write())
        try:
            async for text in self._socket:
                self.receive(text)
        except ConnectionClosed:
            pass
        finally:
            for task in (writer, *self._waiting):
                task.cancel()
            await asyncio.gather(writer, *self._waiting, return_exceptions=True)
            for subscription in self._subscriptions.values():
                subscription.close()
            self._system.advance()
            self._system.topics.forget(self)
            self._log.add(self.number, DISCONNECTED)

    def receive(self, text: str | bytes) -> None:
        """Do what one frame asks for."""
        self._system.advance()
        try:
            frame = decode(text)
        except BadFrame as bad:
            self._refuse(None, f"Unable to deserialize message from client: {bad}", len(text))
            return
        op = frame["op"]
        self._log.add(self.number, op, frame, size=len(text))
        try:
            act = self._operations.get(op)
            if act is None:
                known = list(self._operations)
                raise OperationRefused(f"Unknown operation: {op}.  Allowed operations: {known}")
            _check_fields(frame)
            act(frame)
        except (OperationRefused, TopicError, UnknownType, BadMessage) as error:
            self._refuse(frame, str(error) if isinstance(error, OperationRefused) else f"{op}: {error}", len(text))

    def _refuse(self, frame: Frame | None, reason: str, size: int) -> None:
        self._log.add(self.number, REFUSED, frame, size=size, note=reason)
        if self._status_frames:
            self.send(status("error", reason, identifier=(frame or {}).get("id")))

    def _advertise(self, frame: Frame) -> None:
        self._system.topics.announce(frame["topic"], frame["type"], self, latch=frame.get("latch", False))

    def _publish(self, frame: Frame) -> None:
        topics = self._system.topics
        topics.announce(frame["topic"], frame.get("type"), self, latch=frame.get("latch", False))
        topics.receive(frame["topic"], frame.get("msg", {}))

    def _subscribe(self, frame: Frame) -> None:
        topic = frame["topic"]
        subscription = self._subscriptions.get(topic) or Subscription(self, self._system.clock)
        wish = Wish(max(frame.get("throttle_rate", 0), 0) / 1000, max(frame.get("queue_length", 0), 0))
        subscription.add(frame.get("id"), wish)
        self._system.topics.subscribe(topic, frame.get("type"), self, subscription)
        self._subscriptions[topic] = subscription

    def _unsubscribe(self, frame: Frame) -> None:
        topic = frame["topic"]
        subscription = self._subscriptions.get(topic)
        if subscription is None:
            return
        subscription.remove(frame.get("id"))
        if subscription.empty:
            del self._subscriptions[topic]
            self._system.topics.unsubscribe(topic, self)

    def _call_service(self, frame: Frame) -> None:
        service, identifier = frame["service"], frame.get("id")
        try:
            values = self._system.call(service, frame.get("args", []))
        except (ServiceFailed, BadMessage) as failure:
            self.send(service_response(service, str(failure), result=False, identifier=identifier))
        else:
            self.send(service_response(service, values, result=True, identifier=identifier))

    def _send_action_goal(self, frame: Frame) -> None:
        try:
            self._system.send_goal(frame, self.send)
        except GoalRefused as refused:
            self.send(_goal_failed(frame, refused))
        except NoServer as nobody:
            task = asyncio.create_task(self._fail_later(_goal_failed(frame, nobody)))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    async def _fail_later(self, frame: Frame) -> None:
        await asyncio.sleep(_WAIT_FOR_SERVER)
        self.send(frame)

    async def _write(self) -> None:
        while True:
            await self._written.wait()
            self._written.clear()
            while self._outbox:
                try:
                    await self._socket.send(encode(self._outbox[0]))
                except ConnectionClosed:
                    return
                self._outbox.popleft()
                if len(self._outbox) == _MOST_PENDING - 1:
                    for subscription in list(self._subscriptions.values()):
                        subscription.pump()


def _goal_failed(frame: Frame, error: Exception) -> Frame:
    return action_result(frame["action"], frame.get("id"), str(error), status=UNKNOWN, result=False)


def _check_fields(frame: Frame) -> None:
    for name, (kind, needed) in _FIELDS[frame["op"]].items():
        value: Any = frame.get(name)
        if name not in frame:
            if needed:
                raise OperationRefused(f"{frame['op']}: Expected a {name} field but none was found.")
        elif not isinstance(value, kind):
            raise OperationRefused(f"{frame['op']}: Expected field {name} to be a {kind}. Invalid value: {value}")
