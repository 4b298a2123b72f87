"""The six parameter services that every ROS 2 node has."""

from collections.abc import Callable
from typing import Any, cast

from robot.simulator.conversion import Message, zero
from robot.simulator.interfaces import Interfaces
from robot.simulator.parameters import Parameter, ParameterRefused, Parameters
from robot.simulator.services import Service, Table

_FIELDS: dict[int, str] = {1: "bool_value", 2: "integer_value", 3: "double_value", 4: "string_value"}


class ParameterServices:
    """The table of these services.

    Args:
        interfaces: the types that exist.
        parameters: the store.
        on_change: called with the node's name after something was set.
    """

    def __init__(self, interfaces: Interfaces, parameters: Parameters, on_change: Callable[[str, str], None]) -> None:
        self._interfaces = interfaces
        self._parameters = parameters
        self._on_change = on_change

    def table(self) -> Table:
        """The services of all nodes."""
        return {name: service for node in self._parameters.nodes() for name, service in self._of_node(node).items()}

    def value_message(self, parameter: Parameter | None) -> Message:
        """A rcl_interfaces/ParameterValue; of type 0 where there is no parameter."""
        message = zero(self._interfaces, self._interfaces.message("rcl_interfaces/ParameterValue"))
        if parameter is not None and parameter.type_number in _FIELDS:
            message["type"] = parameter.type_number
            message[_FIELDS[parameter.type_number]] = parameter.value
        return message

    def _of_node(self, node: str) -> dict[str, Service]:
        answers = {
            "describe_parameters": ("DescribeParameters", self._describe),
            "get_parameter_types": ("GetParameterTypes", self._types),
            "get_parameters": ("GetParameters", self._get),
            "list_parameters": ("ListParameters", self._list),
            "set_parameters": ("SetParameters", self._set),
            "set_parameters_atomically": ("SetParametersAtomically", self._set_together),
        }
        return {
            f"{node}/{name}": Service(f"rcl_interfaces/{type_name}", node, _for_node(node, answer))
            for name, (type_name, answer) in answers.items()
        }

    def _describe(self, node: str, request: Message) -> Message:
        found = [(name, self._parameters.find(node, name)) for name in request["names"]]
        if any(parameter is None for _, parameter in found):
            return {"descriptors": []}
        return {"descriptors": [self._descriptor(name, parameter) for name, parameter in found if parameter]}

    def _descriptor(self, name: str, parameter: Parameter) -> Message:
        message = zero(self._interfaces, self._interfaces.message("rcl_interfaces/ParameterDescriptor"))
        if parameter.most is not None:
            message["integer_range"] = [{"from_value": 0, "to_value": parameter.most, "step": 1}]
        return message | {"name": name, "type": parameter.type_number, "description": parameter.description}

    def _types(self, node: str, request: Message) -> Message:
        found = [self._parameters.find(node, name) for name in request["names"]]
        return {"types": [0 if parameter is None else parameter.type_number for parameter in found]}

    def _get(self, node: str, request: Message) -> Message:
        return {"values": [self.value_message(self._parameters.find(node, name)) for name in request["names"]]}

    def _list(self, node: str, request: Message) -> Message:
        prefixes = cast(list[str], request["prefixes"])
        names = self._parameters.names(node)
        kept = [name for name in names if not prefixes or any(_under(name, prefix) for prefix in prefixes)]
        return {"result": {"names": kept, "prefixes": []}}

    def _set(self, node: str, request: Message) -> Message:
        return {"results": [self._set_one(node, parameter) for parameter in request["parameters"]]}

    def _set_one(self, node: str, given: Message) -> Message:
        try:
            self._parameters.set(node, given["name"], _value(given))
        except ParameterRefused as refused:
            return {"successful": False, "reason": str(refused)}
        self._on_change(node, given["name"])
        return {"successful": True, "reason": ""}

    def _set_together(self, node: str, request: Message) -> Message:
        try:
            for given in request["parameters"]:
                self._parameters.check(node, given["name"], _value(given))
        except ParameterRefused as refused:
            return {"result": {"successful": False, "reason": str(refused)}}
        for given in request["parameters"]:
            self._set_one(node, given)
        return {"result": {"successful": True, "reason": ""}}


def _for_node(node: str, answer: Callable[[str, Message], Message]) -> Callable[[Message], Message]:
    return lambda request: answer(node, request)


def _value(given: Message) -> Any:
    value = given["value"]
    return value.get(_FIELDS.get(value["type"], ""))


def _under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")
