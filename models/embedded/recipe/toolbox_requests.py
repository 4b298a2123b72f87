"""Boxes of toolbox tools, and requests for them."""

import re
from collections.abc import Sequence

from models.embedded.recipe.dialogue import Reply
from models.embedded.recipe.disguise import Disguise
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.phrases import SLOT
from models.embedded.recipe.spoken import is_statement, with_capitals
from models.embedded.recipe.toolbox_values import draw_value
from models.embedded.recipe.toolboxes import Listed, Wording, could_mean, load_toolboxes, matches, related
from models.embedded.recipe.toolset import Request, Value

BARE = re.compile(r"\}\W*\{")
"""Two slots with no word between: where one value ends, only the values tell."""

SHARED = 0.6
"""Chance that only wordings come into question that share a word with the tool; a third shares none."""


def draw_listed(draw: Draw, toolbox: str | None = None) -> Listed:
    """Any tool of a toolbox, or of any of them."""
    toolboxes = load_toolboxes(draw.split)
    return draw.pick(toolboxes[toolbox or draw.pick(sorted(toolboxes))])


def draw_wording(draw: Draw, listed: Listed, wordings: Sequence[Wording]) -> Wording:
    """One of the wordings; what only people who know the tool would say comes seldom, for it cannot be generalised."""
    sharing = [wording for wording in wordings if wording.content & listed.words]
    return draw.pick(sharing if sharing and draw.chance(SHARED) else wordings)


def fill_box(draw: Draw, wanted: Sequence[Listed], asked: Sequence[frozenset[str]], size: int) -> list[Listed]:
    """`wanted` and up to `size` tools in all, in random order; none of the others does what is asked for."""
    toolboxes = load_toolboxes(draw.split)
    home = wanted[0].toolbox
    others = [t for t in toolboxes if not any(related(t, listed.toolbox) or t == listed.toolbox for listed in wanted)]
    guests = [draw.pick(others)] if others and draw.chance(0.45) else []
    candidates = [listed for name in (home, *guests) for listed in toolboxes[name] if listed not in wanted]
    draw.random.shuffle(candidates)
    homes = {listed.toolbox for listed in wanted}
    box = [*wanted, *(t for t in candidates if not any(_does(content, t, homes) for content in asked))]
    names: set[str] = set()
    box = [t for t in box if not (t.tool.name in names or names.add(t.tool.name))][: max(size, len(wanted))]
    draw.random.shuffle(box)
    return box


def _does(content: frozenset[str], listed: Listed, homes: set[str]) -> bool:
    return (len(homes) > 1 or listed.toolbox not in homes) and could_mean(content, listed)


def without(draw: Draw, listed: Listed, content: frozenset[str], size: int, *, itself: bool) -> list[Listed]:
    """A box from the toolbox of a tool in which nothing does what is asked for; with the tool where `itself`."""
    neighbours = [t for t in load_toolboxes(draw.split)[listed.toolbox] if t is not listed and not matches(content, t)]
    draw.random.shuffle(neighbours)
    box = [*([listed] if itself else []), *neighbours][:size]
    draw.random.shuffle(box)
    return box


def make_request(draw: Draw, listed: Listed, wording: Wording, disguise: Disguise) -> Request:
    """What a person says in this wording for a disguised tool, and the call it asks for."""
    args = {arg.name: arg for arg in listed.tool.args}
    names, pattern = disguise.args[listed], with_capitals(draw, disguise.say(wording.say))
    plain = bool(BARE.search(pattern))
    said = {slot: draw_value(draw, args[slot], listed.values[slot], plain=plain) for slot in SLOT.findall(pattern)}
    arguments: dict[str, Value] = {names[name]: value for name, value in wording.given.items()}
    arguments |= {names[slot]: value for slot, (_, value) in said.items()}
    text, open_end = SLOT.sub(lambda slot: said[slot[1]][0], pattern), False
    last = SLOT.search(pattern, pattern.rfind("{")) if pattern.endswith("}") else None
    if last and (words := said[last[1]][0])[-1:] not in ("'", '"'):
        open_end = len(words.split()) > 3 or not words[-1].isalnum()
    missing = names[wording.missing] if wording.missing else None
    return Request(
        disguise.tools[listed], text, arguments, missing, open_end,
        statement=is_statement(text), value_first=pattern.startswith("{"),
    )  # fmt: skip


def replies(listed: Listed, disguise: Disguise) -> Reply:
    """What a person answers when asked for a value that this tool misses."""
    listed_values = {disguise.args[listed][name]: values for name, values in listed.values.items()}

    def reply(draw: Draw, request: Request) -> tuple[str, Value | None]:
        arg = next(arg for arg in request.tool.args if arg.name == request.missing)
        return draw_value(draw, arg, listed_values[arg.name]) if listed_values[arg.name] else ("", None)

    return reply
