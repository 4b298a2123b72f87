"""Weather as an MCP server: ``python -m mcp_servers.weather``.

It exists to show a tool that reaches out into the world and may fail there: an unknown city or a
missing network is a tool error in one sentence. Results are sentences rather than JSON, because
small models repeat what they are given.
"""

from typing import Any

from mcp_servers.open_meteo import Place, fetch_weather, find_places
from mcp_servers.stdio import Tool, ToolError, serve

CURRENT = "temperature_2m,apparent_temperature,relative_humidity_2m,weather_code,wind_speed_10m"
DAILY = "weather_code,temperature_2m_min,temperature_2m_max,precipitation_sum"

SKIES = {
    0: "clear sky",
    1: "mainly clear",
    2: "partly cloudy",
    3: "overcast",
    45: "fog",
    48: "rime fog",
    51: "light drizzle",
    53: "drizzle",
    55: "dense drizzle",
    56: "light freezing drizzle",
    57: "freezing drizzle",
    61: "light rain",
    63: "rain",
    65: "heavy rain",
    66: "light freezing rain",
    67: "freezing rain",
    71: "light snowfall",
    73: "snowfall",
    75: "heavy snowfall",
    77: "snow grains",
    80: "light rain showers",
    81: "rain showers",
    82: "violent rain showers",
    85: "light snow showers",
    86: "heavy snow showers",
    95: "thunderstorm",
    96: "thunderstorm with hail",
    99: "thunderstorm with heavy hail",
}
"""WMO weather codes that Open-Meteo uses."""


def choose_place(city: str) -> tuple[Place, str]:
    """The place meant by `City` or `City, Region or Country`, and a note when others share the name."""
    name, *areas = [part.strip() for part in city.split(",")]
    if not name:
        raise ToolError("No city is named: give a name such as 'Oslo'.")
    places = find_places(name)
    if not places:
        raise ToolError(f"No city called {name} was found. Check the spelling or name a larger city nearby.")
    meant = [place for place in places if all(place.lies_in(area) for area in areas if area)]
    if not meant:
        known = "; ".join(str(place) for place in places[:3])
        raise ToolError(f"No {name!r} is known in {', '.join(areas)!r}; known are {known}.")
    others = [place for place in meant[1:] if place.name == meant[0].name]
    note = f" Another place of this name is {others[0]}." if others else ""
    return meant[0], note


def sky(code: object) -> str:
    """The weather code in words."""
    return SKIES.get(code, f"weather code {code}") if isinstance(code, int) else "unknown sky"


def get_current_weather(city: str) -> str:
    """One sentence on the weather now."""
    place, note = choose_place(city)
    answer = fetch_weather(place, current=CURRENT)
    try:
        now: dict[str, Any] = answer["current"]
        return (
            f"{place}: {now['temperature_2m']} °C, {sky(now['weather_code'])},"
            f" feels like {now['apparent_temperature']} °C, humidity {now['relative_humidity_2m']} %,"
            f" wind {now['wind_speed_10m']} km/h at {now['time']} local time.{note}"
        )
    except (KeyError, TypeError) as error:
        raise ToolError(f"The weather service left out the current weather of {place}: {error!r}.") from error


def get_forecast(city: str, days: int = 3) -> str:
    """One line a day, beginning with today."""
    place, note = choose_place(city)
    answer = fetch_weather(place, daily=DAILY, forecast_days=int(days))
    try:
        daily: dict[str, list[Any]] = answer["daily"]
        columns = [daily[key] for key in ("time", *DAILY.split(","))]
        lines = [
            f"{day}: {sky(code)}, {low} to {high} °C, {rain} mm"
            for day, code, low, high, rain in zip(*columns, strict=True)
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise ToolError(f"The weather service left out the forecast of {place}: {error!r}.") from error
    return f"{place}:\n" + "\n".join(lines) + (f"\n{note.strip()}" if note else "")


_CITY = {"type": "string", "minLength": 1, "description": "A city, with its region or country if needed: Paris, Texas."}
_READS = {"readOnlyHint": True, "openWorldHint": True}

TOOLS = (
    Tool(
        name="get_current_weather",
        title="Current weather",
        description="Get the current weather for a city.",
        parameters={"city": _CITY},
        required=("city",),
        annotations=_READS,
        call=get_current_weather,
    ),
    Tool(
        name="get_forecast",
        title="Weather forecast",
        description="Get the weather forecast for a city. One line a day, beginning with today.",
        parameters={
            "city": _CITY,
            "days": {"type": "integer", "minimum": 1, "maximum": 7, "default": 3, "description": "How many days."},
        },
        required=("city",),
        annotations=_READS,
        call=get_forecast,
    ),
)

if __name__ == "__main__":
    serve("weather", TOOLS)
