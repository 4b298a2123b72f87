"""Who may connect. On loopback everybody who runs programs here; from elsewhere only who knows the token.

A web page in somebody's browser also reaches loopback. Browsers name the page they act for, so a page of another
place is turned away; clients that send no such name, or this address as ros-mcp's library does, come in.
"""

import hmac
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from robot.loopback import is_loopback


class Doorkeeper:
    """Decides about each new connection on the rosbridge side."""

    def __init__(self, host: str, token: str) -> None:
        self._token_needed = not is_loopback(host)
        self._token = token

    def __call__(self, connection: ServerConnection, request: Request) -> Response | None:
        """Let in (None), or answer with why not."""
        if self._token_needed:
            if same(_given_token(request), self._token):
                return None
            return connection.respond(HTTPStatus.UNAUTHORIZED, "the robot guard wants its token\n")
        if _foreign_page(request.headers.get("Origin"), request.headers.get("Host", "")):
            return connection.respond(HTTPStatus.FORBIDDEN, "the robot guard takes no commands from web pages\n")
        return None


def same(given: object, token: str) -> bool:
    """Compare secrets without telling by the time how much of them was right."""
    return isinstance(given, str) and hmac.compare_digest(given.encode(), token.encode())


def _given_token(request: Request) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    return parse_qs(urlsplit(request.path).query).get("token", [""])[0]


def _foreign_page(origin: str | None, host: str) -> bool:
    if origin is None:
        return False
    try:
        page = urlsplit(origin)
        return page.netloc != host or not is_loopback(page.hostname or "")
    except ValueError:
        return True
