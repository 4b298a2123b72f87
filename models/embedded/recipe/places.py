"""Places, time zones, times of day and numbers, as people say them and as tools want them.

`cities.tsv` has the spellings; the chat template carries the same table in lower case, and a test
compares the two.
"""

from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from jinja2 import Environment, nodes

from models.embedded.recipe.codec import TEMPLATE_FILE
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Value
from models.embedded.recipe.words import REGIONS

CITIES = Path(__file__).parent / "cities.tsv"
ANYWHERE = ("UTC", "GMT", "Etc/UTC")


@cache
def load_table(name: str) -> dict[str, Any]:
    """A table that the chat template sets: `cities` (name to zone) or `numbers` (word to digits)."""
    tree = Environment(extensions=["jinja2.ext.loopcontrols"]).parse(TEMPLATE_FILE.read_text(encoding="utf-8"))
    for assignment in tree.find_all(nodes.Assign):
        if isinstance(assignment.target, nodes.Name) and assignment.target.name == name:
            return assignment.node.as_const()
    raise LookupError(f"{TEMPLATE_FILE} sets no {name}.")


@cache
def load_cities() -> dict[str, str]:
    """City, as it is spelt, to time zone."""
    rows = [line.split("\t") for line in CITIES.read_text(encoding="utf-8").splitlines()[1:]]
    return {name: zone for zone, names in rows for name in names.split(";")}


@cache
def listed_cities(language: str) -> tuple[str, ...]:
    """The cities that are written in a language's letters."""
    return tuple(name for name in load_cities() if _script(name) == language)


@cache
def zones() -> tuple[str, ...]:
    """The names of all time zones that have an area."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone))


def draw_place(draw: Draw, language: str = "en") -> tuple[str, str | None]:
    """A place as it is said, and its time zone; None where nothing tells it."""
    kind = draw.random.random()
    if kind < 0.62 or (language != "en" and kind < 0.85):
        city = draw.pick(listed_cities(language))
        return _cased(draw, city), load_cities()[city]
    if kind < 0.88:
        zone = draw.pick(zones()) if draw.chance(0.7) else f"{draw.pick(REGIONS)}/{draw.pseudo().capitalize()}"
        return zone, zone
    if kind < 0.93:
        zone = draw.pick(ANYWHERE)
        return zone, load_cities().get(zone, zone)
    return draw.pseudo().capitalize(), None


def draw_town(draw: Draw) -> tuple[str, str]:
    """A listed city as it is said in English, and its time zone."""
    city = draw.pick(listed_cities("en"))
    return _cased(draw, city), load_cities()[city]


def draw_city(draw: Draw, language: str = "en") -> str:
    """A city as it is said: listed, invented, or with its region."""
    if language != "en":
        return draw.pick(listed_cities(language))
    return draw.one_of(
        (45, lambda: _cased(draw, draw.pick(listed_cities("en")))),
        (25, draw.proper),
        (14, lambda: f"{draw.proper()} {draw.proper()}"),
        (16, lambda: f"{draw.pick(listed_cities('en'))}, {draw.proper()}"),
    )


def draw_clock(draw: Draw, language: str = "en") -> tuple[str, str]:
    """A time of day as it is said, and as 24-hour time."""
    kind = draw.random.random()
    if language != "en" or kind < 0.55:
        clock = draw.clock() if draw.chance(0.85) else draw.clock().removeprefix("0")
        return clock, clock
    if kind < 0.62:
        return draw.pick((("noon", "12:00"), ("midnight", "00:00")))
    hour, half = draw.number_in(1, 12), draw.pick(("am", "pm"))
    minutes = f"{draw.number_in(0, 59):02d}" if draw.chance(0.3) else ""
    said = f"{hour}:{minutes}" if minutes else str(hour)
    space, hours = draw.pick((" ", "")), hour % 12 + 12 * (half == "pm")
    return said + space + draw.pick((half, half, half.upper())), f"{hours:02d}:{minutes or '00'}"


def draw_count(draw: Draw, low: int, high: int, language: str = "en") -> tuple[str, int]:
    """A whole number, in digits or as a word."""
    number = draw.number_in(low, high)
    words = {digits: word for word, digits in load_table("numbers").items()}
    said = words.get(str(number)) if language == "en" and draw.chance(0.2) else None
    return said or str(number), number


def draw_amount(draw: Draw) -> tuple[str, Value]:
    """A positive number of metres, degrees or the like."""
    number = draw.one_of(
        (50, lambda: round(draw.random.uniform(0.1, draw.pick((1, 3, 10))), draw.pick((1, 1, 2)))),
        (40, lambda: draw.number_in(1, draw.pick((5, 10, 100, 360)))),
        (10, lambda: draw.pick((45, 90, 180, 30, 60, 360))),
    )
    return str(number), number


def _cased(draw: Draw, name: str) -> str:
    return name.lower() if draw.chance(0.1) else name


def _script(name: str) -> str:
    if "가" <= name[:1] <= "힣":
        return "ko"
    return "zh" if name[:1] >= "一" else "en"
