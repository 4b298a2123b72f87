"""Does the model read the result of a call that is handed back?"""

from app.doctor.finding import Finding, failed, ok, warning
from app.doctor.patient import Patient
from app.doctor.probes import CLOCK, TOOLS, with_result

_CHECK = "result"


async def check_result(patient: Patient) -> Finding:
    """Hand a result back and look for it in the answer."""
    answer = await patient.ask(with_result(CLOCK), tools=TOOLS)
    template = patient.backend.set_template
    if answer.refusal:
        said = f"a conversation with a call and its result is refused: {answer.refusal}"
        return failed(_CHECK, said, f"The chat template fails on results: {template}.")
    if CLOCK in answer.text:
        return ok(_CHECK, f"the answer has it: {answer.text.strip()}")
    if not await _shows_results(patient, answer.prompt_tokens):
        return failed(_CHECK, "results do not reach the model.", f"The chat template leaves them out: {template}.")
    came = " and ".join(map(str, answer.calls)) or repr(answer.text)
    said = f"the result was {CLOCK}, and the model went on with {came}"
    return warning(_CHECK, said, "A larger model, or one trained on tools, would use it.")


async def _shows_results(patient: Patient, tokens: int | None) -> bool:
    """Whether a longer result makes a longer prompt; true as well where the endpoint counts nothing."""
    longer = await patient.ask(with_result(f"{CLOCK} and {CLOCK} and {CLOCK} and {CLOCK}"), tools=TOOLS)
    if tokens is None or longer.prompt_tokens is None:
        return True
    return longer.prompt_tokens > tokens
