"""The guard between a client and a rosbridge, over real sockets."""

import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from robot.frames import call_service, encode, publish, send_action_goal, subscribe
from robot.guard.guard import Guard
from robot.profile import find_profile, load_profile
from tests.robot.guard.conftest import OpenGuard, client_of, eventually
from tests.robot.guard.driving import CMD_VEL, move
from tests.robot.recording_rosbridge import RecordingRosbridge

pytestmark = pytest.mark.slow

KIND = "turtlesim/action/RotateAbsolute"


def goal(identifier: str, kind: str = KIND, **args: object) -> str:
    return encode(send_action_goal("/turtle1/rotate_absolute", kind, args, identifier=identifier))


async def test_a_question_and_its_answer_pass_as_they_are(guard: Guard, rosbridge: RecordingRosbridge):
    text = '{"op": "call_service",  "service": "/rosapi/topics", "id": "call_1"}'
    async with client_of(guard) as client:
        await client.send(text)
        answer = json.loads(await client.recv())
    assert answer == {
        "op": "service_response",
        "id": "call_1",
        "service": "/rosapi/topics",
        "values": {"echo": "/rosapi/topics"},
        "result": True,
    }
    assert text in rosbridge.texts


async def test_a_message_on_a_topic_comes_down_whole_however_large(guard: Guard, rosbridge: RecordingRosbridge):
    image = publish("/camera", {"data": "A" * 3_000_000})
    async with client_of(guard) as client:
        await client.send(encode(subscribe("/camera")))
        await rosbridge.until(lambda: [f for f in rosbridge.ops("subscribe") if f["topic"] == "/camera"])
        await rosbridge.say(image)
        while (text := await client.recv()) != encode(image):
            assert len(text) < 1000


async def test_a_denial_answers_the_call_and_nothing_reaches_the_robot(guard: Guard, rosbridge: RecordingRosbridge):
    async with client_of(guard) as client:
        await client.send(encode(call_service("/kill", {"name": "turtle1"}, identifier="call_1")))
        answer = json.loads(await client.recv())
        await client.send(encode(call_service("/rosapi/topics", {}, identifier="call_2")))
        await client.recv()
    assert answer["result"] is False
    assert answer["values"].startswith("DENIED by robot guard: ")
    assert [frame["service"] for frame in rosbridge.ops("call_service")] == ["/rosapi/topics"]


async def test_an_action_type_is_looked_up_at_the_robot_before_the_goal_is_sent(
    guard: Guard, rosbridge: RecordingRosbridge
):
    async with client_of(guard) as client:
        await client.send(goal("goal_1", kind="turtlesim/action/Dance"))
        denied = json.loads(await client.recv())
        await client.send(goal("goal_2", at_once=True))
        done = json.loads(await client.recv())
    assert "does not know the type" in denied["values"]["error"]
    assert (done["id"], done["status"]) == ("goal_2", 4)
    assert [frame["id"] for frame in rosbridge.ops("send_action_goal")] == ["goal_2"]
    assert guard.safety.goals.running == []


async def test_a_goal_whose_client_leaves_is_cancelled_over_the_guards_own_connection(
    guard: Guard, rosbridge: RecordingRosbridge
):
    async with client_of(guard) as client:
        await client.send(goal("goal_1"))
        await rosbridge.until(lambda: rosbridge.ops("send_action_goal"))
    await rosbridge.until(lambda: rosbridge.ops("cancel_action_goal"))
    assert rosbridge.ops("cancel_action_goal")[0]["id"] == "goal_1"


async def test_the_guard_greets_the_robot_with_its_velocity_topics_and_the_pose(
    guarding: OpenGuard, rosbridge: RecordingRosbridge
):
    async with guarding(load_profile(find_profile("turtlesim"))) as guard:
        await rosbridge.until(lambda: rosbridge.ops("subscribe"))
        assert [frame["topic"] for frame in rosbridge.ops("advertise")] == [CMD_VEL]
        assert rosbridge.ops("subscribe")[0]["topic"] == "/turtle1/pose"
        await rosbridge.say(publish("/turtle1/pose", {"x": 5.0, "y": 6.0, "theta": 0.0}))
        await eventually(lambda: guard.status()["pose"])
        assert guard.status()["pose"]["y"] == 6.0


async def test_without_a_robot_every_frame_is_answered_with_why(guarding: OpenGuard, rosbridge: RecordingRosbridge):
    await rosbridge.stop()
    async with guarding(unconnected=True) as guard, client_of(guard) as client:
        await client.send(encode(call_service("/rosapi/topics", {}, identifier="call_1")))
        answer = json.loads(await client.recv())
        assert (answer["op"], answer["id"], answer["result"]) == ("service_response", "call_1", False)
        assert f"rosbridge at {rosbridge.url} is unreachable" in answer["values"]
        await rosbridge.start()
        await client.send(encode(call_service("/rosapi/topics", {}, identifier="call_2")))
        assert json.loads(await client.recv())["result"] is True


async def test_a_robot_that_goes_away_closes_its_clients_with_a_reason_and_is_found_again(
    guard: Guard, rosbridge: RecordingRosbridge
):
    async with client_of(guard) as client:
        await client.send(encode(call_service("/rosapi/topics", {}, identifier="call_1")))
        await client.recv()
        await rosbridge.stop()
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013
    assert f"rosbridge at {rosbridge.url}" in closed.value.rcvd.reason
    await eventually(lambda: not guard.link.connected)
    await rosbridge.start()
    await eventually(lambda: guard.link.connected)
    async with client_of(guard) as client:
        await client.send(encode(move(0.2)))
        await rosbridge.until(rosbridge.velocities)
    assert guard.status()["reconnects"] == 1


async def test_a_stop_pressed_while_the_robot_is_away_reaches_it_when_it_is_back(
    guard: Guard, rosbridge: RecordingRosbridge
):
    await rosbridge.stop()
    await eventually(lambda: not guard.link.connected)
    await guard.estop("pressed")
    await rosbridge.start()
    await rosbridge.until(lambda: len(rosbridge.velocities()) >= 3)
    assert {speed for _, speed in rosbridge.velocities()} == {0.0}


async def test_a_frame_that_is_too_large_ends_that_client_only(guard: Guard):
    async with client_of(guard) as other, client_of(guard) as client:
        await client.send("x" * 1_100_000)
        with pytest.raises(ConnectionClosed):
            await client.recv()
        await other.send(encode(call_service("/rosapi/topics", {}, identifier="call_1")))
        assert json.loads(await other.recv())["result"] is True


async def test_a_web_page_of_elsewhere_may_not_connect(guard: Guard):
    url = guard.endpoint.rosbridge_url
    for origin in ("https://example.org", "http://127.0.0.1:1", "null"):
        with pytest.raises(InvalidStatus, match="403"):
            await connect(url, origin=origin, proxy=None)
    async with connect(url, origin=url.replace("ws:", "http:"), proxy=None):
        pass  # as websocket-client says it, which ros-mcp uses


async def test_bound_elsewhere_the_guard_wants_its_token(guarding: OpenGuard):
    async with guarding(host="0.0.0.0", token="secret") as guard:
        url = guard.endpoint.rosbridge_url
        for wrong in (url, f"{url}/?token=secre", f"{url}/?token="):
            with pytest.raises(InvalidStatus, match="401"):
                await connect(wrong, proxy=None)
        async with connect(f"{url}/?token=secret", proxy=None):
            pass
        async with connect(url, additional_headers={"Authorization": "Bearer secret"}, proxy=None):
            pass
