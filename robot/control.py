"""The guard's control socket from the other side: how an agent holds, releases and stops the robot.

It shares nothing with the road that commands take, so a stop arrives while that road is blocked. One request, one
answer; only `watch` streams, and it does so on a connection of its own so that no stop ever waits behind an event.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

ANSWER_SECONDS = 2.0


class GuardUnreachable(ConnectionError):
    """No guard answers there (any more)."""


class GuardRefused(RuntimeError):
    """The guard answered and said no; the message is its sentence."""


@dataclass(frozen=True)
class GuardEndpoint:
    """Where a running guard is; it keeps this in `<state folder>/<profile>.json`, readable by its owner alone."""

    profile: str
    host: str
    """Where both sockets listen."""
    port: int
    """The rosbridge side."""
    control_port: int
    token: str
    pid: int

    @property
    def rosbridge_url(self) -> str:
        """What a rosbridge client connects to."""
        return f"ws://{_bracketed(self.host)}:{self.port}"

    @property
    def control_url(self) -> str:
        """The control socket."""
        return f"ws://{_bracketed(self.host)}:{self.control_port}"

    def to_json(self) -> str:
        """The text of the file."""
        return json.dumps(asdict(self))


def _bracketed(host: str) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{reachable}]" if ":" in reachable else reachable


def read_endpoint(path: Path) -> GuardEndpoint:
    """Read where a guard is.

    Raises:
        GuardUnreachable: there is no such file, or it is not one of a guard.
    """
    try:
        return GuardEndpoint(**json.loads(path.read_text(encoding="utf-8")))
    except OSError:
        raise GuardUnreachable(f"no guard is running (there is no {path})") from None
    except (ValueError, TypeError):
        raise GuardUnreachable(f"{path} does not say where a guard is") from None


class GuardControl:
    """A connection to one guard. Safe to use from several tasks of one event loop.

    Every method raises GuardUnreachable when the guard is gone or silent for ANSWER_SECONDS, and GuardRefused when
    it says no (wrong token, a release while the E-stop is latched).
    """

    def __init__(self, endpoint: GuardEndpoint, connection: "ClientConnection") -> None:
        self.endpoint = endpoint
        self._connection = connection
        self._turn = asyncio.Lock()
        self._numbers = itertools.count(1)

    async def status(self) -> dict[str, Any]:
        """State and counters: `state` is released, held or estop; see docs/threat-model.md for the rest."""
        return await self._ask("status")

    async def hold(self, reason: str = "") -> dict[str, Any]:
        """Zero velocity now, cancel goals, let no write through until `release`."""
        return await self._ask("hold", reason=reason)

    async def release(self) -> dict[str, Any]:
        """Let commands through again. Streams that a hold interrupted stay blocked until they have ended."""
        return await self._ask("release")

    async def estop(self, reason: str = "") -> dict[str, Any]:
        """Latch the emergency stop: as `hold`, but only `reset` ends it, also after a restart of the guard."""
        return await self._ask("estop", reason=reason)

    async def reset(self, by: str) -> dict[str, Any]:
        """Unlatch the emergency stop; the guard is as after its start, released or held. For a person's doors only."""
        return await self._ask("reset", by=by)

    async def heartbeat(self, run: str) -> dict[str, Any]:
        """Say that the run behind a movement is alive; wanted several times within the profile's `deadman_s`."""
        return await self._ask("heartbeat", run=run)

    async def watch(self) -> AsyncIterator[dict[str, Any]]:
        """Everything that happens from now on, as `{"event": name, ...}`, until the guard ends."""
        try:
            async with await _connect(self.endpoint) as connection:
                await connection.send(_request(self.endpoint, "watch"))
                _checked(json.loads(await connection.recv()))
                async for text in connection:
                    yield cast(dict[str, Any], json.loads(text))
        except _broken() as error:
            raise GuardUnreachable(f"the guard at {self.endpoint.control_url} is gone ({error})") from None

    async def _ask(self, op: str, **fields: str) -> dict[str, Any]:
        number = next(self._numbers)
        try:
            async with self._turn, asyncio.timeout(ANSWER_SECONDS):
                await self._connection.send(_request(self.endpoint, op, number=number, **fields))
                answer = await self._answer(number)
        except _broken() as error:
            reason = str(error) or "no answer in time"
            raise GuardUnreachable(f"the guard at {self.endpoint.control_url} does not answer ({reason})") from None
        return _checked(answer)

    async def _answer(self, number: int) -> dict[str, Any]:
        """The answer to this request; one whose asker was cancelled lies before it unread."""
        while True:
            answer: dict[str, Any] = json.loads(await self._connection.recv())
            if answer.pop("number", None) == number:
                return answer


def _request(endpoint: GuardEndpoint, op: str, **fields: object) -> str:
    return json.dumps({"op": op, "token": endpoint.token, **fields})


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if not answer.pop("ok", False):
        raise GuardRefused(str(answer.get("error", "the guard refused")))
    return answer


def _broken() -> tuple[type[Exception], ...]:
    """What a connection raises that breaks. Imported late: doors know this module when there is no robot, too."""
    from websockets.exceptions import WebSocketException

    return OSError, WebSocketException


async def _connect(endpoint: GuardEndpoint) -> "ClientConnection":
    from websockets.asyncio.client import connect

    wait = ANSWER_SECONDS
    return await connect(endpoint.control_url, compression=None, proxy=None, open_timeout=wait, close_timeout=wait)


@asynccontextmanager
async def open_guard_control(endpoint: GuardEndpoint) -> AsyncGenerator[GuardControl]:
    """Connect to a running guard.

    Raises:
        GuardUnreachable: nobody listens there.
    """
    try:
        connection = await _connect(endpoint)
    except _broken() as error:
        raise GuardUnreachable(f"no guard at {endpoint.control_url} ({error})") from None
    try:
        yield GuardControl(endpoint, connection)
    finally:
        await connection.close()
