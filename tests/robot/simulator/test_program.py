"""`python -m robot.simulator` as a person starts and ends it, in terminals and in pipes."""

import contextlib
import fcntl
import io
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from rich.console import Console
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from robot.simulator.__main__ import options_of
from robot.simulator.braille_map import BrailleMap
from robot.simulator.live_map import render
from robot.simulator.server import Simulator
from robot.simulator.turtle import Velocity
from tests.repl.terminal import Terminal
from tests.source_tree import ROOT

FREE = ("--port", "0", "--page-port", "0")


def drawn(simulator: Simulator, columns: int, rows: int, *, encoding: str = "utf-8") -> list[str]:
    """The screen as a terminal of that size gets it."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=file, width=columns, height=rows, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(render(simulator, "http://127.0.0.1:9080/", console))
    return captured.get().rstrip("\n").split("\n")


@pytest.mark.parametrize(("columns", "rows"), [(120, 40), (80, 24), (60, 40), (40, 30), (30, 12), (16, 6)])
def test_the_map_fits_every_terminal(columns: int, rows: int):
    lines = drawn(Simulator(), columns, rows)
    assert len(lines) <= rows
    assert max(map(len, lines)) <= columns
    assert any("turtle1" in line for line in lines)
    assert any("→" in line for line in lines) == (columns > 30)


def test_a_terminal_without_unicode_gets_ascii():
    text = "\n".join(drawn(Simulator(), 80, 24, encoding="ascii"))
    assert ">" in text
    assert "→" not in text
    assert not re.search("[\u2800-\u28ff]", text)


def test_the_map_draws_trail_and_heading():
    simulator = Simulator()
    chart = BrailleMap(20)
    assert chart.height == 10
    assert "".join(chart.lines(simulator.world)).strip() == "→"
    now = simulator.world.time
    simulator.world.command("turtle1", Velocity(3.0, turn=1.6))
    simulator.world.advance(now + 0.98)
    rows = chart.lines(simulator.world)
    assert chart.robots == {next((row, line.index("↑")) for row, line in enumerate(rows) if "↑" in line): "turtle1"}
    assert len(re.findall("[\u2801-\u28ff]", "".join(rows))) >= 3


def test_a_halted_robot_is_said_to_be_halted():
    simulator = Simulator()
    simulator.world.halt()
    assert any("halted" in line for line in drawn(simulator, 100, 30))


def test_wrong_options_are_told(capsys: pytest.CaptureFixture[str]):
    for wrong in ("pose=5", "/turtle1/pose=0", "/turtle1/pose=fast", "/turtle1/pose"):
        with pytest.raises(SystemExit) as ended:
            options_of(["--rate", wrong])
        assert ended.value.code == 2
        assert "is not TOPIC=HZ with a rate above 0" in capsys.readouterr().err
    options = options_of(["--rate", "/turtle1/pose=5", "--ros1", "--no-page"])
    assert (options.rates, options.ros1, options.page_port) == ({"/turtle1/pose": 5.0}, True, None)


@contextmanager
def program(*args: str) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "robot.simulator", *args]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def addresses(process: subprocess.Popen[str]) -> tuple[str, str]:
    assert process.stderr is not None
    lines = [process.stderr.readline(), process.stderr.readline()]
    found = re.search(r"rosbridge at (ws://\S+)", lines[0]), re.search(r"web page: (http://\S+)", lines[1])
    assert found[0], lines
    assert found[1], lines
    return found[0].group(1), found[1].group(1)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_in_a_pipe_it_writes_lines_and_a_signal_ends_it(number: signal.Signals, code: int):
    with program(*FREE) as process:
        rosbridge, _ = addresses(process)
        assert process.stdout is not None
        with connect(rosbridge, proxy=None) as client:
            client.send(json.dumps({"op": "publish", "topic": "/nope", "msg": {}}))
            client.send(json.dumps({"op": "call_service", "service": "/turtle1/set_pen", "args": {"off": 1}}))
            client.recv(timeout=10)
            lines = [process.stdout.readline() for _ in range(3)]
        assert [line.split("client 1: ")[1].strip() for line in lines] == [
            "connected",
            "refused: publish: Cannot infer topic type for topic /nope as it is not yet advertised",
            "calls /turtle1/set_pen",
        ]
        process.send_signal(number)
        assert process.wait(timeout=20) == code
        assert process.stderr is not None
        assert process.stderr.read() == ""


def turns_of_the_pen(rosbridge: str, count: int) -> int:
    """Ask for one service so often; the number of answers, each waited for."""
    answers = 0
    with connect(rosbridge, proxy=None) as client:
        for number in range(count):
            client.send(json.dumps({"op": "call_service", "service": "/turtle1/set_pen", "args": {"off": number % 2}}))
            answers += json.loads(client.recv(timeout=10))["result"]
    return answers


@pytest.mark.slow
def test_the_robot_goes_on_when_nobody_reads_what_happens():
    with program(*FREE) as process:
        rosbridge, _ = addresses(process)
        assert process.stdout is not None
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        for _ in range(5):
            assert turns_of_the_pen(rosbridge, 100) == 100
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 143


@pytest.mark.slow
def test_the_robot_goes_on_behind_a_terminal_that_nobody_reads():
    terminal = Terminal(*FREE, module="robot.simulator", columns=120, rows=40)
    try:
        terminal.see(r"turtle1")
        rosbridge = re.search(r"rosbridge at (ws://\S+)", terminal.received)
        assert rosbridge, terminal.received
        with connect(rosbridge.group(1), proxy=None) as client:
            client.send(json.dumps({"op": "subscribe", "topic": "/turtle1/pose", "throttle_rate": 100}))
            for _ in range(40):
                assert json.loads(client.recv(timeout=10))["op"] == "publish"
        terminal.type("\x03")
        assert terminal.ended() == 130
        assert "\x1b[?1049l" in terminal.received
    finally:
        terminal.close()


@pytest.mark.slow
def test_it_ends_when_its_reader_does():
    with program(*FREE) as process:
        rosbridge, _ = addresses(process)
        assert process.stdout is not None
        process.stdout.close()
        turns_of_the_pen(rosbridge, 1)
        with contextlib.suppress(ConnectionClosed, OSError):
            turns_of_the_pen(rosbridge, 1000)
        assert process.wait(timeout=20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.slow
def test_a_taken_port_is_told_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with program("--no-page", "--port", str(taken.getsockname()[1])) as process:
            _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.startswith("error: the simulator cannot listen: ")
    assert "\nhint: --port 0" in said


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "rows"), [(100, 30), (44, 34)])
def test_in_a_terminal_there_is_a_live_map_that_ctrl_c_takes_away(columns: int, rows: int):
    terminal = Terminal(*FREE, module="robot.simulator", columns=columns, rows=rows)
    try:
        terminal.see(r"turtle1")
        terminal.see(r"→")
        rosbridge = re.search(r"rosbridge at (ws://\S+)", terminal.received)
        assert rosbridge, terminal.received
        with connect(rosbridge.group(1), proxy=None) as client:
            move = {"op": "publish", "topic": "/turtle1/cmd_vel", "msg": {"linear": {"x": 2.0}, "angular": {"z": 1.0}}}
            client.send(json.dumps(move))
            terminal.see("[\u2801-\u28ff]")
            terminal.see(r"clients 1")
        edges = [row for row in terminal.rows if row.startswith(("╭", "│", "╰"))]
        assert len({row.rfind(row[0]) if row[0] == "│" else len(re.split(r"[╮╯]", row)[0]) for row in edges}) == 1
        terminal.type("\x03")
        assert terminal.ended() == 130
        assert "\x1b[?1049l" in terminal.received
        assert "Traceback" not in terminal.received
    finally:
        terminal.close()
