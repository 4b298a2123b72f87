"""How a request may say a value that a call holds, where the chat template converts it for the model."""

import re

from models.embedded.recipe.places import load_cities, load_table
from models.embedded.recipe.toolset import Value


def is_said(value: Value, text: str) -> bool:
    """Whether the text says it: as it is, as a number word, a city for its zone, or a time with am and pm."""
    cities = [name for name, zone in load_cities().items() if zone == value]
    numbers = [word for word, digits in load_table("numbers").items() if digits == str(value)]
    sayings = (str(value), *cities, *numbers, *_halves_of_the_day(str(value)))
    return any(saying.lower() in text.lower() for saying in sayings)


def _halves_of_the_day(time: str) -> list[str]:
    """What else a time of 24 hours may be called; nothing for other values."""
    if not re.fullmatch(r"\d\d:\d\d", time):
        return []
    hour, minutes = time.split(":")
    half, short = "pm" if int(hour) >= 12 else "am", str(int(hour) % 12 or 12)
    clocks = (f"{short}:{minutes}", *([short] if minutes == "00" else []))
    names = {"12:00": ["noon"], "00:00": ["midnight"]}.get(time, [])
    return [*names, *(f"{clock}{space}{half}" for clock in clocks for space in ("", " "))]
