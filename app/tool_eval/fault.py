"""What can be wrong with a reply or a run, in kinds that tell a model's mistake from a template's or a parser's."""

from dataclasses import dataclass
from typing import Literal

FaultKind = Literal[
    "refused",
    "no answer",
    "cut off",
    "empty answer",
    "no call",
    "unexpected call",
    "number of calls",
    "unknown tool",
    "wrong tool",
    "arguments not JSON",
    "missing argument",
    "unexpected argument",
    "wrong type",
    "wrong value",
    "wrong text",
    "markup in text",
    "call ids",
    "stream differs",
    "limit",
    "wrong state",
]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong."""

    kind: FaultKind
    said: str
    """A sentence for a person, with the values."""
