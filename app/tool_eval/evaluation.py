"""All cases at one candidate, several at a time, each as often as was asked."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.errors import EndpointError
from app.tool_eval.candidate import Candidate
from app.tool_eval.case import Case
from app.tool_eval.interview import Outcome, interview
from app.tool_eval.parser_counter import ParserCount, parser_count

_GIVE_UP_AFTER = 3
"""Cases one after another without any answer, after which the endpoint counts as gone."""


@dataclass(frozen=True, kw_only=True)
class Mode:
    """How cases are asked."""

    stream: bool = True
    repeat: int = 1
    concurrency: int = 4


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Everything that one candidate did."""

    candidate: Candidate
    outcomes: Sequence[Outcome]
    """By case in their order, and by attempt."""
    parser: ParserCount | None = None
    """What the server's own counter says its parser did meanwhile; None where it has none."""


@dataclass
class _Pulse:
    """Whether the endpoint still answers."""

    dead: int = 0
    said: str = ""
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, outcome: Outcome) -> None:
        silent = [fault for fault in outcome.own if fault.kind == "no answer"]
        self.dead = self.dead + 1 if silent else 0 if not outcome.skipped else self.dead
        self.said = silent[0].said if silent else self.said
        if self.dead >= _GIVE_UP_AFTER:
            self.stopped.set()


async def evaluate(
    candidate: Candidate, cases: Sequence[Case], mode: Mode, on_outcome: Callable[[Outcome], None]
) -> Evaluation:
    """Ask every case.

    Args:
        candidate: Who is asked.
        cases: What is asked.
        mode: How.
        on_outcome: Told of each case as soon as it is judged, in any order.

    Raises:
        EndpointError: The endpoint stopped answering.
    """
    before = await parser_count(candidate)
    pulse, places = _Pulse(), asyncio.Semaphore(mode.concurrency)

    async def one(case: Case, attempt: int) -> Outcome | None:
        async with places:
            if pulse.stopped.is_set():
                return None
            outcome = await interview(candidate, case, stream=mode.stream, attempt=attempt)
            pulse.note(outcome)
            on_outcome(outcome)
            return outcome

    asked = [one(case, attempt) for case in cases for attempt in range(1, mode.repeat + 1)]
    outcomes = await asyncio.gather(*asked)
    if pulse.stopped.is_set():
        raise EndpointError(
            f"{candidate.place} stopped answering: {pulse.said}.".replace("..", "."),
            hint="`python -m app doctor` looks at an endpoint; fewer at once (--concurrency 1) ask less of it.",
        )
    after = await parser_count(candidate)
    came = [outcome for outcome in outcomes if outcome]
    return Evaluation(candidate=candidate, outcomes=came, parser=after.since(before) if after and before else None)
