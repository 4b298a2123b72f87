"""The log of a process, as a collector would read it."""

import json
from pathlib import Path

import pytest

from tests.logs.conftest import HEADER, KEY, PASSWORD, TOKEN, Command, read
from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error

pytestmark = pytest.mark.slow

NOTES = {"command": "python", "args": ["-m", "mcp_servers.notes"]}
LEAKY = {"command": "python", "args": [str(Path(__file__).parent / "leaky_server.py")], "env": {"ARM_TOKEN": TOKEN}}
CAMERA = {"url": f"http://camera:{PASSWORD}@127.0.0.1:9/mcp", "headers": {"Authorization": HEADER}}


def test_a_run_logs_its_ids_its_requests_and_its_calls_a_line_each(
    command: Command, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("list_notes"), Call("nothing")]), "None.")
    done = command("run", "Notes?", "--thread", "t1", servers={"notes": NOTES}, LOG__FORMAT="json")
    assert (done.code, done.stdout) == (0, "None.\n")
    assert all({"time", "level", "logger", "message"} <= set(line) for line in done.lines)
    begun, ended = done.one("run started"), done.one("run ended")
    assert begun["thread"] == ended["thread"] == "t1"
    assert begun["run"] == ended["run"]
    assert (ended["status"], ended["steps"]) == ("answer", 2)
    calls = {line["tool"]: line for line in done.lines if line["message"] == "tool call"}
    assert (calls["list_notes"]["server"], calls["list_notes"]["outcome"]) == ("notes", "ok")
    assert (calls["nothing"]["outcome"], calls["nothing"]["level"]) == ("invalid_args", "warning")
    requests = [line for line in done.lines if line["message"] == "model request"]
    assert [(line["model"], line["outcome"], line["run"]) for line in requests] == [
        ("scripted", "ok", begun["run"])
    ] * 2
    assert done.one("MCP server ready")["server"] == "notes"


def test_nothing_that_was_said_or_passed_is_logged(command: Command, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("add_note", {"text": "my argument"})]), "my answer")
    done = command("run", "my question", "--yes", servers={"notes": NOTES}, LOG__FORMAT="json")
    assert done.code == 0
    assert "my " not in done.stderr


@pytest.mark.parametrize("level", ["info", "debug"])
def test_no_secret_is_logged_although_all_were_used_and_told_back(
    command: Command, scripted_openai: ScriptedOpenAI, level: str
) -> None:
    scripted_openai.api_key = KEY
    told = f"no credit for {KEY}, sent as 'Authorization': 'Bearer {KEY}' or http://me:{PASSWORD}@host/ with {TOKEN}"
    scripted_openai.always(http_error(403, told))
    servers = {"arm": LEAKY, "camera": CAMERA}
    done = command("run", "Hello", "--debug", servers=servers, LOG__FORMAT="json", LOG__LEVEL=level)
    assert done.code == 4
    assert scripted_openai.requests[0].headers["authorization"] == f"Bearer {KEY}"
    everything = done.stderr + "".join(map(str, done.lines))
    for secret in (KEY, json.dumps(KEY)[1:-1], TOKEN, HEADER, HEADER.split()[1], PASSWORD):
        assert secret not in everything, secret
    failed = done.one("run failed")
    assert (failed["level"], failed["exit_code"]) == ("error", 4)
    assert "no credit for ***" in failed["error"]
    assert "Traceback" in failed["exception"]
    causes = {line["server"]: line["error"] for line in done.lines if line["message"] == "MCP server failed"}
    assert causes["arm"].endswith("last line of its log: cannot log in with ***")
    assert set(causes) == {"arm", "camera"}
    assert ("httpcore" in {line["logger"].split(".")[0] for line in done.lines}) == (level == "debug")


def test_a_file_gets_the_lines_and_stderr_stays_with_people(
    command: Command, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    scripted_openai.always(Reply(text="Hello."))
    file = tmp_path / "logs" / "agent.jsonl"
    for _ in range(2):
        done = command("run", "Hello", servers={"arm": LEAKY}, LOG__FILE=str(file))
        assert done.stderr.startswith("warning: MCP server arm is not available")
    messages = [line["message"] for line in read(file.read_text())]
    assert messages.count("run ended") == 2
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_ends_the_run_at_once(
    command: Command, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    (tmp_path / "taken").touch()
    done = command("run", "Hello", LOG__FILE=str(tmp_path / "taken" / "agent.jsonl"))
    assert done.code == 2
    assert "error: LOG__FILE:" in done.stderr
    assert scripted_openai.requests == []


def test_a_crash_is_a_line_with_its_traceback(command: Command, tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    done = command("run", "Hello", "--debug", LOG__FORMAT="json", STORAGE__HOME=str(tmp_path / "home"))
    assert done.code == 1
    assert "Traceback" in done.lines[-1]["exception"]
    assert done.lines[-1]["level"] == "critical"


def test_a_batch_logs_every_item_as_a_run_of_its_own(
    command: Command, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    scripted_openai.always("Hello.")
    items = tmp_path / "in.jsonl"
    items.write_text("".join(json.dumps({"id": f"{n}", "query": "Hi"}) + "\n" for n in range(5)))
    done = command("batch", items, tmp_path / "out.jsonl", LOG__FORMAT="json")
    assert done.code == 0
    ended = [line for line in done.lines if line["message"] == "run ended"]
    assert len({line["run"] for line in ended}) == len({line["thread"] for line in ended}) == 5
    assert any("5 answered" in line["message"] for line in done.lines)
