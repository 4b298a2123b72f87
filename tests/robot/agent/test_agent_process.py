"""`python -m app run` with a robot, ended in every way in the middle of a move, and what the robot did then."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.robot.reach import known_guards, reach_guard
from app.settings import StorageSettings
from tests.robot.agent.conftest import WriteConfig
from tests.robot.simulated import CMD_VEL, Simulated, eventually, simulated
from tests.scripted_openai import ScriptedOpenAI
from tests.scripted_openai.replies import Call, Reply

pytestmark = [pytest.mark.slow, pytest.mark.ros, pytest.mark.timeout(240)]

AHEAD = {"linear": {"x": 0.5}}
MOVE = Call(
    "publish_for_durations",
    {
        "topic": CMD_VEL,
        "msg_type": "geometry_msgs/msg/Twist",
        "messages": [AHEAD],
        "durations": [6.0],
        "rate_hz": 10,
    },
)
UNDER_WAY = 1.0
"""Seconds into the move at which something happens to it."""


@dataclass(frozen=True)
class Agent:
    """The program, its robot and its model."""

    process: asyncio.subprocess.Process
    robot: Simulated
    model: ScriptedOpenAI
    storage: StorageSettings

    async def one_second_into_the_move(self) -> float:
        """The simulator's time then."""
        await eventually(lambda: self.robot.speed > 0, 90)
        begun = next(at for at, speed in self.robot.velocities() if speed)
        await eventually(lambda: self.robot.now >= begun + UNDER_WAY)
        return self.robot.now

    def child(self, word: str) -> psutil.Process:
        """The child whose command line holds a word."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return next(child for child in children if word in " ".join(child.cmdline()))

    async def ended(self) -> tuple[int, str, str]:
        out, err = await asyncio.wait_for(self.process.communicate(), 90)
        return self.process.returncode or 0, out.decode(), err.decode()

    def last_result(self) -> str:
        """The newest tool result that the model was shown."""
        messages: list[dict[str, Any]] = self.model.requests[-1].body["messages"]
        return json.dumps([message for message in messages if message["role"] == "tool"][-1], ensure_ascii=False)


@asynccontextmanager
async def agent(
    folder: Path, model: ScriptedOpenAI, config: Path, *calls: Call, tools: str = "ros"
) -> AsyncGenerator[Agent, None]:
    """Run one query whose answer is these calls, one after the other, all of them approved."""
    model.enqueue(*(Reply(calls=[call]) for call in calls))
    model.always("That is all.")
    home = folder / "state"
    async with simulated(folder) as robot:
        own = {
            "MODEL__BASE_URL": model.base_url,
            "ROBOT__PROFILE": str(robot.path),
            "ROBOT__TOOLS": tools,
            "MCP__CONFIG": str(config),
            "STORAGE__HOME": str(home),
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "run", "--yes", "--output", "json", "Go"),
            env={**os.environ, **own},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield Agent(process, robot, model, StorageSettings(home=home))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await eventually(lambda: not known_guards(StorageSettings(home=home)), 20)


async def test_ctrl_c_stops_the_robot_while_ros_mcp_goes_on(
    tmp_path: Path, scripted_openai: ScriptedOpenAI, robot_servers: WriteConfig
):
    async with agent(tmp_path, scripted_openai, robot_servers(tmp_path), MOVE) as running:
        moment = await running.one_second_into_the_move()
        running.process.send_signal(signal.SIGINT)
        await running.robot.still()
        assert running.robot.stopped_after(moment) < 0.3
        code, _, _ = await running.ended()
        assert code == 130


@pytest.mark.parametrize("victim", ["agent", "ros-mcp"])
async def test_a_kill_in_the_middle_of_a_move_stops_the_robot(
    tmp_path: Path, scripted_openai: ScriptedOpenAI, robot_servers: WriteConfig, victim: str
):
    async with agent(tmp_path, scripted_openai, robot_servers(tmp_path), MOVE) as running:
        moment = await running.one_second_into_the_move()
        (running.process if victim == "agent" else running.child("ros-mcp")).kill()
        await running.robot.still()
        assert running.robot.stopped_after(moment) < 0.6


async def test_a_kill_of_the_closed_loop_tools_stops_the_robot_and_is_reported(
    tmp_path: Path, scripted_openai: ScriptedOpenAI, robot_servers: WriteConfig
):
    drive = Call("drive", {"meters": 3})
    async with agent(tmp_path, scripted_openai, robot_servers(tmp_path), drive, tools="simple") as running:
        moment = await running.one_second_into_the_move()
        running.child("robot.tools").kill()
        await running.robot.still()
        assert running.robot.stopped_after(moment) < 0.6
        code, out, _ = await running.ended()
        assert (code, json.loads(out)["answer"]) == (0, "That is all.")
        assert "was lost during the call" in running.last_result()


async def test_an_emergency_stop_halts_the_robot_and_the_agent_reports_it(
    tmp_path: Path, scripted_openai: ScriptedOpenAI, robot_servers: WriteConfig
):
    async with agent(tmp_path, scripted_openai, robot_servers(tmp_path), MOVE) as running:
        await running.one_second_into_the_move()
        async with reach_guard(running.storage) as control:
            moment = running.robot.now
            await control.estop("a test")
        await running.robot.still()
        assert running.robot.stopped_after(moment) < 0.1
        code, out, _ = await running.ended()
        report = json.loads(out)
        assert (code, report["stopped_by"]) == (130, "interrupted")
        assert report["error"]["message"] == "turtlesim was stopped by its emergency stop (a test)."
        assert running.robot.pose[0] < 6.2


async def test_a_model_that_ignores_three_denials_is_ended_with_the_reason(
    tmp_path: Path, scripted_openai: ScriptedOpenAI, robot_servers: WriteConfig
):
    tries = [Call("publish_for_durations", {**MOVE.arguments, "topic": f"/try{number}"}) for number in range(9)]  # type: ignore[dict-item]  # a dict here
    async with agent(tmp_path, scripted_openai, robot_servers(tmp_path), *tries) as running:
        code, out, err = await running.ended()
        report = json.loads(out)
        assert (code, report["stopped_by"], len(report["tool_calls"])) == (1, "denied", 3)
        assert "denied three times" in err
