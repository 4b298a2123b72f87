"""rosapi: what a client can ask about the graph itself, in the forms of ROS 1 and of ROS 2.

Every answer here is built from the same topics, services and parameters that the robot really uses, so what rosapi
says and what the bridge does cannot drift apart.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from robot.simulator.conversion import Message, stamp
from robot.simulator.interfaces import Definition, Flavour, Interfaces, UnknownType
from robot.simulator.parameters import Parameters
from robot.simulator.rosapi_parameters import RosapiParameters
from robot.simulator.services import Service, ServiceFailed, Services, Table
from robot.simulator.topics import Topics
from robot.simulator.type_descriptions import TypeDef, describe, describe_message

NODE = "/rosapi"
DISTRO = {Flavour.ROS1: "noetic", Flavour.ROS2: "jazzy"}

_ROS2_ONLY = {"action_type", "interfaces", "get_ros_version"}


@dataclass(frozen=True)
class Rosapi:
    """The table of rosapi's services."""

    interfaces: Interfaces
    topics: Topics
    services: Services
    parameters: Parameters
    actions: Callable[[], dict[str, str]]
    """The actions there are, to their types."""
    on_parameter: Callable[[str, str], None]
    """Called with a node's name and its parameter's after it was set."""

    def table(self) -> Table:
        """The services, as this ROS has them."""
        parameters = RosapiParameters(self.interfaces.flavour, self.parameters, self.on_parameter)
        answers = {**self._about_topics(), **self._about_services(), **self._about_nodes(), **self._about_types()}
        answers |= {"action_servers": ("GetActionServers", self._action_servers), "get_time": ("GetTime", self._time)}
        answers |= {"get_ros_version": ("GetROSVersion", self._version), **parameters.answers()}
        ros1 = self.interfaces.flavour is Flavour.ROS1
        package = "rosapi" if ros1 else "rosapi_msgs"
        return {
            f"{NODE}/{name}": Service(f"{package}/{type_name}", NODE, handler)
            for name, (type_name, handler) in answers.items()
            if not (ros1 and (name in _ROS2_ONLY or name.startswith("action_") and name.endswith("_details")))
        }

    def _about_topics(self) -> dict[str, tuple[str, Callable[[Message], Message]]]:
        return {
            "topics": ("Topics", self._topics),
            "topics_for_type": ("TopicsForType", self._topics_for_type),
            "topics_and_raw_types": ("TopicsAndRawTypes", self._topics_and_raw_types),
            "topic_type": ("TopicType", self._topic_type),
            "publishers": ("Publishers", self._publishers),
            "subscribers": ("Subscribers", self._subscribers),
        }

    def _about_services(self) -> dict[str, tuple[str, Callable[[Message], Message]]]:
        return {
            "services": ("Services", lambda _: {"services": list(self.services.all())}),
            "services_for_type": ("ServicesForType", self._services_for_type),
            "service_type": ("ServiceType", self._service_type),
            "service_node": ("ServiceNode", self._service_node),
            "service_providers": ("ServiceProviders", self._service_providers),
        }

    def _about_nodes(self) -> dict[str, tuple[str, Callable[[Message], Message]]]:
        return {
            "nodes": ("Nodes", lambda _: {"nodes": self._nodes()}),
            "node_details": ("NodeDetails", self._node_details),
            "action_type": ("ActionType", lambda request: {"type": self.actions().get(request["action"], "")}),
        }

    def _about_types(self) -> dict[str, tuple[str, Callable[[Message], Message]]]:
        service, action = self.interfaces.service, self.interfaces.action
        return {
            "interfaces": ("Interfaces", lambda _: {"interfaces": self.interfaces.names()}),
            "message_details": ("MessageDetails", self._message_details),
            "service_request_details": ("ServiceRequestDetails", self._details(service, 0)),
            "service_response_details": ("ServiceResponseDetails", self._details(service, 1)),
            "action_goal_details": ("ActionGoalDetails", self._details(action, 0)),
            "action_result_details": ("ActionResultDetails", self._details(action, 1)),
            "action_feedback_details": ("ActionFeedbackDetails", self._details(action, 2)),
        }

    def _topics(self, _: Message) -> Message:
        shown = [topic for topic in self.topics.alive() if not topic.hidden]
        return {"topics": [topic.name for topic in shown], "types": [topic.type for topic in shown]}

    def _topics_for_type(self, request: Message) -> Message:
        alive = self.topics.alive()
        return {"topics": [topic.name for topic in alive if not topic.hidden and topic.type == request["type"]]}

    def _topics_and_raw_types(self, request: Message) -> Message:
        listed = self._topics(request)
        return listed | {"typedefs_full_text": [self._as_text(name) for name in listed["types"]]}

    def _as_text(self, type_name: str) -> str:
        blocks = (_block(typedef) for typedef in describe_message(self.interfaces, type_name))
        return f"\n{'=' * 80}\n".join(blocks)

    def _topic_type(self, request: Message) -> Message:
        topic = self.topics.find(request["topic"])
        return {"type": "" if topic is None or topic.hidden else topic.type}

    def _publishers(self, request: Message) -> Message:
        topic = self.topics.find(request["topic"])
        return {"publishers": [] if topic is None else self.topics.publishers(topic)}

    def _subscribers(self, request: Message) -> Message:
        topic = self.topics.find(request["topic"])
        return {"subscribers": [] if topic is None else self.topics.listeners(topic)}

    def _services_for_type(self, request: Message) -> Message:
        types = {name: self.services.type_of(service) for name, service in self.services.all().items()}
        return {"services": [name for name, type_name in types.items() if type_name == request["type"]]}

    def _service_type(self, request: Message) -> Message:
        service = self.services.all().get(request["service"])
        return {"type": "" if service is None else self.services.type_of(service)}

    def _service_node(self, request: Message) -> Message:
        service = self.services.all().get(request["service"])
        return {"node": "" if service is None else service.node}

    def _service_providers(self, request: Message) -> Message:
        services = self.services.all().values()
        return {"providers": sorted({s.node for s in services if self.services.type_of(s) == request["service"]})}

    def _nodes(self) -> list[str]:
        ros1_only = ["/rosout"] if self.interfaces.flavour is Flavour.ROS1 else []
        nodes = [node for node in self.parameters.nodes() if node != "/"]
        return sorted({*nodes, *ros1_only})

    def _node_details(self, request: Message) -> Message:
        node, alive = request["node"], self.topics.alive()
        return {
            "subscribing": _names(topic.name for topic in alive if node in self.topics.listeners(topic)),
            "publishing": _names(topic.name for topic in alive if node in self.topics.publishers(topic)),
            "services": [name for name, service in self.services.all().items() if service.node == node],
        }

    def _message_details(self, request: Message) -> Message:
        return {"typedefs": describe_message(self.interfaces, request["type"])}

    def _details(self, find: Callable[[str], tuple[Definition, ...]], part: int) -> Callable[[Message], Message]:
        def answer(request: Message) -> Message:
            try:
                definition = find(request["type"])[part]
            except UnknownType as unknown:
                raise ServiceFailed(str(unknown)) from None
            return {"typedefs": describe(self.interfaces, definition)}

        return answer

    def _action_servers(self, _: Message) -> Message:
        return {"action_servers": sorted(self.actions())}

    def _time(self, _: Message) -> Message:
        return {"time": stamp(self.interfaces.flavour)}

    def _version(self, _: Message) -> Message:
        return {"version": 2, "distro": DISTRO[Flavour.ROS2]}


def _names(names: Iterable[str]) -> list[str]:
    return [name for name in names if "/_" not in name]


def _block(typedef: TypeDef) -> str:
    marks = {-1: "", 0: "[]"}
    lines = [
        f"{kind}{marks.get(length, f'[{length}]')} {name}"
        for kind, length, name in zip(
            typedef["fieldtypes"], typedef["fieldarraylen"], typedef["fieldnames"], strict=True
        )
    ]
    return "\n".join([f"MSG: {typedef['type']}", *lines])
