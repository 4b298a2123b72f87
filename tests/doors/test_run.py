import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import RunApp
from tests.scripted_openai import Call, Reply, ScriptedOpenAI

NOTES = {"command": "python", "args": ["-m", "mcp_servers.notes"]}
ADD = Call("add_note", {"text": "buy milk"})

Servers = Callable[..., Path]


def test_the_answer_goes_to_stdout_once_and_all_talk_to_stderr(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(text="Let me see.", calls=[Call("list_notes")]), "You have no notes.")
    outcome = asking("Which notes do I have?", "--mcp-config", servers(notes=NOTES))
    assert outcome.code == 0
    assert outcome.stdout == "You have no notes.\n"
    assert "list_notes" in outcome.stderr
    assert "\x1b" not in outcome.stderr


def test_json_output_is_one_object_with_call_server_and_result(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[ADD]), "Noted.")
    outcome = asking("Add a note", "--yes", "--output", "json", "--mcp-config", servers(notes=NOTES))
    report = outcome.report
    assert (report["answer"], report["stopped_by"], report["steps"]) == ("Noted.", "answer", 2)
    assert (report["model"], report["endpoint"]) == ("scripted", scripted_openai.base_url)
    (call,) = report["tool_calls"]
    assert (call["server"], call["name"], call["status"], call["repaired"]) == ("notes", "add_note", "success", False)
    assert call["arguments"] == {"text": "buy milk"}
    assert "buy milk" in call["result"]
    assert report["usage"]["input_tokens"] > 0


def test_jsonl_prints_the_events_and_then_the_report(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("list_notes")]), "None.")
    outcome = asking("Notes?", "--output", "jsonl", "--mcp-config", servers(notes=NOTES))
    events = [json.loads(line) for line in outcome.stdout.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds.index("tool_started") < kinds.index("tool_finished") < kinds.index("token") < kinds.index("final")
    assert kinds[-1] == "report"
    assert events[-1]["answer"] == "None."


def test_without_a_person_a_call_that_asks_ends_with_exit_code_3_and_can_be_approved_later(
    asking: RunApp, run_app: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[ADD]), "Noted.")
    config = servers(notes=NOTES)
    waiting = asking("Add a note", "--thread", "t1", "--output", "json", "--mcp-config", config)
    assert waiting.code == 3
    assert waiting.report["waiting"] == [{"name": "add_note", "arguments": {"text": "buy milk"}, "kind": "approval"}]
    assert "add_note" in waiting.stderr
    assert "threads resume t1" in waiting.stderr
    resumed = run_app(
        *("threads", "resume", "t1", "--approve", "--base-url", scripted_openai.base_url, "--mcp-config", config)
    )
    assert (resumed.code, resumed.stdout) == (0, "Noted.\n")
    assert "buy milk" in scripted_openai.requests[-1].body["messages"][-1]["content"]


def test_a_rejection_tells_the_model_why(
    asking: RunApp, run_app: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[ADD]), "Then I will not.")
    config = servers(notes=NOTES)
    assert asking("Add a note", "--thread", "t1", "--mcp-config", config).code == 3
    rejected = run_app(
        *("threads", "resume", "t1", "--reject", "--reason", "we have milk"),
        *("--base-url", scripted_openai.base_url, "--mcp-config", config),
    )
    assert (rejected.code, rejected.stdout) == (0, "Then I will not.\n")
    assert "we have milk" in scripted_openai.requests[-1].body["messages"][-1]["content"]


def test_a_call_that_a_person_passes_over_is_closed_as_not_executed(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[ADD]), "As you wish.")
    config = servers(notes=NOTES)
    assert asking("Add a note", "--thread", "t1", "--mcp-config", config).code == 3
    assert asking("Never mind", "--thread", "t1", "--mcp-config", config).stdout == "As you wish.\n"
    said = [message["content"] for message in scripted_openai.requests[-1].body["messages"][3:]]
    assert said == ["ERROR: Not executed: the person went on without approving this call.", "Never mind"]


def test_yes_does_not_approve_what_the_policy_denies(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    (tmp_path / "policy.toml").write_text('[[rules]]\ntool = "notes:add_note"\ndecision = "deny"\n')
    scripted_openai.enqueue(Reply(calls=[ADD]), "I may not.")
    outcome = asking("Add a note", "--yes", "--output", "json", "--mcp-config", servers(notes=NOTES))
    assert outcome.code == 0
    assert outcome.report["tool_calls"][0]["status"] == "error"
    assert not (tmp_path / "notes.sqlite").exists()


def test_a_thread_remembers_its_earlier_turns(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue("Hello Ada.", "You are Ada.")
    config = servers()
    asking("I am Ada", "--thread", "t1", "--mcp-config", config)
    asking("Who am I?", "--thread", "t1", "--mcp-config", config)
    said = [message["content"] for message in scripted_openai.requests[-1].body["messages"]]
    assert said[1:] == ["I am Ada", "Hello Ada.", "Who am I?"]


def test_a_dash_reads_the_query_from_stdin(asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue("Read.")
    assert asking("-", "--mcp-config", servers(), stdin="from the pipe\n").stdout == "Read.\n"
    assert scripted_openai.requests[0].body["messages"][-1]["content"] == "from the pipe\n"


@pytest.mark.parametrize("query", ["", "  \n"])
def test_an_empty_query_is_refused(asking: RunApp, query: str) -> None:
    outcome = asking(query)
    assert outcome.code == 2
    assert outcome.stderr.startswith("error: the query is empty.\nhint: ")
    assert outcome.stdout == ""


def test_an_image_that_does_not_exist_is_refused(asking: RunApp) -> None:
    outcome = asking("What is this?", "--image", "nowhere.png")
    assert outcome.code == 2
    assert "nowhere.png does not exist" in outcome.stderr


def test_a_dead_endpoint_ends_with_exit_code_4_the_url_and_a_command(
    run_app: RunApp, servers: Servers, unused_tcp_port: int
) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/v1"
    outcome = run_app("run", "Hello", "--base-url", url, "--mcp-config", servers())
    assert outcome.code == 4
    assert url in outcome.stderr
    assert "python -m app serve MODEL" in outcome.stderr
    assert outcome.stdout == ""


def test_a_traceback_shows_only_with_debug(run_app: RunApp, servers: Servers, unused_tcp_port: int) -> None:
    command = ("run", "Hello", "--base-url", f"http://127.0.0.1:{unused_tcp_port}/v1", "--mcp-config", servers())
    assert "Traceback" not in run_app(*command).stderr
    assert "Traceback" in run_app(*command, "--debug").stderr


def test_the_persons_message_is_kept_when_the_endpoint_is_dead(
    run_app: RunApp, servers: Servers, unused_tcp_port: int
) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/v1"
    run_app("run", "Do not lose me", "--thread", "t1", "--base-url", url, "--mcp-config", servers())
    assert "you: Do not lose me" in run_app("threads", "show", "t1").stdout


def test_a_wrong_model_name_lists_what_is_served(asking: RunApp, servers: Servers) -> None:
    outcome = asking("Hello", "--model", "scriptd", "--mcp-config", servers())
    assert outcome.code == 4
    assert "scripted" in outcome.stderr


def test_quiet_keeps_stderr_for_errors(asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("list_notes")]), "None.")
    outcome = asking("Notes?", "--quiet", "--mcp-config", servers(notes=NOTES))
    assert (outcome.stdout, outcome.stderr) == ("None.\n", "")


def test_the_step_limit_prints_the_answer_and_ends_with_exit_code_1(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always(
        lambda body: (
            "As far as I got."
            if body.get("tool_choice") == "none"
            else Reply(calls=[Call("search_notes", {"query": f"page {len(body['messages'])}"})])
        )
    )
    outcome = asking("Search for ever", "--max-steps", 3, "--output", "json", "--mcp-config", servers(notes=NOTES))
    assert outcome.code == 1
    assert outcome.report["answer"] == "As far as I got."
    assert outcome.report["stopped_by"] == "max_steps"


def test_a_model_that_still_calls_when_the_limit_is_reached_does_not_hide_why_the_turn_ended(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always(lambda body: Reply(calls=[Call("search_notes", {"query": f"page {len(body['messages'])}"})]))
    outcome = asking("Search for ever", "--max-steps", 2, "--output", "json", "--mcp-config", servers(notes=NOTES))
    assert (outcome.code, outcome.report["stopped_by"], outcome.report["answer"]) == (1, "max_steps", "")
    assert "the turn reached its limit of steps; there is no answer." in outcome.stderr


def test_a_timeout_ends_with_exit_code_124(asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(text="never", hold=threading.Event()))
    outcome = asking("Hang", "--timeout", 0.5, "--mcp-config", servers())
    assert outcome.code == 124
    assert "out of time" in outcome.stderr


def test_an_answer_that_cannot_be_written_ends_in_one_sentence(
    scripted_openai: ScriptedOpenAI, servers: Servers
) -> None:
    scripted_openai.enqueue("Hello.")
    command = [sys.executable, "-m", "app", "run", "Hi", "--base-url", scripted_openai.base_url]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*command, "--mcp-config", servers()], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30
        )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[0] == "error: the system refused: No space left on device."
    assert "Traceback" not in ended.stderr
