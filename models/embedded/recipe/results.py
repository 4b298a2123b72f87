"""What tools answer: numbers, phrases, JSON, lists, weather, failures. And how the template shows it."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from models.embedded.recipe import words as w
from models.embedded.recipe.draw import Draw

LONGEST = 2000
"""Characters of a result that the template shows."""
ERRORS = ("timed out", "not found", "permission denied", "invalid value", "division by zero", "is offline",
          "connection refused", "cannot reach the weather service", "the network is unreachable", "E-stop is latched",
          "the robot does not move", "DENIED by robot guard: topic not allowed")  # fmt: skip
FINE = ("ok", "done", "true", "false", "success", "[]", "OK", "null")

Result = tuple[str, bool]
"""The text, and whether it is a failure."""


def shown(text: str) -> str:
    """The result as the template shows it: JSON without its marks, cut at `LONGEST`."""
    text = text.strip()
    if text[:1] in ("{", "[") and text[-1:] in ("}", "]"):
        for mark in '{}[]"':
            text = text.replace(mark, " ")
        text = " ".join(text.split()).replace(" ,", ",").replace(" :", ":")
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."


def draw_result(draw: Draw, tool: str = "") -> Result:
    """A random result; mostly one that suits a known tool, and now and then a long one."""
    if draw.chance(0.11):
        return _failure(draw), True
    if draw.chance(0.02):
        return _long(draw), False
    if tool in SUITABLE and draw.chance(0.85):
        return SUITABLE[tool](draw), False
    if not tool and draw.chance(0.5) or tool not in SUITABLE and draw.chance(0.6):
        return draw.pick((str(draw.number()), draw.phrase(1, 4), draw.pick(FINE), draw.word(), _pairs(draw))), False
    return draw.one_of(
        (13, lambda: (str(draw.number()), False)),
        (8, lambda: (draw.phrase(1, 6), False)),
        (8, lambda: (_pairs(draw), False)),
        (4, lambda: (draw.pick(FINE), False)),
        (5, lambda: ("\n".join(draw.filename() for _ in range(draw.number_in(1, 3))), False)),
        (17, lambda: (_moment(draw), False)),
        (8, lambda: (_object(draw), False)),
        (12, lambda: (_weather(draw), False)),
        (14, lambda: (_notes(draw), False)),
    )


def _failure(draw: Draw) -> str:
    error = draw.one_of(
        (3, lambda: draw.pick(ERRORS)),
        (1, lambda: f"unknown {draw.word()}"),
        (1, lambda: draw.phrase(2, 4)),
        (1, lambda: f"Invalid timezone: 'No time zone found with key {draw.zone()}'"),
        (1, lambda: f"No place called '{draw.city()}' is known."),
        (1, lambda: f"There is no note {draw.number_in(1, 99)}."),
    )
    beginnings = ("Error: ", "Error: ", f"Error: {draw.word()} ", "error: ", "Failed: ",
                  f"Error executing tool {draw.word()}: ", f"{draw.word()} failed: ", "Error processing query: ",
                  "Error processing mcp-server-time query: ")  # fmt: skip
    return f"ToolException('{error}')" if draw.chance(0.08) else draw.pick(beginnings) + error


def _pairs(draw: Draw) -> str:
    return draw.pick((
        f"{draw.word()}: {draw.number()}, {draw.word()}: {draw.word()}", f"{draw.number_in(-20, 40)} C, {draw.word()}",
        draw.timestamp(),
    ))  # fmt: skip


def _moment(draw: Draw) -> str:
    """What mcp-server-time answers."""
    if draw.chance(0.75):
        return json.dumps(_zoned(draw), indent=2)
    difference = f"{draw.number_in(-12, 12):+d}.0h"
    return json.dumps({"source": _zoned(draw), "target": _zoned(draw), "time_difference": difference}, indent=2)


def _zoned(draw: Draw) -> dict[str, Any]:
    return {"timezone": draw.zone(), "datetime": draw.timestamp(), "day_of_week": draw.pick(w.DAYS),
            "is_dst": draw.chance(0.4)}  # fmt: skip


def _object(draw: Draw) -> str:
    fields = {draw.word(): _value(draw) for _ in range(draw.number_in(1, 4))}
    return json.dumps(fields, indent=draw.pick((None, 2)), ensure_ascii=False)


def _value(draw: Draw) -> Any:
    return draw.one_of(
        (25, draw.number),
        (35, draw.word),
        (10, draw.free_text),
        (10, draw.timestamp),
        (10, lambda: draw.pick((True, False, None))),
        (10, draw.proper),
    )


def _weather(draw: Draw) -> str:
    unit = draw.pick(("°C", "°C", "°C", " °C", "°F"))
    place = draw.city() + draw.pick(("", "", f", {draw.proper()}"))
    lines = [f"{draw.date()}: {_sky(draw)}, {_degrees(draw)} to {_degrees(draw)}{unit}"
             for _ in range(draw.number_in(1, 4))]  # fmt: skip
    return draw.pick((
        _now(draw), _forecast(draw, draw.number_in(1, 4)),
        f"{place}: {_degrees(draw)}{unit}, {_sky(draw)}",
        f"{place}: {_degrees(draw)}{unit}, {_sky(draw)}, wind {draw.number_in(0, 60)} km/h, "
        f"humidity {draw.number_in(5, 100)}%",
        f"{place}: {_sky(draw)}, {_degrees(draw)}{unit}, feels like {_degrees(draw)}{unit}, "
        f"wind {draw.number_in(0, 40)}.{draw.number_in(0, 9)} km/h",
        "\n".join((place, *lines)),
    ))  # fmt: skip


def _now(draw: Draw) -> str:
    """As the weather server puts it."""
    note = f" Another place of this name is {_place(draw)}." if draw.chance(0.15) else ""
    moment = f"{draw.date()}T{draw.clock()}" if draw.chance(0.7) else draw.clock()
    return (f"{_place(draw)}: {_degrees(draw)} °C, {_sky(draw)}, feels like {_degrees(draw)} °C, humidity "
            f"{draw.number_in(5, 100)} %, wind {draw.random.uniform(0, 60):.1f} km/h "
            f"at {moment} local time.{note}")  # fmt: skip


def _forecast(draw: Draw, days: int) -> str:
    first = date.fromisoformat(draw.date())
    lines = [f"{first + timedelta(days=day)}: {_sky(draw)}, {_degrees(draw)} to {_degrees(draw)} °C, "
             f"{draw.random.uniform(0, 20):.1f} mm" for day in range(days)]  # fmt: skip
    return "\n".join((f"{_place(draw)}:", *lines))


def _place(draw: Draw) -> str:
    return ", ".join([draw.city(), *(draw.proper() for _ in range(draw.pick((0, 1, 1, 2))))])


def _pose(draw: Draw) -> str:
    values = [round(draw.random.uniform(-10, 12), draw.pick((2, 2, 3))) for _ in range(3)]
    return draw.pick((
        f"x {values[0]} m, y {values[1]} m, heading {values[2] * 30:.1f} degrees",
        f"Position: x={values[0]}, y={values[1]}; heading {values[2]} rad.",
        json.dumps({"x": values[0], "y": values[1], "theta": values[2]}),
    ))  # fmt: skip


def _motion(draw: Draw) -> str:
    asked, got = (round(draw.random.uniform(0.1, 5), 2) for _ in range(2))
    unit, did = draw.pick((("m", "moved"), ("degrees", "turned")))
    end = draw.pick(("", "", f" Now at x {asked}, y {got}.", " The guard limited the speed."))
    return f"Asked for {asked} {unit}, {did} {got} {unit}.{end}"


def _long(draw: Draw) -> str:
    """Up to some 2,000 characters: notes, days, text."""

    def listed() -> str:
        made = f"{draw.date()} {draw.clock()} UTC"
        return f"{draw.number_in(1, 99)}: {draw.note_text()}, {made}"

    lines = draw.one_of(
        (3, lambda: [listed() for _ in range(draw.number_in(5, 24))]),
        (2, lambda: [_forecast(draw, draw.number_in(5, 7))]),
        (3, lambda: [draw.phrase(6, 12) for _ in range(draw.number_in(5, 26))]),
        (1, lambda: [_object(draw) for _ in range(draw.number_in(4, 10))]),
    )  # fmt: skip
    return draw.pick(("\n", "\n", " ")).join(lines)[: draw.number_in(400, 1960)].strip()


SUITABLE: dict[str, Callable[[Draw], str]] = {
    "get_current_time": lambda draw: json.dumps(_zoned(draw), indent=2),
    "convert_time": lambda draw: _moment(draw),
    "get_current_weather": lambda draw: _now(draw),
    "get_forecast": lambda draw: _forecast(draw, draw.pick((1, 2, 3, 3, 3, 5, 7))),
    "add_note": lambda draw: f"Added note {draw.number_in(1, 300)}: {draw.note_text()}",
    "list_notes": lambda draw: _notes(draw),
    "search_notes": lambda draw: _notes(draw),
    "delete_note": lambda draw: f"Deleted note {draw.number_in(1, 300)}: {draw.note_text()}",
    "drive": lambda draw: _motion(draw),
    "turn": lambda draw: _motion(draw),
    "read_pose": lambda draw: _pose(draw),
    "take_picture": lambda draw: f"Picture {draw.number_in(64, 1920)}x{draw.number_in(64, 1080)} from {draw.word()}.",
    "stop": lambda draw: draw.pick(("Stopped.", "The robot stands still.", "ok")),
}


def _sky(draw: Draw) -> str:
    return draw.word() if draw.chance(0.1) else draw.pick(w.SKIES)


def _degrees(draw: Draw) -> str:
    return f"{draw.random.uniform(-20, 38):.1f}" if draw.chance(0.7) else str(draw.number_in(-20, 38))


def _notes(draw: Draw) -> str:
    number, kind = draw.number_in(1, 40), draw.pick(("note", "memo", "task"))
    texts = [draw.note_text() for _ in range(draw.number_in(1, 4))]
    created = f"{draw.date()} {draw.clock()} UTC"
    return draw.pick((
        f"Added {kind} {number}: {texts[0]}", f"{kind.capitalize()} {number} added: {texts[0]}",
        f"Saved {kind} #{number}.", f"Deleted {kind} {number}: {texts[0]}", f"There are no {kind}s.",
        f"No {kind} contains '{draw.word()}'.", f"There is no {kind} {number}.",
        f"{len(texts)} notes:\n" + "\n".join(f"{number + at}: {text}, {created}" for at, text in enumerate(texts)),
        f"{len(texts)} notes found:\n"
        + "\n".join(f"{number - at}: {text}, {created}" for at, text in enumerate(texts)),
        f"{number} {kind}s:\n" + "\n".join(f"{at}. {text}" for at, text in enumerate(texts, 1)),
        "\n".join(f"#{at} {text}" for at, text in enumerate(texts, 1)),
        "\n".join(f"[{at}] {draw.date()} {text}" for at, text in enumerate(texts, 1)),
    ))  # fmt: skip
