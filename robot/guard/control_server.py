"""The guard's second socket: stop, hold, release, reset, heartbeat, status, watch. Every request carries the token.

It shares neither socket nor connection with commands, so a client that floods those cannot keep a stop waiting.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol, cast

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from robot.guard.access import same
from robot.guard.policy import Denied

_MOST_EVENTS = 1000
"""That a slow watcher may be behind; older ones are lost to it."""
_LONGEST_WORD = 200
Answer = dict[str, Any]


class Controlled(Protocol):
    """What can be done to a guard."""

    def status(self) -> Answer:
        """State and counters."""
        ...

    def hold(self, reason: str) -> None:
        """Stand still until released."""
        ...

    def release(self) -> None:
        """Let commands through; raises Denied while the E-stop is latched."""
        ...

    async def estop(self, reason: str) -> None:
        """Latch the E-stop."""
        ...

    async def reset(self, by: str) -> None:
        """Unlatch it."""
        ...

    def heartbeat(self, run: str, channel: int) -> None:
        """A sign of life came over a connection."""
        ...

    def channel_lost(self, channel: int) -> None:
        """A control connection ended."""
        ...

    def watch(self, watcher: Callable[[Answer], None]) -> Callable[[], None]:
        """Call `watcher` with every event until the returned function is called."""
        ...


class ControlServer:
    """Answers on the control socket."""

    def __init__(self, guard: Controlled, token: str) -> None:
        self._guard, self._token = guard, token
        self._numbers = itertools.count(1)
        self._ops: dict[str, Callable[[Answer, int], Awaitable[Answer]]] = {
            "status": self._status,
            "hold": self._hold,
            "release": self._release,
            "estop": self._estop,
            "reset": self._reset,
            "heartbeat": self._heartbeat,
        }

    async def serve(self, connection: ServerConnection) -> None:
        """One connection until it ends."""
        channel = next(self._numbers)
        try:
            async for text in connection:
                if not await self._serve_one(connection, text, channel):
                    break
        except ConnectionClosed:
            pass  # it left without goodbye
        finally:
            self._guard.channel_lost(channel)

    async def _serve_one(self, connection: ServerConnection, text: str | bytes, channel: int) -> bool:
        """Answer one request; False when the connection is to end."""
        request = _object(text)
        if not same(request.get("token"), self._token):
            await _send(connection, request, {"ok": False, "error": "the token is wrong"})
            return False
        if request.get("op") == "watch":
            await self._stream(connection, request)
            return False
        await _send(connection, request, await self._answer(request, channel))
        return True

    async def _answer(self, request: Answer, channel: int) -> Answer:
        op = self._ops.get(str(request.get("op")))
        if op is None:
            return {"ok": False, "error": f"unknown op; known: {', '.join([*self._ops, 'watch'])}"}
        try:
            return {"ok": True, **await op(request, channel)}
        except Denied as denied:
            return {"ok": False, "error": denied.reason}
        except OSError as error:
            return {"ok": False, "error": f"done, but it will not survive a restart of the guard: {error}"}

    async def _status(self, request: Answer, channel: int) -> Answer:
        return self._guard.status()

    async def _hold(self, request: Answer, channel: int) -> Answer:
        self._guard.hold(_word(request, "reason"))
        return {"state": self._guard.status()["state"]}

    async def _release(self, request: Answer, channel: int) -> Answer:
        self._guard.release()
        return {"state": self._guard.status()["state"]}

    async def _estop(self, request: Answer, channel: int) -> Answer:
        await self._guard.estop(_word(request, "reason"))
        return {"state": self._guard.status()["state"]}

    async def _reset(self, request: Answer, channel: int) -> Answer:
        by = _word(request, "by")
        if not by:
            raise Denied("reset", 'a reset needs "by": the name of the person who looked at the robot.')
        try:
            await self._guard.reset(by)
        except OSError as error:
            raise Denied("reset", f"the E-stop stays latched: {error}") from None
        return {"state": self._guard.status()["state"]}

    async def _heartbeat(self, request: Answer, channel: int) -> Answer:
        self._guard.heartbeat(_word(request, "run") or "an unnamed run", channel)
        return {"state": self._guard.status()["state"]}

    async def _stream(self, connection: ServerConnection, request: Answer) -> None:
        events: asyncio.Queue[Answer] = asyncio.Queue(_MOST_EVENTS)
        unwatch = self._guard.watch(lambda event: None if events.full() else events.put_nowait(event))
        await _send(connection, request, {"ok": True})
        sending = asyncio.create_task(_pump(events, connection))
        try:
            await connection.wait_closed()
        finally:
            unwatch()
            sending.cancel()
            with suppress(asyncio.CancelledError, ConnectionClosed):
                await sending


async def _pump(events: asyncio.Queue[Answer], connection: ServerConnection) -> None:
    while True:
        await connection.send(json.dumps(await events.get(), default=str))


async def _send(connection: ServerConnection, request: Answer, answer: Answer) -> None:
    if "number" in request:
        answer = {"number": request["number"], **answer}
    await connection.send(json.dumps(answer, default=str))


def _object(text: str | bytes) -> Answer:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    return cast(Answer, value) if isinstance(value, dict) else {}


def _word(request: Answer, key: str) -> str:
    value = request.get(key)
    return " ".join(value.split())[:_LONGEST_WORD] if isinstance(value, str) else ""
