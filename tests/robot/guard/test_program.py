"""`python -m robot.guard` as a process, with clients that are processes too and are killed."""

import asyncio
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from robot.control import GuardEndpoint, open_guard_control, read_endpoint
from tests.robot.guard.conftest import eventually
from tests.robot.recording_rosbridge import RecordingRosbridge
from tests.source_tree import ROOT

pytestmark = pytest.mark.slow

PROFILE = """
name: bare
limits: {linear: 0.5, angular: 1.0, linear_acceleration: 100, angular_acceleration: 100, duration_s: 60, rate_hz: 50}
velocity: {/turtle1/cmd_vel: geometry_msgs/msg/Twist}
"""
CLIENT = """
import asyncio, sys
from websockets.asyncio.client import connect
async def main():
    async with connect(sys.argv[1], proxy=None) as client:
        while True:
            await client.send('{"op":"publish","topic":"/turtle1/cmd_vel","msg":{"linear":{"x":0.4}}}')
            await asyncio.sleep(0.05)
asyncio.run(main())
"""
STARTER = """
import subprocess, sys, os, time
process = subprocess.Popen([sys.executable, *sys.argv[1:], "--parent", str(os.getpid())], start_new_session=True)
print(process.pid, flush=True)
time.sleep(60)
"""


@asynccontextmanager
async def running(*arguments: object) -> AsyncGenerator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, *map(str, arguments))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def guard_command(tmp_path: Path, rosbridge: RecordingRosbridge, *more: object) -> list[object]:
    profile = tmp_path / "bare.yaml"
    profile.write_text(PROFILE)
    place = ["--state-dir", tmp_path / "state", "--rosbridge", f"127.0.0.1:{rosbridge.port}", "--port", 0]
    return ["-m", "robot.guard", "--profile", profile, *place, *more]


async def endpoint_of(tmp_path: Path, rosbridge: RecordingRosbridge) -> GuardEndpoint:
    path = tmp_path / "state" / "bare.json"
    await eventually(path.exists, within=20)
    await rosbridge.until(lambda: rosbridge.ops("advertise"))
    return read_endpoint(path)


@pytest.fixture
async def endpoint(tmp_path: Path, rosbridge: RecordingRosbridge) -> AsyncIterator[GuardEndpoint]:
    async with running(*guard_command(tmp_path, rosbridge)):
        yield await endpoint_of(tmp_path, rosbridge)


def moving(rosbridge: RecordingRosbridge) -> bool:
    return sum(speed != 0 for _, speed in rosbridge.velocities()) >= 10


async def seconds_to_zero(rosbridge: RecordingRosbridge, since: float) -> float:
    await rosbridge.until(lambda: [at for at, speed in rosbridge.velocities() if at > since and speed == 0])
    return min(at for at, speed in rosbridge.velocities() if at > since and speed == 0) - since


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_client_killed_or_frozen_in_mid_move_halts_the_robot(
    endpoint: GuardEndpoint, rosbridge: RecordingRosbridge, death: signal.Signals
):
    async with running("-c", CLIENT, endpoint.rosbridge_url) as client:
        await rosbridge.until(lambda: moving(rosbridge))
        killed = time.monotonic()
        client.send_signal(death)
        assert await seconds_to_zero(rosbridge, killed) < 0.6


async def test_the_program_that_started_the_guard_is_killed_and_the_guard_stops_the_robot_and_ends(
    tmp_path: Path, rosbridge: RecordingRosbridge
):
    async with running("-c", STARTER, *guard_command(tmp_path, rosbridge)) as starter:
        assert starter.stdout is not None
        guard_pid = int(await starter.stdout.readline())
        endpoint = await endpoint_of(tmp_path, rosbridge)
        async with running("-c", CLIENT, endpoint.rosbridge_url):
            await rosbridge.until(lambda: moving(rosbridge))
            killed = time.monotonic()
            starter.kill()
            assert await seconds_to_zero(rosbridge, killed) < 0.6
            await eventually(lambda: not (tmp_path / "state" / "bare.json").exists())
            await eventually(lambda: not _alive(guard_pid))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


async def test_a_guard_that_is_asked_to_end_says_zero_first(tmp_path: Path, rosbridge: RecordingRosbridge):
    async with running(*guard_command(tmp_path, rosbridge)) as guard:
        endpoint = await endpoint_of(tmp_path, rosbridge)
        async with running("-c", CLIENT, endpoint.rosbridge_url):
            await rosbridge.until(lambda: moving(rosbridge))
            guard.terminate()
            output, _ = await guard.communicate()
    assert guard.returncode == 0
    assert f"connect to {endpoint.rosbridge_url}" in output.decode()
    assert endpoint.token not in output.decode()
    assert [speed for _, speed in rosbridge.velocities()][-1] == 0.0


async def test_another_terminal_stops_and_resets(tmp_path: Path, rosbridge: RecordingRosbridge):
    command = guard_command(tmp_path, rosbridge)
    async with running(*command):
        endpoint = await endpoint_of(tmp_path, rosbridge)
        for verb, state in (("estop", "estop"), ("reset", "released"), ("hold", "held"), ("release", "released")):
            async with running(*command, verb) as asked:
                output, errors = await asked.communicate()
            assert asked.returncode == 0, errors
            assert json.loads(output)["state"] == state
        async with open_guard_control(endpoint) as control:
            assert (await control.status())["counters"]["estop"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--profile", "nonesuch"], "there is no robot profile nonesuch; give a path, or one of: turtlesim"),
        (["status"], "no guard is running"),
        (["replay", "/nonesuch"], "cannot play /nonesuch"),
    ],
)
async def test_what_cannot_begin_says_why_in_one_line(tmp_path: Path, arguments: list[str], said: str):
    async with running("-m", "robot.guard", "--state-dir", tmp_path, *arguments) as program:
        _, errors = await program.communicate()
    assert program.returncode == 2
    assert said in errors.decode()
    assert "Traceback" not in errors.decode()


@pytest.mark.parametrize("reader", ["silent", "gone"])
async def test_a_guard_goes_on_when_nobody_reads_what_it_says(
    tmp_path: Path, rosbridge: RecordingRosbridge, reader: str
):
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, 4096)
    command = (sys.executable, *map(str, guard_command(tmp_path, rosbridge)))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=writing
    )
    os.close(writing)
    try:
        endpoint = await endpoint_of(tmp_path, rosbridge)
        if reader == "gone":
            os.close(reading)
        async with asyncio.timeout(30), open_guard_control(endpoint) as control:
            for number in range(200):
                await control.hold(f"reason {number} that is written down and that nobody ever reads")
                await control.release()
            assert (await control.status())["state"] == "released"
        zeros = len(rosbridge.ops("publish"))
        async with asyncio.timeout(30), open_guard_control(endpoint) as control:
            await control.estop("a person")
            await rosbridge.until(lambda: len(rosbridge.ops("publish")) >= zeros + 10)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        if reader == "silent":
            os.close(reading)
