"""Does the model call a tool: on its own, when it has to, and the one that is named?"""

from typing import Any

from app.doctor.answer import Answer
from app.doctor.finding import Finding, failed, ok, skipped, warning
from app.doctor.missing_call import explain_refusal, explain_text
from app.doctor.patient import Patient
from app.doctor.probes import NAMES, ONE_CALL, ONE_CALL_ARGUMENTS, ONE_CALL_NAME, TOOLS, named


async def check_tool_choice(patient: Patient) -> tuple[Answer, list[Finding]]:
    """The answer that was free to call, and a finding for each of auto, required and named."""
    free = await patient.ask(ONE_CALL, tools=TOOLS)
    if free.out_of_reach:
        hint = "See the server's own log; a slow model needs a higher MODEL__TIMEOUT."
        return free, [failed("tool call", free.refusal, hint)]
    forced = await patient.ask(ONE_CALL, tools=TOOLS, tool_choice="required")
    chosen = await patient.ask(ONE_CALL, tools=TOOLS, tool_choice=named(ONE_CALL_NAME))
    return free, [
        await _judge_free(patient, free, forced),
        _judge_forced("required", forced, free, NAMES),
        _judge_forced("named", chosen, free, (ONE_CALL_NAME,)),
    ]


async def _judge_free(patient: Patient, answer: Answer, forced: Answer) -> Finding:
    if answer.refusal:
        return await explain_refusal(patient, "tool call", answer)
    if not answer.calls:
        return await explain_text(patient, "tool call", answer, forced)
    call = answer.calls[0]
    if call.arguments is None:
        return failed("tool call", f"the arguments are not a JSON object: {call}", _PARSER_HINT)
    if call.name != ONE_CALL_NAME or call.arguments != ONE_CALL_ARGUMENTS:
        hint = "A larger model, or one trained on tools, would choose better."
        return warning("tool call", f"a call came, but not the one that was asked for: {call}", hint)
    return ok("tool call", str(call))


def _judge_forced(check: str, answer: Answer, free: Answer, names: tuple[str, ...]) -> Finding:
    """A forced call; only warnings, because the agent never forces one."""
    if answer.refusal and free.refusal:
        return skipped(check, "refused like the call before.")
    if answer.refusal:
        return warning(check, f"the endpoint cannot force a call: {answer.refusal}", _NOT_NEEDED)
    call: Any = answer.calls[0] if answer.calls else None
    if call is None:
        return warning(check, f"no call came, although tool_choice={check} asks for one.", _NOT_NEEDED)
    if call.name not in names or call.arguments is None:
        return warning(check, f"the forced call is not what was asked for: {call}", _NOT_NEEDED)
    return ok(check, str(call))


_PARSER_HINT = "The tool-call parser does not fit the model: see docs/troubleshooting.md."
_NOT_NEEDED = "The agent never forces calls; only programs of your own would miss it."
