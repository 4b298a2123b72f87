"""Two requests that are written as one sentence: `what time is it in Oslo, and is it raining there`.

Two sentences with a word between them, which `dialogue.joined` makes, are not all that people say.
`phrases/en/A_and_B.txt` asks for both at once, `A_then_B.txt` for one after the other.
"""

from collections.abc import Mapping
from functools import cache

from models.embedded.recipe import phrases
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.known_requests import INTENTS, Intent, Said, say, understood
from models.embedded.recipe.known_tools import named
from models.embedded.recipe.places import draw_town
from models.embedded.recipe.spoken import with_capitals
from models.embedded.recipe.toolset import Request

AND, THEN = "_and_", "_then_"
"""What stands between two intents in the name of a file, for both at once and for one after the other."""
Joint = tuple[str, bool, list[Request]]
"""The sentence, whether it ends in unquoted text that is a value, and the two requests of it."""


@cache
def files(joint: str) -> tuple[str, ...]:
    """The names of the files whose sentences join two intents in this way."""
    return tuple(sorted(file.stem for file in (phrases.DIRECTORY / "en").glob(f"*{joint}*.txt")))


def draw_joint(draw: Draw, joint: str) -> Joint | None:
    """A sentence with drawn values; None where they do not make two different calls."""
    wordings = [(name, line) for name in files(joint) for line in phrases.patterns("en", name, draw.split)]
    name, pattern = draw.pick(wordings)
    said: dict[str, Said] = {slot: say(draw, slot, pattern) for slot in phrases.slots(pattern) if slot != "town"}
    words = {slot: told for slot, (told, _) in said.items()}
    if "{town}" in pattern:
        words["town"], zone = draw_town(draw)
        said |= {"place": (words["town"], zone), "city": (words["town"], words["town"])}
    first, second = (INTENTS[each] for each in name.split(joint))
    requests = [_request(first, said), _request(second, {**said, **_second(said)})]
    if any(each.missing for each in requests) or requests[0] == requests[1]:
        return None
    open_end = pattern.endswith(("{text}", "{query}", "{text2}", "{query2}"))
    return with_capitals(draw, pattern).format(**words), open_end, requests


def _second(said: Mapping[str, Said]) -> dict[str, Said]:
    return {slot.removesuffix("2"): told for slot, told in said.items() if slot.endswith("2")}


def _request(intent: Intent, said: Mapping[str, Said]) -> Request:
    arguments, missing = understood(intent, said)
    return Request(named(intent.tool), "", arguments, missing)
