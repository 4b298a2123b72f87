"""Everything that is checked about one call before it may be sent, for the model's calls and for edited ones alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphs.events import CallFault, ToolOutcome
from graphs.grants import Grant
from graphs.policy import Policy
from graphs.state import Verdict
from graphs.toolset import ToolSpec
from graphs.validation import check_arguments, describe_unknown_tool


@dataclass(frozen=True, kw_only=True)
class CallCheck:
    """The verdict on a call, and what the model is told when it is not sent."""

    verdict: Verdict
    spec: ToolSpec | None = None
    refusal: str = ""
    denied: str = ""
    """Who denied it, where the model asked for what it may not have."""
    fault: CallFault = ""
    """What is wrong with it as it is written; a call without a fault is refused by the policy only."""

    @property
    def outcome(self) -> ToolOutcome:
        """How a refusal counts."""
        return "invalid_args" if self.fault else "denied"


def find_spec(specs: Sequence[ToolSpec], name: str) -> ToolSpec | None:
    """The tool of that name, if there is one."""
    return next((spec for spec in specs if spec.name == name), None)


def check_call(
    name: str, arguments: dict[str, Any], *, specs: Sequence[ToolSpec], policy: Policy, grants: Sequence[Grant]
) -> CallCheck:
    """Check the tool's existence, its schema, what is known beyond it, and the policy, in that order."""
    spec = find_spec(specs, name)
    if spec is None:
        return _refused("unknown tool", describe_unknown_tool(name, specs), spec, "unknown_tool")
    if complaint := check_arguments(spec, arguments):
        told = f"{complaint} Call {name} again with arguments that fit."
        return _refused("arguments against the schema", told, spec, "schema")
    if spec.knowledge and (complaint := spec.knowledge.complaint(arguments)):
        return _refused("arguments that cannot be sent", complaint, spec, "schema")
    verdict = policy.judge(spec, arguments, grants)
    if verdict["decision"] == "deny":
        told = f"Denied by the policy: {verdict['reason']}. Do not repeat this call unchanged."
        by = spec.server if spec.knowledge else ""
        return CallCheck(verdict=verdict, spec=spec, refusal=f"Not executed. {told}", denied=by)
    return CallCheck(verdict=verdict, spec=spec)


def _refused(reason: str, told: str, spec: ToolSpec | None, fault: CallFault) -> CallCheck:
    verdict = Verdict(decision="deny", reason=reason)
    return CallCheck(verdict=verdict, spec=spec, refusal=f"Not executed. {told}", fault=fault)
