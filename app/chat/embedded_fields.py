"""What the arguments of a tool may be, as far as the embedded model writes them: flat ones.

Of a JSON schema only that is read which decides how a value is spelled; whether a whole call fits its
schema is for `embedded_calls` to check.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["string", "number", "integer", "any"]
"""`any`: nested, or described by something that is not followed."""


@dataclass(frozen=True)
class Field:
    """How one argument is written."""

    kind: Kind
    options: tuple[bytes, ...] = ()
    """JSON texts of all values, where they are few."""


def fields_of(parameters: Mapping[str, Any]) -> dict[bytes, Field] | None:
    """The fields of an object schema by their JSON-escaped names; None where it takes other names as well."""
    if parameters.get("additionalProperties") or "$ref" in parameters:
        return None
    return {escaped(name): _field(schema) for name, schema in (parameters.get("properties") or {}).items()}


def escaped(text: str) -> bytes:
    """Text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1].encode()


def _field(schema: Any) -> Field:
    if not isinstance(schema, Mapping):
        return Field("any")
    if "enum" in schema:
        return Field("any", tuple(json.dumps(value, ensure_ascii=False).encode() for value in schema["enum"]))
    if "anyOf" in schema:
        some = [one for one in schema["anyOf"] if one != {"type": "null"}]
        return _field(some[0]) if len(some) == 1 else Field("any")
    match schema.get("type"):
        case "boolean":
            return Field("any", (b"true", b"false"))
        case "string" | "number" | "integer" as kind:
            return Field(kind)
        case _:
            return Field("any")
