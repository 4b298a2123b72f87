"""Puts the cases to a runtime and keeps what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.embedded.evaluation.cases import Case, Step, steps_of
from models.embedded.evaluation.replies import Reply, Runtime
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

    @property
    def alone(self) -> bool:
        """Whether the model got every turn right."""
        return all(is_right(one.reply.alone, one.step) for one in self.asked)

    @property
    def checked(self) -> bool:
        """Whether what the agent would do is right at every turn."""
        return all(is_right(one.reply.checked, one.step) for one in self.asked)

    def as_json(self) -> dict[str, Any]:
        """The verdicts and what was said, for a file."""
        said = [{"alone": _shown(one.reply.alone), "checked": _shown(one.reply.checked)} for one in self.asked]
        verdicts = {"alone": self.alone, "checked": self.checked}
        return {"id": self.case.id, "kind": self.case.kind, "sort": self.case.sort, **verdicts, "said": said}


def measure(runtime: Runtime, cases: Sequence[Case]) -> list[Outcome]:
    """The outcomes of the cases, in their order."""
    steps = steps_of(cases, load_toolboxes())
    asked: dict[str, list[Asked]] = {case.id: [] for case in cases}
    for step, reply in zip(steps, runtime.answer(steps), strict=True):
        asked[step.case.id].append(Asked(step, reply))
    return [Outcome(case=case, asked=asked[case.id]) for case in cases]


def _shown(answer: Answer) -> str | list[dict[str, Any]]:
    return [{"name": call.name, "arguments": call.arguments} for call in answer.calls] or answer.text
