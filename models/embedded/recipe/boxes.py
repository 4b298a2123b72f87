"""The tools of a conversation: those that are wanted, and others that must not be confused with them."""

from collections.abc import Sequence

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.generic import draw_tool
from models.embedded.recipe.known_tools import load_tools
from models.embedded.recipe.toolset import Tool

SERVERS = (("get_current_time", "convert_time"), ("get_current_weather", "get_forecast"),
           ("add_note", "list_notes", "search_notes", "delete_note"),
           ("drive", "turn", "read_pose", "take_picture", "stop"))  # fmt: skip
"""Which of the known tools come together."""


def known_box(draw: Draw, *wanted: Tool, without: Tool | None = None, extra: bool = True) -> list[Tool]:
    """A box of known tools in which `wanted` are; what belongs to the server of `without` is not."""
    names = {tool.name for tool in wanted}
    bundled, robot = list(load_tools("bundled")), list(load_tools("robot"))
    robotic = any(tool in robot for tool in wanted)
    whole = draw.random.random()
    if whole < (0.45 if robotic else 0.08) or (robotic and any(tool in bundled for tool in wanted)):
        box = [*bundled, *robot]
    else:
        box = robot if robotic else bundled
    gone = {without.name} if without else set[str]()
    servers = [s for s in SERVERS if not names & set(s) and (gone & set(s) or draw.chance(0.12))]
    box = [tool for tool in box if not any(tool.name in server for server in servers)]
    if extra and draw.chance(0.12):
        box += [draw_tool(draw)[0] for _ in range(draw.number_in(1, 3))]
    if draw.chance(0.1):
        draw.random.shuffle(box)
    return box


def draw_box(draw: Draw, wanted: Sequence[Tool], size: int) -> list[Tool] | None:
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
    if kind < 0.55:
        return draw_tool(draw)[0]
    if kind < 0.9 and len(topic) == 2:
        shared = draw.pick(topic)
        return draw_tool(draw, verb=shared)[0] if shared in draw.verbs else draw_tool(draw, noun=shared)[0]
    return draw.pick(load_tools("bundled"))


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
