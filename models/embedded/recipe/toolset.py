"""What the generator makes conversations of: arguments, tools and requests for them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Value = str | int | float | bool


@dataclass(frozen=True)
class Arg:
    """One argument of a tool."""

    name: str
    type: str
    """`string`, `integer`, `number` or `boolean`."""
    required: bool = True
    enum: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        return {"type": self.type, **({"enum": list(self.enum)} if self.enum else {})}


@dataclass(frozen=True)
class Tool:
    """One tool."""

    name: str
    description: str
    args: tuple[Arg, ...]
    topic: frozenset[str] = frozenset()
    """What it is about; a distractor must not share all of it."""

    def schema(self) -> dict[str, Any]:
        """Its OpenAI function schema."""
        parameters = {
            "type": "object",
            "properties": {a.name: a.schema() for a in self.args},
            "required": [a.name for a in self.args if a.required],
        }
        function = {"name": self.name, "description": self.description, "parameters": parameters}
        return {"type": "function", "function": function}


@dataclass(frozen=True)
class Again:
    """How the same tool is asked for a second value: `... and in OTHER`."""

    argument: str
    other: Callable[[], str]


@dataclass(frozen=True)
class Request:
    """A person's words for one tool, and the call they ask for."""

    tool: Tool
    clause: str
    arguments: dict[str, Value] = field(default_factory=dict)
    missing: str | None = None
    """The required argument that the person left out, or said in words that tell no value."""
    open_end: bool = False
    """The clause ends in unquoted text that is a value, so nothing may be added."""
    again: Again | None = None
    statement: bool = False
    """The clause is neither a command nor a question, so `can you` and the like cannot stand before it."""
    value_first: bool = False
    """The clause begins with a value."""

    def ordered(self) -> dict[str, Value]:
        """The arguments in the order of the schema."""
        return {a.name: self.arguments[a.name] for a in self.tool.args if a.name in self.arguments}


@dataclass(frozen=True)
class Sample:
    """One conversation in OpenAI format with the tools it had."""

    kind: str
    tools: list[dict[str, Any]]
    messages: list[dict[str, Any]]
