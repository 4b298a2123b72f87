"""Guards on real sockets, before a rosbridge that remembers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from robot.guard.guard import Guard, GuardOptions, open_guard
from robot.profile import Address, GuardPorts, RobotProfile
from tests.robot.guard.driving import turtlesim
from tests.robot.recording_rosbridge import RecordingRosbridge, recording_rosbridge

OpenGuard = Callable[..., AbstractAsyncContextManager[Guard]]


@pytest.fixture
async def rosbridge() -> AsyncIterator[RecordingRosbridge]:
    async with recording_rosbridge() as bridge:
        yield bridge


@pytest.fixture
def guarding(rosbridge: RecordingRosbridge, tmp_path: Path) -> OpenGuard:
    """Open a guard before the recording rosbridge; wait until they know each other unless `unconnected`."""

    @asynccontextmanager
    async def open_(
        profile: RobotProfile | None = None, *, unconnected: bool = False, **options: Any
    ) -> AsyncGenerator[Guard]:
        here = replace(profile or turtlesim(), rosbridge=Address(port=rosbridge.port), guard=GuardPorts(0, 0))
        async with open_guard(here, GuardOptions(tmp_path / "guard", **options)) as guard:
            if not unconnected:
                await eventually(lambda: guard.link.connected)
            yield guard

    return open_


@pytest.fixture
async def guard(guarding: OpenGuard) -> AsyncIterator[Guard]:
    async with guarding() as guard:
        yield guard


def client_of(guard: Guard) -> connect:
    """A rosbridge client of a guard."""
    return connect(guard.endpoint.rosbridge_url, compression=None, proxy=None, max_size=None)


async def stream(client: ClientConnection, text: str, *, seconds: float = 60.0, rate_hz: float = 20.0) -> None:
    """Say the same thing again and again, as ros-mcp does, whatever comes back."""
    for _ in range(round(seconds * rate_hz)):
        await client.send(text)
        await asyncio.sleep(1 / rate_hz)


async def eventually(holds: Callable[[], object], within: float = 10.0) -> None:
    """Wait for something inside this process that no event tells."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 -- states of several parts, none of which owns an event
            await asyncio.sleep(0.005)
