"""Arguments checked against the tool's JSON schema before anything is sent.

The model gets one short sentence: which field, and what is allowed. Servers answer such mistakes
with pages of text or not at all. A schema that is itself broken, or that points to another host,
counts as no schema: the server stays the judge, and nothing is fetched.
"""

import difflib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry

from graphs.toolset import ToolSpec

_LONGEST_VALUE = 80
_MOST_NAMES = 40


def check_arguments(spec: ToolSpec, arguments: dict[str, Any]) -> str | None:
    """What is wrong with the arguments, as one sentence for the model; None when they fit."""
    validator = _validator(json.dumps(spec.input_schema, default=str))
    if validator is None:
        return None
    try:
        error = best_match(validator.iter_errors(arguments))
    except Exception:  # A schema can fail in as many ways as it has keywords: bad patterns, lost or endless references.
        return None
    return None if error is None else f"{_sentence(error)}."


def describe_unknown_tool(name: str, specs: Sequence[ToolSpec]) -> str:
    """One sentence for the model about a tool that does not exist, with the nearest names."""
    names = [spec.name for spec in specs]
    if not names:
        return f"There is no tool {name!r}; no tools are available. Answer without tools."
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if not near and len(names) <= _MOST_NAMES:
        return f"There is no tool {name!r}. The tools are: {', '.join(names)}."
    return f"There is no tool {name!r}. The nearest names: {', '.join(near) or 'none'}."


@lru_cache(maxsize=512)
def _validator(schema_text: str) -> Validator | None:
    schema = json.loads(schema_text)
    if not isinstance(schema, dict):
        return None
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except Exception:  # See check_arguments: a broken schema must never stop a call.
        return None
    return kind(schema, registry=Registry())


def _sentence(error: ValidationError) -> str:
    field = ".".join(str(part) for part in error.absolute_path)
    rule = _RULES.get(str(error.validator))
    if rule is None:
        return f"{field or 'The arguments'}: {_short(error.message)}"
    return rule(field, error)


def _missing(field: str, error: ValidationError) -> str:
    given: dict[str, Any] = error.instance if isinstance(error.instance, dict) else {}
    required: list[str] = error.validator_value if isinstance(error.validator_value, list) else []
    missing = [name for name in required if name not in given]
    where = f" in {field}" if field else ""
    return f"Missing{where}: {', '.join(_described(name, error) for name in missing)}"


def _described(name: str, error: ValidationError) -> str:
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    described = schema.get("properties", {}).get(name, {})
    kind = described.get("type") if isinstance(described, dict) else None
    return f"{name} ({kind})" if isinstance(kind, str) else name


def _unexpected(field: str, error: ValidationError) -> str:
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    allowed = list(schema.get("properties", {}))
    given: dict[str, Any] = error.instance if isinstance(error.instance, dict) else {}
    extra = [name for name in given if name not in allowed]
    where = f" in {field}" if field else ""
    return f"Unknown argument{where}: {', '.join(extra)}; allowed are: {', '.join(allowed) or 'none'}"


def _not_one_of(field: str, error: ValidationError) -> str:
    values: list[Any] = error.validator_value if isinstance(error.validator_value, list) else []
    return f"{field} must be one of {_short(', '.join(json.dumps(value) for value in values))}, not {_value(error)}"


def _wrong_type(field: str, error: ValidationError) -> str:
    kinds = error.validator_value
    allowed = " or ".join(map(str, kinds)) if isinstance(kinds, list) else str(kinds)
    return f"{field or 'The arguments'} must be of type {allowed}, not {_value(error)}"


def _out_of_range(field: str, error: ValidationError) -> str:
    words = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than",
    }
    return f"{field} must be {words[str(error.validator)]} {error.validator_value}, not {_value(error)}"


_RULES = {
    "required": _missing,
    "additionalProperties": _unexpected,
    "enum": _not_one_of,
    "type": _wrong_type,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "exclusiveMinimum": _out_of_range,
    "exclusiveMaximum": _out_of_range,
}


def _value(error: ValidationError) -> str:
    return _short(json.dumps(error.instance, ensure_ascii=False, default=str))


def _short(text: str) -> str:
    return text if len(text) <= 2 * _LONGEST_VALUE else f"{text[: 2 * _LONGEST_VALUE]}..."
