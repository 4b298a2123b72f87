"""Asks the person about all calls of a step at once, before any of them runs.

Nothing happens before the interrupt, so running this node again on resume is harmless. What a
person edited is checked like the model's own calls: schema, deny rules and limits hold for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from langchain_core.messages import AIMessage, AnyMessage, ToolCall, ToolMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from graphs.call_check import check_call, find_spec
from graphs.call_report import CallReport
from graphs.grants import Grant, added, describe_reach, grant_for
from graphs.interrupts import ActionRequest, AllowedDecision, CallNote, Decision, HITLRequest, ReviewConfig
from graphs.nodes.tool_execution import fan_out
from graphs.person import ask_person
from graphs.policy import Policy
from graphs.reply import last_reply, repaired_ids
from graphs.state import AgentState, Context, Verdict
from graphs.toolset import Toolset, ToolSpec

_ALLOWED: list[AllowedDecision] = ["approve", "edit", "reject"]


@dataclass
class _Outcome:
    """What the decisions amount to."""

    sent: dict[str, ToolCall] = field(default_factory=dict[str, ToolCall])
    edited: bool = False
    refused: list[AnyMessage] = field(default_factory=list[AnyMessage])
    grants: list[Grant] = field(default_factory=list[Grant])


@dataclass(frozen=True, kw_only=True)
class Approval:
    """One interrupt for all calls that ask."""

    toolset: Toolset
    policy: Policy

    async def run(self, state: AgentState, runtime: Runtime[Context]) -> Command[Literal["model", "tool_execution"]]:
        """Send what was allowed or approved; tell the model what was not.

        Raises:
            pydantic.ValidationError: when the answer does not fit; the question stays open.
        """
        messages, verdicts = state.get("messages", []), state.get("verdicts", {})
        reply = last_reply(messages)
        pending = _unanswered(reply, messages)
        asking = [call for call in pending if _decision(call, verdicts) == "ask"]
        specs = self.toolset.specs()
        decisions = ask_person(_request(asking, verdicts, specs))
        outcome = _Outcome(grants=list(state.get("grants", [])))
        outcome.sent = {_id(call): call for call in pending if _decision(call, verdicts) == "allow"}
        for call, decision in zip(asking, decisions, strict=True):
            self._apply(decision, call, specs, outcome, _report(call, specs, reply, runtime))
        calls = [outcome.sent.get(_id(call), call) for call in reply.tool_calls]
        corrected = [reply.model_copy(update={"tool_calls": calls})] if outcome.edited else []
        update = AgentState(messages=[*corrected, *outcome.refused], grants=outcome.grants)
        sent = [call for call in calls if _id(call) in outcome.sent]
        return Command(update=update, goto=fan_out(sent, repaired_ids(reply)) or "model")

    def _apply(
        self, decision: Decision, call: ToolCall, specs: Sequence[ToolSpec], outcome: _Outcome, report: CallReport
    ) -> None:
        if decision["type"] == "reject":
            outcome.refused.append(report.refuse(_rejection(decision), "denied"))
        elif decision["type"] == "edit":
            self._apply_edit(decision, call, specs, outcome, report)
        else:
            outcome.sent[_id(call)] = call
            spec = find_spec(specs, call["name"])
            if decision.get("grant") and spec is not None:
                outcome.grants = added(outcome.grants, grant_for(spec, call["args"]))

    def _apply_edit(
        self, decision: Decision, call: ToolCall, specs: Sequence[ToolSpec], outcome: _Outcome, report: CallReport
    ) -> None:
        action = decision.get("edited_action", {"name": call["name"], "args": call["args"]})
        check = check_call(action["name"], action["args"], specs=specs, policy=self.policy, grants=outcome.grants)
        if check.refusal:
            told = f"The person edited this call, but it does not hold. {check.refusal}"
            outcome.refused.append(report.refuse(told, check.outcome))
            return
        edited = ToolCall(name=action["name"], args=action["args"], id=call["id"], type="tool_call")
        outcome.sent[_id(call)] = edited
        outcome.edited = True


def _request(asking: Sequence[ToolCall], verdicts: dict[str, Verdict], specs: Sequence[ToolSpec]) -> HITLRequest:
    return HITLRequest(
        action_requests=[
            ActionRequest(name=call["name"], args=call["args"], description=_describe(call, verdicts, specs))
            for call in asking
        ],
        review_configs=[ReviewConfig(action_name=call["name"], allowed_decisions=_ALLOWED) for call in asking],
        call_ids=[_id(call) for call in asking],
        notes=[_note(call, find_spec(specs, call["name"])) for call in asking],
        kind="approval",
    )


def _describe(call: ToolCall, verdicts: dict[str, Verdict], specs: Sequence[ToolSpec]) -> str:
    spec = find_spec(specs, call["name"])
    lines = [f"{spec.qualified}: {spec.description}" if spec else call["name"]]
    if spec and spec.knowledge and (known := spec.knowledge.describe(call["args"])):
        lines.append(known)
    return "\n".join([*lines, f"Asks because {verdicts[_id(call)]['reason']}."])


def _note(call: ToolCall, spec: ToolSpec | None) -> CallNote:
    knowledge = spec.knowledge if spec else None
    if spec is None or knowledge is None:
        return CallNote(facts="", reach="")
    return CallNote(facts=knowledge.describe(call["args"]), reach=describe_reach(grant_for(spec, call["args"])))


def _unanswered(reply: AIMessage, messages: Sequence[AnyMessage]) -> list[ToolCall]:
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    return [call for call in reply.tool_calls if call["id"] not in answered]


def _decision(call: ToolCall, verdicts: dict[str, Verdict]) -> str:
    verdict: Any = verdicts.get(_id(call))
    return verdict["decision"] if verdict else "ask"


def _id(call: ToolCall) -> str:
    return call["id"] or ""


def _report(call: ToolCall, specs: Sequence[ToolSpec], reply: AIMessage, runtime: Runtime[Context]) -> CallReport:
    spec, repaired = find_spec(specs, call["name"]), call["id"] in repaired_ids(reply)
    return CallReport(call=call, spec=spec, emit=runtime.stream_writer, repaired=repaired)


def _rejection(decision: Decision) -> str:
    why = decision.get("message", "").strip().rstrip(".")
    told = f"The person refused this call: {why}." if why else "The person refused this call."
    return f"Not executed. {told} Do not repeat it; offer another way."
