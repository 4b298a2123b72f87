"""Says whether an answer is what a turn wants: exact calls, or words that quote or ask."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.embedded.evaluation.cases import Call, Step

_MARKS = str.maketrans(dict.fromkeys('{}[]"', " "))


@dataclass(frozen=True)
class Answer:
    """What came back for one turn."""

    calls: Sequence[Call]
    text: str


NOTHING = Answer((), "")
"""Where the prompt leaves no room for an answer; never right."""


def is_right(answer: Answer, step: Step) -> bool:
    """Whether the answer is what the turn wants.

    Calls of one turn are sent side by side, so their order does not count. A quoted result counts as it is
    or as the template shows it, without the marks of JSON; white space does not count.
    """
    turn = step.turn
    if turn.calls:
        return _canonical(answer.calls) == _canonical(turn.calls)
    if answer.calls or not answer.text.strip() or "<tool_call>" in answer.text:
        return False
    if turn.asks:
        return _names(answer.text, turn.asks)
    return not turn.quotes or all(_quotes(answer.text, result) for result in step.results)


def plain(result: str) -> str:
    """A result as the chat template shows it: JSON without its marks, anything else as it is."""
    if result[:1] in ("{", "[") and result[-1:] in ("}", "]"):
        return _spaced(result.translate(_MARKS)).replace(" ,", ",").replace(" :", ":")
    return result


def _quotes(text: str, result: str) -> bool:
    return any(_spaced(form) in _spaced(text) for form in (result, plain(result)))


def _names(text: str, argument: str) -> bool:
    names = (re.escape(name) for name in (argument, argument.replace("_", " ")))
    return re.search(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", text, re.IGNORECASE) is not None


def _canonical(calls: Sequence[Call]) -> list[tuple[str, list[tuple[str, str, Any]]]]:
    """Comparable calls: in one order, 2 and 2.0 alike, 1 and true not."""
    return sorted((call.name, _arguments(call)) for call in calls)


def _arguments(call: Call) -> list[tuple[str, str, Any]]:
    return sorted((name, *_value(value)) for name, value in call.arguments.items())


def _value(value: Any) -> tuple[str, Any]:
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int | float):
        return "number", float(value)
    return ("string", value) if isinstance(value, str) else ("other", repr(value))


def _spaced(text: str) -> str:
    return " ".join(text.split())
