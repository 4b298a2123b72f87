"""Does thinking arrive apart from the answer?"""

import re

from app.doctor.finding import Finding, failed, ok, skipped, warning
from app.doctor.patient import Patient
from app.doctor.probes import user

_CHECK = "reasoning"
_MARK = re.compile(r"</?think(?:ing)?>")
_QUESTION = (user("Which number is larger, 3 or 5? Answer with the number."),)


async def check_reasoning(patient: Patient) -> Finding:
    """Ask something small without tools."""
    answer = await patient.ask(_QUESTION)
    if answer.refusal:
        return skipped(_CHECK, f"the question was refused: {answer.refusal}")
    if _MARK.search(answer.text):
        hint = "Start the server with the reasoning parser of the model's family (vLLM: --reasoning-parser qwen3)."
        return warning(_CHECK, "the model's thinking stands in its answers.", hint)
    if answer.reasoning and not answer.text.strip():
        if answer.cut_off:
            hint = "Raise the context length, or switch the model's thinking off."
            return warning(_CHECK, "the model was still thinking when its answer was cut off.", hint)
        hint = "The reasoning parser does not fit: leave it out, or send enable_thinking=false to the template."
        return failed(_CHECK, "everything the model says is taken for thinking, its answer is empty.", hint)
    return ok(_CHECK, "thinking arrives apart." if answer.reasoning else "the model does not think aloud.")
