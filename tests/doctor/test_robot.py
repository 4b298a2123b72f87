"""What the doctor says of a robot: there, half there, and not there."""

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from robot.guard.guard import GuardOptions, open_guard
from tests.doctor.conftest import Examined
from tests.robot.simulated import Simulated, simulated

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

TOOLS: dict[str, Any] = {
    "robot": {
        "command": "python",
        "args": ["-m", "robot.tools"],
        "env": {"ROBOT_PROFILE": "${ROBOT_PROFILE}", "GUARD_PORT": "${GUARD_PORT}"},
        "disabled": True,
    }
}


def _for_ros1(profile: dict[str, Any]) -> None:
    profile["pose"]["type"] = "turtlesim/Pose"


class _Playing:
    """The simulated robot in a thread with a loop of its own, because the doctor runs one in this."""

    def __init__(self, folder: Path, options: dict[str, Any], *, guarded: bool) -> None:
        self._folder, self._options, self._guarded = folder, options, guarded
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._leave = asyncio.Event()
        self.robot: Simulated | None = None
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._play()))

    async def _play(self) -> None:
        change = _for_ros1 if self._options.get("ros1") else None
        async with simulated(self._folder, change, **self._options) as self.robot:
            state = Path(os.environ["STORAGE__HOME"]) / "robot"
            if not self._guarded:
                self._ready.set()
                await self._leave.wait()
                return
            async with open_guard(self.robot.profile, GuardOptions(state_folder=state)) as guard:
                await guard.estop("a wet floor")
                self._ready.set()
                await self._leave.wait()

    def __enter__(self) -> Path:
        self._thread.start()
        assert self._ready.wait(20)
        return self._folder / "turtlesim.yaml"

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join(20)
        self._loop.close()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROBOT__TOOLS", "simple")


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("ros1", "told"), [(False, "ROS 2, "), (True, "ROS 1, noetic.")])
def test_a_robot_in_good_health_has_a_row_for_each_part(
    examined: Examined, tmp_path: Path, ros1: bool, told: str
) -> None:
    with _Playing(tmp_path, {"ros1": ros1}, guarded=False) as profile:
        table = examined("--robot", profile, **TOOLS)
    assert table.code == 0, table.rows
    names = ["robot limits", "rosbridge", "robot guard", "rosapi", "robot pose", "camera overhead", "mcp robot"]
    rows = {name: table.rows[name] for name in names}
    assert {row["state"] for row in rows.values()} == {"ok"}, rows
    assert "0.5 m/s, 1 rad/s, 10 s a movement" in rows["robot limits"]["said"]
    assert told in rows["rosapi"]["said"]
    assert "x 5.54 m, y 5.54 m" in rows["robot pose"]["said"]
    assert "/camera/image_raw/compressed: image/png" in rows["camera overhead"]["said"]
    assert "it stands between" in rows["robot guard"]["said"]


@pytest.mark.usefixtures("environment")
def test_a_profile_with_types_of_the_other_ros_is_found_by_the_pose(examined: Examined, tmp_path: Path) -> None:
    with _Playing(tmp_path, {"ros1": True}, guarded=False) as profile:
        wrong = profile.with_name("ros2.yaml")
        wrong.write_text(profile.read_text().replace("turtlesim/Pose", "turtlesim/msg/Pose"))
        table = examined("--robot", wrong, **TOOLS)
    assert table.of("failed") == ["robot pose"]
    assert "ROS 1 and 2 name types differently" in table.rows["robot pose"]["hint"]


@pytest.mark.usefixtures("environment")
def test_without_a_robot_the_port_is_named_and_how_to_get_one(examined: Examined, tmp_path: Path) -> None:
    with _Playing(tmp_path, {}, guarded=False) as profile:
        pass
    table = examined("--robot", profile, **TOOLS)
    assert table.code == 1
    assert table.of("failed") == ["rosbridge"]
    assert "nothing answers at ws://127.0.0.1:" in table.rows["rosbridge"]["said"]
    assert "robot sim" in table.rows["rosbridge"]["hint"]
    assert table.rows["robot limits"]["state"] == "ok"


@pytest.mark.usefixtures("environment")
def test_a_guard_that_runs_already_is_asked_and_its_emergency_stop_told(examined: Examined, tmp_path: Path) -> None:
    with _Playing(tmp_path, {}, guarded=True) as profile:
        table = examined("--robot", profile, **TOOLS)
    assert table.rows["robot guard"]["state"] == "warning"
    assert table.rows["robot guard"]["said"] == "the emergency stop is latched: a wet floor."
    assert table.rows["robot pose"]["state"] == "ok"


def test_an_unknown_profile_is_said(examined: Examined) -> None:
    table = examined("--robot", "turtel")
    assert table.of("failed") == ["robot limits"]
    assert "there is no robot profile turtel" in table.rows["robot limits"]["said"]
