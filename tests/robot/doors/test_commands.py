"""`python -m app robot ...` from a shell, with a real guard and the simulated robot."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from robot import frames
from robot.control import read_endpoint
from tests.repl.terminal import Terminal
from tests.robot.doors.conftest import Seated, command, guarded, storage
from tests.robot.simulated import CMD_VEL, Simulated, eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.mark.parametrize("words", [["stop"], ["status"], ["status", "--json"], ["reset", "--yes"]], ids=" ".join)
async def test_without_a_guard_one_sentence_says_so(tmp_path: Path, words: list[str]) -> None:
    done = await command("robot", *words, folder=tmp_path)
    assert done.code == 6
    assert done.out == ""
    assert done.err.splitlines()[0] == "error: no guard is running."
    assert "stop button on the robot itself" in done.err


async def test_a_guard_that_was_killed_is_not_taken_for_one_that_stopped_the_robot(
    robot: Simulated, tmp_path: Path
) -> None:
    async with guarded(robot) as guard:
        path, text = guard.endpoint_path, guard.endpoint_path.read_text()
    gone = await asyncio.create_subprocess_exec("true")
    await gone.wait()
    path.write_text(json.dumps(json.loads(text) | {"pid": gone.pid}))
    done = await command("robot", "stop", folder=tmp_path)
    path.unlink()
    assert done.code == 6
    assert f"the guard of turtlesim was killed (process {gone.pid})" in done.err


async def test_status_is_told_to_people_and_to_programs(robot: Simulated, tmp_path: Path) -> None:
    async with guarded(robot, mode="read-only"):
        shown = await command("robot", "status", "turtlesim", folder=tmp_path)
        read = await command("robot", "status", "--json", folder=tmp_path)
    assert shown.code == read.code == 0
    assert shown.out.startswith("turtlesim: released\n")
    assert "0.5 m/s, 1 rad/s, 10 s a movement, 50 messages a second, dead-man 0.4 s" in shown.out
    assert re.search(r"pose +x 5\.54, y 5\.54, heading 0\.00 rad", shown.out)
    [status] = json.loads(read.out)
    assert (status["profile"], status["state"], status["mode"]) == ("turtlesim", "released", "read-only")
    assert status["connected"] is True


async def test_a_reset_asks_a_person_and_nobody_else_does_it_unasked(robot: Simulated, tmp_path: Path) -> None:
    async with guarded(robot) as guard:
        assert (await command("robot", "stop", folder=tmp_path)).code == 0
        assert guard.safety.state == "estop"
        alone = await command("robot", "reset", folder=tmp_path)
        assert alone.code == 3
        assert "only a person may reset" in alone.err
        for answer, code, state in (("n", 1, "estop"), ("y", 0, "released")):
            terminal = Terminal("robot", "reset", patience=60.0)
            await Seated(terminal).see(r"may it move again\? \[y/N\]")
            terminal.type(f"{answer}\r")
            assert await Seated(terminal).ended() == code
            assert guard.safety.state == state
        await guard.estop("again")
        sure = await command("robot", "reset", "--yes", folder=tmp_path)
        assert (sure.code, guard.safety.state) == (0, "released")
        twice = await command("robot", "reset", "--yes", folder=tmp_path)
        assert "is not latched" in twice.out


async def drive_ahead(guard_url: str, seconds: float) -> None:
    """Drive as any client of rosbridge would."""
    async with connect(guard_url, proxy=None) as client:
        kind = "geometry_msgs/msg/Twist"
        for _ in range(int(seconds * 10)):
            message = {"linear": {"x": 9.0}}
            await client.send(json.dumps({"op": "publish", "topic": CMD_VEL, "type": kind, "msg": message}))
            await asyncio.sleep(0.1)
        await client.send(json.dumps({"op": "publish", "topic": CMD_VEL, "type": kind, "msg": frames.twist()}))


async def test_a_recording_is_played_again_and_the_guard_minds_it_again(robot: Simulated, tmp_path: Path) -> None:
    async with guarded(robot) as guard:
        recorder = asyncio.create_task(command("robot", "record", "run.jsonl", "--seconds", "9", folder=tmp_path))
        await eventually((tmp_path / "run.jsonl").exists, 60)
        await drive_ahead(guard.endpoint.rosbridge_url, 2)
        recorded = await recorder
        assert recorded.code == 0, recorded.err
        assert re.search(r"run\.jsonl: \d\d frames for the robot", recorded.out)
        driven = robot.pose[0]
        assert 6.0 < driven < 7.2

        unasked = await command("robot", "replay", "run.jsonl", folder=tmp_path)
        assert unasked.code == 3
        assert robot.pose[0] == driven
        played = await command("robot", "replay", "run.jsonl", "--yes", folder=tmp_path)
        assert "frames sent to the guard of turtlesim" in played.out, played.err
        await robot.still()
        assert robot.pose[0] - driven > 0.5
        assert guard.safety.state == "released"

        past = await command("robot", "record", "all.jsonl", "--past", folder=tmp_path)
        assert past.code == 0
        assert (tmp_path / "all.jsonl").stat().st_size > (tmp_path / "run.jsonl").stat().st_size
        again = await command("robot", "record", "all.jsonl", "--past", folder=tmp_path)
        assert (again.code, again.err.splitlines()[0]) == (2, "error: all.jsonl exists already.")


async def test_a_held_guard_is_released_for_a_replay_and_held_again(robot: Simulated, tmp_path: Path) -> None:
    async with guarded(robot) as guard:
        await drive_ahead(guard.endpoint.rosbridge_url, 1)
        assert (await command("robot", "record", "run.jsonl", "--past", folder=tmp_path)).code == 0
    driven = robot.pose[0]
    async with guarded(robot, held=True) as guard:
        played = await command("robot", "replay", "run.jsonl", "--yes", folder=tmp_path)
        assert played.code in (0, 1), played.err
        assert guard.safety.state == "held"
        assert robot.pose[0] > driven + 0.1
        await guard.estop("a person")
        refused = await command("robot", "replay", "run.jsonl", "--yes", folder=tmp_path)
        assert refused.code == 1
        assert "emergency stop is latched" in refused.err


async def test_the_tools_of_a_robot_are_listed_with_what_is_asked_about(
    robot: Simulated, config: Path, tmp_path: Path
) -> None:
    environment = {"ROBOT__TOOLS": "simple"}
    words = ("list-tools", "--mcp-config", str(config), "--robot", str(robot.path))
    listed = await command(*words, folder=tmp_path, env=environment)
    assert listed.code == 0, listed.err
    assert listed.out.startswith("robot (ready)\n")
    assert "[ask] drive(meters: number, speed?: any)" in listed.out
    assert "[ask] turn(degrees: number)" in listed.out
    assert "[allow] read_pose()" in listed.out
    assert "[allow] stop()" in listed.out
    assert not robot.velocities() or not any(speed for _, speed in robot.velocities())
    async with guarded(robot):
        beside = await command(*words, folder=tmp_path, env=environment)
    assert beside.code == 2
    assert "a guard for turtlesim runs already" in beside.err
    without = await command("list-tools", "--mcp-config", str(config), folder=tmp_path)
    assert without.out == "robot (disabled)\n"


async def test_a_guard_runs_as_a_command_of_its_own(robot: Simulated) -> None:
    guard = Terminal("robot", "guard", str(robot.path), "--port", "0", patience=60.0, columns=100)
    try:
        await Seated(guard).see(r"guarding turtlesim at ws://127\.0\.0\.1:\d+")
        await Seated(guard).see(r"connected: rosbridge")
        endpoint = read_endpoint(storage().home / "robot" / "turtlesim.json")
        assert endpoint.pid == guard.child.pid
        guard.type("\x03")
        assert await Seated(guard).ended() == 0
    finally:
        guard.close()


async def test_the_simulated_robot_runs_as_a_command(tmp_path: Path) -> None:
    simulator = Terminal("robot", "sim", "--port", "0", "--page-port", "0", patience=60.0, columns=100)
    try:
        await Seated(simulator).see(r"rosbridge at ws://127\.0\.0\.1:\d+")
        await Seated(simulator).see(r"web page: http://127\.0\.0\.1:\d+")
        simulator.type("\x03")
        assert await Seated(simulator).ended() == 130
    finally:
        simulator.close()
    taken = await command("robot", "sim", "--port", "1", "--no-page", "--host", "203.0.113.1", folder=tmp_path)
    assert taken.code == 1
    assert "error: the simulator cannot listen" in taken.err
