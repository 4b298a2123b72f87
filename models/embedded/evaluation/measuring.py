"""Puts the cases to a runtime and keeps what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.embedded.evaluation.cases import Case, Step, steps_of
from models.embedded.evaluation.replies import WAYS, Reply, Runtime
from models.embedded.evaluation.scoring import Answer, is_right
from models.embedded.evaluation.toolboxes import load_toolboxes


@dataclass(frozen=True)
class Asked:
    """One turn and what was said to it."""

    step: Step
    reply: Reply


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One case, measured."""

    case: Case
    asked: Sequence[Asked]

    def right(self, way: str) -> bool | None:
        """Whether every turn is right when answered in one of `WAYS`; None where it was not."""
        answers = [(one.reply.by(way), one.step) for one in self.asked]
        if any(answer is None for answer, _ in answers):
            return None
        return all(answer is not None and is_right(answer, step) for answer, step in answers)

    @property
    def ways(self) -> dict[str, bool]:
        """The verdict in each of the ways in which the case was answered."""
        return {way: right for way in WAYS if (right := self.right(way)) is not None}

    def as_json(self) -> dict[str, Any]:
        """The verdicts and what was said, for a file."""
        said = [{way: _shown(answer) for way in self.ways if (answer := one.reply.by(way))} for one in self.asked]
        return {"id": self.case.id, "kind": self.case.kind, "sort": self.case.sort, **self.ways, "said": said}


def measure(runtime: Runtime, cases: Sequence[Case]) -> list[Outcome]:
    """The outcomes of the cases, in their order."""
    steps = steps_of(cases, load_toolboxes())
    asked: dict[str, list[Asked]] = {case.id: [] for case in cases}
    for step, reply in zip(steps, runtime.answer(steps), strict=True):
        asked[step.case.id].append(Asked(step, reply))
    return [Outcome(case=case, asked=asked[case.id]) for case in cases]


def _shown(answer: Answer) -> str | list[dict[str, Any]]:
    return [{"name": call.name, "arguments": call.arguments} for call in answer.calls] or answer.text
