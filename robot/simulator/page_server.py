"""The web page of the simulated robot: one HTML file, a picture, and a websocket for what moves.

The page has a button that stops a robot, so other pages must not press it: only loopback names are answered as host
(a foreign name that resolves here is a rebinding attack), the websocket wants this page's origin, and a press wants a
token that only this page contains. The page is for this machine; serving it to a network was decided against.
"""

import asyncio
import contextlib
import hmac
import json
import secrets
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from robot.control import GuardRefused, GuardUnreachable
from robot.simulator.camera import picture, png
from robot.simulator.guard_view import GuardView
from robot.simulator.server import Simulator
from robot.simulator.snapshot import snapshot

PAGE_PORT = 9080
_HOST = "127.0.0.1"
_NAMES = ("127.0.0.1", "localhost")
_FRAME_PAUSE = 0.1
_PAGE = Path(__file__).with_name("page.html")


class PageServer:
    """Serves the page between `start` and `stop`.

    Args:
        simulator: what is shown.
        guard: the guard whose state is shown and whose E-stop is pressed, if there is one.
    """

    def __init__(self, simulator: Simulator, guard: GuardView | None = None) -> None:
        self._simulator = simulator
        self._guard = guard
        self._token = secrets.token_urlsafe(24)
        self._server: Server | None = None
        self._following: asyncio.Task[None] | None = None
        self.port = 0
        """Where the page is, once started."""

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://{_HOST}:{self.port}/"

    async def start(self, port: int = PAGE_PORT) -> None:
        """Listen on that port; 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        self._server = await serve(
            self._live, _HOST, port, process_request=self._answer, compression=None, max_size=10_000, close_timeout=1
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        if self._guard is not None:
            self._following = asyncio.create_task(self._guard.follow())

    async def stop(self) -> None:
        """Close all connections and end."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def press_stop(self) -> str:
        """Stop the robot: by the guard if there is one, else the simulated robot itself.

        Returns:
            What was done, as a sentence.
        """
        if self._guard is not None:
            try:
                await self._guard.estop("pressed on the simulator's web page")
            except (GuardUnreachable, GuardRefused) as error:
                self._halt()
                return f"The guard did not answer ({error}), so the simulated robot was halted itself."
            return "The guard's E-stop is latched. `python -m app robot reset` ends it."
        self._halt()
        return "The simulated robot is halted."

    def _halt(self) -> None:
        self._simulator.system.advance()
        self._simulator.world.halt()

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        host = request.headers.get("Host", "")
        if host not in {f"{name}:{self.port}" for name in _NAMES}:
            return connection.respond(HTTPStatus.FORBIDDEN, "This page is for the machine it runs on.\n")
        path = request.path.partition("?")[0]
        if path == "/live":
            if request.headers.get("Origin") == f"http://{host}":
                return None
            return connection.respond(HTTPStatus.FORBIDDEN, "Only the page itself may connect.\n")
        if path == "/camera.png":
            self._simulator.system.advance()
            return _response("image/png", png(picture(self._simulator.world)))
        if path == "/":
            return self._page()
        return connection.respond(HTTPStatus.NOT_FOUND, "There is only one page here.\n")

    def _page(self) -> Response:
        nonce = secrets.token_urlsafe(16)
        text = _PAGE.read_text(encoding="utf-8").replace("{{nonce}}", nonce).replace("{{token}}", self._token)
        rules = (
            "default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src 'unsafe-inline'; "
            f"script-src 'nonce-{nonce}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        )
        return _response("text/html; charset=utf-8", text.encode(), ("Content-Security-Policy", rules))

    async def _live(self, socket: ServerConnection) -> None:
        reading = asyncio.create_task(self._read(socket))
        drawn: dict[str, int] = {}
        try:
            while not reading.done():
                self._simulator.system.advance()
                await socket.send(json.dumps(snapshot(self._simulator, self._guard, drawn)))
                await asyncio.sleep(_FRAME_PAUSE)
        except ConnectionClosed:
            pass
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in socket:
                if said := await self._pressed(text):
                    await socket.send(json.dumps({"said": said}))

    async def _pressed(self, text: str | bytes) -> str:
        try:
            given: Any = json.loads(text)
        except ValueError:
            return ""
        request = cast(dict[str, Any], given) if isinstance(given, dict) else {}
        token = request.get("token")
        if not isinstance(token, str) or not hmac.compare_digest(token.encode(), self._token.encode()):
            return "That press did not come from this page. Reload it."
        if request.get("op") == "stop":
            return await self.press_stop()
        if request.get("op") == "release":
            self._simulator.world.release()
            return "The simulated robot takes commands again."
        return ""


def _response(kind: str, body: bytes, *more: tuple[str, str]) -> Response:
    headers = Headers([("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")])
    headers.update([("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("Connection", "close")])
    headers.update(more)
    return Response(HTTPStatus.OK, "OK", headers, body)
