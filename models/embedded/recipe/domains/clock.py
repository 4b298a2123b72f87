"""The current time, and conversions between zones: tools like those of mcp-server-time and simpler ones."""

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Again, Arg, Request, Tool

ZONE_NAMES = ("timezone", "timezone", "timezone", "tz", "time_zone", "zone")
IN_A_ZONE = (
    "what time is it in {z}", "what time is it in {z}", "what's the time in {z}", "current time in {z}", "time in {z}",
    "what is the current time in {z}", "what is the time in {z}", "tell me the time in {z}", "time for {z}",
    "how late is it in {z}", "what time is it now in {z}", "the current time in {z}", "what's the current time in {z}",
    "get the time in {z}", "what hour is it in {z}",
)  # fmt: skip
ANYWHERE = ("what time is it", "what is the time", "tell me the time", "current time", "what is the current time",
            "give me the time", "get the time")  # fmt: skip
CONVERSIONS = (
    "convert {t} from {a} to {b}", "convert {t} {a} to {b}", "what is {t} {a} in {b}", "convert {t} in {a} to {b}",
    "when it is {t} in {a}, what time is it in {b}", "convert the time {t} from {a} to {b}",
    "if it is {t} in {a}, what time is it in {b}", "what time is it in {b} at {t} {a} time",
)  # fmt: skip
NAMES = ("get_time", "current_time", "now", "get_current_time", "clock", "time_now", "what_time")


def draw_clock(draw: Draw) -> Request:
    """The time in a zone, which the tool requires."""
    zone = draw.pick(ZONE_NAMES)
    name = draw.pick(("get_current_time", "get_current_time", "current_time", "get_time", "time_now"))
    about = "Get current time in a specific timezone"
    description = draw.pick((about, about, "current time of a zone", "Tell the time in a time zone."))
    tool = Tool(name, description, (Arg(zone, "string"),), frozenset(("time",)))
    if draw.chance(0.15):
        return Request(tool, draw.pick(ANYWHERE), missing=zone)
    value = draw.zone()
    clause = draw.pick(IN_A_ZONE).format(z=value)
    return Request(tool, clause, {zone: value}, again=Again(zone, draw.zone))


def draw_local_clock(draw: Draw) -> Request:
    """The time, where the zone is optional or unknown to the tool."""
    zone = draw.pick(ZONE_NAMES)
    description = draw.pick(("Return the current time.", "get the current date and time", "tell the time", ""))
    args = (Arg(zone, "string", required=False),) if draw.chance(0.5) else ()
    tool = Tool(draw.pick(NAMES), description, args, frozenset(("time",)))
    if not args or draw.chance(0.4):
        return Request(tool, draw.pick(ANYWHERE))
    value = draw.zone()
    return Request(tool, draw.pick(IN_A_ZONE).format(z=value), {zone: value})


def draw_conversion(draw: Draw) -> Request:
    """A time of day from one zone to another."""
    usual = ("source_timezone", "time", "target_timezone")
    others = (("from_zone", "time", "to_zone"), ("source", "time", "target"), ("from_tz", "clock", "to_tz"))
    names = usual if draw.chance(0.6) else draw.pick(others)
    tool = Tool(
        draw.pick(("convert_time", "convert_time", "time_convert", "translate_time")),
        draw.pick(("Convert time between timezones", "convert a time from one zone to another")),
        tuple(Arg(name, "string") for name in names),
        frozenset(("convert", "timezone")),
    )
    source, clock, target = draw.zone(), draw.clock(), draw.zone()
    clause = draw.pick(CONVERSIONS).format(a=source, t=clock, b=target)
    return Request(tool, clause, dict(zip(names, (source, clock, target), strict=True)))
