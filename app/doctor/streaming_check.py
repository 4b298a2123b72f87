"""Is the call the same when it is streamed?

The agent streams, and parsers have two readers: one for whole answers, one for pieces. Each has its own faults.
"""

from app.doctor.answer import Answer
from app.doctor.finding import Finding, failed, ok, skipped
from app.doctor.patient import Patient
from app.doctor.probes import ONE_CALL, TOOLS

_CHECK = "streaming"
_HINT = "The agent streams and would get the broken call: update the server, or take another tool-call parser."


async def check_streaming(patient: Patient, whole: Answer) -> Finding:
    """Ask again as a stream; `whole` is the answer that was not streamed."""
    if not whole.calls:
        return skipped(_CHECK, "there was no call to compare with.")
    streamed = await patient.ask(ONE_CALL, tools=TOOLS, stream=True)
    if streamed.refusal:
        return failed(_CHECK, f"the streamed request failed: {streamed.refusal}", "The server's own log says more.")
    if not streamed.calls:
        return failed(_CHECK, f"the call is lost when it is streamed; the text was: {streamed.text!r}", _HINT)
    for call in streamed.calls:
        if call.arguments is None:
            return failed(_CHECK, f"the streamed arguments are not a JSON object: {call}", _HINT)
    if _shape(streamed) != _shape(whole):
        return failed(_CHECK, f"streamed {_listed(streamed)}, not streamed {_listed(whole)}.", _HINT)
    return ok(_CHECK, "the same call, streamed and not.")


def _shape(answer: Answer) -> list[object]:
    return [(call.name, call.arguments) for call in answer.calls]


def _listed(answer: Answer) -> str:
    return " and ".join(map(str, answer.calls))
