"""Checks that a call of the embedded model fits the tools and the request.

A model this small sometimes invents a value that nobody gave. So a call passes only when its name is
bound, its arguments fit the schema, and every string and number in them stands in what the model was
shown; otherwise the person is told or asked, in words. The check never proposes a call of its own. Arguments that
a schema does not name are refused, unless it says that it takes them.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import validator_for
from langchain_core.messages import ToolCall

NONE_FITS = "None of my tools fits that request."

_SMALL_WORDS = "a|an|the|of|to|in|on|at|by|for|and|is|with|from|me|my|this|one|what"
_BETWEEN = rf"\s+(?:(?:{_SMALL_WORDS})\s+)*"
LETTER = r"[0-9A-Za-z_\u00c0-\u024f]"
"""Letters of scripts that part words; Chinese and Korean do not, so a value may stand right beside theirs."""
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def refusal(call: ToolCall, tools: Sequence[dict[str, Any]], shown: Sequence[str]) -> str | None:
    """What to say instead of making the call, or None when the call is fine.

    Args:
        call: What the model wrote.
        tools: The bound OpenAI function schemas.
        shown: The request, the conversions the template lists for its words, and the tool results since; a value
            may only come from one of them.
    """
    functions = {tool["function"]["name"]: tool["function"] for tool in tools}
    if call["name"] not in functions:
        return NONE_FITS
    invented = [name for name, value in call["args"].items() if not _stands_in(value, shown)]
    if invented:
        return f"Please give me a value for {invented[0]}."
    schema: dict[str, Any] = functions[call["name"]].get("parameters") or {"type": "object"}
    closed = {"additionalProperties": False, **schema}
    error = best_match(validator_for(closed)(closed).iter_errors(call["args"]))
    return None if error is None else _ask(error, schema, call["args"])


def as_written(call: ToolCall, shown: Sequence[str]) -> ToolCall:
    """The call with its strings as they stand in the request.

    The template lowers the request's first letter, and the model now and then drops a small word in the
    middle of a text; the words of the person are the ones that count.
    """
    arguments = {name: _respelled(value, shown) for name, value in call["args"].items()}
    return ToolCall(name=call["name"], args=arguments, id=call["id"])


def _ask(error: ValidationError, schema: dict[str, Any], arguments: dict[str, Any]) -> str:
    missing = [name for name in schema.get("required", ()) if name not in arguments]
    if missing:
        return f"Please give me a value for {missing[0]}."
    name = error.absolute_path[0] if error.absolute_path else "the arguments"
    return f"I found no fitting value for {name} in your request."


def _respelled(value: Any, shown: Sequence[str]) -> Any:
    if not isinstance(value, str) or any(value in text for text in shown):
        return value
    found = _find(value, shown)
    return found.group() if found else value


def _find(value: str, shown: Sequence[str]) -> re.Match[str] | None:
    """Where `value` stands as whole words, whatever its case, spacing and small words in between."""
    words = _BETWEEN.join(re.escape(word) for word in value.split())
    if not words:
        return None
    pattern = re.compile(rf"(?<!{LETTER}){words}(?!{LETTER})", re.IGNORECASE)
    return next((found for text in shown if (found := pattern.search(text))), None)


def _stands_in(value: Any, shown: Sequence[str]) -> bool:
    return all(_leaf_stands_in(leaf, shown) for leaf in _leaves(value))


def _leaf_stands_in(leaf: Any, shown: Sequence[str]) -> bool:
    if isinstance(leaf, bool) or leaf is None:
        return True
    if isinstance(leaf, int | float):
        return any(float(number) == abs(leaf) for text in shown for number in NUMBER.findall(text))
    return _find(str(leaf), shown) is not None


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        yield value
        return
    for item in value:
        yield from _leaves(item)
