"""Do the arguments of a call fit what was expected? The rules of BFCL's AST check, written anew.

Every argument has a list of accepted values, and an empty string in it says that the argument may be left
out. Types are exact, but for whole numbers where a number is wanted; true is no number. Texts are compared
without case and without ``" ,./-_*^"``. One thing is wider than in BFCL: objects inside objects may list
accepted values too, where BFCL compares the inner ones as they are.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from app.tool_eval.fault import Fault

_UNREAD = re.compile(r"[ ,./\-_*^]")
_TYPES: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
OPTIONAL = ""


def match_arguments(
    parameters: Mapping[str, Any],
    accepted: Mapping[str, Sequence[Any]],
    given: Mapping[str, Any],
    *,
    exact: bool = False,
) -> Fault | None:
    """The first fault of a call's arguments.

    Args:
        parameters: JSON schema of the tool's arguments.
        accepted: For each argument the values that are right.
        given: What the model sent.
        exact: Whether texts must be the same to the letter.
    """
    properties: Mapping[str, Any] = parameters.get("properties") or {}
    for name in parameters.get("required") or ():
        if name not in given:
            return Fault("missing argument", f"{name} is required and missing")
    for name, value in given.items():
        if name not in properties or name not in accepted:
            return Fault("unexpected argument", f"{name}={_shown(value)} was not expected")
        if fault := _match_value(name, properties[name], accepted[name], value, exact):
            return fault
    for name, values in accepted.items():
        if name not in given and OPTIONAL not in values:
            return Fault("missing argument", f"{name} is missing, expected {shown_values(values)}")
    return None


def equal(accepted: Any, given: Any, *, exact: bool = False) -> bool:
    """Whether a value is the accepted one."""
    if isinstance(accepted, str) and isinstance(given, str):
        return accepted == given if exact else fold(accepted) == fold(given)
    if isinstance(accepted, list) and isinstance(given, list):
        wanted, came = cast(list[Any], accepted), cast(list[Any], given)
        pairs = zip(wanted, came, strict=False)
        return len(wanted) == len(came) and all(equal(one, other, exact=exact) for one, other in pairs)
    if isinstance(accepted, dict) and isinstance(given, dict):
        return _equal_objects(cast(dict[str, Any], accepted), cast(dict[str, Any], given), exact)
    if isinstance(accepted, bool) or isinstance(given, bool):
        return accepted is given
    return accepted == given


def fold(text: str) -> str:
    """A text without what does not count in a comparison."""
    return _UNREAD.sub("", text).lower().replace("'", '"')


def shown_values(values: Sequence[Any]) -> str:
    """Accepted values for a person."""
    named = [_shown(value) for value in values if value != OPTIONAL]
    return " or ".join([*named, "nothing"] if OPTIONAL in values else named) or "nothing"


def _match_value(name: str, schema: Any, accepted: Sequence[Any], value: Any, exact: bool) -> Fault | None:
    if not _fits(schema, value) and not _is_of_accepted_type(accepted, value):
        wanted = _kind_named(schema)
        return Fault("wrong type", f"{name}={_shown(value)} is of type {_kind_of(value)}, not {wanted}")
    if any(equal(option, value, exact=exact) for option in accepted):
        return None
    return Fault("wrong value", f"{name}={_shown(value)}, expected {shown_values(accepted)}")


def _equal_objects(accepted: dict[str, Any], given: dict[str, Any], exact: bool) -> bool:
    """The same object, or one of those that an object of accepted values stands for."""
    if accepted.keys() == given.keys() and all(equal(accepted[key], given[key], exact=exact) for key in given):
        return True
    if not all(isinstance(values, list) for values in accepted.values()) or not given.keys() <= accepted.keys():
        return False
    return all(
        any(equal(option, given[key], exact=exact) for option in options) if key in given else OPTIONAL in options
        for key, options in accepted.items()
    )


def _fits(schema: Any, value: Any) -> bool:
    """Whether a value is of the schema's type; a schema without one takes everything."""
    if not isinstance(schema, dict):
        return True
    rules = cast(dict[str, Any], schema)
    if options := rules.get("anyOf") or rules.get("oneOf"):
        return any(_fits(option, value) for option in options)
    kinds = rules.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is_of(kind, value) for kind in kinds):
        return False
    items = cast(list[Any], value) if isinstance(value, list) else []
    return all(_fits(rules.get("items"), item) for item in items)


def _is_of(kind: str, value: Any) -> bool:
    wanted = _TYPES.get(kind)
    return wanted is None or type(value) is wanted or (wanted is float and type(value) is int)


def _is_of_accepted_type(accepted: Sequence[Any], value: Any) -> bool:
    """BFCL takes a value of another type where its own answer is of that type."""
    first = next((option for option in accepted if option != OPTIONAL), None)
    return first is not None and type(first) is type(value) and not isinstance(value, list | dict)


def _kind_named(schema: Any) -> str:
    kind: Any = cast(dict[str, Any], schema).get("type", "") if isinstance(schema, dict) else ""
    return " or ".join(cast(list[str], kind)) if isinstance(kind, list) else str(kind)


def _kind_of(value: Any) -> str:
    return next((name for name, kind in _TYPES.items() if type(value) is kind), type(value).__name__)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else f"{text[:200]}..."
