"""Frames nobody would think of. Two promises: the judge never fails, and nothing goes on that the policy forbids.

What is forbidden is said again here, from the profile and the frame alone, without any of the guard's own code.
"""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from robot.frames import call_service, encode
from robot.guard.guard import Guard
from robot.profile import find_profile, load_profile
from tests.robot.guard.driving import CMD_VEL, Drive, publishing
from tests.robot.recording_rosbridge import RecordingRosbridge

STAMPED, PLAIN = "/base_cmd", "/chatter"
KIND = "turtlesim/action/RotateAbsolute"
PROFILE = publishing(base_cmd="geometry_msgs/msg/TwistStamped", chatter="std_msgs/msg/String")
ALLOWED = {
    CMD_VEL: "geometry_msgs/msg/Twist",
    STAMPED: "geometry_msgs/msg/TwistStamped",
    PLAIN: "std_msgs/msg/String",
}
READS = {"topics", "get_param", "action_goal_details", "interfaces"}
SAFE_OPS = {"subscribe", "unsubscribe", "unadvertise", "cancel_action_goal"}

names = st.sampled_from(
    [CMD_VEL, STAMPED, PLAIN, "/clear", "/kill", "/rosapi/topics", "/rosapi/set_param", "/rosapi/has_param"]
    + ["/rosapi/action_goal_details", "/rosapi_node/delete_param", "/turtle1/rotate_absolute", "/turtle1/dance"]
    + ["turtle1/cmd_vel", "/turtle1//cmd_vel", "/x/list_parameters", "/x/set_parameters", ""]
)
types = st.sampled_from([KIND, "no/action/Such", "geometry_msgs/msg/Twist", "geometry_msgs/TwistStamped", "", "x"])
numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 0.5, -0.5, 1e308, 5e-324, -0.0, True]),
)
scraps = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=8) | names,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
vectors = st.dictionaries(st.sampled_from("xyz"), numbers) | st.dictionaries(st.sampled_from(["x", "w"]), scraps)
twists = st.fixed_dictionaries({}, optional={"linear": vectors, "angular": vectors}) | scraps
messages = twists | st.fixed_dictionaries({"twist": twists}, optional={"header": scraps, "linear": vectors})
ops = st.sampled_from(
    ["publish", "advertise", "call_service", "send_action_goal", "fragment", "png", "set_level", *SAFE_OPS]
)
tidy_frames = st.one_of(
    st.builds(lambda topic, msg: {"op": "publish", "topic": topic, "msg": msg}, names, messages),
    st.builds(lambda topic, kind: {"op": "advertise", "topic": topic, "type": kind}, names, types),
    st.builds(lambda name, kind: {"op": "call_service", "service": name, "args": {"type": kind}}, names, types),
    st.builds(
        lambda name, kind, number: {"op": "send_action_goal", "action": name, "action_type": kind, "id": f"g{number}"},
        names,
        types,
        st.integers(0, 5),
    ),
)
wild_frames = st.fixed_dictionaries(
    {"op": ops | scraps},
    optional={
        "topic": names | scraps,
        "service": names | scraps,
        "action": names | scraps,
        "type": types | scraps,
        "action_type": types | scraps,
        "msg": messages,
        "args": scraps,
        "id": scraps,
        "latch": scraps,
        "data": scraps,
    },
)
vector = st.fixed_dictionaries({}, optional=dict.fromkeys("xyz", numbers))
twist = st.fixed_dictionaries({"linear": vector}, optional={"angular": vector})
moves = st.one_of(
    st.builds(lambda msg: {"op": "publish", "topic": CMD_VEL, "msg": msg}, twist),
    st.builds(lambda msg: {"op": "publish", "topic": STAMPED, "msg": {"twist": msg}}, twist),
)
texts = st.one_of(
    moves.map(json.dumps),
    (moves | tidy_frames).map(json.dumps),
    (tidy_frames | wild_frames | scraps).map(json.dumps) | st.text(max_size=60),
)
doubled = st.builds(lambda one, two: "{" + one[1:-1] + "," + two[1:-1] + "}", texts, texts)
steps = st.tuples(
    st.sampled_from(["say"] * 10 + ["hold", "release", "estop", "reset", "leave", "beat"]),
    st.integers(1, 3),
    st.one_of(texts, texts, texts, doubled),
    st.sampled_from([0.0, 0.001, 0.05, 0.3, 3.0]),
)


def only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({key for key, _ in pairs}) == len(pairs), "a key twice"
    return dict(pairs)


def no_constant(name: str) -> float:
    raise AssertionError(f"{name} was forwarded")


def velocity_is_kept(msg: Any, path: tuple[str, ...]) -> None:
    for key in path:
        msg = msg.get(key) or {}
    for part, limit in (("linear", 0.5), ("angular", 1.0)):
        axes = list(((msg or {}).get(part) or {}).values())
        assert all(type(value) in (int, float) and abs(value) <= limit for value in axes), axes
        assert math.hypot(*axes) <= limit * 1.000001


def nothing_forbidden(text: str, *, may_write: bool) -> None:
    """Assert that the robot may get this."""
    frame = json.loads(text, object_pairs_hook=only_once)
    op = frame["op"]
    if op in SAFE_OPS:
        return
    if op == "call_service":
        node, _, name = frame["service"].rpartition("/")
        if node in ("/rosapi", "/rosapi_node"):
            assert name in READS
            assert name != "action_goal_details" or frame["args"]["type"] == KIND
        elif name != "list_parameters":
            assert frame["service"] in ("/clear", "/turtle1/set_pen")
            assert may_write
        return
    assert may_write
    if op == "send_action_goal":
        assert (frame["action"], frame["action_type"]) == ("/turtle1/rotate_absolute", KIND)
        assert isinstance(frame["id"], str)
        return
    assert op in ("publish", "advertise")
    assert frame["topic"] in (CMD_VEL, STAMPED, PLAIN)
    if op == "publish" and frame["topic"] != PLAIN:
        json.loads(text, parse_constant=no_constant)
        velocity_is_kept(frame.get("msg") or {}, ("twist",) if frame["topic"] == STAMPED else ())


def play(drive: Drive, kind: str, client: int) -> None:
    deeds: dict[str, Callable[[], object]] = {
        "hold": lambda: drive.safety.hold("test", drive.now),
        "estop": lambda: drive.safety.estop("test", drive.now),
        "reset": lambda: drive.safety.reset("Ada"),
        "leave": lambda: drive.safety.left(client, drive.now),
        "beat": lambda: drive.wait(0.1),
        "release": lambda: drive.safety.state == "estop" or drive.safety.release(),
    }
    deeds[kind]()


def wants_another_type(text: str) -> str | None:
    """The topic that an advertise is about, where it names another type than the profile does, or none."""
    try:
        frame = json.loads(text, object_pairs_hook=only_once)
    except (ValueError, AssertionError, RecursionError):
        return None
    topic = frame.get("topic") if isinstance(frame, dict) and frame.get("op") == "advertise" else None
    kind = ALLOWED.get(topic) if isinstance(topic, str) else None
    return topic if kind and frame.get("type") not in (kind, kind.replace("/msg/", "/")) else None


def judged(drive: Drive, texts_and_deeds: list[tuple[str, int, str, float]]) -> None:
    mistyped: set[tuple[int, str]] = set()
    for kind, client, text, pause in texts_and_deeds:
        drive.now += pause
        if kind != "say":
            play(drive, kind, client)
            continue
        ruling = drive.send(text, client, known={KIND})
        may_write = drive.safety.state == "released" and drive.safety.mode == "normal"
        if topic := wants_another_type(text):
            mistyped.add((client, topic))
        if ruling.forward is not None:
            nothing_forbidden(ruling.forward, may_write=may_write)
            frame = json.loads(ruling.forward)
            if frame["op"] == "advertise":
                mistyped.discard((client, frame["topic"]))
            assert frame["op"] != "publish" or (client, frame["topic"]) not in mistyped
        if ruling.answer is not None:
            encode(ruling.answer).encode()
        if drive.safety.state != "released":
            assert not drive.safety.streams.moving


@settings(max_examples=10, deadline=None)
@given(st.lists(steps, min_size=10, max_size=25))
def test_no_sequence_of_frames_gets_past_the_policy(sequence: list[tuple[str, int, str, float]]):
    judged(Drive(PROFILE), sequence)


@pytest.mark.slow
@pytest.mark.timeout(300)
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["normal", "read-only", "dry-run"]), st.booleans(), st.lists(steps, min_size=10, max_size=60))
def test_no_long_sequence_of_frames_gets_past_the_policy_in_any_mode(
    mode: Any, held: bool, sequence: list[tuple[str, int, str, float]]
):
    judged(Drive(PROFILE, mode=mode, held=held), sequence)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(scraps, st.floats(0, 2)), max_size=8))
def test_no_position_however_odd_upsets_the_geofence(poses: list[tuple[Any, float]]):
    drive = Drive(load_profile(find_profile("turtlesim")))
    for pose, pause in poses:
        drive.now += pause
        drive.safety.see(pose, drive.now)
        drive.safety.see({"pose": {"position": pose, "orientation": pose}}, drive.now)
        drive.speed(0.5)


@pytest.mark.slow
async def test_a_guard_on_real_sockets_survives_a_flood_of_nonsense(guard: Guard, rosbridge: RecordingRosbridge):
    floods: list[list[str]] = []

    @settings(max_examples=300, deadline=None, database=None)
    @given(texts | doubled)
    @example(
        json.dumps({"op": "send_action_goal", "action": "/turtle1/rotate_absolute", "action_type": KIND, "id": "g"})
    )
    def collect(text: str) -> None:
        floods.append([text])

    collect()
    async with connect(guard.endpoint.rosbridge_url, proxy=None) as client:
        for [text] in floods:
            await client.send(text.encode("utf-8", "replace").decode())
        await client.send(encode(call_service("/rosapi/topics", {}, identifier="the last one")))
        try:
            while "the last one" not in str(await client.recv()):
                pass
        except ConnectionClosed as closed:
            pytest.fail(f"the guard hung up: {closed}")
    own = {"advertise", "subscribe", "call_service", "cancel_action_goal", "publish"}
    for text in rosbridge.texts:
        if json.loads(text)["op"] not in own or "guard_" not in text:
            nothing_forbidden(text, may_write=True)
