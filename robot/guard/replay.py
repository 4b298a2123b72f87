"""A black box played again: what reached the robot then is sent once more, in the same rhythm.

It is sent like any client's frames, so behind a guard the limits of today hold for it.
"""

import asyncio
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from robot.guard.black_box import read_black_box


class ReplayFailed(RuntimeError):
    """It could not be played; the message says why."""


async def replay(path: Path, url: str, *, speed: float = 1.0) -> int:
    """Send all frames of a black box that reached the robot; the number of them.

    Args:
        path: the current file; older ones beside it are played before it.
        url: a guard, or rosbridge itself.
        speed: 2 plays twice as fast.

    Raises:
        ReplayFailed: no such file, nobody there, or the connection broke.
    """
    try:
        async with connect(url, compression=None, proxy=None, max_size=None) as connection:
            reading = asyncio.create_task(_drain(connection))
            try:
                return await _play(path, connection, speed)
            finally:
                reading.cancel()
    except (OSError, WebSocketException) as error:
        raise ReplayFailed(f"cannot play {path} to {url}: {error}") from None


async def _play(path: Path, connection: ClientConnection, speed: float) -> int:
    loop = asyncio.get_running_loop()
    offset, sent = None, 0
    for record in read_black_box(path):
        text = record.reached_the_robot
        if text is None:
            continue
        due = record.t / speed
        offset = loop.time() - due if offset is None else offset
        await asyncio.sleep(max(0.0, due + offset - loop.time()))
        await connection.send(text)
        sent += 1
    return sent


async def _drain(connection: ClientConnection) -> None:
    async for _ in connection:
        pass
