"""How fast the robot stands still, by the clock of a rosbridge that notes when each frame arrived."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from robot.control import open_guard_control
from robot.frames import encode
from robot.guard.guard import Guard
from tests.robot.guard.conftest import OpenGuard, client_of, eventually, stream
from tests.robot.guard.driving import move
from tests.robot.recording_rosbridge import RecordingRosbridge

pytestmark = pytest.mark.slow

FORWARD = encode(move(0.4))


@asynccontextmanager
async def in_mid_move(guard: Guard, rosbridge: RecordingRosbridge) -> AsyncGenerator[ClientConnection]:
    """A client that talks on whatever happens; entered once the robot moves."""
    async with client_of(guard) as client:
        talking = asyncio.create_task(stream(client, FORWARD))
        try:
            await rosbridge.until(lambda: len(rosbridge.velocities()) >= 5)
            yield client
        finally:
            talking.cancel()
            with suppress(asyncio.CancelledError, ConnectionClosed):
                await talking


async def halted_after(rosbridge: RecordingRosbridge, since: float) -> float:
    """Seconds until the first zero; nothing but zeros may come later than that, and half a second is looked at."""
    await rosbridge.until(lambda: [at for at, speed in rosbridge.velocities() if at >= since and speed == 0])
    await eventually(lambda: time.monotonic() > since + 0.5)
    moving = [at for at, speed in rosbridge.velocities() if speed != 0]
    zero = min(at for at, speed in rosbridge.velocities() if at >= since and speed == 0)
    return max(zero, moving[-1]) - since


async def test_an_emergency_stop_halts_the_robot_within_a_tenth_of_a_second(
    guard: Guard, rosbridge: RecordingRosbridge
):
    async with in_mid_move(guard, rosbridge), open_guard_control(guard.endpoint) as control:
        pressed = time.monotonic()
        await control.estop("pressed")
        assert await halted_after(rosbridge, pressed) < 0.1


async def test_a_hold_halts_the_robot_within_three_tenths_of_a_second(guard: Guard, rosbridge: RecordingRosbridge):
    async with in_mid_move(guard, rosbridge), open_guard_control(guard.endpoint) as control:
        pressed = time.monotonic()
        await control.hold("Ctrl-C")
        assert await halted_after(rosbridge, pressed) < 0.3


async def test_a_client_whose_connection_breaks_in_mid_move_halts_the_robot(
    guard: Guard, rosbridge: RecordingRosbridge
):
    async with in_mid_move(guard, rosbridge) as client:
        broken = time.monotonic()
        client.transport.abort()
        assert await halted_after(rosbridge, broken) < 0.6


async def test_a_client_that_falls_silent_in_mid_move_halts_the_robot(guard: Guard, rosbridge: RecordingRosbridge):
    async with client_of(guard) as client:
        await stream(client, FORWARD, seconds=0.5)
        silent = rosbridge.velocities()[-1][0]
        assert await halted_after(rosbridge, silent) < 0.6


async def test_an_agent_that_dies_in_mid_move_halts_the_robot(guard: Guard, rosbridge: RecordingRosbridge):
    async with open_guard_control(guard.endpoint) as control:
        await control.heartbeat("run 7")
        async with in_mid_move(guard, rosbridge):
            died = time.monotonic()
            control._connection.transport.abort()  # pyright: ignore[reportPrivateUsage] -- as the kernel does for the dead
            assert await halted_after(rosbridge, died) < 0.6


async def test_an_agent_that_hangs_in_mid_move_halts_the_robot(guard: Guard, rosbridge: RecordingRosbridge):
    async with client_of(guard) as client, open_guard_control(guard.endpoint) as control:
        talking = asyncio.create_task(stream(client, FORWARD))
        while len(rosbridge.velocities()) < 10:
            await control.heartbeat("run 7")
            await asyncio.sleep(0.05)
        await control.heartbeat("run 7")
        last = time.monotonic()
        assert await halted_after(rosbridge, last) < 0.6
        talking.cancel()


async def test_the_end_of_the_guard_leaves_no_robot_moving(guarding: OpenGuard, rosbridge: RecordingRosbridge):
    async with guarding() as guard, client_of(guard) as client:
        await stream(client, FORWARD, seconds=0.3)
    assert [speed for _, speed in rosbridge.velocities()][-2:] == [0.0, 0.0]


@pytest.mark.parametrize("held", [False, True])
async def test_an_emergency_stop_survives_a_restart(guarding: OpenGuard, rosbridge: RecordingRosbridge, held: bool):
    async with guarding() as guard:
        await guard.estop("pressed by Ada")
    rosbridge.received.clear()
    async with guarding(held=held) as guard:
        assert guard.status()["state"] == "estop"
        assert guard.status()["reason"] == "pressed by Ada"
        async with client_of(guard) as client:
            await client.send(FORWARD)
            assert "only a person can reset it" in str(await client.recv())
        await guard.reset("Ada")
    async with guarding() as guard:
        assert guard.status()["state"] == "released"


async def test_a_latch_that_cannot_be_read_is_a_latch(guarding: OpenGuard):
    async with guarding() as guard:
        path = guard.options.state_folder / "turtlesim.estop"
    path.write_text("{")
    async with guarding() as guard:
        assert guard.status()["state"] == "estop"
