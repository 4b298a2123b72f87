"""The bridge as a client meets it: what it answers, and where it keeps silent as real rosbridge does."""

import asyncio
import base64
import json
import math
from pathlib import Path

import pytest

from robot.simulator.canvas import SIDE
from robot.simulator.conversion import populate
from robot.simulator.interfaces import Flavour, Interfaces
from robot.simulator.server import Simulator, SimulatorOptions
from tests.robot.simulator.client import Client, client_of, until

ROTATE = "/turtle1/rotate_absolute"
ROTATE_TYPE = "turtlesim/action/RotateAbsolute"


async def test_a_twist_moves_the_robot(simulator: Simulator, client: Client):
    await client.move(1.0)
    await until(lambda: simulator.world.turtles["turtle1"].x > SIDE / 2 + 0.2)


async def test_a_stamped_twist_moves_it_too(simulator: Simulator, client: Client):
    message = {"header": {"stamp": "now"}, "twist": {"linear": {"x": 1}}}
    await client.send("publish", topic="/turtle1/cmd_vel_stamped", msg=message)
    await until(lambda: simulator.world.turtles["turtle1"].x > SIDE / 2 + 0.2)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "7",
        '{"no": "op"}',
        '{"op": 7}',
        '{"op": "teleport"}',
        '{"op": "publish"}',
        '{"op": "publish", "topic": 7}',
        '{"op": "publish", "topic": "/nope", "msg": {}}',
        '{"op": "publish", "topic": "bad name", "type": "std_msgs/msg/String"}',
        '{"op": "publish", "topic": "/turtle1/cmd_vel", "msg": []}',
        '{"op": "publish", "topic": "/turtle1/cmd_vel", "msg": {"foo": 1}}',
        '{"op": "publish", "topic": "/turtle1/cmd_vel", "msg": {"linear": {"x": "1"}}}',
        '{"op": "publish", "topic": "/turtle1/cmd_vel", "msg": {"linear": {"x": null}}}',
        '{"op": "publish", "topic": "/turtle1/cmd_vel", "msg": {"linear": 1}}',
        '{"op": "advertise", "topic": "/turtle1/cmd_vel", "type": "geometry_msgs/msg/TwistStamped"}',
        '{"op": "advertise", "topic": "/turtle1/cmd_vel"}',
        '{"op": "advertise", "topic": "/new", "type": "nope/msg/Nope"}',
        '{"op": "subscribe", "topic": "/nope"}',
        '{"op": "subscribe", "topic": "/turtle1/pose", "type": "std_msgs/msg/String"}',
        '{"op": "subscribe", "topic": "/turtle1/pose", "throttle_rate": "fast"}',
        '{"op": "call_service"}',
        '{"op": "send_action_goal", "action": "/turtle1/rotate_absolute"}',
        '{"op": "cancel_action_goal", "action": "/turtle1/rotate_absolute", "id": "nobody"}',
        '{"op": "unsubscribe", "topic": "/turtle1/pose"}',
        '{"op": "unadvertise", "topic": "/never"}',
    ],
)
async def test_what_it_cannot_do_it_swallows(simulator: Simulator, client: Client, text: str):
    await client.send_text(text)
    assert await client.settle() == []
    assert simulator.world.turtles["turtle1"].x == SIDE / 2


async def test_the_log_says_why_a_frame_was_swallowed(simulator: Simulator, client: Client):
    await client.send("publish", topic="/turtle1/cmd_vel", msg={"foo": 1})
    await client.send("publish", topic="/nope", msg={})
    await client.send("fly", id="7")
    await client.settle()
    notes = [entry.note for entry in simulator.log.of("_refused")]
    assert notes[0] == "publish: Message type geometry_msgs/Twist does not have a field foo"
    assert notes[1] == "publish: Cannot infer topic type for topic /nope as it is not yet advertised"
    assert notes[2].startswith("Unknown operation: fly.  Allowed operations: ['advertise', ")


async def test_a_flag_sends_these_reasons_as_status_frames():
    async with Simulator(SimulatorOptions(port=0, status_frames=True)) as simulator, client_of(simulator) as client:
        await client.send("publish", topic="/turtle1/cmd_vel", msg={"foo": 1}, id="p1")
        answer = await client.next()
    assert (answer["op"], answer["level"], answer["id"]) == ("status", "error", "p1")
    assert answer["msg"] == "publish: Message type geometry_msgs/Twist does not have a field foo"


async def test_an_id_is_echoed_and_none_is_invented(client: Client):
    await client.send("call_service", service="/rosapi/get_ros_version")
    answer = await client.next()
    values = {"version": 2, "distro": "jazzy"}
    service = "/rosapi/get_ros_version"
    assert answer == {"op": "service_response", "service": service, "values": values, "result": True}
    await client.send("call_service", service="/nope", id="a")
    answer = await client.next()
    assert (answer["id"], answer["result"], answer["values"]) == ("a", False, "Service /nope does not exist")


async def test_advertise_publish_and_unadvertise_may_come_over_three_connections(simulator: Simulator):
    kind = {"topic": "/chatter", "type": "std_msgs/msg/String"}
    async with client_of(simulator) as reader:
        await reader.send("subscribe", **kind)
        await reader.settle()
        for op, fields in (("advertise", kind), ("publish", {"topic": "/chatter", "msg": {"data": "hi"}})):
            async with client_of(simulator) as writer:
                await writer.send(op, **fields)
                await writer.settle()
        assert (await reader.next("publish"))["msg"] == {"data": "hi"}
        async with client_of(simulator) as writer:
            await writer.send("unadvertise", topic="/chatter")
            assert await writer.call("/rosapi/publishers", topic="/chatter") == {"publishers": ["/rosbridge_websocket"]}


async def test_a_listener_hears_what_another_client_commands(simulator: Simulator, client: Client):
    await client.send("subscribe", topic="/turtle1/cmd_vel")
    await client.settle()
    async with client_of(simulator) as driver:
        await driver.send("publish", topic="/turtle1/cmd_vel", msg={"linear": {"x": math.nan}})
        heard = await client.next("publish")
    assert heard["msg"]["linear"] == {"x": None, "y": 0.0, "z": 0.0}
    assert simulator.world.turtles["turtle1"].x == SIDE / 2


async def test_pose_odometry_and_colour_agree_with_the_world(simulator: Simulator, client: Client):
    simulator.world.teleport(simulator.world.turtles["turtle1"], 2.0, 3.0, math.pi / 2)
    await client.send("subscribe", topic="/turtle1/pose", type="turtlesim/Pose")
    pose = (await client.next("publish"))["msg"]
    assert (pose["x"], pose["y"], round(pose["theta"], 4)) == (2.0, 3.0, 1.5708)
    await client.send("unsubscribe", topic="/turtle1/pose")
    await client.settle()
    await client.send("subscribe", topic="/turtle1/odom")
    odometry = (await client.next("publish"))["msg"]
    assert odometry["pose"]["pose"]["position"] == {"x": 2.0, "y": 3.0, "z": 0.0}
    assert odometry["pose"]["pose"]["orientation"]["z"] == pytest.approx(math.sqrt(0.5))
    await client.send("unsubscribe", topic="/turtle1/odom")
    await client.settle()
    await client.send("subscribe", topic="/turtle1/color_sensor")
    assert set((await client.next("publish"))["msg"]) == {"r", "g", "b"}


async def test_every_sensor_sends_what_its_type_says(simulator: Simulator, client: Client):
    interfaces = Interfaces(Flavour.ROS2)
    for topic in ("/turtle1/pose", "/turtle1/odom", "/camera/image_raw", "/camera/image_raw/compressed"):
        await client.send("subscribe", topic=topic)
        message = (await client.next("publish"))["msg"]
        await client.send("unsubscribe", topic=topic)
        await client.settle()
        found = simulator.system.topics.find(topic)
        assert found is not None
        definition = interfaces.message(found.type)
        assert list(message) == [field.name for field in definition.fields]
        assert populate(interfaces, definition, message).keys() == message.keys()


@pytest.mark.slow
async def test_a_throttled_topic_comes_no_faster(client: Client):
    await client.send("subscribe", topic="/turtle1/pose", throttle_rate=200)
    loop = asyncio.get_running_loop()
    await client.next("publish")
    started = loop.time()
    for _ in range(3):
        await client.next("publish")
    assert loop.time() - started > 0.5


async def test_of_two_wishes_for_a_topic_the_faster_holds_and_each_ends_by_its_id(client: Client):
    await client.send("subscribe", topic="/turtle1/pose", throttle_rate=60_000, id="slow")
    await client.send("subscribe", topic="/turtle1/pose", id="fast")
    for _ in range(3):
        await client.next("publish")
    await client.send("unsubscribe", topic="/turtle1/pose", id="fast")
    await client.settle()
    assert await client.settle() == []
    await client.send("unsubscribe", topic="/turtle1/pose")
    assert await client.settle() == []


@pytest.mark.slow
async def test_a_rate_can_be_chosen():
    options = SimulatorOptions(port=0, rates={"/turtle1/pose": 4.0})
    async with Simulator(options) as simulator, client_of(simulator) as client:
        await client.send("subscribe", topic="/turtle1/pose")
        loop = asyncio.get_running_loop()
        await client.next("publish")
        started = loop.time()
        await client.next("publish")
        await client.next("publish")
        assert loop.time() - started > 0.4


async def test_a_latched_topic_gives_its_last_message_to_a_newcomer(client: Client):
    await client.send("subscribe", topic="/client_count")
    assert (await client.next("publish"))["msg"] == {"data": 1}


async def test_a_goal_reports_feedback_and_its_result(simulator: Simulator, client: Client):
    goal = {"action": ROTATE, "action_type": ROTATE_TYPE, "args": {"theta": 0.3}}
    await client.send("send_action_goal", id="g1", feedback=True, **goal)
    feedback = await client.next()
    assert (feedback["op"], feedback["id"], feedback["action"]) == ("action_feedback", "g1", ROTATE)
    assert feedback["values"]["remaining"] == pytest.approx(0.3, abs=0.05)
    result = await client.next("action_result")
    assert (result["id"], result["status"], result["result"]) == ("g1", 4, True)
    assert result["values"]["delta"] == pytest.approx(-0.3, abs=0.03)


async def test_no_feedback_comes_where_none_was_asked_for(client: Client):
    await client.send("send_action_goal", id="g", action=ROTATE, action_type=ROTATE_TYPE, args=[0.1])
    assert (await client.next())["op"] == "action_result"


async def test_a_goal_outlives_its_client_and_another_may_cancel_it(simulator: Simulator, client: Client):
    async with client_of(simulator) as sender:
        await sender.send("send_action_goal", id="g1", action=ROTATE, action_type=ROTATE_TYPE, args={"theta": 3.0})
        await sender.settle()
    await until(lambda: simulator.log.of("_disconnect"))
    turtle = simulator.world.turtles["turtle1"]
    assert turtle.rotation is not None
    await until(lambda: turtle.theta > 0)
    await client.send("cancel_action_goal", id="g1", action=ROTATE)
    await until(lambda: turtle.rotation is None)
    assert 0 < turtle.theta < 2.9
    assert turtle.velocity.turn == 0


async def test_a_cancelled_goal_says_so_to_who_sent_it(client: Client):
    await client.send("send_action_goal", id="g1", action=ROTATE, action_type=ROTATE_TYPE, args={"theta": 3.0})
    await client.send("cancel_action_goal", id="g1", action=ROTATE)
    result = await client.next("action_result")
    assert (result["status"], result["result"], set(result["values"])) == (5, True, {"delta"})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"action_type": "turtlesim/action/Fly"}, "has no attribute 'Fly'"),
        ({"args": {"phi": 1}}, "Message type turtlesim/RotateAbsolute_Goal does not have a field phi"),
        ({"args": {"theta": "1"}}, "requires a float for field theta, but got a <class 'str'>"),
        pytest.param({"action": "/nobody/rotate_absolute"}, "No action server available", marks=pytest.mark.slow),
    ],
)
async def test_a_goal_that_cannot_begin_fails_with_the_reason(client: Client, fields: dict[str, object], reason: str):
    goal = {"action": ROTATE, "action_type": ROTATE_TYPE, "args": {"theta": 1.0}, "id": "g"}
    await client.send("send_action_goal", **{**goal, **fields})
    result = await client.next("action_result")
    assert (result["status"], result["result"], result["id"]) == (0, False, "g")
    assert reason in result["values"]


async def test_the_states_of_goals_are_published_and_latched(client: Client):
    topic = f"{ROTATE}/_action/status"
    await client.send("subscribe", topic=topic)
    await client.send("send_action_goal", id="g", action=ROTATE, action_type=ROTATE_TYPE, args={"theta": 0.1})
    states = [(await client.next("publish"))["msg"]["status_list"][0] for _ in range(2)]
    assert [state["status"] for state in states] == [2, 4]
    assert len(base64.b64decode(states[0]["goal_info"]["goal_id"]["uuid"])) == 16
    await client.send("unsubscribe", topic=topic)
    await client.settle()
    await client.send("subscribe", topic=topic)
    assert (await client.next("publish"))["msg"]["status_list"][0]["status"] == 4
    assert topic not in (await client.call("/rosapi/topics"))["topics"]


async def test_the_log_has_every_operation_with_the_pose_at_that_moment(tmp_path: Path):
    file = tmp_path / "ops.jsonl"
    async with Simulator(SimulatorOptions(port=0, log_file=file)) as simulator:
        async with client_of(simulator) as client:
            await client.move(1.0)
            await until(lambda: simulator.world.turtles["turtle1"].x > SIDE / 2 + 0.1)
            await client.move(0.0)
            await client.settle()
        await until(lambda: simulator.log.of("_disconnect"))
        first, second = simulator.log.of("publish", topic="/turtle1/cmd_vel")
        assert first.poses["turtle1"][0] == SIDE / 2
        assert second.poses["turtle1"][0] >= SIDE / 2 + 0.1
        assert second.at > first.at
    written = [json.loads(line) for line in file.read_text().splitlines()]
    assert [entry["op"] for entry in written] == ["_connect", "publish", "publish", "call_service", "_disconnect"]
    assert written[1]["frame"]["msg"] == {"linear": {"x": 1.0}, "angular": {"z": 0.0}}


async def test_the_log_in_memory_is_bounded(simulator: Simulator, client: Client):
    for _ in range(100):
        await client.move(0.0)
    await client.settle()
    assert simulator.log.entries.maxlen == 10_000
    await client.send("publish", topic="/turtle1/cmd_vel", msg={"linear": {"x": 0}}, padding="x" * 50_000)
    await client.settle()
    assert "padding" not in simulator.log.of("publish")[-1].frame


@pytest.mark.slow
async def test_a_client_that_does_not_read_is_not_waited_for_and_fills_no_memory(simulator: Simulator, client: Client):
    async with client_of(simulator) as deaf:
        for name in ("/camera/image_raw", "/turtle1/pose"):
            await deaf.send("subscribe", topic=name)
        await until(lambda: len(simulator.log.of("subscribe")) == 2)
        await client.move(0.5)
        await until(lambda: simulator.world.turtles["turtle1"].x > SIDE / 2 + 0.3)
        assert await client.call("/rosapi/topic_type", topic="/turtle1/pose") == {"type": "turtlesim/msg/Pose"}
