"""Causes in one sentence: what a person or a model is told when a server fails.

Exceptions of the transports come nested in groups and speak of streams and scopes; what counts is the
innermost, said in the words of the person who wrote mcp.json.
"""

from app.masking import mask
from app.mcp_client.entry import ServerEntry
from app.mcp_client.process import ServerProcess


class ServerDown(Exception):
    """The server cannot be reached now; the text is the cause."""


class CallFailed(Exception):
    """The call failed although the server is there; the text is the cause."""


class TimedOut(CallFailed):
    """It took too long."""


def innermost(error: BaseException) -> BaseException:
    """The first exception that is no group."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error


def cause_of(error: BaseException, entry: ServerEntry) -> str:
    """What went wrong, without the secrets of the entry."""
    return redact(_sentence(innermost(error), entry), entry)


def was_refused(error: BaseException) -> bool:
    """Whether no connection could be made at all."""
    import httpx

    return isinstance(innermost(error), httpx.ConnectError)


def redact(text: str, entry: ServerEntry) -> str:
    """``text`` with every secret of the entry replaced."""
    return mask(text, entry.secrets)


def _sentence(error: BaseException, entry: ServerEntry) -> str:
    import httpx

    if isinstance(error, FileNotFoundError) and entry.transport == "stdio":
        return f"the command `{entry.command}` does not exist or is not on PATH"
    if isinstance(error, PermissionError) and entry.transport == "stdio":
        return f"the command `{entry.command}` may not be run"
    if isinstance(error, httpx.HTTPStatusError):
        return f"{_address(entry)} answered {error.response.status_code} {error.response.reason_phrase}".rstrip()
    if isinstance(error, httpx.ConnectError):
        return f"no connection to {_address(entry)}"
    if isinstance(error, httpx.TimeoutException):
        return f"{_address(entry)} did not answer in time"
    if isinstance(error, httpx.TransportError):
        return f"the connection to {_address(entry)} broke ({type(error).__name__})"
    return _PLAINER.get(str(error), "").format(address=entry.url and _address(entry)) or _text_of(error)


def _text_of(error: BaseException) -> str:
    return str(error) or type(error).__name__


_PLAINER = {
    "Session terminated": "{address} answered 404 Not Found, so there is no MCP server at that path",
    "Connection closed": "the connection was closed",
}


def _address(entry: ServerEntry) -> str:
    import httpx

    url = httpx.URL(entry.url)
    return str(url.copy_with(query=None, fragment=None, username=None, password=None))


async def exit_cause(process: ServerProcess, entry: ServerEntry, *, before: str = "") -> str:
    """How a stdio server ended, with its last words."""
    code = await process.ended(2.0)
    if code is None:
        how = "closed its output"
    elif code < 0:
        how = f"was killed by signal {-code}"
    else:
        how = f"exited with code {code}"
    words = await process.last_words()
    said = f"; last line of its log: {words[:300]}" if words else ""
    return redact(f"{how}{before}{said}", entry)
