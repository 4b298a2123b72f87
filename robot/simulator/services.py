"""The services of the simulated ROS graph, and the way a client's call goes through one.

Every part of the robot contributes its services as a table; the tables are asked anew at each call, because spawning
and killing turtles changes them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from robot.simulator.conversion import Message, populate, zero
from robot.simulator.interfaces import Definition, Interfaces

Handler = Callable[[Message], Message]


class ServiceFailed(ValueError):
    """A service has no answer; the message is what rosbridge gives as the reason."""


@dataclass(frozen=True)
class Service:
    """One service: its type as `package/Name`, the node that has it, and what answers."""

    type: str
    node: str
    handler: Handler


Table = Mapping[str, Service]


class Services:
    """All services."""

    def __init__(self, interfaces: Interfaces) -> None:
        self._interfaces = interfaces
        self._tables: list[Callable[[], Table]] = []

    def add(self, table: Callable[[], Table]) -> None:
        """Add a contributor."""
        self._tables.append(table)

    def all(self) -> dict[str, Service]:
        """Every service by its name, in order."""
        merged = {name: service for table in self._tables for name, service in table().items()}
        return dict(sorted(merged.items()))

    def type_of(self, service: Service) -> str:
        """The service's type as this ROS spells it."""
        return self._interfaces.full_name("srv", service.type)

    def call(self, name: str, args: object) -> Message:
        """Ask a service.

        Args:
            name: its name; a leading slash may be missing.
            args: the request as an object, or as a list of values in the order of the fields.

        Raises:
            ServiceFailed: there is no such service, or it cannot answer.
            BadMessage: the request does not fit.
        """
        full = name if name.startswith("/") else f"/{name}"
        service = self.all().get(full)
        if service is None:
            raise ServiceFailed(f"Service {full} does not exist")
        request, response = self._interfaces.service(service.type)
        answer = service.handler(populate(self._interfaces, request, as_object(request, args)))
        return {**zero(self._interfaces, response), **answer}


def as_object(definition: Definition, args: object) -> Message:
    """Arguments as an object; what is neither object nor list counts as none, as rosbridge has it."""
    if isinstance(args, dict):
        return cast(Message, args)
    if isinstance(args, list):
        return dict(zip((field.name for field in definition.fields), cast(list[Any], args), strict=False))
    return {}
