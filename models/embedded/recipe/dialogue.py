"""How requests become conversations: alone, two in one sentence, or with a value asked for and given."""

from collections.abc import Callable, Sequence
from typing import Any

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.exchange import asked_back, exchange, said
from models.embedded.recipe.spoken import ANSWER_MISSING, BEFORE_TURNS, IN_TURN, spoken, with_capitals
from models.embedded.recipe.toolset import Request, Tool, Value

Reply = Callable[[Draw, Request], tuple[str, Value | None]]
Made = tuple[Sequence[Tool], list[dict[str, Any]]]
"""The tools of a conversation and its messages."""


def answered(draw: Draw, request: Request, reply: Reply | None = None) -> list[dict[str, Any]]:
    """The exchange that a request leads to; a missing value is now and then given in `reply`."""
    text = spoken(
        draw, request.clause, open_end=request.open_end, statement=request.statement, value_first=request.value_first
    )
    if not request.missing:
        return exchange(draw, text, [request])
    one_left = {arg.name for arg in request.tool.args if arg.required} - {request.missing} <= {*request.arguments}
    value = reply(draw, request) if reply and one_left and draw.chance(0.3) else ("", None)
    if value[1] is None:
        return said(text, ANSWER_MISSING.format(request.missing))
    return asked_back(draw, text, request, value)


def joined(draw: Draw, first: Request, second: Request, joiners: Sequence[str]) -> list[dict[str, Any]]:
    """The exchange that two requests in one message lead to, at once or in turn; an open end takes a full stop."""
    begin = draw.pick(BEFORE_TURNS) if joiners is IN_TURN else ""
    fitting = [joiner for joiner in joiners if joiner.startswith(". ")] if first.open_end else joiners
    clause = begin + first.clause + with_capitals(draw, draw.pick(fitting)) + second.clause
    steps = [[first], [second]] if joiners is IN_TURN else [[first, second]]
    first_is_value = first.value_first and not begin
    text = spoken(draw, clause, open_end=second.open_end, statement=first.statement, value_first=first_is_value)
    return exchange(draw, text, *steps)


def joinable(first: Request, second: Request, *, same: bool = False) -> bool:
    """Whether both can be asked for in one message that has one meaning."""
    clear = " then " not in first.clause + second.clause and " and " not in first.clause
    several, ends = same or first.tool != second.tool, not first.open_end or first.clause[-1:].isalnum()
    return clear and several and ends and not (first.missing or second.missing)
