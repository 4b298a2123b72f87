"""A client's JSON made into a whole message, with rosbridge's own words when it does not fit.

rosbridge passes these words on for services and goals, and swallows them for topics. A model reads them, so they
have to be the real ones.
"""

import base64
import math
import time
from typing import Any, cast

from robot.simulator.interfaces import FLOATS, INTEGERS, PRIMITIVES, TIMES, Definition, Field, Flavour, Interfaces

Message = dict[str, Any]


class BadMessage(ValueError):
    """The JSON does not fit its type; the message is what rosbridge says."""


def populate(interfaces: Interfaces, definition: Definition, given: object) -> Message:
    """A whole message: what was given, checked, and zeros for the rest.

    Raises:
        BadMessage: a field is unknown, or a value is not of its field's type.
    """
    return _Reader(interfaces, definition.name).structure(definition, given, ())


def zero(interfaces: Interfaces, definition: Definition) -> Message:
    """A message with nothing in it."""
    return {field.name: _zero_field(interfaces, field) for field in definition.fields}


def stamp(flavour: Flavour, seconds: float | None = None) -> dict[str, int]:
    """A time as this ROS writes it; now, unless seconds since 1970 are given."""
    nanoseconds = time.time_ns() if seconds is None else int(seconds * 1e9)
    whole, rest = divmod(nanoseconds, 1_000_000_000)
    return {"secs": whole, "nsecs": rest} if flavour is Flavour.ROS1 else {"sec": whole, "nanosec": rest}


def header(flavour: Flavour, frame_id: str) -> Message:
    """A std_msgs/Header of now."""
    sequence = {"seq": 0} if flavour is Flavour.ROS1 else {}
    return {**sequence, "stamp": stamp(flavour), "frame_id": frame_id}


def without_nan(value: Any) -> Any:
    """JSON has no NaN and no infinity; rosbridge sends null for them."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in cast(Message, value).items()}
    if isinstance(value, list):
        return [without_nan(item) for item in cast(list[Any], value)]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _zero_field(interfaces: Interfaces, field: Field) -> Any:
    if field.binary:
        return base64.b64encode(bytes(field.length or 0)).decode()
    if field.length is not None:
        return [_zero_value(interfaces, field) for _ in range(field.length)]
    return _zero_value(interfaces, field) if field.default is None else field.default


def _zero_value(interfaces: Interfaces, field: Field) -> Any:
    if field.type in TIMES:
        return stamp(interfaces.flavour, 0)
    if field.type in PRIMITIVES:
        return {"string": "", "bool": False}.get(field.type, 0.0 if field.type in FLOATS else 0)
    return zero(interfaces, interfaces.message(field.type))


class _Reader:
    """Reads one message; knows the root type that every complaint names."""

    def __init__(self, interfaces: Interfaces, root: str) -> None:
        self._interfaces = interfaces
        self._root = root

    def structure(self, definition: Definition, given: object, stack: tuple[str, ...]) -> Message:
        if not isinstance(given, dict):
            raise self._mismatch(definition.name, given, stack)
        message = zero(self._interfaces, definition)
        if definition.name == "std_msgs/Header":
            message["stamp"] = stamp(self._interfaces.flavour)
        fields = {field.name: field for field in definition.fields}
        for name, value in cast(Message, given).items():
            inner = (*stack, name)
            if name not in fields:
                raise BadMessage(f"Message type {self._root} does not have a field {'.'.join(inner)}")
            message[name] = self._field(fields[name], value, inner)
        return message

    def _field(self, field: Field, given: object, stack: tuple[str, ...]) -> Any:
        if field.length is None:
            return self._value(field, given, stack)
        if field.binary:
            return self._binary(field, given, stack)
        if not isinstance(given, list):
            raise self._mismatch(self._list_type(field), given, stack)
        values = cast(list[object], given)
        if field.length and len(values) != field.length:
            raise BadMessage(f"The '{field.name}' numpy.ndarray must have a size of {field.length}")
        return [self._value(field, value, stack) for value in values]

    def _binary(self, field: Field, given: object, stack: tuple[str, ...]) -> str:
        if not isinstance(given, str | list):
            raise self._mismatch(self._list_type(field), given, stack)
        try:
            data = base64.b64decode(given) if isinstance(given, str) else bytes(cast(list[int], given))
        except (TypeError, ValueError) as error:
            raise BadMessage(str(error)) from None
        if field.length and len(data) != field.length:
            raise BadMessage(f"The '{field.name}' numpy.ndarray must have a size of {field.length}")
        return base64.b64encode(data).decode()

    def _value(self, field: Field, given: object, stack: tuple[str, ...]) -> Any:
        if field.type in TIMES:
            return self._time(field, given, stack)
        if field.type not in PRIMITIVES:
            return self.structure(self._interfaces.message(field.type), given, stack)
        if field.type in FLOATS and isinstance(given, int | float):
            return _as_float(given)
        kind = {"string": str, "bool": bool}.get(field.type, int)
        if type(given) is not kind or field.type in FLOATS:
            raise self._mismatch(self._interfaces.field_type(field), given, stack)
        if isinstance(given, int) and not isinstance(given, bool):
            return _in_range(field, given)
        return given

    def _time(self, field: Field, given: object, stack: tuple[str, ...]) -> dict[str, int]:
        if given == "now":
            return stamp(self._interfaces.flavour)
        if not isinstance(given, dict):
            raise self._mismatch(field.type, given, stack)
        parts = cast(dict[str, Any], given)
        written = stamp(self._interfaces.flavour, 0)
        for key, spellings in zip(written, (("sec", "secs"), ("nanosec", "nsecs")), strict=True):
            value = next((parts[name] for name in spellings if name in parts), 0)
            if type(value) is not int:
                raise self._mismatch(field.type, value, stack)
            written[key] = value
        return written

    def _list_type(self, field: Field) -> str:
        base = self._interfaces.field_type(field)
        if field.length:
            return f"{base}[{field.length}]"
        return f"{base}[]" if self._interfaces.flavour is Flavour.ROS1 else f"sequence<{base}>"

    def _mismatch(self, expected: str, given: object, stack: tuple[str, ...]) -> BadMessage:
        if expected == self._root:
            return BadMessage(f"Expected a JSON object for type {self._root} but received a {type(given)}")
        where = ".".join(stack)
        return BadMessage(f"{self._root} message requires a {expected} for field {where}, but got a {type(given)}")


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise BadMessage("int too large to convert to float") from None


def _in_range(field: Field, value: int) -> int:
    least, most = INTEGERS[field.type]
    if least <= value <= most:
        return value
    sign = "an unsigned integer" if least == 0 else "an integer"
    raise BadMessage(f"The '{field.name}' field must be {sign} in [{least}, {most}]")
