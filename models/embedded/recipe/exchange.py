"""From requests to the messages of a conversation: calls, their results, and the answer that quotes them."""

from typing import Any

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.results import Result, draw_result, shown
from models.embedded.recipe.spoken import ANSWER_MISSING
from models.embedded.recipe.toolset import Request, Value

REPLIES = ("{}", "{}", "{}", "{}", "{}.", "{} please", "in {}", "it is {}", "{}, thanks")


def said(text: str, answer: str) -> list[dict[str, Any]]:
    """A request that is answered without a call."""
    return [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]


def asked_back(draw: Draw, text: str, request: Request, value: tuple[str, Value | None]) -> list[dict[str, Any]]:
    """A request whose missing value is asked for, given by the person, and used."""
    words, meant = value
    question = said(text, ANSWER_MISSING.format(request.missing))
    arguments = {**request.arguments, str(request.missing): meant if meant is not None else ""}
    answered = Request(request.tool, "", arguments)
    return [*question, *exchange(draw, draw.pick(REPLIES).format(words), [answered])]


def exchange(draw: Draw, text: str, *steps: list[Request]) -> list[dict[str, Any]]:
    """Request, then for each step its calls and results, then the answer; a failed step is the last.

    Half of the conversations with one step end at its calls: answers are long, and copying is soon learnt.
    """
    messages: list[dict[str, Any]] = [{"role": "user", "content": text}]
    if len(steps) == 1 and draw.chance(0.5):
        return [*messages, _calls(steps[0])]
    results: list[tuple[str, Result]] = []
    for step in steps:
        outcomes = [draw_result(draw, request.tool.name) for request in step]
        messages += [_calls(step), *({"role": "tool", "content": content} for content, _ in outcomes)]
        results += [(request.tool.name, outcome) for request, outcome in zip(step, outcomes, strict=True)]
        if outcomes[0][1]:
            break
    return [*messages, {"role": "assistant", "content": "\n".join(_reported(*result) for result in results)}]


def _calls(requests: list[Request]) -> dict[str, Any]:
    calls = [
        {"id": f"call_{at}", "type": "function", "function": {"name": r.tool.name, "arguments": r.ordered()}}
        for at, r in enumerate(requests)
    ]
    return {"role": "assistant", "content": "", "tool_calls": calls}


def _reported(name: str, result: Result) -> str:
    text, failed = result
    return f"Sorry, {name} failed: {shown(text)}" if failed else f"The result of {name} is: {shown(text)}"
