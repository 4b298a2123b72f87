"""The topics of the simulated ROS graph: who publishes, who listens, and what rosbridge adds for its clients.

A topic lives while a node has it, a client listens, or a client announced it; an announcement outlasts its client by
ten seconds, as rosbridge's does. So `advertise`, `publish` and `unadvertise` may come over three connections.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from robot.frames import publish
from robot.simulator.conversion import Message, populate, without_nan
from robot.simulator.interfaces import Interfaces
from robot.simulator.subscription import Subscription

BRIDGE = "/rosbridge_websocket"
_LINGER = 10.0
_NAME = re.compile(r"/?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")


class TopicError(ValueError):
    """A client cannot publish or listen there; the message is what rosbridge writes into its log."""


@dataclass
class Topic:
    """One topic; `type` is as this ROS spells it."""

    name: str
    type: str
    publishers: frozenset[str] = frozenset()
    listeners: frozenset[str] = frozenset()
    on_message: Callable[[Message], None] | None = None
    """What the simulated robot does with a client's message."""
    latched: bool = False
    declared: bool = True
    """Whether a node has it, rather than a client."""
    last: Message | None = None
    subscriptions: dict[object, tuple[str, Subscription]] = field(default_factory=lambda: {})
    """By client: the name it used, and its subscription."""
    announcers: set[object] = field(default_factory=lambda: set[object]())
    lingers_until: float = float("-inf")

    @property
    def hidden(self) -> bool:
        """Whether lists leave it out: a part of its name begins with an underscore."""
        return "/_" in self.name


class Topics:
    """All topics.

    Args:
        interfaces: the types that exist.
        clock: seconds, only going forward.
    """

    def __init__(self, interfaces: Interfaces, clock: Callable[[], float]) -> None:
        self._interfaces = interfaces
        self._clock = clock
        self._topics: dict[str, Topic] = {}

    def declare(self, topic: Topic) -> None:
        """Add a topic of a node; clients that were there before stay."""
        before = self._topics.get(topic.name)
        if before is not None and before.type == topic.type:
            topic.subscriptions, topic.announcers = before.subscriptions, before.announcers
        self._topics[topic.name] = topic

    def withdraw(self, name: str) -> None:
        """Take away what a node had; clients that still use the topic keep it."""
        topic = self._topics[name]
        topic.declared, topic.on_message = False, None
        topic.publishers = topic.listeners = frozenset()

    def alive(self) -> list[Topic]:
        """The topics there are, by name."""
        now = self._clock()
        for name, topic in list(self._topics.items()):
            used = topic.declared or topic.subscriptions or topic.announcers
            if not used and now > topic.lingers_until:
                del self._topics[name]
        return [self._topics[name] for name in sorted(self._topics)]

    def find(self, name: str) -> Topic | None:
        """A topic that is alive, or None."""
        return next((topic for topic in self.alive() if topic.name == name), None)

    def wanted(self, name: str) -> bool:
        """Whether any client listens."""
        topic = self._topics.get(name)
        return topic is not None and bool(topic.subscriptions)

    def publishers(self, topic: Topic) -> list[str]:
        """The nodes that publish there."""
        bridged = topic.announcers or self._clock() <= topic.lingers_until
        return sorted(topic.publishers | ({BRIDGE} if bridged else set()))

    def listeners(self, topic: Topic) -> list[str]:
        """The nodes that listen there."""
        return sorted(topic.listeners | ({BRIDGE} if topic.subscriptions else set()))

    def subscribe(self, name: str, type_name: str | None, client: object, subscription: Subscription) -> None:
        """Let a client listen; a latched topic gives its last message at once.

        Raises:
            TopicError: no type is known, or another one.
            UnknownType: the type does not exist.
        """
        topic = self._establish(name, type_name)
        new = client not in topic.subscriptions
        topic.subscriptions[client] = (name, subscription)
        if new and topic.latched and topic.last is not None:
            subscription.offer(publish(name, topic.last))

    def unsubscribe(self, name: str, client: object) -> None:
        """Let a client listen no more."""
        topic = self._topics.get(_expanded(name))
        if topic is not None:
            topic.subscriptions.pop(client, None)

    def announce(self, name: str, type_name: str | None, client: object, *, latch: bool = False) -> None:
        """Note that a client publishes.

        Raises:
            TopicError: no type is known, or another one.
            UnknownType: the type does not exist.
        """
        topic = self._establish(name, type_name)
        topic.announcers.add(client)
        topic.latched = topic.latched or latch

    def retract(self, name: str, client: object) -> None:
        """Note that a client publishes no more."""
        topic = self._topics.get(_expanded(name))
        if topic is not None and client in topic.announcers:
            topic.announcers.discard(client)
            topic.lingers_until = self._clock() + _LINGER

    def forget(self, client: object) -> None:
        """A client has gone."""
        for topic in list(self._topics.values()):
            topic.subscriptions.pop(client, None)
            self.retract(topic.name, client)

    def receive(self, name: str, given: object) -> None:
        """A client's message, for the robot and for everybody who listens.

        Raises:
            TopicError: nobody announced the topic.
            BadMessage: the message is not of the topic's type.
        """
        topic = self._topics.get(_expanded(name))
        if topic is None:
            raise TopicError(f"Topic {name} is not registered")
        message = populate(self._interfaces, self._interfaces.message(topic.type), given)
        if topic.on_message is not None:
            topic.on_message(message)
        self.emit(topic.name, without_nan(message))

    def emit(self, name: str, message: Message) -> None:
        """A message of a node, for everybody who listens."""
        topic = self._topics.get(name)
        if topic is None:
            return
        topic.last = message if topic.latched else None
        for used_name, subscription in list(topic.subscriptions.values()):
            subscription.offer(publish(used_name, message))

    def _establish(self, name: str, type_name: str | None) -> Topic:
        full = _expanded(name)
        topic = self.find(full)
        if topic is None:
            if type_name is None:
                raise TopicError(f"Cannot infer topic type for topic {name} as it is not yet advertised")
            spelt = self._interfaces.type_name(self._interfaces.message(type_name).name)
            topic = self._topics[full] = Topic(full, spelt, declared=False)
            return topic
        wanted = topic.type if type_name is None else type_name
        spelt = self._interfaces.type_name(self._interfaces.message(wanted).name)
        if spelt != topic.type:
            raise TopicError(
                f"Tried to register topic {name} with type {spelt} but it is already established with type {topic.type}"
            )
        return topic


def _expanded(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise TopicError(f"Invalid topic name: '{name}'")
    return name if name.startswith("/") else f"/{name}"
