"""How rosapi describes a type to a client: one typedef for it and one for every type inside it."""

from typing import Any

from robot.simulator.interfaces import FLOATS, PRIMITIVES, Definition, Field, Interfaces, UnknownType

TypeDef = dict[str, Any]


def describe(interfaces: Interfaces, definition: Definition) -> list[TypeDef]:
    """The typedefs of a structure and of all it contains, outermost first."""
    return _describe(interfaces, definition, seen=set())


def describe_message(interfaces: Interfaces, name: str) -> list[TypeDef]:
    """The typedefs of a message type; none for a type that does not exist."""
    try:
        return describe(interfaces, interfaces.message(name))
    except UnknownType:
        return []


def _describe(interfaces: Interfaces, definition: Definition, seen: set[str]) -> list[TypeDef]:
    described = [_typedef(interfaces, definition)]
    for field in definition.fields:
        if field.type in PRIMITIVES or field.type in seen:
            continue
        seen.add(field.type)
        if field.type in ("time", "duration"):
            described.append(_ros1_time(field.type))
        else:
            described += _describe(interfaces, interfaces.message(field.type), seen)
    return described


def _typedef(interfaces: Interfaces, definition: Definition) -> TypeDef:
    fields = definition.fields
    return {
        "type": definition.name,
        "fieldnames": [field.name for field in fields],
        "fieldtypes": [interfaces.field_type(field) for field in fields],
        "fieldarraylen": [-1 if field.length is None else field.length for field in fields],
        "examples": [_example(field) for field in fields],
        "constnames": [],
        "constvalues": [],
    }


def _example(field: Field) -> str:
    if field.length is not None:
        return "[]"
    if field.type not in PRIMITIVES:
        return "{}"
    if field.default is not None:
        return str(field.default)
    return {"string": "", "bool": "False"}.get(field.type, "0.0" if field.type in FLOATS else "0")


def _ros1_time(name: str) -> TypeDef:
    pair = {"fieldnames": ["secs", "nsecs"], "fieldtypes": ["int32", "int32"], "fieldarraylen": [-1, -1]}
    return {"type": name, **pair, "examples": ["0", "0"], "constnames": [], "constvalues": []}
