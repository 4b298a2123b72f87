"""Calls put together from the pieces they were streamed in, their JSON read strictly.

LangChain repairs cut-off JSON while it adds chunks up, so a half-written call turns into a valid
one with other arguments. Here the raw text is collected; what is not JSON becomes an invalid call.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from langchain_core.messages import InvalidToolCall, ToolCall, ToolCallChunk

from graphs.call_shapes import load_arguments


@dataclass
class _Fragment:
    name: str = ""
    id: str = ""
    index: int | None = None
    arguments: list[str] = field(default_factory=list[str])


class CallIds:
    """Hands out call ids that are unique in a thread."""

    def __init__(self, taken: Collection[str]) -> None:
        self._taken = set(taken)

    def unique(self, wished: str = "") -> str:
        """The wished id if it is still free, else a new one."""
        chosen = wished if wished and wished not in self._taken else f"call_{uuid4().hex[:16]}"
        self._taken.add(chosen)
        return chosen


def assemble_calls(pieces: Iterable[ToolCallChunk], ids: CallIds) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Valid and invalid calls, each in the order in which the model began them."""
    calls: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for fragment in _fragments(pieces):
        text, call_id = "".join(fragment.arguments), ids.unique(fragment.id)
        try:
            arguments = load_arguments(text)
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_call(fragment.name, text, call_id, str(error)))
            continue
        if fragment.name:
            calls.append(ToolCall(name=fragment.name, args=arguments, id=call_id, type="tool_call"))
        else:
            invalid.append(invalid_call("", text, call_id, "the call names no tool"))
    return calls, invalid


def _fragments(pieces: Iterable[ToolCallChunk]) -> list[_Fragment]:
    """Pieces of calls put together: by index where the server gives one, else in order."""
    found: list[_Fragment] = []
    for piece in pieces:
        fragment = _continued(found, piece)
        if fragment is None:
            fragment = _Fragment(index=piece.get("index"))
            found.append(fragment)
        fragment.name += piece.get("name") or ""
        fragment.id = fragment.id or piece.get("id") or ""
        fragment.arguments.append(piece.get("args") or "")
    return found


def _continued(found: Sequence[_Fragment], piece: ToolCallChunk) -> _Fragment | None:
    index, call_id = piece.get("index"), piece.get("id")
    if index is None:
        return None if call_id or piece.get("name") or not found else found[-1]
    same = [fragment for fragment in found if fragment.index == index]
    if not same or (call_id and same[-1].id and call_id != same[-1].id):
        return None
    return same[-1]


def invalid_call(name: str, text: str, call_id: str, error: str) -> InvalidToolCall:
    """A call that cannot be sent, and why."""
    return InvalidToolCall(name=name, args=text, id=call_id, error=error, type="invalid_tool_call")
