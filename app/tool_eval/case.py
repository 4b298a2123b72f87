"""One question to a model and what is right: the same for our cases, a person's own, and BFCL's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from app.tool_eval.matching import shown_values

Message = dict[str, Any]
"""A message as a chat request carries it."""
Rule = Literal["calls", "one of", "some", "none"]
ToolChoice = Literal["auto", "required", "none"] | str
"""Another text is the name of the tool that must be called."""


@dataclass(frozen=True)
class ExpectedCall:
    """A call, with the values that are accepted for each argument."""

    name: str
    arguments: Mapping[str, Sequence[Any]]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={shown_values(values)}' for name, values in self.arguments.items())})"


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What one reply must be."""

    rule: Rule
    """All these calls, one of them, any call, or no call."""
    calls: tuple[ExpectedCall, ...] = ()
    says: str = ""
    """A pattern that the text must contain, whatever its case."""
    exact: bool = False
    """Whether texts in arguments must be the same to the letter."""
    needs_text: bool = True
    """Whether a reply without a call must say something."""
    may_show_markup: bool = False
    """Whether the text may speak of calls, because that is what was asked."""

    @property
    def wants_call(self) -> bool:
        """Whether a call is right here."""
        return self.rule != "none"

    def __str__(self) -> str:
        if self.rule == "none":
            return "no call" + (f", and a text with /{self.says}/" if self.says else "")
        if self.rule == "some":
            return "a call"
        return (" or " if self.rule == "one of" else " and ").join(map(str, self.calls))


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One reply, and what happens after it."""

    expect: Expectation
    user: str = ""
    """Said before it; empty where results come before it."""
    results: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """What the tools answer afterwards, by tool, in order; only where another turn follows."""


@dataclass(frozen=True)
class Tools:
    """The tools that are offered."""

    schemas: tuple[Mapping[str, Any], ...]
    """As a chat request carries them."""

    @cached_property
    def by_name(self) -> dict[str, Mapping[str, Any]]:
        """Each tool's function."""
        return {str(tool["function"]["name"]): tool["function"] for tool in self.schemas}

    def parameters(self, name: str) -> Mapping[str, Any]:
        """The JSON schema of a tool's arguments."""
        return self.by_name[name].get("parameters") or {}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A conversation with one or more replies to judge."""

    id: str
    category: str
    language: str
    tools: Tools
    history: tuple[Message, ...] = ()
    """What went before."""
    turns: tuple[Turn, ...]
    choice: ToolChoice = "auto"
    parallel: bool | None = None
    """The request's `parallel_tool_calls`; None leaves it out."""
    both_ways: bool = False
    """Whether it is asked streamed and whole, and both must be the same."""

    @property
    def asked(self) -> str:
        """The last thing a person says before the first reply."""
        said = [message["content"] for message in self.history if message["role"] == "user"]
        return self.turns[0].user or str(said[-1] if said else "")

    @property
    def is_plain(self) -> bool:
        """Whether the model may choose freely, which is all that the embedded model knows."""
        return self.choice in ("auto", "none") and self.parallel is None

    def wire_choice(self) -> str | dict[str, Any]:
        """`tool_choice` of the request."""
        if self.choice in ("auto", "required", "none"):
            return self.choice
        return {"type": "function", "function": {"name": self.choice}}


def call_message(calls: Sequence[tuple[str, str, Mapping[str, Any]]], text: str = "") -> Message:
    """An assistant's message with calls: id, name and arguments of each."""
    entries = [
        {
            "id": call_id,
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)},
        }
        for call_id, name, arguments in calls
    ]
    return {"role": "assistant", "content": text, "tool_calls": entries}
