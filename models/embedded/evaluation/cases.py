"""The cases: what a person asks, what the assistant has to do about it, turn by turn.

They are JSON lines. A case is right when every turn of it that is not given is right;
each turn is asked with the right turns before it, so that one mistake is counted once.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from models.embedded.evaluation.words import CASES, Tools

KINDS = ("bundled", "unseen", "no_call", "robot", "languages")
"""The case files: three for what the model has to reach, and two that are reported apart."""


@dataclass(frozen=True)
class Call:
    """A tool call: what is compared, and what stands in the conversation."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn of the assistant. Exactly one of the first three says what is wanted."""

    calls: Sequence[Call] | None = None
    """The calls to make; none at all means any answer in words."""
    asks: str | None = None
    """The argument that the answer has to ask for."""
    quotes: bool = False
    """The answer has to hold the results before it."""
    results: Sequence[str] = ()
    """What the calls came back with."""
    failed: bool = False
    """The results are errors."""
    given: bool = False
    """Not asked, only shown."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One request."""

    id: str
    kind: str
    sort: str
    """Sub-kind, for the table."""
    box: str
    """The name of the toolbox."""
    ask: str
    turns: Sequence[Turn]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One turn to be answered."""

    case: Case
    at: int
    """Which turn of the case."""
    tools: Tools
    messages: Sequence[BaseMessage] = field(repr=False)
    """The conversation before it."""

    @property
    def turn(self) -> Turn:
        """What is wanted."""
        return self.case.turns[self.at]

    @property
    def results(self) -> list[str]:
        """The results before it, oldest first."""
        return [result for turn in self.case.turns[: self.at] for result in turn.results]


def load_cases(*kinds: str) -> list[Case]:
    """The cases of these kinds, of all kinds when none is named."""
    return [case for kind in kinds or KINDS for case in _read(kind)]


def subset(cases: Sequence[Case]) -> list[Case]:
    """The fixed third of the cases that a test run has time for."""
    return list(cases)[::3]


def steps_of(cases: Sequence[Case], boxes: dict[str, Tools]) -> list[Step]:
    """The turns to be answered, with the tools of their box."""
    return [
        Step(case=case, at=at, tools=boxes[case.box], messages=[*_messages(case, at)])
        for case in cases
        for at, turn in enumerate(case.turns)
        if not turn.given
    ]


def _read(kind: str) -> Iterator[Case]:
    for line in (CASES / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sort = f"{row['language']}, {row['box']}" if "language" in row else row["sort"]
        turns = [_turn(turn) for turn in row["turns"]]
        yield Case(id=row["id"], kind=kind, sort=sort, box=row["box"], ask=row["ask"], turns=turns)


def _turn(row: dict[str, Any]) -> Turn:
    known: dict[str, Any] = {"calls": [Call(**call) for call in row["calls"]]} if "calls" in row else {}
    return Turn(**{**row, **known})


def _messages(case: Case, at: int) -> Iterator[BaseMessage]:
    yield HumanMessage(case.ask)
    for number, turn in enumerate(case.turns[:at]):
        calls = [(f"call_{number}_{place}", call) for place, call in enumerate(turn.calls or ())]
        yield AIMessage("", tool_calls=[{"id": id, "name": call.name, "args": call.arguments} for id, call in calls])
        for (id, call), result in zip(calls, turn.results, strict=True):
            status = "error" if turn.failed else "success"
            yield ToolMessage(result, tool_call_id=id, name=call.name, status=status)
