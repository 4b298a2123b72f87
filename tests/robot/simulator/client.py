"""A bare rosbridge client: sends frames, and waits no longer than it should for what comes back."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from robot.frames import Frame
from robot.simulator.server import Simulator

PATIENCE = 5.0


class Client:
    """One connection to a bridge."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, op: str, /, **fields: Any) -> None:
        await self.send_text(json.dumps({"op": op, **fields}))

    async def send_text(self, text: str) -> None:
        await self._socket.send(text)

    async def next(self, op: str | None = None) -> Frame:
        """The next frame, of that operation if one is named."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = json.loads(await self._socket.recv())
                if op is None or frame["op"] == op:
                    return frame

    async def call(self, service: str, /, **args: Any) -> Any:
        """The values a service answers with; the next frame has to be its answer."""
        await self.send("call_service", service=service, args=args, id=f"call {service}")
        answer = await self.next("service_response")
        assert answer["id"] == f"call {service}"
        return answer["values"]

    async def settle(self) -> list[Frame]:
        """Every frame that comes until the bridge has dealt with all that was sent."""
        await self.send("call_service", service="/rosapi/get_time", id="settled")
        frames: list[Frame] = []
        while (frame := await self.next()).get("id") != "settled":
            frames.append(frame)
        return frames

    async def move(self, linear: float = 0.0, angular: float = 0.0) -> None:
        message = {"linear": {"x": linear}, "angular": {"z": angular}}
        await self.send("publish", topic="/turtle1/cmd_vel", msg=message)


@asynccontextmanager
async def client_of(simulator: Simulator) -> AsyncGenerator[Client]:
    async with connect(simulator.url, compression=None, proxy=None) as socket:
        yield Client(socket)


async def until(happened: Callable[[], object]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 # states of a world that owns no events
            await asyncio.sleep(0.01)
