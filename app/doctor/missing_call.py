"""Why a model that should have called a tool did not, or why the endpoint refused to let it.

Six causes look alike to a person ("it does not use my tools"). They differ in what is left in the text, in
how long the prompt was, in the endpoint's words, and in whether a forced call works.
"""

import re

from app.doctor.answer import Answer
from app.doctor.finding import Finding, failed, warning
from app.doctor.patient import Patient
from app.doctor.probes import NAMES, ONE_CALL
from app.doctor.tool_markup import agent_reads, missing_parser, parser_of_model

_NO_TOOL_SUPPORT = re.compile(
    r"enable-auto-tool-choice|tool[- ]call[- ]parser|does not support tools|requires? --jinja"
    r"|tools? (?:is|are) not supported|does not support function",
    re.IGNORECASE,
)


async def explain_refusal(patient: Patient, check: str, answer: Answer) -> Finding:
    """Why a request with tools was refused."""
    backend = patient.backend
    if _NO_TOOL_SUPPORT.search(answer.refusal):
        said = f"the server has tool calling switched off: {answer.refusal}"
        return failed(check, said, backend.enable_tools.format(parser=parser_of_model(patient.model)))
    plain = await patient.ask(ONE_CALL)
    if not plain.refusal:
        said = f"requests with tools are refused, others answered: {answer.refusal}"
        return failed(check, said, f"The chat template fails on tools: {backend.set_template}.")
    said = f"even a request without tools is refused: {answer.refusal}"
    if answer.status == 400:
        return failed(check, said, f"If this is about the chat template: {backend.set_template}.")
    return failed(check, said, "The server's own log says more.")


async def explain_text(patient: Patient, check: str, answer: Answer, forced: Answer) -> Finding:
    """Why an answer has no calls; `forced` is the answer to the same request with `tool_choice` required."""
    if not await shows_tools(patient, answer):
        said = "the tools do not reach the model: its prompt is as long as without them"
        return failed(check, said, f"The chat template leaves tools out: {patient.backend.set_template}.")
    for place, text in (("text", answer.text), ("reasoning", answer.reasoning)):
        if parser := missing_parser(text):
            return _left_behind(patient, check, place, text, parser)
    shown = _shortened(answer.text)
    if answer.cut_off:
        hint = "Raise the context length, or switch the model's thinking off."
        return failed(check, f"the answer was cut off before any call: {shown}", hint)
    if agent_reads(answer.text, NAMES):
        hint = "The agent reads it from the text. A model trained on tools would be surer."
        return warning(check, f"the model writes its call as plain JSON: {shown}", hint)
    if forced.calls:
        said = f"the model knows the tools and answers in words all the same: {shown}"
        return warning(check, said, "It calls only when forced: take a model that is trained on tools.")
    said = f"the model makes no call, not even a forced one: {shown}"
    return failed(check, said, patient.backend.parser_hint(parser_of_model(patient.model)))


async def shows_tools(patient: Patient, answer: Answer) -> bool:
    """Whether the prompt got longer by the tools; true as well where the endpoint counts nothing."""
    plain = await patient.ask(ONE_CALL)
    if answer.prompt_tokens is None or plain.prompt_tokens is None:
        return True
    return answer.prompt_tokens > plain.prompt_tokens


def _left_behind(patient: Patient, check: str, place: str, text: str, parser: str) -> Finding:
    hint = patient.backend.parser_hint(parser)
    if place == "reasoning":
        hint = f"The reasoning parser swallows calls: leave it out, or switch thinking off. {hint}"
    elif agent_reads(text, NAMES):
        hint = f"{hint} Until then the agent reads it from the text."
    said = f"the call is left in the {place}, no or the wrong parser took it out: {_shortened(text)}"
    return failed(check, said, hint)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return (line if len(line) <= 120 else f"{line[:119]}…") or "(an empty answer)"
