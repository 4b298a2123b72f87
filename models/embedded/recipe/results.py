"""What tools answer: numbers, phrases, JSON, lists, weather, failures. And how the template shows it."""

import json
from typing import Any

from models.embedded.recipe import words as w
from models.embedded.recipe.draw import Draw

LONGEST = 240
"""Characters of a result that the template shows."""
ERRORS = ("timed out", "not found", "permission denied", "invalid value", "division by zero", "is offline",
          "connection refused", "cannot reach the weather service", "the network is unreachable")  # fmt: skip
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


def draw_result(draw: Draw) -> Result:
    """A random result; it need not suit the tool."""
    return draw.one_of(
        (11, lambda: (_failure(draw), True)),
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
        f"{place}: {_degrees(draw)}{unit}, {_sky(draw)}",
        f"{place}: {_degrees(draw)}{unit}, {_sky(draw)}, wind {draw.number_in(0, 60)} km/h, "
        f"humidity {draw.number_in(5, 100)}%",
        f"{place}: {_sky(draw)}, {_degrees(draw)}{unit}, feels like {_degrees(draw)}{unit}, "
        f"wind {draw.number_in(0, 40)}.{draw.number_in(0, 9)} km/h",
        "\n".join((place, *lines)),
    ))  # fmt: skip


def _sky(draw: Draw) -> str:
    return draw.word() if draw.chance(0.1) else draw.pick(w.SKIES)


def _degrees(draw: Draw) -> str:
    return f"{draw.random.uniform(-20, 38):.1f}" if draw.chance(0.7) else str(draw.number_in(-20, 38))


def _notes(draw: Draw) -> str:
    number, kind = draw.number_in(1, 40), draw.pick(("note", "memo", "task"))
    texts = [draw.free_text() for _ in range(draw.number_in(1, 4))]
    created = f"{draw.date()} {draw.clock()} UTC"
    return draw.pick((
        f"Added {kind} {number}: {texts[0]}", f"{kind.capitalize()} {number} added: {texts[0]}",
        f"Saved {kind} #{number}.", f"Deleted {kind} {number}: {texts[0]}", f"There are no {kind}s.",
        f"No {kind} contains '{draw.word()}'.", f"There is no {kind} {number}.",
        f"{len(texts)} {kind}s:\n" + "\n".join(f"{at}: {text} ({created})" for at, text in enumerate(texts, 1)),
        f"{number} {kind}s:\n" + "\n".join(f"{at}. {text}" for at, text in enumerate(texts, 1)),
        "\n".join(f"#{at} {text}" for at, text in enumerate(texts, 1)),
        "\n".join(f"[{at}] {draw.date()} {text}" for at, text in enumerate(texts, 1)),
    ))  # fmt: skip
