import asyncio
import json
from dataclasses import replace

import pytest
from websockets.asyncio.client import connect

from robot.control import GuardRefused, GuardUnreachable, open_guard_control, read_endpoint
from robot.frames import encode
from robot.guard.guard import Guard
from tests.robot.guard.conftest import OpenGuard, client_of, eventually
from tests.robot.guard.driving import move
from tests.robot.recording_rosbridge import RecordingRosbridge

pytestmark = pytest.mark.slow


async def test_the_status_tells_state_limits_and_what_was_cut(guard: Guard, rosbridge: RecordingRosbridge):
    async with client_of(guard) as client, open_guard_control(guard.endpoint) as control:
        await client.send(encode(move(1e9)))
        await rosbridge.until(rosbridge.velocities)
        status = await control.status()
    assert (status["state"], status["mode"], status["connected"], status["moving"]) == (
        "released",
        "normal",
        True,
        True,
    )
    assert status["limits"]["linear"] == 0.5
    assert status["velocity"] == {"/turtle1/cmd_vel": "linear.x 0.5"}
    assert status["counters"]["changed: limit"] == 1
    assert status["clients"] == 1


async def test_hold_and_release_the_emergency_stop_and_its_reset(guard: Guard):
    async with open_guard_control(guard.endpoint) as control:
        assert (await control.hold("wait"))["state"] == "held"
        assert (await control.release())["state"] == "released"
        assert (await control.estop("danger"))["state"] == "estop"
        with pytest.raises(GuardRefused, match=r"latched \(danger\)"):
            await control.release()
        with pytest.raises(GuardRefused, match="the name of the person"):
            await control.reset("  ")
        assert (await control.reset("Ada"))["state"] == "released"


async def test_a_wrong_token_gets_nothing(guard: Guard):
    async with open_guard_control(replace(guard.endpoint, token="guess")) as control:
        with pytest.raises(GuardRefused, match="token"):
            await control.estop("prank")
    assert guard.status()["state"] == "released"


@pytest.mark.parametrize("text", ["", "[]", "nonsense", '{"op":"estop"}', '{"op":"estop","token":7}', "[" * 50_000])
async def test_what_is_no_request_is_answered_and_does_nothing(guard: Guard, text: str):
    async with connect(guard.endpoint.control_url, proxy=None) as connection:
        await connection.send(text)
        assert json.loads(await connection.recv())["ok"] is False
    assert guard.status()["state"] == "released"


async def test_an_unknown_request_is_told_the_known_ones(guard: Guard):
    async with connect(guard.endpoint.control_url, proxy=None) as connection:
        await connection.send(json.dumps({"op": "explode", "token": guard.options.token}))
        assert "estop" in json.loads(await connection.recv())["error"]


async def test_a_request_that_was_given_up_does_not_confuse_the_next(guard: Guard):
    async with open_guard_control(guard.endpoint) as control:
        for _ in range(20):
            asking = asyncio.create_task(control.status())
            await asyncio.sleep(0)
            asking.cancel()
            assert (await control.heartbeat("run"))["state"] == "released"


async def test_events_are_streamed_to_who_watches(guard: Guard):
    async with open_guard_control(guard.endpoint) as control:
        watching = control.watch()
        first = asyncio.ensure_future(anext(watching))
        await eventually(lambda: guard._watchers)  # pyright: ignore[reportPrivateUsage] -- nothing else tells
        await control.estop("danger")
        event = await asyncio.wait_for(first, 10)
        assert (event["event"], event["reason"]) == ("estop", "danger")
        await watching.aclose()
    await eventually(lambda: not guard._watchers)  # pyright: ignore[reportPrivateUsage] -- nothing else tells


async def test_the_endpoint_file_says_where_the_guard_is_to_its_owner_alone(guarding: OpenGuard):
    async with guarding() as guard:
        assert guard.endpoint_path.stat().st_mode & 0o077 == 0
        endpoint = read_endpoint(guard.endpoint_path)
        assert endpoint == guard.endpoint
        async with open_guard_control(endpoint) as control:
            assert (await control.status())["profile"] == "turtlesim"
    with pytest.raises(GuardUnreachable, match="no guard is running"):
        read_endpoint(guard.endpoint_path)
    with pytest.raises(GuardUnreachable, match="no guard at"):
        async with open_guard_control(endpoint):
            pass


async def test_a_guard_that_ends_is_noticed(guarding: OpenGuard):
    async with guarding() as guard:
        control = await (opened := open_guard_control(guard.endpoint)).__aenter__()
    with pytest.raises(GuardUnreachable, match="does not answer"):
        await control.status()
    await opened.__aexit__(None, None, None)
