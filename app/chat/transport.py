"""How HTTP clients reach an endpoint, the same for the probe (httpx) and the chat model (openai's client).

A proxy from the environment cannot reach this machine's own loopback, so it is not asked. Reading the
certificate store takes longer than a local answer, so a plain ``http://`` endpoint gets an empty store:
a redirect to https then fails instead of going unverified.
"""

import ssl
from typing import TypedDict
from urllib.parse import urlsplit

from robot.loopback import is_loopback


class TransportOptions(TypedDict):
    """Keyword arguments of an httpx client."""

    trust_env: bool
    verify: ssl.SSLContext | bool


def transport_options(base_url: str) -> TransportOptions:
    """The options for clients of `base_url`."""
    parts = urlsplit(base_url)
    plain = parts.scheme == "http"
    return {
        "trust_env": not is_loopback(parts.hostname or ""),
        "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True,
    }
