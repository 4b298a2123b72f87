"""The weather now and in the next days."""

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Again, Arg, Request, Tool

PLACES = ("city", "city", "location", "place", "town")
NOW = (
    "what is the weather in {c}", "what's the weather in {c}", "weather in {c}", "how is the weather in {c}",
    "what is the weather like in {c}", "current weather in {c}", "tell me the weather in {c}", "how warm is it in {c}",
    "is it raining in {c}", "what is the temperature in {c}", "what is the current weather in {c}", "weather for {c}",
    "get the weather for {c}", "check the weather in {c}", "{c} weather", "show the {c} weather", "will it rain in {c}",
)  # fmt: skip
NOWHERE = ("what is the weather", "how is the weather", "what's the weather like", "tell me the weather")
FORECAST = ("forecast for {c}", "what is the forecast for {c}", "weather forecast for {c}",
            "give me the forecast of {c}", "what is the weather forecast in {c}")  # fmt: skip
FORECAST_DAYS = (
    "get the forecast for {c} for {n} days", "forecast for {c} for {n} days", "{n} day forecast for {c}",
    "weather forecast for {c} for the next {n} days", "show the forecast for the next {n} days in {c}",
)  # fmt: skip
NAMES = ("get_current_weather", "get_current_weather", "get_weather", "weather", "current_weather", "weather_now",
         "lookup_weather", "getWeather")  # fmt: skip


def draw_weather(draw: Draw) -> Request:
    """The weather of a place now, sometimes in a unit."""
    place = draw.pick(PLACES)
    description = draw.pick((
        "Get the current weather for a city.", "Get the current weather of a city.", "Current weather in a city",
        "Say the weather of a place now.", "Return the current weather for a place.", "weather lookup", "",
    ))  # fmt: skip
    unit = draw.pick(("unit", "units", "scale")) if draw.chance(0.15) else ""
    args = (Arg(place, "string"), *((Arg(unit, "string", False, ("celsius", "fahrenheit")),) if unit else ()))
    tool = Tool(draw.pick(NAMES), description, args, frozenset(("weather",)))
    if draw.chance(0.08):
        return Request(tool, draw.pick(NOWHERE), missing=place)
    city = draw.city()
    clause = draw.pick(NOW).format(c=city)
    if unit and draw.chance(0.5):
        scale = draw.pick(("celsius", "fahrenheit"))
        return Request(tool, f"{clause} in {scale}", {place: city, unit: scale})
    return Request(tool, clause, {place: city}, again=Again(place, draw.city))


def draw_forecast(draw: Draw) -> Request:
    """The weather of a place in the next days; how many of them is optional."""
    place, days = draw.pick(PLACES), draw.pick(("days", "days", "n_days"))
    description = draw.pick((
        "Get the weather forecast for a city.", "Get the weather forecast of a city.", "Daily forecast for a place.",
        "Weather forecast for the next days.", "Forecast of the weather for a city and some days",
    ))  # fmt: skip
    name = draw.pick(("get_forecast", "get_forecast", "forecast", "weather_forecast"))
    tool = Tool(name, description, (Arg(place, "string"), Arg(days, "integer", False)), frozenset(("forecast",)))
    city, number = draw.city(), draw.number_in(1, 16)
    if draw.chance(0.5):
        return Request(tool, draw.pick(FORECAST).format(c=city), {place: city})
    return Request(tool, draw.pick(FORECAST_DAYS).format(c=city, n=number), {place: city, days: number})
