"""The guard's own connection to rosbridge: always there, made again when it breaks.

Zeros and cancels travel on it, so they depend on no client; the position for the geofence comes in over it. It is
supervised here and nowhere else: whatever happens to it, the guard stays up.
"""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from robot import frames
from robot.frames import BadFrame, Frame

OPEN_SECONDS = 2.0
LONGEST_PAUSE_S = 1.0
"""Between two attempts."""
ASK_SECONDS = 2.0
_MOST_WAITING = 1000
"""Frames that may wait for a rosbridge that does not read; older ones are dropped."""


async def connect_to_rosbridge(url: str) -> ClientConnection:
    """A connection without size limit towards us: an image is one frame.

    Raises:
        OSError, WebSocketException: nobody answers, or no websocket server.
    """
    return await connect(url, compression=None, proxy=None, max_size=None, open_timeout=OPEN_SECONDS, close_timeout=0.5)


class RobotLink:
    """The connection, and what is asked over it."""

    def __init__(self, url: str, greeting: list[Frame]) -> None:
        """Args: where rosbridge is, and the frames that open every new connection."""
        self.url = url
        self.connected = False
        self.reconnects = -1
        self.on_connected: Callable[[], None] = lambda: None
        self.on_lost: Callable[[str], None] = lambda reason: None
        self.on_frame: Callable[[str | bytes, Frame], None] = lambda text, frame: None
        self.on_sent: Callable[[str], None] = lambda text: None
        self._greeting = [frames.encode(frame) for frame in greeting]
        self._waiting: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self._questions: dict[str, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)

    def send(self, frame: Frame) -> None:
        """Send soon; nothing is kept for a connection that is yet to be made."""
        if self.connected:
            if self._waiting.full():
                self._drop_oldest()
            self._waiting.put_nowait(frames.encode(frame))

    def _drop_oldest(self) -> None:
        self._waiting.get_nowait()
        self._waiting.task_done()

    async def ask(self, service: str) -> Any:
        """The values of a service without arguments; None when it fails or does not answer in time."""
        identifier = f"guard_{next(self._numbers)}"
        answer = self._questions[identifier] = asyncio.get_running_loop().create_future()
        self.send(frames.call_service(service, {}, identifier=identifier))
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await answer
        except TimeoutError:
            return None
        finally:
            del self._questions[identifier]

    async def run(self) -> None:
        """Connect, and connect again, until cancelled."""
        pause = 0.1
        while True:
            try:
                connection = await connect_to_rosbridge(self.url)
                pause = 0.1
                try:
                    await self._serve(connection)
                finally:
                    await connection.close()
                reason = "it closed the connection"
            except (OSError, WebSocketException) as error:
                reason = str(error) or type(error).__name__
            self._lost(reason)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def _lost(self, reason: str) -> None:
        was_connected, self.connected = self.connected, False
        if was_connected:
            self.on_lost(reason)

    async def _serve(self, connection: ClientConnection) -> None:
        while not self._waiting.empty():
            self._drop_oldest()
        for text in self._greeting:
            await connection.send(text)
        self.connected = True
        self.reconnects += 1
        self.on_connected()
        sending = asyncio.create_task(self._send_waiting(connection))
        try:
            async for text in connection:
                self._take(text)
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, WebSocketException):
                await sending

    async def _send_waiting(self, connection: ClientConnection) -> None:
        while True:
            text = await self._waiting.get()
            try:
                self.on_sent(text)
                await connection.send(text)
            finally:
                self._waiting.task_done()

    def _take(self, text: str | bytes) -> None:
        with suppress(BadFrame):
            frame = frames.decode(text)
            self.on_frame(text, frame)
            if frame["op"] == "service_response":
                answer = self._questions.get(str(frame.get("id")))
                if answer and not answer.done():
                    answer.set_result(frame.get("values") if frame.get("result") else None)

    async def flush(self, seconds: float) -> None:
        """Wait until everything has left, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._waiting.join()
