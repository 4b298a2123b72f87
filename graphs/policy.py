"""Who may run what, decided without asking anybody.

Pure: the file is read elsewhere, so the same judgement serves the router, edited arguments and the
list of tools. Limits hold whoever allows a call, a grant or an approving person included; that is
why they are checked together with the deny rules, before anything can allow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from typing_extensions import TypedDict

from graphs.argument_limit import ArgumentLimit, values_at
from graphs.grants import Grant, covers
from graphs.toolset import ToolSpec

RuleDecision = Literal["allow", "ask", "deny"]


class Verdict(TypedDict):
    """The policy's word on one call, before any person was asked."""

    decision: Literal["allow", "ask", "deny"]
    reason: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line of the policy: `server:tool` glob, decision, limits by argument (`a.b` reaches inside)."""

    tool: str
    decision: RuleDecision
    limits: Mapping[str, ArgumentLimit] = field(default_factory=dict[str, ArgumentLimit])

    def matches(self, spec: ToolSpec) -> bool:
        """Whether the rule is about this tool."""
        return fnmatchcase(spec.qualified, self.tool)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Ordered rules, and what holds for a tool that none of them names."""

    rules: tuple[Rule, ...] = ()
    default: Literal["annotations", "allow", "ask", "deny"] = "annotations"

    def judge(self, spec: ToolSpec, arguments: Mapping[str, Any], grants: Sequence[Grant] = ()) -> Verdict:
        """The verdict on one call.

        Args:
            spec: the tool.
            arguments: as they would be sent.
            grants: what a person allowed for the thread.
        """
        matching = [rule for rule in self.rules if rule.matches(spec)]
        known = spec.knowledge.denial(arguments) if spec.knowledge else None
        if denial := known or _denial(matching, arguments):
            return Verdict(decision="deny", reason=denial)
        if any(covers(grant, spec, arguments) for grant in grants):
            return Verdict(decision="allow", reason="allowed for this thread by the person")
        if matching:
            return Verdict(decision=matching[0].decision, reason=f"rule {matching[0].tool}")
        return self._unruled(spec)

    def _unruled(self, spec: ToolSpec) -> Verdict:
        if self.default != "annotations":
            return Verdict(decision=self.default, reason="the policy's default")
        if spec.read_only:
            return Verdict(decision="allow", reason="the tool only reads")
        return Verdict(decision="ask", reason="the tool may change something")


def _denial(matching: Sequence[Rule], arguments: Mapping[str, Any]) -> str | None:
    for rule in matching:
        if rule.decision == "deny":
            return f"rule {rule.tool} forbids this tool"
        for name, limit in rule.limits.items():
            for value in values_at(arguments, name):
                if complaint := limit.complaint(value):
                    return f"{name} {complaint} (rule {rule.tool})"
    return None
