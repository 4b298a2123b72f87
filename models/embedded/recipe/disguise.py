"""Other names for the tools of a box, so that no tool of a toolbox is learnt by heart.

A word that request and tool share becomes another word in both; names, descriptions and arguments
change where the request still tells what is meant. All of a box is drawn anew where two names would be
equal: mending one tool would leave the request in words that are no longer its own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.phrases import SLOT
from models.embedded.recipe.toolboxes import Listed, Wording
from models.embedded.recipe.toolset import Arg, Tool
from models.embedded.recipe.words import kept_out

TRIES = 20
"""Before the box stays as it is."""
PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
AFTER = (" Returns text.", " Works at once.", " Use it when asked.", " Answers with one line.")
BEFORE = ("Tool: ", "Use: ", "This tool: ", "Purpose: ")


class Disguise:
    """How the tools of one box are called in one conversation."""

    _swaps: dict[str, str]
    args: dict[Listed, dict[str, str]]
    """New argument names by the old ones."""
    tools: dict[Listed, Tool]

    def __init__(self, draw: Draw, box: Sequence[Listed], wordings: Sequence[Wording]) -> None:
        self._needs_name = {listed for listed in box if _shares_nothing(listed, wordings)}
        for _ in range(TRIES):
            self._swaps = _swaps(draw, box, wordings) if draw.chance(0.35) else {}
            self.args = {listed: _arg_names(draw, listed.tool) for listed in box}
            self.tools = {listed: self._tool(draw, listed) for listed in box}
            if _may_be_called_so(self.tools):
                return
        self._swaps = {}
        self.args = {listed: {arg.name: arg.name for arg in listed.tool.args} for listed in box}
        self.tools = {listed: listed.tool for listed in box}

    def say(self, pattern: str) -> str:
        """A pattern with the words of this conversation; its slots stay."""
        parts = SLOT.split(pattern)
        return "".join(self._text(p) if at % 2 == 0 else "{" + p + "}" for at, p in enumerate(parts))

    def _text(self, text: str) -> str:
        return re.sub(r"[A-Za-z]+", lambda word: _swapped(word[0], self._swaps), text) if self._swaps else text

    def _tool(self, draw: Draw, listed: Listed) -> Tool:
        names = self.args[listed]
        args = tuple(replace(arg, name=names[arg.name]) for arg in listed.tool.args)
        name = PIECE.sub(lambda word: _swapped(word[0], self._swaps), listed.tool.name)
        blank = bool(listed.tool.description) and listed not in self._needs_name
        name = _renamed(draw, name, blank=blank) if draw.chance(0.35) else name
        description = self._text(listed.tool.description)
        known = name == listed.tool.name or len(PIECE.findall(name)) > 1 and not name.startswith("tool_")
        if description and draw.chance(0.4):
            description = _reworded(draw, description, named=known and not self._swaps)
        return Tool(name, description, args, frozenset(listed.words))


def _may_be_called_so(tools: Mapping[Listed, Tool]) -> bool:
    """Whether no two tools have one name, and no new name holds a word that training must not show."""
    new = (tool.name for listed, tool in tools.items() if tool.name != listed.tool.name)
    return len({tool.name for tool in tools.values()}) == len(tools) and not any(map(kept_out, new))


def _shares_nothing(listed: Listed, wordings: Iterable[Wording]) -> bool:
    """Whether a wording asks for this tool without a word of its name or its description."""
    own = (*listed.requests, *listed.incomplete)
    return any(wording in own and not wording.content & listed.words for wording in wordings)


def _swaps(draw: Draw, box: Sequence[Listed], wordings: Iterable[Wording]) -> dict[str, str]:
    """Words that a request shares with the tools, and what stands for them."""
    theirs = {word for listed in box for word in listed.words}
    shared = sorted(word for word in {w for each in wordings for w in each.content} & theirs if len(word) > 3)
    draw.random.shuffle(shared)
    chosen = shared[: draw.pick((1, 1, 2))]
    drawn = {word: draw.pseudo() if draw.chance(0.3) else draw.pick(draw.nouns) for word in chosen}
    return {word: other for word, other in drawn.items() if other not in theirs}


def _swapped(word: str, swaps: Mapping[str, str]) -> str:
    """The word that stands for this one, in the same number and case; itself where there is none."""
    low = word.lower()
    single = low.removesuffix("s")
    if single not in swaps:
        return word
    other = swaps[single] + ("s" if low != single else "")
    return other.capitalize() if word[0].isupper() else other


def _arg_names(draw: Draw, tool: Tool) -> dict[str, str]:
    """An argument that is alone of its kind may be called anything; the others change their style."""
    kinds = [_kind(arg) for arg in tool.args]
    names = {arg.name: arg.name for arg in tool.args}
    for arg, kind in zip(tool.args, kinds, strict=True):
        other = arg.name
        if kinds.count(kind) == 1 and kind != "boolean" and draw.chance(0.12):
            other = draw.pick(draw.arg_names) if draw.chance(0.7) else draw.pick(draw.nouns)
        elif "_" in arg.name and draw.chance(0.15):
            other = _styled(PIECE.findall(arg.name), "camel")
        if other not in names.values():
            names[arg.name] = other
    return names


def _kind(arg: Arg) -> str:
    return "enum" if arg.enum else "number" if arg.type == "integer" else arg.type


def _renamed(draw: Draw, name: str, *, blank: bool) -> str:
    """A synonym or another style; where `blank`, also a name that says nothing."""
    words = [word.lower() for word in PIECE.findall(name)]
    nothing = (f"tool_{draw.number_in(1, 99)}", draw.pseudo(), f"{draw.pick(draw.verbs)}_{draw.pseudo(1)}")
    if blank and draw.chance(0.25):
        return draw.pick(nothing)
    synonyms = [draw.pick(draw.synonyms[word]) if draw.synonyms.get(word) else word for word in words]
    return _styled(synonyms, draw.pick(("snake", "snake", "camel", "kebab")))


def _styled(words: Sequence[str], style: str) -> str:
    if style == "camel":
        return words[0].lower() + "".join(word.capitalize() for word in words[1:])
    return ("_" if style == "snake" else "-").join(word.lower() for word in words)


def _reworded(draw: Draw, description: str, *, named: bool) -> str:
    """The same in other words, or nothing where the name says enough."""
    bare = description.removesuffix(".")
    verb, _, rest = bare.partition(" ")
    stem = verb.lower().removesuffix("s")
    same = draw.synonyms.get(stem) or [stem]
    return draw.one_of(
        (30 if named else 0, lambda: ""),
        (20, lambda: bare),
        (20, lambda: bare[:1].lower() + bare[1:]),
        (15, lambda: f"{draw.pick(same).capitalize()} {rest}." if rest else description),
        (10, lambda: description + draw.pick(AFTER)),
        (10, lambda: draw.pick(BEFORE) + description),
    )
