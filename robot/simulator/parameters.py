"""The parameters of the simulated nodes: declared, typed and bounded, as ROS 2 keeps them.

ROS 1 has one tree for all nodes, where anybody may set anything. Both are the same store here: a ROS 1 name
`/turtlesim/background_r` is the parameter `background_r` of `/turtlesim`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

_TYPES = {bool: "bool", int: "integer", float: "double", str: "string"}
_TYPE_NUMBERS = {bool: 1, int: 2, float: 3, str: 4}


class ParameterRefused(ValueError):
    """A parameter cannot be read or set; the message is ROS's reason."""


@dataclass(frozen=True)
class Parameter:
    """One declared parameter. `most` bounds an integer that begins at zero."""

    value: Any
    description: str = ""
    most: int | None = None

    @property
    def type_number(self) -> int:
        """ROS's number for the type."""
        return _TYPE_NUMBERS.get(type(self.value), 0)


def turtlesim_parameters() -> dict[str, dict[str, Parameter]]:
    """What the simulated nodes declare."""
    clock = {"use_sim_time": Parameter(False)}
    channels = {"r": ("Red", 69), "g": ("Green", 86), "b": ("Blue", 255)}
    background = {
        f"background_{letter}": Parameter(value, f"{name} channel of the background color", 255)
        for letter, (name, value) in channels.items()
    }
    holonomic = {"holonomic": Parameter(False, "If true, then turtles will be holonomic")}
    globs = {f"{kind}_glob": Parameter("[*]") for kind in ("params", "services", "topics")}
    return {
        "/rosapi": {**globs, "params_timeout": Parameter(5.0), **clock},
        "/rosapi_params": dict(clock),
        "/rosbridge_websocket": dict(clock),
        "/turtlesim": {**background, **holonomic, **clock},
    }


class Parameters:
    """The parameters of all nodes.

    Args:
        declare_freely: whether a name that nobody declared may be set, as in ROS 1.
    """

    def __init__(self, declared: dict[str, dict[str, Parameter]], *, declare_freely: bool = False) -> None:
        self._nodes = declared
        self._free = declare_freely

    def nodes(self) -> list[str]:
        """The nodes that have parameters."""
        return sorted(self._nodes)

    def names(self, node: str) -> list[str]:
        """The parameters of a node."""
        return sorted(self._nodes.get(node, {}))

    def find(self, node: str, name: str) -> Parameter | None:
        """A parameter, or None."""
        return self._nodes.get(node, {}).get(name)

    def value(self, node: str, name: str, default: Any) -> Any:
        """The value of a parameter, or the default where there is none."""
        found = self.find(node, name)
        return default if found is None else found.value

    def check(self, node: str, name: str, value: Any) -> None:
        """See whether a value may be set.

        Raises:
            ParameterRefused: it may not.
        """
        declared = self.find(node, name)
        if declared is None:
            if self._free:
                return
            raise ParameterRefused(f"parameter '{name}' cannot be set because it was not declared")
        if self._free:
            return
        if type(value) is not type(declared.value):
            was, wanted = _TYPES[type(declared.value)], _TYPES.get(type(value), "not set")
            raise ParameterRefused(
                f"Wrong parameter type, parameter {{{name}}} is of type {{{was}}}, "
                f"setting it to {{{wanted}}} is not allowed."
            )
        if declared.most is not None and not 0 <= value <= declared.most:
            raise ParameterRefused(f"Parameter {{{name}}} doesn't comply with integer range.")

    def set(self, node: str, name: str, value: Any) -> None:
        """Set a parameter.

        Raises:
            ParameterRefused: as for `check`.
        """
        self.check(node, name, value)
        declared = self.find(node, name)
        self._nodes.setdefault(node, {})[name] = (
            Parameter(value) if declared is None else replace(declared, value=value)
        )

    def delete(self, node: str, name: str) -> None:
        """Remove a parameter that nobody declared.

        Raises:
            ParameterRefused: it is declared, or is not there.
        """
        if self.find(node, name) is None:
            raise ParameterRefused(f"parameter '{name}' is not there")
        if not self._free:
            raise ParameterRefused(f"cannot undeclare parameter '{name}': it is statically typed")
        del self._nodes[node][name]

    def all_names(self) -> Iterable[tuple[str, str]]:
        """Every node with each of its parameters."""
        return ((node, name) for node in self.nodes() for name in self.names(node))
