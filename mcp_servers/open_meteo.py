"""Asks Open-Meteo for places and weather over HTTP.

No key is needed; with ``WEATHER_API_KEY`` the commercial hosts are asked. ``WEATHER_BASE_URL`` stands
in for both hosts, for a mirror of one's own. It uses urllib, because it is there already when a
server starts, and keeps to proxies named in the environment.
"""

import json
import os
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlencode

from mcp_servers.stdio import ToolError

TIMEOUT_SECONDS = 10.0
LARGEST_ANSWER = 1_000_000
"""Bytes; a week of weather takes two thousand."""
PLACES_ASKED = 10

Json = dict[str, Any]
Service = Literal["geocoding-api", "api"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Somewhere on the map, as the geocoder knows it."""

    name: str
    region: str
    country: str
    country_code: str
    latitude: float
    longitude: float

    def __str__(self) -> str:
        parts = [self.name, self.region if self.region != self.name else "", self.country]
        return ", ".join(part for part in parts if part)

    def lies_in(self, area: str) -> bool:
        """Whether the area is this place's region, country or country code."""
        return area.casefold() in {self.region.casefold(), self.country.casefold(), self.country_code.casefold()}


def find_places(name: str) -> list[Place]:
    """Places of that name, the best known first; empty when there is none."""
    answer = _ask("geocoding-api", "/v1/search", {"name": name, "count": PLACES_ASKED, "language": "en"})
    found = answer.get("results", [])
    try:
        return [_place(entry) for entry in found]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unreadable("geocoding-api", error) from error


def fetch_weather(place: Place, **wanted: str | int) -> Json:
    """The forecast endpoint's answer, with times in the place's own zone."""
    where = {"latitude": place.latitude, "longitude": place.longitude, "timezone": "auto"}
    return _ask("api", "/v1/forecast", {**where, **wanted})


def _place(entry: Json) -> Place:
    return Place(
        name=str(entry["name"]),
        region=str(entry.get("admin1") or ""),
        country=str(entry.get("country") or ""),
        country_code=str(entry.get("country_code") or ""),
        latitude=float(entry["latitude"]),
        longitude=float(entry["longitude"]),
    )


def base_url(service: Service) -> str:
    """Where a service is asked: the stand-in, the commercial host, or the free one."""
    replaced = os.environ.get("WEATHER_BASE_URL")
    if replaced:
        return replaced.rstrip("/")
    customer = "customer-" if os.environ.get("WEATHER_API_KEY") else ""
    return f"https://{customer}{service}.open-meteo.com"


def _ask(service: Service, path: str, query: dict[str, Any]) -> Json:
    from urllib.error import HTTPError  # imported late, with urllib.request: start-up does not need them
    from urllib.request import urlopen

    key = os.environ.get("WEATHER_API_KEY")
    address = f"{base_url(service)}{path}?{urlencode({**query, 'apikey': key} if key else query)}"
    try:
        with urlopen(address, timeout=TIMEOUT_SECONDS) as response:
            answer = json.loads(response.read(LARGEST_ANSWER))
    except HTTPError as error:
        raise _refused(service, error.code, error.read(LARGEST_ANSWER)) from error
    except OSError as error:
        reason = getattr(error, "reason", error)  # URLError wraps the cause, a timeout does not
        raise ToolError(f"The weather service does not answer at {base_url(service)}: {reason}.") from error
    except ValueError as error:
        raise _unreadable(service, error) from error
    if not isinstance(answer, dict):
        raise _unreadable(service, "not a JSON object")
    return cast(Json, answer)


def _refused(service: Service, code: int, body: bytes) -> ToolError:
    """Open-Meteo explains a refusal as ``{"error": true, "reason": "..."}``."""
    try:
        reason = str(json.loads(body)["reason"]).rstrip(".")
    except (ValueError, KeyError, TypeError):
        reason = "no reason given"
    return ToolError(f"The weather service at {base_url(service)} refused the request with status {code}: {reason}.")


def _unreadable(service: Service, why: object) -> ToolError:
    return ToolError(f"The weather service at {base_url(service)} gave an answer that cannot be read: {why}.")
