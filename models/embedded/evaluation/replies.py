"""What a runtime says to a turn: as the model wrote it, as the agent's checks left it, as the agent decodes it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from langchain_core.messages import ToolCall

from app.chat.embedded import TEMPLATE
from app.chat.embedded_calls import as_written, refusal
from app.chat.embedded_prompt import read_prompt
from app.chat.embedded_quotes import OPENINGS, Quotes
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
    shown = read_prompt(render_prompt(shipped(TEMPLATE), step.messages, step.tools))
    if not answer.calls or answer.text.strip():
        return Answer((), quoted(answer.text, shown.results))
    calls = [as_written(ToolCall(name=call.name, args=call.arguments, id=None), shown.parts) for call in answer.calls]
    said = next((said for call in calls if (said := refusal(call, step.tools, shown.parts))), "")
    return Answer((), said) if said else Answer([Call(call["name"], call["args"]) for call in calls], "")


def quoted(text: str, results: Sequence[tuple[str, str]]) -> str:
    """The text with the results themselves, each once, where the model began to quote them.

    What the model wrote as the quote is left out, with all that follows it until it begins the next one.

    Args:
        text: The whole answer.
        results: Tool name and text of each result.
    """
    openings = [opening.format(name) for name, _ in results for opening in OPENINGS]
    if not openings:
        return text
    before, *parts = re.split("(" + "|".join(map(re.escape, openings)) + ")", text)
    given = Quotes(results)
    quotes = ((opening, given.after(opening)) for opening in parts[::2])
    return before + "\n".join(opening + result for opening, result in quotes if result is not None)
