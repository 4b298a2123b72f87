"""The whole simulated ROS system without a network: world, topics, services, parameters and goals, wired together."""

import time
from collections.abc import Callable

from robot.frames import Frame
from robot.simulator.conversion import Message, header, stamp, zero
from robot.simulator.goals import STATUS_TYPE, Goals, action_of, status_topic
from robot.simulator.interfaces import Flavour, Interfaces
from robot.simulator.op_log import Pose
from robot.simulator.parameter_services import ParameterServices
from robot.simulator.parameters import Parameter, Parameters, turtlesim_parameters
from robot.simulator.rosapi import DISTRO, Rosapi
from robot.simulator.sensors import Sensors
from robot.simulator.services import Services
from robot.simulator.topics import BRIDGE, Topic, Topics
from robot.simulator.turtlesim_services import TurtlesimServices
from robot.simulator.world import NODE, World

_LEVELS = {Flavour.ROS1: {"info": 2, "warn": 4, "error": 8}, Flavour.ROS2: {"info": 20, "warn": 30, "error": 40}}


class System:
    """Everything behind the bridge.

    Args:
        flavour: which ROS it plays.
        rates: rates of topics in Hz that differ from the usual ones.
        clock: seconds, only going forward.
    """

    def __init__(self, flavour: Flavour, rates: dict[str, float], clock: Callable[[], float] = time.monotonic) -> None:
        self.flavour = flavour
        self.clock = clock
        self.interfaces = Interfaces(flavour)
        ros1 = flavour is Flavour.ROS1
        self.parameters = Parameters(_ros1_parameters() if ros1 else turtlesim_parameters(), declare_freely=ros1)
        self.topics = Topics(self.interfaces, clock)
        self._declare_graph()
        self.world = World(self.parameters, now=clock(), log=self.rosout)
        self.goals = Goals(self.interfaces, self.world, self.topics.emit)
        self._sensors = Sensors(self.interfaces, self.world, self.topics, rates)
        self._known_turtles: dict[str, object] = {}
        self.services = Services(self.interfaces)
        self._add_services()
        self._follow_turtles()

    def advance(self) -> None:
        """Bring the world up to now; everything that reads or changes it comes after this."""
        self.world.advance(self.clock())

    def publish(self) -> None:
        """Publish what is due."""
        self._sensors.publish(self.clock())

    def poses(self) -> dict[str, Pose]:
        """Where every turtle is: x, y, heading."""
        return {name: (turtle.x, turtle.y, turtle.theta) for name, turtle in self.world.turtles.items()}

    def call(self, name: str, args: object) -> Message:
        """Ask a service.

        Raises:
            ServiceFailed: there is no such service, or it cannot answer.
            BadMessage: the request does not fit.
        """
        answer = self.services.call(name, args)
        self._follow_turtles()
        return answer

    def send_goal(self, frame: Frame, reply: Callable[[Frame], None]) -> None:
        """Begin a goal; see `Goals.send`."""
        self.goals.send(frame, reply)

    def rosout(self, level: str, text: str) -> None:
        """Publish a line of turtlesim's log."""
        if not self.topics.wanted("/rosout"):
            return
        ros1 = self.flavour is Flavour.ROS1
        message = zero(self.interfaces, self.interfaces.message("rosgraph_msgs/Log" if ros1 else "rcl_interfaces/Log"))
        message |= {"header": header(self.flavour, "")} if ros1 else {"stamp": stamp(self.flavour)}
        name = NODE if ros1 else NODE.lstrip("/")
        self.topics.emit("/rosout", message | {"level": _LEVELS[self.flavour][level], "name": name, "msg": text})

    def clients_changed(self, clients: list[tuple[str, float]]) -> None:
        """Publish who is connected: address and time of connection of each."""
        listed = [{"ip_address": address, "connection_time": stamp(self.flavour, at)} for address, at in clients]
        self.topics.emit("/client_count", {"data": len(clients)})
        self.topics.emit("/connected_clients", {"clients": listed})

    def _declare_graph(self) -> None:
        every = frozenset(self.parameters.nodes()) - {"/"}
        log_type = "rosgraph_msgs/Log" if self.flavour is Flavour.ROS1 else "rcl_interfaces/Log"
        self._declare("/rosout", log_type, every)
        self._declare("/client_count", "std_msgs/Int32", frozenset({BRIDGE}), latched=True)
        self._declare("/connected_clients", "rosbridge_msgs/ConnectedClients", frozenset({BRIDGE}), latched=True)
        if self.flavour is Flavour.ROS2:
            self._declare("/parameter_events", "rcl_interfaces/ParameterEvent", every, listeners=every)

    def _declare(
        self,
        name: str,
        type_name: str,
        publishers: frozenset[str],
        *,
        listeners: frozenset[str] = frozenset(),
        latched: bool = False,
    ) -> None:
        full = self.interfaces.type_name(type_name)
        self.topics.declare(Topic(name, full, publishers=publishers, listeners=listeners, latched=latched))

    def _add_services(self) -> None:
        ros2 = self.flavour is Flavour.ROS2
        parameter_services = ParameterServices(self.interfaces, self.parameters, self._parameter_event)
        on_parameter = self._parameter_event if ros2 else _nothing
        actions = self.goals.actions if ros2 else _no_actions
        rosapi = Rosapi(self.interfaces, self.topics, self.services, self.parameters, actions, on_parameter)
        self.services.add(TurtlesimServices(self.world).table)
        self.services.add(rosapi.table)
        if ros2:
            self.services.add(parameter_services.table)
        self._value_message = parameter_services.value_message

    def _parameter_event(self, node: str, name: str) -> None:
        if self.topics.wanted("/parameter_events"):
            changed = {"name": name, "value": self._value_message(self.parameters.find(node, name))}
            event = {"stamp": stamp(self.flavour), "node": node, "new_parameters": [], "changed_parameters": [changed]}
            self.topics.emit("/parameter_events", event | {"deleted_parameters": []})

    def _follow_turtles(self) -> None:
        turtles = self.world.turtles
        for name in [name for name, turtle in self._known_turtles.items() if turtles.get(name) is not turtle]:
            del self._known_turtles[name]
            self._sensors.remove(name)
            self._withdraw_action(name)
        for name, turtle in turtles.items():
            if name not in self._known_turtles:
                self._known_turtles[name] = turtle
                self._sensors.add(turtle)
                self._declare_action(name)

    def _declare_action(self, turtle: str) -> None:
        if self.flavour is Flavour.ROS2:
            self._declare(status_topic(action_of(turtle)), STATUS_TYPE, frozenset({NODE}), latched=True)

    def _withdraw_action(self, turtle: str) -> None:
        if self.flavour is Flavour.ROS2:
            self.topics.withdraw(status_topic(action_of(turtle)))


def _ros1_parameters() -> dict[str, dict[str, Parameter]]:
    turtlesim = turtlesim_parameters()["/turtlesim"]
    background = {name: value for name, value in turtlesim.items() if name.startswith("background_")}
    versions = {"rosdistro": Parameter(f"{DISTRO[Flavour.ROS1]}\n"), "rosversion": Parameter("1.16.0\n")}
    globs = {name: Parameter("[*]") for name in ("params_glob", "services_glob", "topics_glob")}
    return {"/": versions, "/rosapi": globs, BRIDGE: {"port": Parameter(9090)}, NODE: background}


def _nothing(_node: str, _name: str) -> None: ...


def _no_actions() -> dict[str, str]:
    return {}
