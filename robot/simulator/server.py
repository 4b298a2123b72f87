"""The simulated robot on the network: the bridge's websocket and the clock that drives the world."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve

from robot.simulator.connection import Connection
from robot.simulator.interfaces import Flavour
from robot.simulator.op_log import OpLog
from robot.simulator.system import System
from robot.simulator.turtle import STEP
from robot.simulator.world import World

ROSBRIDGE_PORT = 9090
_LARGEST_FRAME = 10_000_000


@dataclass(frozen=True)
class SimulatorOptions:
    """How the robot is simulated. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = ROSBRIDGE_PORT
    ros1: bool = False
    """Play rosbridge of ROS 1 instead of ROS 2."""
    status_frames: bool = False
    """Tell clients of their mistakes, which real rosbridge does not."""
    rates: dict[str, float] = field(default_factory=lambda: {})
    """Rates in Hz that differ from the usual ones, by topic."""
    log_file: Path | None = None
    """Where operations are appended, a JSON object a line."""


class Simulator:
    """A simulated robot, running between `start` and `stop`; usable as an async context manager."""

    def __init__(self, options: SimulatorOptions | None = None) -> None:
        self.options = options or SimulatorOptions()
        self.system = System(Flavour.ROS1 if self.options.ros1 else Flavour.ROS2, self.options.rates)
        self._started = time.monotonic()
        self.log = OpLog(lambda: time.monotonic() - self._started, self.system.poses, self.options.log_file)
        self.connections: dict[int, tuple[str, float]] = {}
        """The clients: address, and when they came, seconds since 1970."""
        self.port = 0
        """Where the bridge listens, once started."""
        self._clients = 0
        self._server: Server | None = None
        self._clock: asyncio.Task[None] | None = None

    @property
    def world(self) -> World:
        """The robots."""
        return self.system.world

    @property
    def url(self) -> str:
        """The bridge's address."""
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"ws://{host}:{self.port}"

    async def start(self) -> None:
        """Listen and let time run.

        Raises:
            OSError: the port is taken.
        """
        options = self.options
        self._server = await serve(
            self._serve,
            options.host,
            options.port,
            compression=None,
            max_size=_LARGEST_FRAME,
            ping_interval=None,
            open_timeout=10,
            close_timeout=1,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        self._clock = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Close all connections and end."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        if self._clock is not None:
            self._clock.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._clock
        self.log.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _run(self) -> None:
        while True:
            self.system.advance()
            self.system.publish()
            await asyncio.sleep(STEP)

    async def _serve(self, socket: ServerConnection) -> None:
        self._clients += 1
        number = self._clients
        address = str(socket.remote_address[0]) if socket.remote_address else ""
        self.connections[number] = (address, time.time())
        self.system.clients_changed(list(self.connections.values()))
        connection = Connection(socket, number, self.system, self.log, status_frames=self.options.status_frames)
        try:
            await connection.serve()
        finally:
            del self.connections[number]
            self.system.clients_changed(list(self.connections.values()))
