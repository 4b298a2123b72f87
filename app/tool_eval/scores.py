"""What the outcomes add up to: by category and in all, for the model itself and for our agent."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.bench.pass_hat import pass_hat as pass_hat_of
from app.tool_eval.interview import Exchange, Outcome
from app.tool_eval.verdict import markup_in
from graphs.toolset import ToolSpec
from graphs.validation import check_arguments


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Shares between 0 and 1; None where nothing was counted."""

    name: str
    asked: int
    """Cases times attempts."""
    skipped: int
    own: float | None
    """Share of attempts that the model got right by itself."""
    agent: float | None
    """Share that is right as the agent reads it."""
    saved: int
    """Attempts that only the agent's repairs made right."""
    lost: int
    """Attempts that were right until the agent read them."""
    seconds: float | None
    """Median of an attempt."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Parts of a verdict, over all replies that came as a reply."""

    parsed: float | None
    """Calls whose arguments are a JSON object."""
    known: float | None
    """Calls of tools that were offered."""
    fitting: float | None
    """Calls whose arguments fit the tool's schema."""
    precision: float | None
    """Replies with a call where one was wanted, of all with a call."""
    recall: float | None
    """Replies with a call where one was wanted, of all where one was wanted."""
    leaked: float | None
    """Replies with markup of a call left in the text."""
    prompt_tokens: int
    output_tokens: int

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        if self.precision is None or self.recall is None or not self.precision + self.recall:
            return None
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def by_category(outcomes: Sequence[Outcome]) -> list[Tally]:
    """One tally for each category, in the order in which they come."""
    names = dict.fromkeys(outcome.case.category for outcome in outcomes)
    return [tally(name, [outcome for outcome in outcomes if outcome.case.category == name]) for name in names]


def by_language(outcomes: Sequence[Outcome]) -> list[Tally]:
    """One tally for each language."""
    names = sorted({outcome.case.language for outcome in outcomes})
    return [tally(name, [outcome for outcome in outcomes if outcome.case.language == name]) for name in names]


def tally(name: str, outcomes: Sequence[Outcome]) -> Tally:
    """All of them together."""
    asked = [outcome for outcome in outcomes if not outcome.skipped]
    return Tally(
        name=name,
        asked=len(asked),
        skipped=len(outcomes) - len(asked),
        own=_share(not outcome.own for outcome in asked),
        agent=_share(not outcome.agent for outcome in asked),
        saved=sum(bool(outcome.own) and not outcome.agent for outcome in asked),
        lost=sum(bool(outcome.agent) and not outcome.own for outcome in asked),
        seconds=statistics.median(outcome.seconds for outcome in asked) if asked else None,
    )


def macro_average(tallies: Iterable[Tally], share: Callable[[Tally], float | None]) -> float | None:
    """The mean of the categories' shares, each counting the same."""
    known = [value for one in tallies if (value := share(one)) is not None]
    return statistics.fmean(known) if known else None


def rates(outcomes: Sequence[Outcome]) -> Rates:
    """The parts of the verdicts."""
    pairs = [(outcome, exchange) for outcome in outcomes for exchange in outcome.exchanges]
    answered = [(outcome, exchange) for outcome, exchange in pairs if not exchange.reply.refusal]
    calls = [(outcome, call) for outcome, exchange in answered for call in exchange.reply.calls]
    known = [(outcome, call) for outcome, call in calls if call.name in outcome.case.tools.by_name]
    decisions = Counter((_wants_call(exchange), bool(exchange.reply.calls)) for _, exchange in answered)
    right, wrong, missed = decisions[True, True], decisions[False, True], decisions[True, False]
    return Rates(
        parsed=_share(call.arguments is not None for _, call in calls),
        known=_share(call.name in outcome.case.tools.by_name for outcome, call in calls),
        fitting=_share(_fits(outcome, call.name, call.arguments) for outcome, call in known),
        precision=right / (right + wrong) if right + wrong else None,
        recall=right / (right + missed) if right + missed else None,
        leaked=_share(_leaks(outcome, exchange) for outcome, exchange in answered),
        prompt_tokens=sum(exchange.reply.prompt_tokens or 0 for _, exchange in answered),
        output_tokens=sum(exchange.reply.output_tokens or 0 for _, exchange in answered),
    )


def pass_hat(outcomes: Sequence[Outcome], right: Callable[[Outcome], bool]) -> list[float]:
    """pass^1 to pass^n: the chance that k attempts of a case, drawn from the n that were made, are all right."""
    attempts: dict[str, list[bool]] = {}
    for outcome in outcomes:
        if not outcome.skipped:
            attempts.setdefault(outcome.case.id, []).append(right(outcome))
    return pass_hat_of(list(attempts.values()))


def fault_kinds(outcomes: Iterable[Outcome]) -> list[tuple[str, int]]:
    """How many attempts failed first for each kind of fault, the commonest first."""
    return Counter(outcome.own[0].kind for outcome in outcomes if outcome.own).most_common()


def _share(held: Iterable[bool]) -> float | None:
    values = list(held)
    return sum(values) / len(values) if values else None


def _wants_call(exchange: Exchange) -> bool:
    return exchange.turn.expect.wants_call


def _fits(outcome: Outcome, name: str, arguments: dict[str, Any] | None) -> bool:
    if arguments is None:
        return False
    spec = ToolSpec(name=name, server="", tool=name, input_schema=dict(outcome.case.tools.parameters(name)))
    return check_arguments(spec, arguments) is None


def _leaks(outcome: Outcome, exchange: Exchange) -> bool:
    return not exchange.turn.expect.may_show_markup and bool(markup_in(exchange.reply.text, outcome.case))
