"""The tools of a conversation: those that are wanted, and others that must not be confused with them."""

from collections.abc import Callable, Sequence

from models.embedded.recipe.domains.arithmetic import draw_calculation, draw_operation
from models.embedded.recipe.domains.clock import draw_clock, draw_conversion, draw_local_clock
from models.embedded.recipe.domains.files import draw_file
from models.embedded.recipe.domains.notes import draw_addition, draw_deletion, draw_listing, draw_search
from models.embedded.recipe.domains.text import draw_text
from models.embedded.recipe.domains.turtle import draw_turtle
from models.embedded.recipe.domains.weather import draw_forecast, draw_weather
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.generic import draw_tool
from models.embedded.recipe.toolset import Request, Tool

DrawRequest = Callable[[Draw], Request]

SHIPPED: tuple[DrawRequest, ...] = (draw_clock, draw_conversion, draw_weather, draw_forecast, draw_addition,
                                    draw_listing, draw_search, draw_deletion)  # fmt: skip
"""The kinds of tools that come with Switchyard, in the order it binds them."""
DOMAINS: tuple[DrawRequest, ...] = (
    draw_clock, draw_clock, draw_local_clock, draw_conversion, draw_weather, draw_weather, draw_forecast,
    draw_addition, draw_addition, draw_listing, draw_search, draw_deletion, draw_operation, draw_calculation,
    draw_turtle, draw_turtle, draw_file, draw_text,
)  # fmt: skip


def draw_toolbox(draw: Draw, wanted: Sequence[Tool], size: int) -> list[Tool] | None:
    """`wanted` plus distractors in random order, or None where two wanted tools would be confused."""
    names = {tool.name for tool in wanted}
    pairs = [(a, b) for at, a in enumerate(wanted) for b in wanted[:at]]
    if len(names) < len(wanted) or any(_covers(a, b) for a, b in pairs):
        return None
    box = list(wanted)
    for _ in range(200):
        if len(box) >= size:
            break
        tool = _distractor(draw, wanted)
        if tool.name not in names and not any(_confusable(draw, tool, other) for other in wanted):
            names.add(tool.name)
            box.append(tool)
    draw.random.shuffle(box)
    return box


def _distractor(draw: Draw, wanted: Sequence[Tool]) -> Tool:
    """Any tool, or one that shares a word with a wanted one."""
    topic = sorted(draw.pick(wanted).topic) if wanted else []
    kind = draw.random.random()
    if kind < 0.5:
        return draw_tool(draw)[0]
    if kind < 0.7 and len(topic) == 2:
        shared = draw.pick(topic)
        return draw_tool(draw, verb=shared)[0] if shared in draw.verbs else draw_tool(draw, noun=shared)[0]
    return draw.pick(DOMAINS)(draw).tool


def _covers(a: Tool, b: Tool) -> bool:
    """Whether one topic lies within the other."""
    return bool(a.topic and b.topic) and (a.topic <= b.topic or b.topic <= a.topic)


def _confusable(draw: Draw, a: Tool, b: Tool) -> bool:
    return a.topic <= b.topic or b.topic <= a.topic or _same_meaning(draw, a, b)


def _same_meaning(draw: Draw, a: Tool, b: Tool) -> bool:
    """Same noun, and verbs that are synonyms."""
    if len(a.topic & b.topic) != 1 or len(a.topic) != 2:
        return False
    verb, other = next(iter(a.topic - b.topic)), next(iter(b.topic - a.topic), "")
    return other in draw.synonyms.get(verb, ())
