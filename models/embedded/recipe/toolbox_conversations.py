"""Conversations over the toolboxes: one call, two, a missing value, nothing that fits."""

from collections.abc import Callable, Sequence

from models.embedded.recipe.boxes import known_box
from models.embedded.recipe.dialogue import Made, answered, joinable, joined
from models.embedded.recipe.disguise import Disguise
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.exchange import said
from models.embedded.recipe.generic import draw_tool
from models.embedded.recipe.known_requests import INTENTS, draw_known
from models.embedded.recipe.spoken import ANSWER_NONE, AT_ONCE, IN_TURN, is_statement, spoken
from models.embedded.recipe.toolbox_requests import (
    draw_listed,
    draw_wording,
    fill_box,
    make_request,
    replies,
    without,
)
from models.embedded.recipe.toolboxes import Listed, Wording, content_of, load_toolboxes, related
from models.embedded.recipe.toolset import Request, Tool

KNOWN_SUBJECTS = content_of(
    "clock day days diary entry event find forecast list memo message note remark remember remind rain search snow sun"
    " temperature time timer timezone warm cold weather wind write"
)
"""Words that the tools of the bundled servers might account for as well."""
TWICE = 0.12
"""Share of the pairs that ask the same tool twice."""


class ToolboxConversations:
    """Makers of conversations, by kind; each returns None where what it drew does not fit together."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.makers: dict[str, Callable[[int], Made | None]] = {
            "box_single": self._single, "box_pair": lambda size: self._two(AT_ONCE, size),
            "box_turn": lambda size: self._two(IN_TURN, size), "box_missing": self._missing, "box_none": self._none,
        }  # fmt: skip

    def _single(self, size: int) -> Made:
        listed = draw_listed(self.draw)
        wording = draw_wording(self.draw, listed, listed.requests)
        box, disguise = self._disguised([listed], [wording], size)
        return self._tools(box, disguise, [wording]), answered(
            self.draw, make_request(self.draw, listed, wording, disguise)
        )

    def _missing(self, size: int) -> Made | None:
        listed = draw_listed(self.draw)
        if not listed.incomplete:
            return None
        wording = draw_wording(self.draw, listed, listed.incomplete)
        box, disguise = self._disguised([listed], [wording], size)
        request = make_request(self.draw, listed, wording, disguise)
        conversation = answered(self.draw, request, replies(listed, disguise))
        return self._tools(box, disguise, [wording]), conversation

    def _two(self, joiners: Sequence[str], size: int) -> Made | None:
        """Two tools of one toolbox or of two, the same tool twice, or one and a bundled one."""
        listed = draw_listed(self.draw)
        wording = draw_wording(self.draw, listed, listed.requests)
        if self.draw.chance(0.15):
            return self._with_known(listed, wording, joiners, size)
        other = listed if self.draw.chance(TWICE) else self._second(listed)
        if other is None or (other is not listed and other.tool.name == listed.tool.name):
            return None
        asked = wording, draw_wording(self.draw, other, other.requests)
        box, disguise = self._disguised([listed] if other is listed else [listed, other], asked, max(size, 2))
        first, second = (
            make_request(self.draw, each, said, disguise) for each, said in zip((listed, other), asked, strict=True)
        )
        if not _speakable(first, second) or (other is listed and first.arguments == second.arguments):
            return None
        return self._tools(box, disguise, asked), joined(self.draw, first, second, joiners)

    def _second(self, listed: Listed) -> Listed | None:
        if self.draw.chance(0.65):
            other = draw_listed(self.draw, listed.toolbox)
            return other if other is not listed else None
        other = draw_listed(self.draw)
        return other if not related(other.toolbox, listed.toolbox) and other.toolbox != listed.toolbox else None

    def _with_known(self, listed: Listed, wording: Wording, joiners: Sequence[str], size: int) -> Made | None:
        known = draw_known(self.draw, INTENTS)
        if (wording.content | listed.words) & KNOWN_SUBJECTS:
            return None
        box, disguise = self._disguised([listed], [wording], min(size, 4))
        request = make_request(self.draw, listed, wording, disguise)
        requests = (known, request) if self.draw.chance(0.5) else (request, known)
        if not _speakable(*requests):
            return None
        kept = [t for t in box if t is listed or not t.words & (KNOWN_SUBJECTS | content_of(known.clause))]
        bundled = known_box(self.draw, known.tool, extra=False) if self.draw.chance(0.5) else [known.tool]
        tools = [*bundled, *(disguise.tools[t] for t in kept)][:12]
        if request.tool not in tools or known.tool not in tools or len({t.name for t in tools}) < len(tools):
            return None
        self.draw.random.shuffle(tools)
        return tools, joined(self.draw, *requests, joiners)

    def _none(self, size: int) -> Made | None:
        """Near a tool but not what it does, for a neighbour that is not there, or of another world."""
        listed = draw_listed(self.draw)
        near = self.draw.chance(0.5) and bool(listed.instead)
        wording = Wording(self.draw.pick(listed.instead)) if near else self.draw.pick(listed.requests)
        foreign = not near and self.draw.chance(0.35)
        home = self._elsewhere(listed) if foreign else listed
        if home is None:
            return None
        box = without(self.draw, home, wording.content, size, itself=near or foreign)
        disguise = Disguise(self.draw, [*box, listed] if listed not in box else box, [wording])
        text = disguise.say(wording.say) if near else make_request(self.draw, listed, wording, disguise).clause
        request = spoken(self.draw, text, statement=is_statement(text))
        return ([disguise.tools[t] for t in box], said(request, ANSWER_NONE)) if box else None

    def _elsewhere(self, listed: Listed) -> Listed | None:
        """A tool of a toolbox that has nothing to do with this one."""
        others = [t for t in load_toolboxes(self.draw.split) if t != listed.toolbox and not related(t, listed.toolbox)]
        return draw_listed(self.draw, self.draw.pick(others)) if others else None

    def _disguised(
        self, wanted: Sequence[Listed], asked: Sequence[Wording], size: int
    ) -> tuple[list[Listed], Disguise]:
        box = fill_box(self.draw, wanted, [wording.content for wording in asked], size)
        return box, Disguise(self.draw, box, asked)

    def _tools(self, box: Sequence[Listed], disguise: Disguise, asked: Sequence[Wording]) -> list[Tool]:
        """The tools as they are called here, now and then with an invented one among them."""
        tools = [disguise.tools[listed] for listed in box]
        stray = draw_tool(self.draw)[0]
        said = {word for wording in asked for word in content_of(disguise.say(wording.say))}
        if len(tools) < 9 and self.draw.chance(0.1) and not content_of(" ".join(stray.topic)) & said:
            tools += [stray] if stray.name not in {tool.name for tool in tools} else []
        return tools


def _speakable(first: Request, second: Request) -> bool:
    """Whether both fit into one sentence."""
    return joinable(first, second, same=True) and not (first.statement or second.statement)
