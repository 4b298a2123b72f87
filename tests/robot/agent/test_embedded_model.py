"""Words in, movement out: nothing but what comes with Switchyard, and a robot."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.robot.simulated import simulated

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def test_a_query_in_words_moves_the_robot_with_the_embedded_model(tmp_path: Path):
    async with simulated(tmp_path) as robot:
        start = robot.pose
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "run", "--yes", "--model", "embedded", "--output", "json"),
            "drive forward 0.5 meters",
            env={**os.environ, "ROBOT__PROFILE": str(robot.path)},
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await asyncio.wait_for(process.communicate(), 150)
        report = json.loads(out)
        [call] = report["tool_calls"]
        moved = robot.pose[0] - start[0]
    assert (call["name"], call["arguments"]) == ("drive", {"meters": 0.5})
    assert call["result"] == f"Asked 0.5 m, moved {moved:.2f} m."
    assert moved == pytest.approx(0.5, abs=0.05)
    assert f"moved {moved:.2f} m" in report["answer"]
