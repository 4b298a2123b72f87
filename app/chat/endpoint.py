"""Asking an endpoint what it serves before the first request, so that a wrong address is said in seconds.

httpx only: ``doctor`` and the first second of a run use it before the openai package is imported.
"""

import asyncio
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from app.chat.transport import transport_options
from app.errors import EndpointError
from app.settings import Endpoint
from robot.loopback import is_loopback

PROBE_TIMEOUT = 4.5
"""Seconds after which a probe gives up, whatever the endpoint does."""


class UnknownModelError(EndpointError):
    """The endpoint answers, but serves no model of that name."""


@dataclass(frozen=True)
class EndpointInfo:
    """What an endpoint said about itself."""

    base_url: str
    models: Mapping[str, int | None]
    """Served model names in the endpoint's order, each with its context window in tokens where known."""
    has_tokenize: bool
    """Whether vLLM's POST /tokenize counts messages."""

    def served_name(self, wanted: str) -> str:
        """The name to send: the wanted one, or the first for an empty name.

        Raises:
            UnknownModelError: No such model is served here.
        """
        if not wanted:
            return next(iter(self.models))
        if wanted in self.models:
            return wanted
        nearest = sorted(self.models, key=lambda name: -SequenceMatcher(None, wanted.lower(), name.lower()).ratio())
        raise UnknownModelError(
            f"{self.base_url} serves no model called '{wanted}'.", hint=f"It serves: {', '.join(nearest)}."
        )


async def probe(endpoint: Endpoint, *, connect_timeout: float = 3.0) -> EndpointInfo:
    """Ask an endpoint for its models.

    Raises:
        EndpointError: It cannot be used; the message says why. Comes within 5 seconds.
    """
    try:
        async with asyncio.timeout(PROBE_TIMEOUT), _client(endpoint, connect_timeout) as client:
            listing, has_tokenize = await asyncio.gather(client.get("models"), _can_tokenize(client))
    except (httpx.HTTPError, TimeoutError) as error:
        raise EndpointError(
            f"no answer from {endpoint.base_url}: {_cause(error)}.", hint=_start_hint(endpoint)
        ) from error
    models = _models(endpoint, listing)
    return EndpointInfo(endpoint.base_url, models, has_tokenize)


async def count_tokens(
    endpoint: Endpoint, model: str, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
) -> int:
    """Prompt tokens of wire-format messages and tool schemas, counted by vLLM's own template and tokenizer.

    Raises:
        EndpointError: The endpoint did not count them.
    """
    body: dict[str, Any] = {"model": model, "messages": list(messages)}
    if tools:
        body["tools"] = list(tools)
    try:
        async with _client(endpoint, connect_timeout=3.0, timeout=30.0) as client:
            response = await client.post(_tokenize_url(endpoint.base_url), json=body)
    except httpx.HTTPError as error:
        raise EndpointError(f"{endpoint.base_url} counted no tokens: {_cause(error)}.") from error
    count = _count(response)
    if count is None:
        raise EndpointError(f"{endpoint.base_url} counted no tokens: it answered {response.status_code}.")
    return count


def bearer(endpoint: Endpoint) -> str:
    """The key to send; servers without keys accept any."""
    return endpoint.api_key.get_secret_value() or "EMPTY"


def start_command(endpoint: Endpoint) -> str:
    """A command that would start a server at this address."""
    port = urlsplit(endpoint.base_url).port
    place = f" --port {port}" if port and port != 8000 else ""
    return f"python -m app serve {endpoint.model or 'MODEL'}{place}"


def _client(endpoint: Endpoint, connect_timeout: float, timeout: float = PROBE_TIMEOUT) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=endpoint.base_url,
        headers={"Authorization": f"Bearer {bearer(endpoint)}"},
        timeout=httpx.Timeout(timeout, connect=connect_timeout),
        **transport_options(endpoint.base_url),
    )


async def _can_tokenize(client: httpx.AsyncClient) -> bool:
    body = {"messages": [{"role": "user", "content": "."}]}
    try:
        return _count(await client.post(_tokenize_url(str(client.base_url)), json=body)) is not None
    except httpx.HTTPError:
        return False


def _tokenize_url(base_url: str) -> str:
    return base_url.rstrip("/").removesuffix("/v1") + "/tokenize"


def _count(response: httpx.Response) -> int | None:
    answer = _json_object(response) if response.is_success else {}
    count = answer.get("count")
    return count if isinstance(count, int) else None


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return cast(dict[str, Any], answer) if isinstance(answer, dict) else {}


def _models(endpoint: Endpoint, listing: httpx.Response) -> dict[str, int | None]:
    url, status = endpoint.base_url, listing.status_code
    if status in (401, 403):
        raise EndpointError(f"{url} refused the key ({status}).", hint="Set MODEL__API_KEY to a key it accepts.")
    if status == 404:
        raise EndpointError(f"{url} has no list of models (404): probably a wrong path.", hint=_path_hint(url))
    if not listing.is_success:
        raise EndpointError(f"{url} answered {status} to GET /models.", hint="It may still be starting; see its log.")
    entries = _json_object(listing).get("data")
    models = {str(entry["id"]): _window(entry) for entry in _objects(entries) if "id" in entry}
    if not models:
        raise EndpointError(f"{url} lists no models: probably not an OpenAI-compatible server.", hint=_path_hint(url))
    return models


def _objects(entries: object) -> Iterator[dict[str, Any]]:
    for entry in cast(list[Any], entries) if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            yield cast(dict[str, Any], entry)


def _window(entry: Mapping[str, Any]) -> int | None:
    # vLLM and SGLang; Mistral; LM Studio and OpenRouter
    fields = (entry.get(name) for name in ("max_model_len", "max_context_length", "context_length"))
    return next((value for value in fields if isinstance(value, int)), None)


def _cause(error: Exception) -> str:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "it took too long (a firewall, or a server that is still loading its model)"
    chain = list(_chain(error))
    if any(isinstance(link, socket.gaierror) for link in chain):
        return "the host name is not known"
    if any(isinstance(link, ConnectionRefusedError) for link in chain):
        return "nothing listens there"
    return " ".join(str(error).split()) or type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _start_hint(endpoint: Endpoint) -> str:
    if is_loopback(urlsplit(endpoint.base_url).hostname or ""):
        return f"Start one: {start_command(endpoint)}"
    return f"Check MODEL__BASE_URL, or start one there: {start_command(endpoint)}"


def _path_hint(url: str) -> str:
    if url.rstrip("/").endswith("/v1"):
        return "MODEL__BASE_URL is the address up to and including /v1."
    return f"Did you mean {url.rstrip('/')}/v1?"
