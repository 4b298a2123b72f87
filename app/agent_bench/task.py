"""A task for the agent, and what proves that it was done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.tool_eval.case import ExpectedCall

Order = Literal["any", "same", "among_others"]
"""How calls must match: these in any order, these in this order, or these and others too."""


@dataclass(frozen=True, kw_only=True)
class StateCheck:
    """A tool call made after the turn, past the model, whose result shows what the turn left behind."""

    tool: str
    """`server:tool`, or the name that the model sees."""
    arguments: Mapping[str, Any]
    says: str
    """A pattern that the result must contain, whatever its case."""


@dataclass(frozen=True, kw_only=True)
class AgentTask:
    """One message of a person, and the proofs; without any, an answer is enough."""

    id: str
    query: str
    says: str = ""
    """A pattern that the answer must contain, whatever its case."""
    calls: tuple[ExpectedCall, ...] | None = None
    """The trajectory; an empty one says that no tool may be called, None that any may."""
    order: Order = "any"
    state: StateCheck | None = None


@dataclass(frozen=True, kw_only=True)
class TaskSet:
    """The tasks of a file, and the ground they stand on."""

    tasks: tuple[AgentTask, ...]
    source: str
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment of the MCP servers. `{folder}` in a value is an empty folder of the attempt."""
    harmless: bool = False
    """Whether calls that ask are approved, because the tasks touch nothing of a person's."""
