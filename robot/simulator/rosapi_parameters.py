"""rosapi's way to parameters: values as JSON in a string, names as `/node:name`, or as one path in ROS 1."""

import json
from collections.abc import Callable
from typing import Any

from robot.simulator.conversion import Message
from robot.simulator.interfaces import Flavour
from robot.simulator.parameters import ParameterRefused, Parameters
from robot.simulator.services import ServiceFailed

_NOT_JSON = (
    "Due to the type flexibility of the ROS parameter server, "
    "the value argument to set_param must be a JSON-formatted string."
)

Answers = dict[str, tuple[str, Callable[[Message], Message]]]


class RosapiParameters:
    """The five services. Each of ROS 1's answers lacks `successful` and `reason`."""

    def __init__(self, flavour: Flavour, parameters: Parameters, on_change: Callable[[str, str], None]) -> None:
        self._ros1 = flavour is Flavour.ROS1
        self._parameters = parameters
        self._on_change = on_change

    def answers(self) -> Answers:
        """Type and handler by the name of the service."""
        return {
            "get_param": ("GetParam", self._get),
            "set_param": ("SetParam", self._set),
            "has_param": ("HasParam", lambda request: {"exists": self._found(request["name"]) is not None}),
            "delete_param": ("DeleteParam", self._delete),
            "get_param_names": ("GetParamNames", self._names),
        }

    def _get(self, request: Message) -> Message:
        found = self._found(request["name"])
        if found is not None:
            return self._outcome({"value": json.dumps(found)}, "")
        default = request["default_value"]
        if self._ros1:
            return {"value": json.dumps(_loaded(default) if default else None)}
        return self._outcome({"value": json.dumps(_loaded(default))}, f"Parameter {request['name']} not found")

    def _set(self, request: Message) -> Message:
        try:
            value = json.loads(request["value"])
        except ValueError:
            raise ServiceFailed(_NOT_JSON) from None
        node, name = self._split(request["name"])
        try:
            self._parameters.set(node, name, value)
        except ParameterRefused as refused:
            return self._outcome({}, str(refused))
        self._on_change(node, name)
        return self._outcome({}, "")

    def _delete(self, request: Message) -> Message:
        try:
            self._parameters.delete(*self._split(request["name"]))
        except ParameterRefused as refused:
            return self._outcome({}, str(refused))
        return self._outcome({}, "")

    def _names(self, _: Message) -> Message:
        if self._ros1:
            return {"names": [f"{'' if node == '/' else node}/{name}" for node, name in self._parameters.all_names()]}
        return {"names": [f"{node}:{name}" for node, name in self._parameters.all_names()]}

    def _found(self, name: str) -> Any:
        return self._parameters.value(*self._split(name), None)

    def _split(self, name: str) -> tuple[str, str]:
        if not self._ros1:
            node, _, rest = name.partition(":")
            return node if node.startswith("/") else f"/{node}", rest
        node, _, rest = name.strip("/").rpartition("/")
        return f"/{node}", rest

    def _outcome(self, answer: Message, reason: str) -> Message:
        return answer if self._ros1 else answer | {"successful": not reason, "reason": reason}


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
