"""Who may run what, decided without asking anybody.

Pure: the file is read elsewhere, so the same judgement serves the router, edited arguments and the
list of tools. Limits hold whoever allows a call, a grant or an approving person included; that is
why they are checked together with the deny rules, before anything can allow.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, cast

from typing_extensions import TypedDict

from graphs.toolset import ToolSpec

RuleDecision = Literal["allow", "ask", "deny"]


class Verdict(TypedDict):
    """The policy's word on one call, before any person was asked."""

    decision: Literal["allow", "ask", "deny"]
    reason: str


@dataclass(frozen=True, kw_only=True)
class ArgumentLimit:
    """What one argument may be; in a list every item is held to it."""

    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    """Regular expression that the whole text must match."""
    one_of: tuple[Any, ...] | None = None

    def complaint(self, value: Any) -> str | None:
        """What is allowed, when `value` is not."""
        if isinstance(value, list):
            return next((found for item in cast(list[Any], value) if (found := self.complaint(item))), None)
        if self.one_of is not None and value not in self.one_of:
            return f"must be one of {', '.join(map(str, self.one_of))}"
        if self.pattern is not None and re.fullmatch(self.pattern, str(value)) is None:
            return f"must match {self.pattern}"
        return None if self._in_range(value) else f"must be a number {self._range()}"

    def _in_range(self, value: Any) -> bool:
        if self.min is None and self.max is None:
            return True
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        above = self.min is None or value >= self.min
        return above and (self.max is None or value <= self.max)

    def _range(self) -> str:
        if self.min is not None and self.max is not None:
            return f"from {self.min:g} to {self.max:g}"
        return f"of at least {self.min:g}" if self.min is not None else f"of at most {self.max:g}"


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

    def judge(self, spec: ToolSpec, arguments: Mapping[str, Any], grants: Sequence[str] = ()) -> Verdict:
        """The verdict on one call.

        Args:
            spec: the tool.
            arguments: as they would be sent.
            grants: `server:tool` globs that a person allowed for the thread.
        """
        matching = [rule for rule in self.rules if rule.matches(spec)]
        if denial := _denial(matching, arguments):
            return Verdict(decision="deny", reason=denial)
        if any(fnmatchcase(spec.qualified, grant) for grant in grants):
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
            for value in _values(arguments, name):
                if complaint := limit.complaint(value):
                    return f"{name} {complaint} (rule {rule.tool})"
    return None


def _values(arguments: Mapping[str, Any], name: str) -> Iterator[Any]:
    """The argument called `name`, or what a dotted path leads to; nothing when it was not given."""
    if name in arguments:
        yield arguments[name]
        return
    head, dot, rest = name.partition(".")
    inner = arguments.get(head)
    for item in cast(list[Any], inner) if isinstance(inner, list) else [inner]:
        if dot and isinstance(item, dict):
            yield from _values(cast(dict[str, Any], item), rest)
