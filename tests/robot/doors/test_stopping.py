"""A person stops the robot from every door, in real terminals; what it did then stands in the simulator's log."""

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from tests.robot.doors.conftest import DRIVE, OpenTerminal, Seated, command, guarded
from tests.robot.simulated import Simulated
from tests.scripted_openai import Call, Reply, ScriptedOpenAI

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

AT_ONCE = 1.0
"""Seconds from a key to zero velocity, on a machine that is busy with everything else; the move takes six."""
CTRL_BACKSLASH = "\x1c"
STOPS = pytest.mark.parametrize("stop", [CTRL_BACKSLASH, "/stop\r"], ids=["key", "command"])


async def under_way(seated: Seated, robot: Simulated) -> None:
    await seated.see(r"servers 1/1")
    seated.type("Drive three metres.\r")
    await robot.moving()


def asked(model: ScriptedOpenAI) -> int:
    return len(model.requests)


@STOPS
async def test_a_stop_halts_the_moving_robot_and_ends_the_turn_without_the_model(
    robot: Simulated, open_terminal: OpenTerminal, scripted_openai: ScriptedOpenAI, stop: str
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("drive", DRIVE)]), Reply(calls=[Call("drive", DRIVE)]), "Refused.")
    seated = open_terminal("repl", "--yes")
    await under_way(seated, robot)
    moment = robot.now
    seated.type(stop)
    await robot.still()
    assert robot.stopped_after(moment) < AT_ONCE
    await seated.see(r"EMERGENCY STOP: turtlesim stands still\.")
    await seated.see(r"stopped; the thread goes on")
    await seated.see(r"^turtlesim EMERGENCY STOP │")
    assert asked(scripted_openai) == 1

    await seated.say("Drive on.", r"Refused\.")
    assert "emergency stop is latched" in str(scripted_openai.requests[-1].body["messages"][-1]["content"])
    await seated.say("/reset", r"^reset\? \[y/N\]")
    seated.type("n\r")
    await seated.see(r"stays stopped")
    await seated.see(r"^›$")
    seated.type("/reset\r")
    await seated.see(r"^reset\? \[y/N\]")
    seated.type("y\r")
    await seated.see(r"reset the emergency stop of turtlesim")
    await seated.see(r"^turtlesim held │")
    assert not [speed for at, speed in robot.velocities() if speed and at > moment + AT_ONCE]


@STOPS
async def test_a_stop_works_while_an_approval_card_waits(
    robot: Simulated, open_terminal: OpenTerminal, scripted_openai: ScriptedOpenAI, stop: str
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("drive", DRIVE)]))
    seated = open_terminal("repl")
    await seated.see(r"servers 1/1")
    await seated.say("Drive three metres.", r"^approve\?")
    seated.type(stop)
    await seated.see(r"EMERGENCY STOP: turtlesim stands still\.")
    await seated.see(r"^›$")
    status = await command("robot", "status", folder=robot.path.parent)
    assert "turtlesim: EMERGENCY STOP" in status.out
    assert not any(speed for _, speed in robot.velocities())
    assert asked(scripted_openai) == 1


async def test_a_stop_from_another_process_ends_the_turn_of_the_conversation(
    robot: Simulated, open_terminal: OpenTerminal, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("drive", {"meters": 4.0})]))
    scripted_openai.always("It was stopped.")
    seated = open_terminal("repl", "--yes")
    await under_way(seated, robot)
    done = await command("robot", "stop", folder=robot.path.parent)
    assert done.code == 0
    assert "turtlesim stands still until a person resets it" in done.out
    assert robot.speed == 0
    await seated.see(r"EMERGENCY STOP \(.* ran robot stop\)")
    await seated.see(r"stopped; the thread goes on")
    assert robot.pose[0] < 9.4


@pytest.mark.parametrize("key", ["\x03", "\x1b"], ids=["ctrl-c", "escape"])
async def test_ctrl_c_holds_the_robot_without_latching_anything(
    robot: Simulated, open_terminal: OpenTerminal, scripted_openai: ScriptedOpenAI, key: str
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("drive", DRIVE)]))
    seated = open_terminal("repl", "--yes")
    await under_way(seated, robot)
    moment = robot.now
    seated.type(key)
    await robot.still()
    assert robot.stopped_after(moment) < AT_ONCE
    await seated.see(r"stopped; the thread goes on")
    await seated.see(r"^turtlesim held │")


async def test_a_dry_run_says_so_on_the_first_screen_and_moves_nothing(
    robot: Simulated, open_terminal: OpenTerminal, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("drive", {"meters": 0.5})]), "It did not move.")
    seated = open_terminal("repl", "--yes", env={"ROBOT__MODE": "dry-run"})
    await seated.see(r"dry run: commands are answered as if they were done")
    await seated.see(r"servers 1/1")
    await seated.say("Drive half a metre.", r"^It did not move\.")
    told = str(scripted_openai.requests[-1].body["messages"][-1]["content"])
    assert "the robot does not move" in told
    assert re.search(r"dry run: \d+ frames were not sent to the robot", told)
    assert not any(speed for _, speed in robot.velocities())


async def test_the_keys_of_the_robot_are_told_only_where_there_is_one(open_terminal: OpenTerminal) -> None:
    seated = open_terminal("repl")
    screen = " ".join((await seated.see(r"servers 1/1")).split())
    assert "robot turtlesim at ws://127.0.0.1:" in screen
    assert "at most 0.5 m/s and 1 rad/s" in screen
    assert "Ctrl-\\ or /stop halts the robot at once" in screen


@STOPS
async def test_a_single_run_is_stopped_at_its_question(
    robot: Simulated, open_terminal: OpenTerminal, scripted_openai: ScriptedOpenAI, stop: str
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("drive", DRIVE)]))
    seated = open_terminal("run", "Drive three metres.")
    await seated.see(r"\[q\] abort")
    seated.type(stop)
    await seated.see(r"EMERGENCY STOP: turtlesim stands still")
    await seated.see(r"error: turtlesim was stopped by its emergency stop \(")
    await seated.see(r"hint: The call still waits")
    assert await seated.ended() == 130
    assert not any(speed for _, speed in robot.velocities())


async def test_a_single_run_is_stopped_on_its_way(
    robot: Simulated, open_terminal: OpenTerminal, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("drive", DRIVE)]))
    seated = open_terminal("run", "--yes", "Drive three metres.")
    await robot.moving()
    moment = robot.now
    seated.type(CTRL_BACKSLASH)
    await robot.still()
    assert robot.stopped_after(moment) < AT_ONCE
    await seated.see(r"EMERGENCY STOP: turtlesim stands still")
    await seated.see(r"error: turtlesim was stopped by its emergency stop \(")
    assert await seated.ended() == 130
    assert asked(scripted_openai) == 1


async def test_a_stop_from_another_process_ends_a_single_run_and_its_report_says_by_what(
    robot: Simulated, config: Path, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("drive", {"meters": 4.0})]))
    scripted_openai.always("It was stopped.")
    model = ("--base-url", scripted_openai.base_url, "--mcp-config", str(config))
    words = ("run", "--yes", "--output", "json", "--robot", str(robot.path), *model, "Drive four metres.")
    running = asyncio.create_task(command(*words, folder=robot.path.parent))
    await robot.moving()
    assert (await command("robot", "stop", folder=robot.path.parent)).code == 0
    await robot.still()
    done = await running
    report = json.loads(done.out)
    assert (done.code, report["stopped_by"]) == (130, "interrupted")
    assert re.fullmatch(
        r"turtlesim was stopped by its emergency stop \(.* ran robot stop\)\.", report["error"]["message"]
    )
    assert [call["status"] for call in report["tool_calls"]] == ["interrupted"]
    assert f"error: {report['error']['message']}" in done.err
    assert robot.pose[0] < 9.4


async def test_a_stop_that_was_pressed_before_is_said_at_the_start(
    robot: Simulated, open_terminal: OpenTerminal
) -> None:
    async with guarded(robot) as guard:
        await guard.estop("a wet floor")
    seated = open_terminal("repl", columns=60)
    await seated.see(r"emergency stop of turtlesim is latched \(a wet")
    await seated.see(r"^turtlesim EMERGENCY STOP │")


async def test_a_conversation_without_a_robot_says_where_the_stop_is(scripted_openai: ScriptedOpenAI) -> None:
    from tests.repl.terminal import Terminal

    terminal = Terminal("repl", "--base-url", scripted_openai.base_url, env={"MCP__TOOLS": "[]", **os.environ})
    seated = Seated(terminal)
    try:
        await seated.see(r"servers \d/\d")
        await seated.say("/stop", r"this conversation has no robot")
        seated.type(CTRL_BACKSLASH)
        await seated.see(r"`repl --robot` works with one")
    finally:
        terminal.close()
