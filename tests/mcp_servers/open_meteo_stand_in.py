"""Stands in for Open-Meteo on loopback: its two paths, its payloads, its way to refuse."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PLACES = {
    "Oslo": [
        {
            "id": 3143244,
            "name": "Oslo",
            "latitude": 59.91273,
            "longitude": 10.74609,
            "elevation": 26.0,
            "feature_code": "PPLC",
            "country_code": "NO",
            "timezone": "Europe/Oslo",
            "population": 580000,
            "country": "Norway",
            "admin1": "Oslo",
        }
    ],
    "Paris": [
        {
            "id": 2988507,
            "name": "Paris",
            "latitude": 48.85341,
            "longitude": 2.3488,
            "country_code": "FR",
            "country": "France",
            "admin1": "Île-de-France",
        },
        {
            "id": 4717560,
            "name": "Paris",
            "latitude": 33.66094,
            "longitude": -95.55551,
            "country_code": "US",
            "country": "United States",
            "admin1": "Texas",
        },
    ],
}

CURRENT = {
    "time": "2026-11-21T10:15",
    "interval": 900,
    "temperature_2m": -3.4,
    "apparent_temperature": -7.9,
    "relative_humidity_2m": 81,
    "weather_code": 71,
    "wind_speed_10m": 9.2,
}


class OpenMeteo:
    """What the stand-in saw and how it answers; `answer` replaces every answer with (status, body)."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.answer: tuple[int, bytes] | None = None
        self.url = ""

    def reply(self, path: str, query: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of one request."""
        self.requests.append((path, query))
        if self.answer is not None:
            return self.answer
        if path == "/v1/search":
            found = PLACES.get(query["name"])
            return 200, json.dumps({"generationtime_ms": 0.6, **({"results": found} if found else {})}).encode()
        if path == "/v1/forecast":
            return 200, json.dumps({"latitude": float(query["latitude"]), **_weather(query)}).encode()
        return 404, json.dumps({"error": True, "reason": "Not Found"}).encode()


def _weather(query: dict[str, str]) -> dict[str, Any]:
    if "current" in query:
        asked = query["current"].split(",")
        return {"current": {key: value for key, value in CURRENT.items() if key in ("time", "interval", *asked)}}
    days = int(query["forecast_days"])
    columns: dict[str, list[Any]] = {
        "time": [f"2026-11-{21 + day}" for day in range(days)],
        "weather_code": [61, 3, 0, 95, 45, 80, 2][:days],
        "temperature_2m_min": [-1.5 + day for day in range(days)],
        "temperature_2m_max": [4.0 + day for day in range(days)],
        "precipitation_sum": [2.3, 0.0, 0.0, 11.8, 0.0, 4.1, 0.0][:days],
    }
    return {"daily": {key: columns[key] for key in ("time", *query["daily"].split(","))}}


@contextmanager
def open_stand_in() -> Generator[OpenMeteo, None, None]:
    """The stand-in, serving on a free port of loopback."""
    weather = OpenMeteo()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            status, body = weather.reply(parts.path, query)
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        weather.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield weather
        server.shutdown()
        thread.join(timeout=5)
