"""What the robot guard costs: frames at 50 a second through it and past it, side by side.

`python -m benchmarks.guard --frames 10000`. Three roads lead to the same stand-in for rosbridge: through the guard,
and twice directly; guard and stand-in are processes of their own, as they are on a robot. In every beat each road
carries one velocity, in an order that changes from beat to beat, so that whatever disturbs the machine disturbs all
roads alike. Guarded minus direct is the guard; direct minus direct is the noise of the loopback under the same load.
Time is one way: from before the client's send to the stand-in's receipt, on the one monotonic clock of the machine.
"""

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from robot.control import GuardEndpoint, open_guard_control, read_endpoint

ROADS = ("guarded", "direct", "direct again")
TOPIC = "/turtle1/cmd_vel"
PROFILE = """
name: benchmark
limits: {linear: 0.5, angular: 1.0, linear_acceleration: 1000, angular_acceleration: 1000,
         duration_s: 1000000, rate_hz: 100000}
velocity: {/turtle1/cmd_vel: geometry_msgs/msg/Twist}
"""
_PATIENCE = 10.0


async def answer(connection: ServerConnection) -> None:
    """Be a rosbridge that says when each frame with an id arrived."""
    async for text in connection:
        now = time.monotonic()
        frame = json.loads(text)
        if frame["op"] == "publish" and "id" in frame:
            await connection.send(json.dumps({"op": "publish", "topic": "/arrived", "msg": [frame["id"], now]}))


async def stand_in() -> None:
    """The stand-in's process: print the port, serve until killed."""
    async with serve(answer, "127.0.0.1", 0, compression=None, max_size=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.Event().wait()


async def time_of(client: ClientConnection, number: int, speed: float) -> float:
    """Seconds that one velocity takes from the client to the stand-in."""
    message = {"linear": {"x": speed, "y": 0.0, "z": 0.0}, "angular": {"x": 0.0, "y": 0.0, "z": 0.1}}
    text = json.dumps({"op": "publish", "id": number, "topic": TOPIC, "msg": message})
    began = time.monotonic()
    await client.send(text)
    answered, arrived = json.loads(await asyncio.wait_for(client.recv(), _PATIENCE))["msg"]
    assert answered == number, f"frame {number} was not answered, but {answered}"
    return arrived - began


def quantile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def measure(clients: dict[str, ClientConnection], frames: int, rate_hz: float) -> dict[str, list[float]]:
    """Seconds each frame took, by road; index by index they were sent in the same beat."""
    took: dict[str, list[float]] = {road: [] for road in ROADS}
    numbers, order = itertools.count(), list(ROADS)
    chance = random.Random(1)
    next_beat = time.perf_counter()
    for beat in range(frames):
        chance.shuffle(order)
        for road in order:
            # Every tenth velocity is beyond the limit, so that frames which are written anew are in it.
            took[road].append(await time_of(clients[road], next(numbers), 9.0 if beat % 10 == 0 else 0.3))
        next_beat += 1 / rate_hz
        await asyncio.sleep(max(0.0, next_beat - time.perf_counter()))
    return took


async def flood(client: ClientConnection, pid: int, frames: int) -> list[tuple[int, float]]:
    """Frames as fast as they go; the guard's memory in MiB after every tenth of them."""
    seen: list[tuple[int, float]] = []
    numbers = itertools.count(10_000_000)
    for done in range(1, frames + 1):
        if done % 100:
            await client.send(json.dumps({"op": "publish", "topic": TOPIC, "msg": {"linear": {"x": 0.3}}}))
        else:
            await time_of(client, next(numbers), 0.3)
        if done % (frames // 10) == 0:
            seen.append((done, resident_mib(pid)))
    return seen


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def render_table(took: dict[str, list[float]]) -> str:
    """Milliseconds, as Markdown."""
    rows = [(road, took[road]) for road in ROADS]
    rows.append(("guarded - direct", [a - b for a, b in zip(took["guarded"], took["direct"], strict=True)]))
    rows.append(("direct - direct", [a - b for a, b in zip(took["direct again"], took["direct"], strict=True)]))
    lines = ["| ms | p50 | p90 | p99 | mean |", "|---|---|---|---|---|"]
    for name, values in rows:
        figures = [*(quantile(values, share) for share in (0.5, 0.9, 0.99)), statistics.fmean(values)]
        lines.append(f"| {name} | " + " | ".join(f"{value * 1000:.3f}" for value in figures) + " |")
    return "\n".join(lines)


@asynccontextmanager
async def process(*arguments: str) -> AsyncGenerator[tuple[int, str]]:
    """A Python program; its pid and the first line it says."""
    started = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE, stderr=DEVNULL)
    assert started.stdout is not None
    try:
        yield started.pid, (await started.stdout.readline()).decode().strip()
    finally:
        started.terminate()
        await started.wait()


def guard_arguments(folder: Path, port: int) -> list[str]:
    """A guard as a person runs it."""
    profile = folder / "benchmark.yaml"
    profile.write_text(PROFILE)
    place = ["--state-dir", str(folder), "--rosbridge", f"127.0.0.1:{port}", "--port", "0"]
    return ["-m", "robot.guard", "--profile", str(profile), *place]


async def connected(endpoint: GuardEndpoint) -> None:
    """Wait until the guard knows its robot."""
    async with open_guard_control(endpoint) as control:
        for _ in range(100):
            if (await control.status())["connected"]:
                return
            await asyncio.sleep(0.1)
    raise TimeoutError("the guard did not find the stand-in")


async def run(frames: int, rate_hz: float, flooded: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            process("-m", "benchmarks.guard", "--stand-in") as (_, port),
            process(*guard_arguments(Path(folder), int(port))) as (pid, _),
        ):
            endpoint = read_endpoint(Path(folder) / "benchmark.json")
            await connected(endpoint)
            direct = f"ws://127.0.0.1:{port}"
            async with _client(endpoint.rosbridge_url) as guarded, _client(direct) as one, _client(direct) as two:
                clients = dict(zip(ROADS, (guarded, one, two), strict=True))
                await measure(clients, 50, rate_hz)  # the first frames find cold caches
                took = await measure(clients, frames, rate_hz)
                print(f"{frames} frames a road at {rate_hz:g} Hz, p99 of the difference under 2 ms wanted\n")
                print(render_table(took), flush=True)
                if flooded:
                    print(f"\nmemory of the guard over {flooded} frames")
                    for done, mib in await flood(guarded, pid, flooded):
                        print(f"{done:>8} {mib:6.1f} MiB")


def _client(url: str) -> connect:
    return connect(url, compression=None, proxy=None)


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.guard", description=__doc__)
    parser.add_argument("--frames", type=int, default=10_000, help="beats; each carries one frame on every road")
    parser.add_argument("--rate", type=float, default=50.0, help="beats a second")
    parser.add_argument("--flood", type=int, default=100_000, help="frames for the look at memory; 0 leaves it out")
    parser.add_argument("--stand-in", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.stand_in:
        with suppress(KeyboardInterrupt):
            return asyncio.run(stand_in())
    return asyncio.run(run(arguments.frames, arguments.rate, arguments.flood))


if __name__ == "__main__":
    main()
