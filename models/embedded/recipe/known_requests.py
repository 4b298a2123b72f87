"""Requests for the tools of the bundled servers and of the robot, in the wordings of `phrases/`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.embedded.recipe import phrases
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.known_tools import named
from models.embedded.recipe.places import draw_amount, draw_city, draw_clock, draw_count, draw_place
from models.embedded.recipe.spoken import is_statement, with_capitals
from models.embedded.recipe.toolset import Again, Request, Value

Said = tuple[str, Value | None]
"""How a value is said, and the value; None where the words do not tell it."""


@dataclass(frozen=True)
class Intent:
    """What the patterns of one file ask for."""

    tool: str
    slots: Mapping[str, str] = field(default_factory=dict)
    """Argument to slot."""
    missing: str | None = None
    weight: float = 1.0


PLACE, ROUTE = {"timezone": "place"}, {"source_timezone": "from", "time": "clock", "target_timezone": "to"}
INTENTS: dict[str, Intent] = {
    "current_time": Intent("get_current_time", PLACE, weight=2.2),
    "convert_time": Intent("convert_time", ROUTE, weight=2),
    "current_weather": Intent("get_current_weather", {"city": "city"}, weight=2.2),
    "forecast": Intent("get_forecast", {"city": "city"}, weight=1.5),
    "forecast_days": Intent("get_forecast", {"city": "city", "days": "days"}, weight=1.3),
    "add_note": Intent("add_note", {"text": "text"}, weight=2.2),
    "list_notes": Intent("list_notes"),
    "list_notes_limit": Intent("list_notes", {"limit": "n"}, weight=0.8),
    "search_notes": Intent("search_notes", {"query": "query"}, weight=1.4),
    "delete_note": Intent("delete_note", {"id": "n"}, weight=1.2),
}
MISSING: dict[str, Intent] = {
    "current_time_missing": Intent("get_current_time", missing="timezone", weight=1.5),
    "convert_time_missing_target": Intent("convert_time", ROUTE, "target_timezone", 0.7),
    "convert_time_missing_source": Intent("convert_time", ROUTE, "source_timezone", 0.7),
    "convert_time_missing_time": Intent("convert_time", ROUTE, "time", 0.7),
    "current_weather_missing": Intent("get_current_weather", missing="city", weight=1.5),
    "forecast_missing": Intent("get_forecast", {"days": "days"}, "city"),
    "add_note_missing": Intent("add_note", missing="text"),
    "search_notes_missing": Intent("search_notes", missing="query"),
    "delete_note_missing": Intent("delete_note", missing="id"),
}
ROBOT: dict[str, Intent] = {
    "drive_forward": Intent("drive", {"meters": "meters"}, weight=2),
    "drive_forward_speed": Intent("drive", {"meters": "meters", "speed": "speed"}),
    "drive_backward": Intent("drive", {"meters": "-meters"}),
    "drive_missing": Intent("drive", missing="meters", weight=0.5),
    "turn_left": Intent("turn", {"degrees": "degrees"}, weight=1.2),
    "turn_right": Intent("turn", {"degrees": "-degrees"}, weight=1.2),
    "turn_missing": Intent("turn", missing="degrees", weight=0.5),
    "read_pose": Intent("read_pose", weight=1.8),
    "take_picture": Intent("take_picture"),
    "stop": Intent("stop", weight=0.7),
}
REPLIES = {"timezone": "place", "source_timezone": "place", "target_timezone": "place", "time": "clock", "city": "city",
           "text": "text", "query": "query", "id": "n", "meters": "meters", "degrees": "degrees"}  # fmt: skip
"""The slot that a reply to the question for a missing argument fills."""


def draw_known(draw: Draw, intents: Mapping[str, Intent], language: str = "en") -> Request:
    """A request of one of the intents."""
    there = [name for name in intents if phrases.patterns(language, name, draw.split)]
    name = draw.random.choices(there, [intents[each].weight for each in there])[0]
    return request_for(draw, intents[name], draw.pick(phrases.patterns(language, name, draw.split)), language)


def request_for(draw: Draw, intent: Intent, pattern: str, language: str = "en") -> Request:
    """The request that a pattern of an intent becomes with drawn values."""
    said = {slot: say(draw, slot, pattern, language) for slot in phrases.slots(pattern)}
    arguments, missing = understood(intent, said)
    clause = with_capitals(draw, pattern).format(**{slot: words for slot, (words, _) in said.items()})
    open_end = pattern.endswith(("{text}", "{query}"))
    return Request(
        named(intent.tool), clause, arguments, missing, open_end, _again(draw, intent, pattern),
        statement=language == "en" and is_statement(clause), value_first=pattern.startswith("{"),
    )  # fmt: skip


def say(draw: Draw, slot: str, pattern: str, language: str = "en") -> Said:
    """A drawn value for a slot of a pattern; `text2` is a second `text`."""
    words, value = SLOTS[slot.removesuffix("2")](draw, language)
    if "'{" + slot + "}'" in pattern:
        return (str(words).replace("'", ""),) * 2
    return words, value


def understood(intent: Intent, said: Mapping[str, Said]) -> tuple[dict[str, Value], str | None]:
    """The arguments that the values of the slots give, and the one that is missing."""
    arguments: dict[str, Value] = {}
    missing = intent.missing
    for argument, slot in intent.slots.items():
        value = said.get(slot.removeprefix("-"), ("", None))[1]
        if value is not None:
            arguments[argument] = -value if slot.startswith("-") and not isinstance(value, str) else value
        elif slot in said:
            missing = missing or argument
    return arguments, missing


def reply(draw: Draw, request: Request) -> tuple[str, Value | None]:
    """What a person answers when asked for the missing value of a known tool, and the value.

    None where the request may hold an optional number that its pattern spells out.
    """
    if any(arg.type != "string" and not arg.required for arg in request.tool.args) and re.search(r"\d", request.clause):
        return "", None
    return SLOTS[REPLIES[request.missing or ""]](draw, "en")


def fill(draw: Draw, pattern: str, language: str = "en") -> str:
    """A pattern that asks for no tool, with drawn values."""
    return with_capitals(draw, pattern).format(
        **{slot: SLOTS[slot](draw, language)[0] for slot in phrases.slots(pattern)}
    )


def _again(draw: Draw, intent: Intent, pattern: str) -> Again | None:
    """Patterns that end in a place can go on with another: `... and in Oslo`."""
    argument = next((a for a, slot in intent.slots.items() if pattern.endswith("{" + slot + "}")), None)
    if len(intent.slots) != 1 or argument not in ("timezone", "city"):
        return None
    return Again(argument, lambda: SLOTS[intent.slots[argument]](draw, "en"))


def _text(draw: Draw, language: str) -> Said:
    if language != "en":
        return (draw.pick(phrases.patterns(language, "note_texts", draw.split)),) * 2
    return (draw.note_text(),) * 2


def _query(draw: Draw, language: str) -> Said:
    written = phrases.patterns(language, "search_words", draw.split)
    if language != "en" or draw.chance(0.4):
        return (draw.pick(written),) * 2
    return (draw.one_of((70, draw.word), (15, draw.proper), (15, lambda: f"{draw.word()} {draw.word()}")),) * 2


def _twice(make: Callable[[Draw, str], str]) -> Callable[[Draw, str], Said]:
    return lambda draw, language: (make(draw, language),) * 2


SLOTS: dict[str, Callable[[Draw, str], Any]] = {
    "place": draw_place, "from": draw_place, "to": draw_place, "clock": draw_clock, "city": _twice(draw_city),
    "days": lambda draw, language: draw_count(draw, 1, 7, language),
    "n": lambda draw, language: draw_count(draw, 1, draw.pick((5, 12, 30, 100, 400)), language),
    "text": _text, "query": _query,
    "meters": lambda draw, _: draw_amount(draw), "speed": lambda draw, _: draw_amount(draw),
    "degrees": lambda draw, _: draw_amount(draw),
}  # fmt: skip
