import json
from pathlib import Path

import pytest

from robot.frames import call_service, encode, publish
from robot.guard.black_box import BlackBox, read_black_box
from robot.guard.guard import Guard
from robot.guard.judge import Ruling
from robot.guard.replay import replay
from tests.robot.guard.conftest import OpenGuard, client_of
from tests.robot.guard.driving import move
from tests.robot.recording_rosbridge import RecordingRosbridge


async def drive_a_little(guard: Guard) -> None:
    async with client_of(guard) as client:
        for frame in (move(0.2), move(9.0), publish("/other", {}), move(0.0)):
            await client.send(encode(frame))
        await client.send(encode(call_service("/rosapi/topics", {}, identifier="call_1")))
        while "call_1" not in str(await client.recv()):
            pass


async def test_every_frame_is_written_down_with_what_became_of_it(guarding: OpenGuard):
    async with guarding() as guard:
        await drive_a_little(guard)
    records = list(read_black_box(guard.black_box.path))
    up = [record.facts for record in records if record.kind == "up"]
    assert [facts["verdict"] for facts in up] == ["forwarded", "changed", "denied", "forwarded", "forwarded"]
    assert json.loads(up[1]["sent"])["msg"]["linear"]["x"] == 0.5
    assert "allowed topics" in up[2]["reason"]
    assert [r for r in records if r.kind == "down" and "call_1" in r.facts["frame"]]
    assert [r for r in records if r.kind == "guard" and "advertise" not in r.facts["frame"]]
    assert [record.t for record in records] == sorted(record.t for record in records)


async def test_what_reached_the_robot_is_replayed_through_another_guard(
    guarding: OpenGuard, rosbridge: RecordingRosbridge
):
    async with guarding() as guard:
        await drive_a_little(guard)
    first = [speed for _, speed in rosbridge.velocities()]
    assert first[:3] == [0.2, 0.5, 0.0]
    recorded = guard.black_box.path.rename(guard.black_box.path.with_name("recorded.jsonl"))
    rosbridge.received.clear()
    async with guarding() as guard:
        sent = await replay(recorded, guard.endpoint.rosbridge_url, speed=4.0)
        await rosbridge.until(lambda: len(rosbridge.velocities()) >= len(first))
    assert sent >= len(first)
    assert [speed for _, speed in rosbridge.velocities()][:3] == [0.2, 0.5, 0.0]


def test_large_frames_from_the_robot_are_cut_and_their_size_is_kept(tmp_path: Path):
    box = BlackBox(tmp_path / "box.jsonl")
    box.down(1, "A" * 1_000_000)
    box.down(1, b"\xff" * 10)
    box.flush()
    large, binary = read_black_box(box.path)
    assert (len(large.facts["frame"]), large.facts["size"]) == (512, 1_000_000)
    assert binary.facts["frame"] == "\xff" * 10
    assert box.path.stat().st_size < 2000


def test_files_are_rotated_and_the_oldest_are_dropped(tmp_path: Path):
    box = BlackBox(tmp_path / "box.jsonl", most_bytes=2000, keep=2)
    for number in range(100):
        box.up(number, "x" * 100, Ruling("denied", reason="no"))
        box.flush()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["box.jsonl", "box.jsonl.1", "box.jsonl.2"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 7000
    clients = [record.facts["client"] for record in read_black_box(box.path)]
    assert clients == list(range(clients[0], 100))


def test_a_line_that_a_crash_cut_short_is_left_out(tmp_path: Path):
    box = BlackBox(tmp_path / "box.jsonl")
    box.event("one", {})
    box.flush()
    with box.path.open("a") as file:
        file.write('{"t": 1, "ev": "up", "fra')
    assert [record.facts["event"] for record in read_black_box(box.path)] == ["one"]


def test_a_full_disk_does_not_stop_the_guard(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    box = BlackBox(tmp_path / "box.jsonl")
    box.path.mkdir()
    for _ in range(3):
        box.event("one", {})
        box.flush()
    assert capsys.readouterr().err.count("the black box cannot be written") == 1
