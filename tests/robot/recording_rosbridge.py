"""A rosbridge that remembers what reached it and when, and says what a test wants it to say."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve

from robot import frames
from robot.frames import Frame

WAIT_SECONDS = 10.0


class RecordingRosbridge:
    """Listens on a port of its own; can go away and come back on it."""

    def __init__(self) -> None:
        self.received: list[tuple[float, Frame]] = []
        """Monotonic time and frame."""
        self.texts: list[str] = []
        self.interfaces = ["turtlesim/action/RotateAbsolute"]
        self.port = 0
        self._news = asyncio.Event()
        self._server: Server | None = None
        self._clients: set[ServerConnection] = set()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await serve(self._serve, "127.0.0.1", self.port, compression=None, max_size=None)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, connection: ServerConnection) -> None:
        self._clients.add(connection)
        try:
            async for text in connection:
                assert isinstance(text, str)
                frame = frames.decode(text)
                self.received.append((time.monotonic(), frame))
                self.texts.append(text)
                self._news.set()
                for answer in self._answers(frame):
                    await connection.send(frames.encode(answer))
        finally:
            self._clients.discard(connection)

    def _answers(self, frame: Frame) -> list[Frame]:
        identifier = frame.get("id")
        if frame["op"] == "call_service":
            name = frame["service"]
            values: Any = {"interfaces": self.interfaces} if name == "/rosapi/interfaces" else {"echo": name}
            return [frames.service_response(name, values, result=True, identifier=identifier)]
        goal = frame.get("args")
        if frame["op"] == "send_action_goal" and isinstance(goal, dict) and goal.get("at_once"):
            return [frames.action_result(frame["action"], identifier, {}, status=4, result=True)]
        return []

    async def say(self, frame: Frame) -> None:
        """A frame for every connection."""
        for connection in list(self._clients):
            await connection.send(frames.encode(frame))

    def ops(self, op: str) -> list[Frame]:
        """Frames of one kind, without the guard's own greeting and questions."""
        return [frame for _, frame in self.received if frame["op"] == op]

    def velocities(self, topic: str = "/turtle1/cmd_vel") -> list[tuple[float, float]]:
        """When, and how fast forward, or how fast turning."""
        moves: list[tuple[float, float]] = []
        for at, frame in self.received:
            if frame["op"] == "publish" and frame.get("topic") == topic:
                twist = frame["msg"].get("twist", frame["msg"])
                speeds = [twist.get("linear", {}).get("x", 0.0), twist.get("angular", {}).get("z", 0.0)]
                moves.append((at, max(speeds, key=abs)))
        return moves

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds that a received frame makes true."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not holds():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def recording_rosbridge() -> AsyncGenerator[RecordingRosbridge]:
    bridge = RecordingRosbridge()
    await bridge.start()
    try:
        yield bridge
    finally:
        await bridge.stop()
