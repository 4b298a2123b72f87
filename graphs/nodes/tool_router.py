"""Reads the last reply, gives every call a verdict, and decides where the turn goes.

Whatever will not be sent is answered here at once, so that the model can mend it in the next step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from langchain_core.messages import AIMessage, InvalidToolCall, ToolCall, ToolMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from graphs.call_check import CallCheck, check_call, find_spec
from graphs.call_report import CallReport
from graphs.nodes.tool_execution import fan_out
from graphs.policy import Policy
from graphs.reply import last_reply, repaired_ids, was_cut_off
from graphs.state import AgentState, Context, StoppedBy, Verdict
from graphs.toolset import Toolset, ToolSpec

_CUT_OFF = (
    "Not executed. Your reply was cut off by the length limit, so its calls may be incomplete. "
    "Call again with shorter arguments, or split the work over several calls."
)
_QUOTED = 200


@dataclass(frozen=True, kw_only=True)
class ToolRouter:
    """Verdicts come from the policy; with `approve` set to all, what asks is allowed."""

    toolset: Toolset
    policy: Policy

    async def run(
        self, state: AgentState, runtime: Runtime[Context]
    ) -> Command[Literal["model", "approval", "tool_execution", "__end__"]]:
        """END without calls; else refusals now, then approval, one fan-out, or the model again."""
        reply = last_reply(state.get("messages", []))
        if state.get("stopped_by") or not (reply.tool_calls or reply.invalid_tool_calls):
            return Command(update=AgentState(stopped_by=state.get("stopped_by") or _ending(reply)), goto="__end__")
        specs = self.toolset.specs()
        checks = {call["id"] or "": self._check(call, reply, specs, state, runtime) for call in reply.tool_calls}
        update = AgentState(
            messages=[*_refusals(reply, checks, runtime), *_invalid(reply, specs, runtime)],
            verdicts={call_id: check.verdict for call_id, check in checks.items()},
        )
        if any(check.verdict["decision"] == "ask" for check in checks.values()):
            return Command(update=update, goto="approval")
        allowed = [call for call in reply.tool_calls if not checks[call["id"] or ""].refusal]
        return Command(update=update, goto=fan_out(allowed, repaired_ids(reply)) or "model")

    def _check(
        self,
        call: ToolCall,
        reply: AIMessage,
        specs: Sequence[ToolSpec],
        state: AgentState,
        runtime: Runtime[Context],
    ) -> CallCheck:
        if was_cut_off(reply):
            verdict = Verdict(decision="deny", reason="the reply was cut off")
            spec = find_spec(specs, call["name"])
            return CallCheck(verdict=verdict, spec=spec, refusal=_CUT_OFF, fault="cut_off")
        grants = state.get("grants", [])
        check = check_call(call["name"], call["args"], specs=specs, policy=self.policy, grants=grants)
        if check.verdict["decision"] == "ask" and (runtime.context or Context()).approve == "all":
            return CallCheck(verdict=Verdict(decision="allow", reason="approved for this run"), spec=check.spec)
        return check


def _ending(reply: AIMessage) -> StoppedBy:
    if was_cut_off(reply):
        return "cut_off"
    return "answer" if reply.text.strip() else "empty"


def _refusals(reply: AIMessage, checks: dict[str, CallCheck], runtime: Runtime[Context]) -> list[ToolMessage]:
    repaired = repaired_ids(reply)
    return [
        CallReport(call=call, spec=check.spec, emit=runtime.stream_writer, repaired=call["id"] in repaired).refuse(
            check.refusal, check.outcome, fault=check.fault, denied=check.denied
        )
        for call in reply.tool_calls
        if (check := checks[call["id"] or ""]).refusal
    ]


def _invalid(reply: AIMessage, specs: Sequence[ToolSpec], runtime: Runtime[Context]) -> list[ToolMessage]:
    told = []
    for call in reply.invalid_tool_calls:
        shown = ToolCall(name=call["name"] or "unknown_tool", args={}, id=call["id"], type="tool_call")
        report = CallReport(call=shown, spec=find_spec(specs, shown["name"]), emit=runtime.stream_writer)
        if was_cut_off(reply):
            told.append(report.refuse(_CUT_OFF, "invalid_args", fault="cut_off"))
        else:
            told.append(report.refuse(_describe_invalid(call), "invalid_args", fault="json"))
    return told


def _describe_invalid(call: InvalidToolCall) -> str:
    written = (call["args"] or "")[:_QUOTED]
    again = f"Call {call['name']} again" if call["name"] else "Call again, naming a tool,"
    return f"Not executed. The call is not valid ({call['error']}). You wrote: {written}\n{again} with one JSON object."
