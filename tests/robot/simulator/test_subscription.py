"""Throttle and queue of one subscription, on a clock and an outlet of the test's own."""

from dataclasses import dataclass, field

from robot.frames import Frame
from robot.simulator.subscription import Subscription, Wish


@dataclass
class Slow:
    """An outlet that takes frames only while it is not told to wait."""

    congested: bool = False
    sent: list[int] = field(default_factory=lambda: [])

    def send(self, frame: Frame) -> None:
        self.sent.append(frame["n"])


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def offered(subscription: Subscription, *numbers: int) -> None:
    for number in numbers:
        subscription.offer({"op": "publish", "n": number})


def test_without_a_wish_for_less_everything_is_sent():
    outlet = Slow()
    subscription = Subscription(outlet, Clock())
    subscription.add(None, Wish())
    offered(subscription, 1, 2, 3)
    assert outlet.sent == [1, 2, 3]


def test_a_throttle_without_a_queue_drops_what_comes_too_early():
    outlet, clock = Slow(), Clock()
    subscription = Subscription(outlet, clock)
    subscription.add(None, Wish(throttle=1.0))
    offered(subscription, 1, 2)
    clock.now = 1.0
    offered(subscription, 3)
    assert outlet.sent == [1, 3]


async def test_a_queue_keeps_the_newest_for_a_client_that_was_busy():
    outlet = Slow(congested=True)
    subscription = Subscription(outlet, Clock())
    subscription.add(None, Wish(queue_length=2))
    offered(subscription, 1, 2, 3, 4)
    outlet.congested = False
    subscription.pump()
    assert outlet.sent == [3, 4]


async def test_a_queue_with_a_throttle_sends_the_oldest_it_kept_when_its_time_has_come():
    outlet, clock = Slow(), Clock()
    subscription = Subscription(outlet, clock)
    subscription.add(None, Wish(throttle=60.0, queue_length=2))
    offered(subscription, 1, 2, 3, 4)
    assert outlet.sent == [1]
    clock.now = 60.0
    subscription.close()
    offered(subscription, 5)
    assert outlet.sent == [1, 5]


def test_without_a_queue_a_busy_client_misses_messages():
    outlet = Slow(congested=True)
    subscription = Subscription(outlet, Clock())
    subscription.add(None, Wish())
    offered(subscription, 1)
    outlet.congested = False
    offered(subscription, 2)
    assert outlet.sent == [2]
