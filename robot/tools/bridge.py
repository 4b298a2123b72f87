"""One connection to the guard's rosbridge side, for the length of one tool call.

Each call connects anew: a hold or an E-stop spoils a connection for good, a restarted guard is found at once, and
when the call ends, however it ends, the guard sees its stream end too.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from robot.frames import BadFrame, Frame, advertise, decode, encode, publish, subscribe
from robot.profile import Address, Topic

_CONNECT_LIMIT = 2.0
_CLOSE_LIMIT = 1.0
_LARGEST_FRAME = 64 * 1024 * 1024
"""Bytes; a raw picture of 4000 by 3000 pixels in base64 fits."""


class ToolFailed(Exception):
    """A tool could not do what was asked; the text tells the model in a sentence or two."""


class Bridge:
    """An open connection; made by `open_bridge`."""

    def __init__(self, connection: ClientConnection, address: Address) -> None:
        self._connection = connection
        self._address = address
        self._latest: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._arrived = asyncio.Condition()
        self._closed = False
        self.refusal = ""
        """What the guard refused last; empty while it has refused nothing."""

    async def listen(self) -> None:
        """Take in what arrives until the connection ends."""
        try:
            async for text in self._connection:
                self._take(text)
                async with self._arrived:
                    self._arrived.notify_all()
        except ConnectionClosed:
            pass
        finally:
            self._closed = True
            async with self._arrived:
                self._arrived.notify_all()

    async def advertise(self, topic: Topic) -> None:
        """Announce messages on a topic."""
        await self._send(advertise(topic.topic, topic.type))

    async def publish(self, topic: str, message: Mapping[str, Any]) -> None:
        """Send one message."""
        await self._send(publish(topic, message))

    async def subscribe(self, topic: str, type_name: str | None = None, *, at_most_every: float = 0.0) -> None:
        """Ask for a topic's messages, at least so many seconds apart."""
        await self._send(subscribe(topic, type_name, throttle_rate=round(at_most_every * 1000), queue_length=1))

    async def message(self, topic: str, *, newer_than: float = 0.0, within: float) -> tuple[float, Mapping[str, Any]]:
        """The latest message of a topic and when it came, by the monotonic clock.

        Raises:
            TimeoutError: none newer came in time.
            ToolFailed: the connection is over.
        """

        def is_there() -> bool:
            return self._closed or self._latest.get(topic, (0.0, {}))[0] > newer_than

        async with asyncio.timeout(within), self._arrived:
            await self._arrived.wait_for(is_there)
        if self._latest.get(topic, (0.0, {}))[0] > newer_than:
            return self._latest[topic]
        raise self._lost()

    async def _send(self, frame: Frame) -> None:
        try:
            await self._connection.send(encode(frame))
        except ConnectionClosed:
            raise self._lost() from None

    def _take(self, text: str | bytes) -> None:
        try:
            frame = decode(text)
        except BadFrame:
            return
        if frame["op"] == "publish" and isinstance(frame.get("msg"), dict):
            self._latest[str(frame.get("topic"))] = (time.monotonic(), frame["msg"])
        elif frame["op"] == "status" and frame.get("level") == "error":
            self.refusal = str(frame.get("msg"))

    def _lost(self) -> ToolFailed:
        close = self._connection.protocol.close_rcvd
        why = f" ({close.reason})" if close and close.reason else ""
        return ToolFailed(f"The connection to the robot at {self._address.url} was lost{why}.")


@asynccontextmanager
async def open_bridge(address: Address, *, token: str = "") -> AsyncGenerator[Bridge, None]:
    """Connect to a guard, or to a rosbridge.

    Raises:
        ToolFailed: nobody answers there, or the token is refused.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else None
    try:
        connection = await connect(
            address.url,
            additional_headers=headers,
            open_timeout=_CONNECT_LIMIT,
            close_timeout=0.5,
            max_size=_LARGEST_FRAME,
            proxy=None,
        )
    except (OSError, InvalidHandshake, TimeoutError) as error:
        raise ToolFailed(
            f"The robot cannot be reached: {address.url} does not answer ({str(error) or 'no answer in time'}). "
            "The guard or the robot's rosbridge is down; nothing was sent."
        ) from None
    bridge = Bridge(connection, address)
    listening = asyncio.create_task(bridge.listen())
    try:
        yield bridge
    finally:
        with anyio.move_on_after(_CLOSE_LIMIT, shield=True):
            await connection.close()
        listening.cancel()
