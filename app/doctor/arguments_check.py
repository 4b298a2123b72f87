"""Do quotes and letters beyond ASCII arrive in an argument as the person wrote them?"""

from app.doctor.finding import Finding, failed, ok, skipped, warning
from app.doctor.patient import Patient
from app.doctor.probes import HARD_CALL, HARD_TEXT, NOTE

_CHECK = "arguments"


async def check_arguments(patient: Patient) -> Finding:
    """Ask for a call whose argument has to be escaped on its way through template, model and parser."""
    answer = await patient.ask(HARD_CALL, tools=(NOTE,))
    if answer.refusal or not answer.calls:
        return skipped(_CHECK, f"there was no call to look at: {answer.refusal or answer.text!r}")
    call = answer.calls[0]
    if call.arguments is None:
        said = f"quotes break the call, its arguments are not a JSON object: {call}"
        return failed(_CHECK, said, "The parser or the chat template does not escape: update the server.")
    came = str(call.arguments.get("text", ""))
    if HARD_TEXT in came:
        return ok(_CHECK, f"quotes and unicode arrive: {came}")
    return warning(_CHECK, f"the model changed {HARD_TEXT!r} to {came!r}.", "Check what it does with names and quotes.")
