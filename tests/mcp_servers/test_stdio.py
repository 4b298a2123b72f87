"""Our small implementation of MCP over stdio, spoken to line by line."""

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mcp_servers.notes import TOOLS as NOTES
from mcp_servers.stdio import ToolServer, negotiate
from mcp_servers.weather import TOOLS as WEATHER


class Lines:
    """A notes server process and the lines exchanged with it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "mcp_servers.notes"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, **message: Any) -> None:
        self.send_line(json.dumps({"jsonrpc": "2.0", **message}))

    def send_line(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self.send(id=1, method=method, params=params)
        return self.receive()


@pytest.fixture
def lines() -> Iterator[Lines]:
    spoken = Lines()
    with spoken.process:
        yield spoken
        assert spoken.process.stdin is not None
        spoken.process.stdin.close()
        assert spoken.process.wait(timeout=10) == 0


def test_a_bad_message_gets_its_error_and_the_server_goes_on(lines: Lines):
    lines.send_line("{not json")
    assert lines.receive()["error"]["code"] == -32700
    lines.send_line("[]")
    assert lines.receive()["error"]["code"] == -32600
    assert lines.ask("resources/list")["error"]["code"] == -32601
    assert lines.ask("tools/call", name="rename_note", arguments={})["error"]["code"] == -32602
    lines.send_line("")
    assert lines.ask("ping")["result"] == {}


def test_notifications_get_no_answer(lines: Lines):
    lines.send(method="notifications/initialized")
    lines.send(method="notifications/cancelled", params={"requestId": 99})
    assert lines.ask("ping") == {"jsonrpc": "2.0", "id": 1, "result": {}}


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2024-11-05"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2030-01-01", "2025-11-25"),
        ("", "2024-11-05"),
    ],
)
def test_the_version_spoken_is_never_newer_than_the_one_asked_for(asked: str, spoken: str):
    assert negotiate(asked) == spoken


def test_a_slow_call_holds_up_nothing_and_a_cancelled_one_gets_no_answer():
    from mcp_servers.stdio import Tool

    release = threading.Event()

    def wait() -> str:
        assert release.wait(timeout=20)
        return "waited"

    slow = Tool(name="wait", title="Wait", description="Wait.", parameters={}, annotations={}, call=wait)
    (asked, asks), (answered, answers) = os.pipe(), os.pipe()
    with (
        os.fdopen(asks, "wb", 0) as to,
        os.fdopen(asked, "rb") as source,
        os.fdopen(answers, "wb") as sink,
        os.fdopen(answered, "rb") as back,
    ):
        server = threading.Thread(target=ToolServer("slow", "1", [slow], source=source, sink=sink).run)
        server.start()
        for request in (1, 2):
            to.write(f'{{"id": {request}, "method": "tools/call", "params": {{"name": "wait"}}}}\n'.encode())
        to.write(b'{"id": 3, "method": "ping"}\n')
        assert json.loads(back.readline())["id"] == 3
        to.write(b'{"method": "notifications/cancelled", "params": {"requestId": 1}}\n{"id": 4, "method": "ping"}\n')
        assert json.loads(back.readline())["id"] == 4
        release.set()
        assert json.loads(back.readline())["id"] == 2
        to.close()
        server.join(timeout=10)
    assert not server.is_alive()


def test_the_first_sentence_of_a_description_is_short_enough_for_a_small_model():
    for tool in (*NOTES, *WEATHER):
        first = tool.description.split(". ")[0]
        assert len(first) <= 80
        assert tool.description.endswith(".")


def test_a_server_answers_initialize_within_a_fraction_of_what_importing_mcp_costs():
    asked = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": asked}) + "\n"

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = spent()
    command = [sys.executable, "-m", "mcp_servers.notes"]
    done = subprocess.run(command, input=message.encode(), capture_output=True, check=True, timeout=20)
    assert json.loads(done.stdout)["result"]["serverInfo"]["name"] == "notes"
    assert spent() - before < 0.3
