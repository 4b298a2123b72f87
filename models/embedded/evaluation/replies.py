"""What a runtime says to a turn: as the model wrote it, as the agent's checks left it, as the agent decodes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from langchain_core.messages import ToolCall

from app.chat.embedded import TEMPLATE
from app.chat.embedded_calls import as_written, refusal
from app.chat.embedded_prompt import read_prompt
from app.chat.embedded_template import render_prompt
from app.shipped import shipped
from models.embedded.evaluation.cases import Call, Step
from models.embedded.evaluation.scoring import Answer

WAYS = ("alone", "checked", "constrained")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One turn, answered."""

    alone: Answer
    """What the model wrote."""
    checked: Answer
    """What is left by the agent's checks: the calls that pass, or what it would say instead."""
    constrained: Answer | None = None
    """What the agent does: checked, and decoded under constraints; None from a runtime that cannot."""

    def by(self, way: str) -> Answer | None:
        """The answer in one of `WAYS`."""
        return {"alone": self.alone, "checked": self.checked, "constrained": self.constrained}[way]


class Runtime(Protocol):
    """Something that runs the weights."""

    @property
    def name(self) -> str:
        """For the table."""
        ...

    def answer(self, steps: Sequence[Step]) -> list[Reply]:
        """Replies in the order of the steps."""
        ...


def checked(answer: Answer, step: Step) -> Answer:
    """The answer after the checks of `app.chat`, for a runtime that knows nothing of them."""
    if not answer.calls or answer.text.strip():
        return Answer((), answer.text)
    values = read_prompt(render_prompt(shipped(TEMPLATE), step.messages, step.tools)).values
    calls = [as_written(ToolCall(name=call.name, args=call.arguments, id=None), values) for call in answer.calls]
    said = next((said for call in calls if (said := refusal(call, step.tools, values))), "")
    return Answer((), said) if said else Answer([Call(call["name"], call["args"]) for call in calls], "")
