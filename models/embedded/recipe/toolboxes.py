"""Toolboxes that people could have made, with how one asks for their tools: `toolboxes/*.json`.

Invented tools teach copying; these teach that a request and a tool seldom use the same words. A fixed
tenth of the toolboxes is kept out of training, to see how the model does on tools it never met.
"""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from models.embedded.recipe.phrases import SLOT
from models.embedded.recipe.toolset import Arg, Tool, Value
from models.embedded.recipe.words import listed

DIRECTORY = Path(__file__).parent / "toolboxes"
FAMILIES = tuple(
    frozenset(line.split()) for line in DIRECTORY.with_name("related_toolboxes.txt").read_text().splitlines()
)
"""Toolboxes that cover each other in places, so that no box mixes them."""
SMALL_WORDS = frozenset(
    listed("""
    a about all an and any are as at be been by can could did do does for from get give had has have how i if in is
    it its let like make may me much my need no not now of off on one or our out please put should so some tell that
    the their them there they this to up us want was we what when where which who will with would you your
""")
)
WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True)
class Wording:
    """One way to ask for a tool."""

    say: str
    """A pattern with slots in braces, named for arguments."""
    given: Mapping[str, Value] = field(default_factory=dict)
    """What the words say without a slot."""
    missing: str | None = None
    """The required argument that they leave out."""

    @property
    def content(self) -> frozenset[str]:
        """Its words that carry meaning."""
        return content_of(self.say)


@dataclass(frozen=True, eq=False)
class Listed:
    """A tool of a toolbox, with all that is known about asking for it."""

    toolbox: str
    tool: Tool
    values: Mapping[str, tuple[Value, ...]]
    requests: tuple[Wording, ...]
    incomplete: tuple[Wording, ...]
    instead: tuple[str, ...]
    """Requests that are near it but nothing it does."""

    @property
    def words(self) -> frozenset[str]:
        """The words of its name and its description that carry meaning."""
        return content_of(re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", self.tool.name) + " " + self.tool.description)


@cache
def load_toolboxes(split: str = "train") -> dict[str, tuple[Listed, ...]]:
    """The toolboxes of a split, by the name of their file."""
    files = (file for file in sorted(DIRECTORY.glob("*.json")) if held_out(file.stem) == (split == "test"))
    return {file.stem: _read(file) for file in files}


def held_out(toolbox: str) -> bool:
    """True for the fixed tenth of the toolboxes that training must never show."""
    return zlib.crc32(toolbox.encode()) % 10 == 0


@cache
def related(one: str, other: str) -> bool:
    """Whether two toolboxes may not stand in one box."""
    return any(one in family and other in family for family in FAMILIES)


@cache
def content_of(text: str) -> frozenset[str]:
    """The words of a text that carry meaning, without their plural; none from slots."""
    words = WORD.findall(SLOT.sub(" ", text.lower()))
    return frozenset(word.removesuffix("s") for word in words if word not in SMALL_WORDS)


@cache
def could_mean(content: frozenset[str], listed: Listed) -> bool:
    """Whether a request of these words may also be meant for a tool of another toolbox."""
    return not content or any(_close(content, other) for other in _contents(listed))


@cache
def matches(content: frozenset[str], listed: Listed) -> bool:
    """Whether a neighbour in the same toolbox does what a request of these words asks for."""
    return not content or any(content <= other or len(content & other) > 1 for other in _contents(listed))


@cache
def _contents(listed: Listed) -> tuple[frozenset[str], ...]:
    wordings = (*listed.requests, *listed.incomplete)
    return (listed.words, *(content for wording in wordings if (content := wording.content)))


def _close(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= 0.6 * max(1, min(len(one), len(other)))


def _read(file: Path) -> tuple[Listed, ...]:
    content = json.loads(file.read_text(encoding="utf-8"))
    return tuple(_tool(file.stem, tool) for tool in content["tools"])


def _tool(toolbox: str, tool: dict[str, Any]) -> Listed:
    arguments = tool["arguments"].items()
    args = tuple(Arg(name, a["type"], a["required"], tuple(a.get("enum", ()))) for name, a in arguments)
    return Listed(
        toolbox,
        Tool(tool["name"], tool["description"], args, frozenset((tool["name"],))),
        {name: tuple(a.get("values") or a.get("enum", ())) for name, a in arguments},
        tuple(Wording(r) if isinstance(r, str) else Wording(r["say"], r["set"]) for r in tool["requests"]),
        tuple(Wording(r["say"], {}, r["missing"]) for r in tool["incomplete"]),
        tuple(tool["instead"]),
    )
