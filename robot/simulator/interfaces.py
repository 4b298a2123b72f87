"""The message, service and action types the simulated robot knows, as ROS 1 or ROS 2 spells them.

Read from `interfaces.txt` in ROS's own notation instead of written as classes: rosapi has to describe every type
field by field, and a client's message is checked field by field, so the description is what is needed.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

_TEXT = Path(__file__).with_name("interfaces.txt")

INTEGERS = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
"""Integer types and the range of each."""
FLOATS = frozenset({"float32", "float64"})
TIMES = frozenset({"builtin_interfaces/Time", "builtin_interfaces/Duration", "time", "duration"})
PRIMITIVES = frozenset({"bool", "string", *INTEGERS, *FLOATS})


class Flavour(Enum):
    """Which ROS the simulated bridge belongs to."""

    ROS1 = 1
    ROS2 = 2


class UnknownType(ValueError):
    """No such type; the message is what rosbridge says."""


@dataclass(frozen=True)
class Field:
    """One field. `length` is None for a single value, 0 for a list of any length, else the fixed length."""

    name: str
    type: str
    length: int | None = None
    default: float | str | bool | None = None

    @property
    def binary(self) -> bool:
        """Whether JSON carries it as base64."""
        return self.length is not None and self.type == "uint8"


@dataclass(frozen=True)
class Definition:
    """One structure. `name` is `package/Name`, without the `msg` between."""

    name: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Interface:
    """A type: its kind (msg, srv, action) and its one, two or three structures."""

    kind: str
    name: str
    parts: tuple[Definition, ...]


class Interfaces:
    """All types of one flavour of ROS."""

    def __init__(self, flavour: Flavour) -> None:
        self.flavour = flavour
        known = _ros1(_parsed()) if flavour is Flavour.ROS1 else _ros2(_parsed())
        self._known = {(interface.kind, interface.name): interface for interface in known}

    def message(self, name: str) -> Definition:
        """The structure of a message type, however it is spelt.

        Raises:
            UnknownType: there is no such type, or this ROS does not spell types so.
        """
        return self._find("msg", name).parts[0]

    def service(self, name: str) -> tuple[Definition, Definition]:
        """Request and response of a service type.

        Raises:
            UnknownType: as for messages.
        """
        request, response = self._find("srv", name).parts
        return request, response

    def action(self, name: str) -> tuple[Definition, Definition, Definition]:
        """Goal, result and feedback of an action type.

        Raises:
            UnknownType: as for messages.
        """
        goal, result, feedback = self._find("action", name).parts
        return goal, result, feedback

    def full_name(self, kind: str, name: str) -> str:
        """How this ROS writes a type: `pkg/Name`, or `pkg/msg/Name`."""
        package, _, rest = name.partition("/")
        return name if self.flavour is Flavour.ROS1 else f"{package}/{kind}/{rest}"

    def type_name(self, short: str) -> str:
        """How this ROS writes a message type."""
        return self.full_name("msg", short)

    def names(self) -> list[str]:
        """Every type, as the `interfaces` service lists them."""
        return sorted(self.full_name(kind, name) for kind, name in self._known)

    def field_type(self, field: Field) -> str:
        """How this ROS writes the type of a field, without its list marks."""
        if self.flavour is Flavour.ROS1:
            return field.type
        return {"float64": "double", "float32": "float", "bool": "boolean"}.get(field.type, field.type)

    def _find(self, kind: str, name: str) -> Interface:
        parts = [part for part in name.split("/") if part]
        if len(parts) not in ((2,) if self.flavour is Flavour.ROS1 else (2, 3)):
            raise UnknownType(f"{name} is not a valid type string")
        package, short = parts[0], parts[-1]
        if found := self._known.get((kind, f"{package}/{short}")):
            return found
        if any(known_kind == kind and known.startswith(f"{package}/") for known_kind, known in self._known):
            raise UnknownType(
                f"Unable to import {kind} class {short} from package {package}. "
                f"Caused by module '{package}.{kind}' has no attribute '{short}'"
            )
        raise UnknownType(
            f"Unable to import {package}.{kind} from package {package}. Caused by: No module named '{package}'"
        )


@functools.cache
def _parsed() -> tuple[Interface, ...]:
    lines = [line.strip() for line in _TEXT.read_text(encoding="utf-8").splitlines()]
    return tuple(_interfaces([line for line in lines if line and not line.startswith("#")]))


def _interfaces(lines: list[str]) -> Iterator[Interface]:
    starts = [number for number, line in enumerate(lines) if line.split(" ")[0] in _PART_NAMES]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        kind, name = lines[start].split(" ")
        parts: list[list[Field]] = [[]]
        for line in lines[start + 1 : end]:
            if line == "---":
                parts.append([])
            else:
                parts[-1].append(_field(line))
        named = zip(_PART_NAMES[kind], parts, strict=True)
        yield Interface(kind, name, tuple(Definition(name + suffix, tuple(fields)) for suffix, fields in named))


_PART_NAMES = {"msg": ("",), "srv": ("_Request", "_Response"), "action": ("_Goal", "_Result", "_Feedback")}
"""What follows the type's name in the name of each of its structures."""


def _field(line: str) -> Field:
    written, name, *default = line.split(" ")
    base, bracket, length = written.partition("[")
    value = float(default[0]) if default else None
    return Field(name, base, int(length[:-1] or 0) if bracket else None, value)


_ROS2_ONLY = ("rcl_interfaces/", "action_msgs/", "unique_identifier_msgs/", "builtin_interfaces/")
_ROS2_ONLY_SERVICES = ("GetROSVersion", "Interfaces", "ActionType", "TypeDefs")


def _ros2(interfaces: tuple[Interface, ...]) -> Iterator[Interface]:
    return (interface for interface in interfaces if not interface.name.startswith("rosgraph_msgs/"))


def _ros1(interfaces: tuple[Interface, ...]) -> Iterator[Interface]:
    for interface in interfaces:
        short = interface.name.partition("/")[2]
        ros2_only = interface.kind == "action" or short in _ROS2_ONLY_SERVICES or short.startswith("Action")
        if not ros2_only and not interface.name.startswith(_ROS2_ONLY):
            parts = tuple(_ros1_definition(part) for part in interface.parts)
            yield Interface(interface.kind, _ros1_name(interface.name), parts)


def _ros1_definition(definition: Definition) -> Definition:
    fields = tuple(replace(field, type=_ros1_name(field.type)) for field in definition.fields)
    name = _ros1_name(definition.name).replace("_Request", "Request").replace("_Response", "Response")
    if name == "std_msgs/Header":
        fields = (Field("seq", "uint32"), *fields)
    if name.startswith(("rosapi/GetParamResponse", "rosapi/SetParamResponse", "rosapi/DeleteParamResponse")):
        fields = tuple(field for field in fields if field.name == "value")
    return Definition(name, fields)


def _ros1_name(name: str) -> str:
    if name.startswith("builtin_interfaces/"):
        return name.partition("/")[2].lower()
    return name.replace("rosapi_msgs/", "rosapi/")
