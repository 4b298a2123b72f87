"""One client and its own connection to rosbridge: judged on the way up, copied raw on the way down.

A connection for each client keeps rosbridge's answers and subscriptions apart without the guard knowing them. It is
made while the client's first frame is on its way; where there is no rosbridge, every frame is answered with why.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from robot import frames
from robot.frames import BadFrame
from robot.guard.black_box import BlackBox
from robot.guard.denial import render_denial
from robot.guard.interface_types import InterfaceTypes
from robot.guard.judge import Judge, Ruling
from robot.guard.link import connect_to_rosbridge
from robot.guard.safety import Safety

TRY_AGAIN_LATER = 1013
_LONGEST_REASON = 120
"""Bytes that fit into a websocket's closing frame."""


@dataclass(frozen=True)
class Rules:
    """What every session of one guard shares."""

    judge: Judge
    safety: Safety
    types: InterfaceTypes
    black_box: BlackBox
    rosbridge_url: str
    clock: Callable[[], float] = time.monotonic


class Session:
    """One client of the guard."""

    def __init__(self, number: int, client: ServerConnection, rules: Rules) -> None:
        self.number = number
        self._client, self._rules = client, rules
        self._upstream: ClientConnection | None = None
        self._copying: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve the client until it leaves or rosbridge does."""
        opening = asyncio.create_task(self._open())
        try:
            async for text in self._client:
                await opening
                await self._up(text)
        except ConnectionClosed:
            pass  # it left without goodbye
        finally:
            self._rules.safety.left(self.number, self._rules.clock())
            self._rules.judge.forget(self.number)
            opening.cancel()
            await self._close()

    async def _open(self) -> None:
        """Connect upwards; without success the next frame tries again."""
        with suppress(OSError, WebSocketException):
            self._upstream = await connect_to_rosbridge(self._rules.rosbridge_url)
            self._copying = asyncio.create_task(self._copy_down(self._upstream))

    async def _close(self) -> None:
        if self._copying:
            self._copying.cancel()
            with suppress(asyncio.CancelledError):
                await self._copying
        if self._upstream:
            await self._upstream.close()

    async def _up(self, text: str | bytes) -> None:
        if self._upstream is None:
            await self._open()
        ruling = await self._ruling(text)
        self._rules.black_box.up(self.number, text, ruling)
        if ruling.forward is not None and self._upstream is not None:
            try:
                await self._upstream.send(ruling.forward)
            except ConnectionClosed:
                await self._end(f"robot guard: rosbridge at {self._rules.rosbridge_url} went away")
        if ruling.answer is not None:
            await self._client.send(frames.encode(ruling.answer))

    async def _ruling(self, text: str | bytes) -> Ruling:
        rules = self._rules
        if self._upstream is None:
            return self._unreachable(text)
        ruling = rules.judge.judge(self.number, text, rules.clock(), rules.types.known)
        if ruling.verdict != "ask":
            return ruling
        await rules.types.refresh()
        return rules.judge.judge(self.number, text, rules.clock(), lambda name: bool(rules.types.known(name)))

    def _unreachable(self, text: str | bytes) -> Ruling:
        reason = f"rosbridge at {self._rules.rosbridge_url} is unreachable, nothing was sent."
        self._rules.safety.counts["denied"] += 1
        self._rules.safety.counts["denied: unreachable"] += 1
        try:
            frame = frames.decode(text)
        except BadFrame:
            frame = {"op": "status"}
        return Ruling("denied", answer=render_denial(frame, reason), reason=reason)

    async def _copy_down(self, upstream: ClientConnection) -> None:
        goals, black_box = self._rules.safety.goals, self._rules.black_box
        try:
            async for text in upstream:
                black_box.down(self.number, text)
                if goals.of(self.number) and isinstance(text, str) and '"action_result"' in text:
                    self._note_result(text)
                await self._client.send(text)
        except ConnectionClosed:
            pass  # either side; the other is told below or knows
        await self._end(f"robot guard: rosbridge at {self._rules.rosbridge_url} closed the connection")

    def _note_result(self, text: str) -> None:
        with suppress(BadFrame):
            frame = frames.decode(text)
            if frame["op"] == "action_result":
                self._rules.safety.goals.ended(str(frame.get("id")))

    async def _end(self, reason: str) -> None:
        await self._client.close(TRY_AGAIN_LATER, reason[:_LONGEST_REASON])
