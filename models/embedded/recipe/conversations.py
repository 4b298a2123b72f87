"""Synthetic tool-calling conversations in OpenAI format, endless and seeded.

A sample is a random toolbox and a complete exchange: request, calls, results, answer. Since names,
arguments, values and wording are drawn, the model must match and copy. The `test` split uses only
words that the `train` split never shows.
"""

from collections.abc import Callable, Sequence
from typing import Any

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.generic import draw_request
from models.embedded.recipe.results import Result, draw_result, shown
from models.embedded.recipe.small_talk import (
    ABILITIES,
    ANSWER_HELLO,
    ANSWER_MISSING,
    ANSWER_NO_TOOLS,
    ANSWER_NONE,
    ANSWER_THANKS,
    ANSWER_TOOLS,
    CHAT,
    CLOSERS,
    GREETINGS,
    OPENERS,
    THANKS,
)  # fmt: skip
from models.embedded.recipe.toolbox import DOMAINS, SHIPPED, draw_toolbox
from models.embedded.recipe.toolset import Request, Sample, Tool

Made = tuple[list[Tool], list[dict[str, Any]]]
MIX = {"single": 30, "then": 8, "parallel": 9, "missing": 11, "unknown": 9, "chat": 6, "twice": 5, "shipped": 22}
"""How often each kind of conversation comes, in percent."""
SIZES = (1, 2, 3, 3, 4, 4, 5, 6, 7, 8)
AT_ONCE = (" and ", " and also ", ", and ", " and ", "; also ")
IN_TURN = (" and then ", ", then ", " then ", ", and then ", ". then ")


class Conversations:
    """The stream of samples of one seed and split."""

    def __init__(self, seed: int, split: str = "train") -> None:
        self.draw = Draw(seed, split)
        self._makers: dict[str, Callable[[int], Made | None]] = {
            "single": self._single, "then": self._then, "parallel": self._parallel, "missing": self._missing,
            "unknown": self._unknown, "chat": self._chat, "twice": self._twice, "shipped": self._shipped,
        }  # fmt: skip

    def sample(self, kind: str | None = None, size: int | None = None) -> Sample:
        """The next conversation, of a kind and with about `size` tools when given."""
        kind = kind or self.draw.random.choices(list(MIX), list(MIX.values()))[0]
        while True:
            made = self._makers[kind](size or self.draw.pick(SIZES))
            if made is not None:
                return Sample(kind, [tool.schema() for tool in made[0]], made[1])

    # Kinds of conversation

    def _single(self, size: int) -> Made | None:
        request = self._any_request()
        box = draw_toolbox(self.draw, [request.tool], size)
        return None if box is None or request.missing else (box, self._exchange([request]))

    def _missing(self, size: int) -> Made | None:
        makers = (draw_request, draw_request, draw_request, self.draw.pick(SHIPPED))
        request = self.draw.pick(makers)(self.draw)
        box = draw_toolbox(self.draw, [request.tool], size)
        if box is None or not request.missing:
            return None
        return box, self._said(self._spoken(request.clause), ANSWER_MISSING.format(request.missing))

    def _parallel(self, size: int) -> Made | None:
        return self._two(self._any_request(), self._any_request(), AT_ONCE, size)

    def _then(self, size: int) -> Made | None:
        return self._two(self._any_request(), self._any_request(), IN_TURN, size)

    def _two(self, first: Request, second: Request, joiners: Sequence[str], size: int) -> Made | None:
        if not _joinable(first, second):
            return None
        box = draw_toolbox(self.draw, [first.tool, second.tool], max(size, 2))
        return None if box is None else (box, self._joined(first, second, joiners))

    def _joined(self, first: Request, second: Request, joiners: Sequence[str]) -> list[dict[str, Any]]:
        text = first.clause + self.draw.pick(joiners) + second.clause
        steps = [[first], [second]] if joiners is IN_TURN else [[first, second]]
        return self._exchange(*steps, text=text, open_end=second.open_end)

    def _twice(self, size: int) -> Made | None:
        """The same tool for two values."""
        request = self.draw.pick(SHIPPED[:4])(self.draw)
        if request.again is None or not request.clause.endswith(str(request.arguments[request.again.argument])):
            return None
        box = draw_toolbox(self.draw, [request.tool], size)
        other = request.again.other()
        if box is None or other == request.arguments[request.again.argument]:
            return None
        second = Request(request.tool, "", {request.again.argument: other})
        text = request.clause + self.draw.pick((" and in ", " and ", ", and in ", " and also in ", " and in ")) + other
        return box, self._exchange([request, second], text=text)

    def _unknown(self, size: int) -> Made | None:
        """A request for a tool that is not in the box."""
        request = self._any_request()
        box = draw_toolbox(self.draw, [request.tool], size + 1)
        if box is None or request.clause.startswith(("use ", "call ")):
            return None
        rest = [tool for tool in box if not tool.topic & request.tool.topic and tool is not request.tool]
        text = self.draw.pick(CHAT) if self.draw.chance(0.35) else request.clause
        return (rest, self._said(self._spoken(text), ANSWER_NONE)) if rest else None

    def _chat(self, size: int) -> Made | None:
        box = draw_toolbox(self.draw, [], size) or []
        end = self.draw.pick(("", "", "!", ".", ", nice to see you", " my friend"))
        names = ", ".join(tool.name for tool in box)
        return self.draw.one_of(
            (1, lambda: (box, self._said(self.draw.pick(GREETINGS) + end, ANSWER_HELLO))),
            (1, lambda: (box, self._said(self.draw.pick(THANKS) + end, ANSWER_THANKS))),
            (2, lambda: (box, self._said(self._spoken(self.draw.pick(ABILITIES)), ANSWER_TOOLS.format(names)))),
            (2, lambda: ([], self._said(self._spoken(self._anything()), ANSWER_NO_TOOLS))),
        )

    def _shipped(self, size: int) -> Made | None:
        """A box like the one that Switchyard binds by default, whatever the size."""
        requests = [make(self.draw) for make in SHIPPED]
        request = self.draw.pick(requests)
        box = self._shipped_box([request, *requests])
        if self.draw.chance(0.14):
            return self._shipped_without(request, box)
        second = self.draw.pick(requests)
        if self.draw.chance(0.3) and _joinable(request, second) and {request.tool, second.tool} <= set(box):
            return box, self._joined(request, second, self.draw.pick((AT_ONCE, AT_ONCE, IN_TURN)))
        if request.missing:
            return box, self._said(self._spoken(request.clause), ANSWER_MISSING.format(request.missing))
        return box, self._exchange([request])

    def _shipped_box(self, requests: Sequence[Request]) -> list[Tool]:
        box: dict[str, Tool] = {}
        for request in requests:
            if not any(tool.topic == request.tool.topic for tool in box.values()):
                box.setdefault(request.tool.name, request.tool)
        tools = list(box.values())
        self.draw.random.shuffle(tools)
        topics = [request.tool.topic for request in requests[1:]]
        return sorted(tools, key=lambda tool: topics.index(tool.topic)) if self.draw.chance(0.5) else tools

    def _shipped_without(self, request: Request, box: Sequence[Tool]) -> Made | None:
        """The wanted tool and its kin are missing, or something else is asked for."""
        families = ({"weather", "forecast"}, {"time", "convert"})
        if self.draw.chance(0.5):
            family = next((kin for kin in families if kin & request.tool.topic), request.tool.topic)
            text, rest = request.clause, [tool for tool in box if not tool.topic & family]
        else:
            other = self._any_request()
            if any(other.tool.topic & tool.topic for tool in box) or other.tool.topic & {"task", "memo", "reminder"}:
                return None
            text, rest = self.draw.pick(CHAT) if self.draw.chance(0.3) else other.clause, list(box)
        return (rest, self._said(self._spoken(text), ANSWER_NONE)) if rest else None

    # Parts of a conversation

    def _anything(self) -> str:
        return self.draw.pick(CHAT) if self.draw.chance(0.5) else self._any_request().clause

    def _any_request(self) -> Request:
        return draw_request(self.draw) if self.draw.chance(0.45) else self.draw.pick(DOMAINS)(self.draw)

    def _spoken(self, text: str, *, open_end: bool = False) -> str:
        """The request with what people put around it; nothing is added to an open end but a full stop."""
        text = self.draw.pick(OPENERS) + text + self.draw.pick(("", "", "", ".") if open_end else CLOSERS)
        return text[:1].upper() + text[1:] if self.draw.chance(0.4) else text

    def _said(self, text: str, answer: str) -> list[dict[str, Any]]:
        return [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]

    def _exchange(
        self, *steps: list[Request], text: str | None = None, open_end: bool | None = None
    ) -> list[dict[str, Any]]:
        """Request, then for each step its calls and results, then the answer; a failed step is the last."""
        first = steps[0][0]
        spoken = self._spoken(text or first.clause, open_end=first.open_end if open_end is None else open_end)
        messages: list[dict[str, Any]] = [{"role": "user", "content": spoken}]
        results: list[tuple[str, Result]] = []
        for step in steps:
            outcomes = [draw_result(self.draw) for _ in step]
            messages += [_calls(step), *({"role": "tool", "content": content} for content, _ in outcomes)]
            results += [(request.tool.name, outcome) for request, outcome in zip(step, outcomes, strict=True)]
            if outcomes[0][1]:
                break
        return [*messages, {"role": "assistant", "content": "\n".join(_reported(*result) for result in results)}]


def _joinable(first: Request, second: Request) -> bool:
    """Whether both can be asked for in one sentence that has one meaning."""
    clear = " and " not in first.clause + second.clause and "then" not in first.clause
    return clear and not (first.missing or second.missing or first.open_end) and first.tool != second.tool


def _calls(requests: Sequence[Request]) -> dict[str, Any]:
    calls = [
        {"id": f"call_{at}", "type": "function", "function": {"name": r.tool.name, "arguments": r.ordered()}}
        for at, r in enumerate(requests)
    ]
    return {"role": "assistant", "content": "", "tool_calls": calls}


def _reported(name: str, result: Result) -> str:
    text, failed = result
    return f"Sorry, {name} failed: {shown(text)}" if failed else f"The result of {name} is: {shown(text)}"
