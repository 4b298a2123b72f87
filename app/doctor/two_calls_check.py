"""Can the model make two calls in one answer?"""

from app.doctor.finding import Finding, ok, skipped, warning
from app.doctor.patient import Patient
from app.doctor.probes import TIME, TWO_CALLS, TWO_ZONES

_CHECK = "two calls"


async def check_two_calls(patient: Patient) -> Finding:
    """Ask for two things at once; one call at a time is slower, not wrong."""
    answer = await patient.ask(TWO_CALLS, tools=(TIME,), parallel_tool_calls=True)
    if answer.refusal:
        return warning(_CHECK, f"refused: {answer.refusal}", "The agent works with one call at a time.")
    zones = {str((call.arguments or {}).get("timezone")) for call in answer.calls}
    if zones == TWO_ZONES:
        return ok(_CHECK, f"{len(answer.calls)} calls in one answer.")
    if not answer.calls:
        return skipped(_CHECK, "the model made no call here.")
    shown = " and ".join(map(str, answer.calls))
    return warning(_CHECK, f"asked for two, came: {shown}", "It works, at the cost of one more request for each call.")
