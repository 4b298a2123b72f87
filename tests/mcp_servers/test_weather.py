"""The weather server through real stdio sessions, against a stand-in for Open-Meteo."""

import socket
from collections.abc import Iterator

import pytest

from tests.mcp_servers.open_meteo_stand_in import OpenMeteo, open_stand_in
from tests.mcp_servers.sessions import call, open_session

WEATHER = "mcp_servers.weather"


@pytest.fixture
def open_meteo(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenMeteo]:
    with open_stand_in() as weather:
        monkeypatch.setenv("WEATHER_BASE_URL", weather.url)
        yield weather


async def test_the_current_weather_is_one_sentence(open_meteo: OpenMeteo):
    async with open_session(WEATHER) as session:
        text, failed = await call(session, "get_current_weather", city="Oslo")
    assert text == (
        "Oslo, Norway: -3.4 °C, light snowfall, feels like -7.9 °C, humidity 81 %, wind 9.2 km/h"
        " at 2026-11-21T10:15 local time."
    )
    assert not failed
    [(_, search), (_, forecast)] = open_meteo.requests
    assert search["name"] == "Oslo"
    assert (forecast["latitude"], forecast["longitude"], forecast["timezone"]) == ("59.91273", "10.74609", "auto")
    assert "apikey" not in search


async def test_the_forecast_has_a_line_for_each_day_asked_for(open_meteo: OpenMeteo):
    async with open_session(WEATHER) as session:
        text, _ = await call(session, "get_forecast", city="Oslo", days=2)
        assert text.splitlines() == [
            "Oslo, Norway:",
            "2026-11-21: light rain, -1.5 to 4.0 °C, 2.3 mm",
            "2026-11-22: overcast, -0.5 to 5.0 °C, 0.0 mm",
        ]
        week, _ = await call(session, "get_forecast", city="Oslo", days=7)
        assert len(week.splitlines()) == 8
        unsaid, _ = await call(session, "get_forecast", city="Oslo")
        assert len(unsaid.splitlines()) == 4
        text, failed = await call(session, "get_forecast", city="Oslo", days=8)
        assert (text, failed) == ("The arguments do not fit: days: 8 is greater than the maximum of 7.", True)


async def test_an_ambiguous_city_says_which_place_was_taken(open_meteo: OpenMeteo):
    async with open_session(WEATHER) as session:
        text, _ = await call(session, "get_current_weather", city="Paris")
        assert text.startswith("Paris, Île-de-France, France: ")
        assert text.endswith(" Another place of this name is Paris, Texas, United States.")
        for city in ("Paris, Texas", "paris , us", "Paris, Texas, United States"):
            text, _ = await call(session, "get_current_weather", city=city.replace("paris", "Paris"))
            assert text.startswith("Paris, Texas, United States: ")
            assert "Another place" not in text
        text, failed = await call(session, "get_current_weather", city="Paris, Spain")
    assert text == (
        "No 'Paris' is known in 'Spain';"
        " known are Paris, Île-de-France, France; Paris, Texas, United States."
    )  # fmt: skip
    assert failed


async def test_an_unknown_city_is_an_error(open_meteo: OpenMeteo):
    async with open_session(WEATHER) as session:
        text, failed = await call(session, "get_current_weather", city="Xyzzyville")
        assert text.startswith("No city called Xyzzyville was found.")
        assert failed
        assert await call(session, "get_forecast", city=" , Norway") == (
            "No city is named: give a name such as 'Oslo'.",
            True,
        )


async def test_an_unreachable_network_is_an_error_that_names_the_service(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("WEATHER_BASE_URL", url)
    async with open_session(WEATHER) as session:
        text, failed = await call(session, "get_current_weather", city="Oslo")
    assert text == f"The weather service does not answer at {url}: [Errno 111] Connection refused."
    assert failed


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<html>log in first</html>", "gave an answer that cannot be read: Expecting value"),
        (200, b"[1, 2]", "gave an answer that cannot be read: not a JSON object."),
        (200, b'{"results": [{"name": "Oslo"}]}', "gave an answer that cannot be read: 'latitude'."),
        (200, b'{"results": 5}', "gave an answer that cannot be read: "),
        (429, b'{"error": true, "reason": "Too many requests."}', "refused the request with status 429: Too many"),
        (500, b"", "refused the request with status 500: no reason given."),
    ],
)
async def test_a_bad_answer_is_an_error_in_one_sentence(open_meteo: OpenMeteo, status: int, body: bytes, expected: str):
    open_meteo.answer = (status, body)
    async with open_session(WEATHER) as session:
        text, failed = await call(session, "get_current_weather", city="Oslo")
    assert text.startswith(f"The weather service at {open_meteo.url} {expected}")
    assert "\n" not in text
    assert failed


async def test_an_answer_without_the_weather_is_an_error(open_meteo: OpenMeteo):
    open_meteo.answer = (200, b'{"results": [{"name": "Oslo", "latitude": 59.9, "longitude": 10.7}]}')
    async with open_session(WEATHER) as session:
        for tool in ("get_current_weather", "get_forecast"):
            text, failed = await call(session, tool, city="Oslo")
            assert text.startswith("The weather service left out the ")
            assert failed


async def test_a_key_is_sent_and_never_shown(open_meteo: OpenMeteo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WEATHER_API_KEY", "s3cret")
    async with open_session(WEATHER) as session:
        await call(session, "get_current_weather", city="Oslo")
        assert [query["apikey"] for _, query in open_meteo.requests] == ["s3cret", "s3cret"]
        open_meteo.answer = (401, b'{"error": true, "reason": "The supplied API key is invalid."}')
        text, failed = await call(session, "get_current_weather", city="Oslo")
    assert "status 401: The supplied API key is invalid." in text
    assert "s3cret" not in text
    assert failed


def test_a_key_chooses_the_commercial_hosts(monkeypatch: pytest.MonkeyPatch):
    from mcp_servers.open_meteo import base_url

    monkeypatch.setenv("WEATHER_BASE_URL", "")
    assert base_url("api") == "https://api.open-meteo.com"
    assert base_url("geocoding-api") == "https://geocoding-api.open-meteo.com"
    monkeypatch.setenv("WEATHER_API_KEY", "k")
    assert base_url("api") == "https://customer-api.open-meteo.com"
    assert base_url("geocoding-api") == "https://customer-geocoding-api.open-meteo.com"


async def test_its_tools_are_declared_read_only_and_of_the_open_world(open_meteo: OpenMeteo):
    async with open_session(WEATHER) as session:
        tools = (await session.list_tools()).tools
    assert [tool.name for tool in tools] == ["get_current_weather", "get_forecast"]
    for tool in tools:
        assert tool.annotations is not None
        assert (tool.annotations.readOnlyHint, tool.annotations.openWorldHint) == (True, True)
