"""The command against a scripted model and a real MCP server, both with known times."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.agent_bench.shelf_server import WEIGHING
from tests.bench.scripted_process import bench, scripted_process, undisturbed
from tests.conftest import Outcome, RunApp
from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error
from tests.scripted_openai.replies import Body

FIRST, EACH = 0.2, 0.02
ASKS_TO_WEIGH = {"calls": [{"name": "weigh", "arguments": {"thing": "cat"}}], "first_token": FIRST, "per_token": EACH}
ANSWERS = {"text": "It weighs 7 kg..", "first_token": FIRST, "per_token": EACH}
MODEL = 2 * FIRST + 7 * EACH
"""The call is its head and four pieces, the answer four pieces: the first after `FIRST`, every other after `EACH`."""
TASKS = """
variables: {SHELF: "{folder}"}
tasks:
"""
Write = Callable[[str], tuple[object, ...]]


@pytest.fixture
def given(tmp_path: Path) -> Write:
    """Options that name these tasks and the shelf server."""
    server = Path(__file__).with_name("shelf_server.py")
    config = tmp_path / "servers.json"
    entry = {"command": sys.executable, "args": [str(server)], "env": {"SHELF": "${SHELF}"}}
    config.write_text(json.dumps({"mcpServers": {"shelf": entry}}))

    def write(tasks: str) -> tuple[object, ...]:
        path = tmp_path / "tasks.yaml"
        path.write_text(TASKS + tasks)
        return ("agent", "--tasks", path, "--mcp-config", config)

    return write


@pytest.fixture
def measured(run_app: RunApp, scripted_openai: ScriptedOpenAI, given: Write) -> Callable[..., Outcome]:
    """``bench agent`` in this process, against the scripted endpoint."""

    def run(tasks: str, *words: object) -> Outcome:
        named = ("--endpoint", f"scripted={scripted_openai.base_url}")
        return run_app("bench", *given(tasks), *named, *words, "--output", "json")

    return run


def attempts(report: dict[str, Any], model: int = 0) -> list[dict[str, Any]]:
    return report["models"][model]["attempts"]


def is_near_the_truth(report: dict[str, Any]) -> bool:
    return all(
        one["model_seconds"] == pytest.approx(MODEL, rel=0.1)
        and one["tool_seconds"] == pytest.approx(WEIGHING, rel=0.15)
        and [call["first_token"] for call in one["model"]] == pytest.approx([FIRST, FIRST], rel=0.15)
        and one["own_seconds"] < 0.15
        for one in attempts(report)
    )


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_model_tools_and_we_are_told_apart_where_the_times_are_known(given: Write, tmp_path: Path) -> None:
    words = given('  - {id: cat, query: Weigh the cat., calls: [{"shelf:weigh": {thing: [cat]}}], says: 7 kg}')
    script = [ASKS_TO_WEIGH, ANSWERS] * 3

    def measure() -> dict[str, Any]:
        with scripted_process(tmp_path, *script) as url:
            return bench(tmp_path, *words, "--endpoint", f"timed={url}", "--repeat", 2)

    report = undisturbed(measure, is_near_the_truth)
    assert is_near_the_truth(report), attempts(report)
    first, second = attempts(report)
    assert (first["right"], second["right"], first["steps"]) == (True, True, 2)
    assert first["seconds"] == pytest.approx(first["model_seconds"] + first["tool_seconds"] + first["own_seconds"])
    assert report["models"][0]["pass_hat"] == [1.0, 1.0]


VERDICTS = """
  - {id: right, query: right, calls: [{put: {thing: [cup]}}], says: done, state: {tool: "shelf:look", says: '^cup$'}}
  - {id: words, query: words, says: never said}
  - {id: calls, query: calls, calls: [{put: {thing: [plate]}}]}
  - {id: state, query: state, state: {tool: look, says: cup}}
  - {id: broken, query: broken}
"""


def shelf_model(body: Body) -> Reply | str:
    """Puts a cup on the shelf where the task is about it, and says that it is done."""
    question = next(message["content"] for message in body["messages"] if message["role"] == "user")
    if question == "broken":
        return http_error(400, "no such thing")
    called = body["messages"][-1]["role"] == "tool"
    return "It is done." if called or question == "state" else Reply(calls=[Call("put", {"thing": "cup"})])


@pytest.mark.slow
def test_each_proof_that_fails_is_told_and_attempts_do_not_meet_leftovers(
    measured: Callable[..., Outcome], scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    scripted_openai.always(shelf_model)
    done = measured(VERDICTS, "--yes", "--repeat", 2, "--out", tmp_path / "report")
    assert done.code == 0, done.stderr
    [one] = done.report["models"]
    kinds = {a["task"]: [fault["kind"] for fault in a["faults"]] for a in one["attempts"]}
    assert kinds == {
        "right": [],
        "words": ["wrong text"],
        "calls": ["wrong value"],
        "state": ["wrong state"],
        "broken": ["no answer"],
    }
    assert [a["state"] for a in one["attempts"] if a["task"] == "right"] == ["cup\n", "cup\n"]
    assert one["pass_hat"] == [0.2, 0.2]
    page = (tmp_path / "report/report.html").read_text()
    assert "scripted: words, attempt 1: wrong text" in page
    assert {path.suffix for path in (tmp_path / "report").iterdir()} == {".html", ".json", ".md", ".csv"}


@pytest.mark.slow
def test_models_stand_side_by_side_and_a_low_score_is_exit_code_1(
    run_app: RunApp, scripted_openai: ScriptedOpenAI, given: Write
) -> None:
    scripted_openai.always("Hello!")
    with ScriptedOpenAI("other") as other:
        other.always("Go away.")
        named = ("-e", f"kind={scripted_openai.base_url}", "-e", f"rude={other.base_url},model=other")
        words = (*given("  - {id: hello, query: Hello, says: hello}"), *named, "--min-score", 50)
        done = run_app("bench", *words)
    assert done.code == 1
    assert "rude has 0.0 %, under the 50 % of --min-score." in done.stderr
    assert "kind: hello 1:" in done.stderr
    assert "1/1" in done.stdout
    assert "wrong text: /hello/ is not in the answer" in " ".join(done.stdout.split())


@pytest.mark.slow
def test_without_yes_a_call_that_asks_fails_its_attempt(
    measured: Callable[..., Outcome], scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always(shelf_model)
    done = measured("  - {id: right, query: right}")
    assert done.code == 1
    [one] = attempts(done.report)
    assert one["error"] == "approval is needed for put; --yes gives it."


@pytest.mark.slow
def test_a_task_that_needs_a_tool_nobody_offers_is_refused_before_it_is_asked(
    measured: Callable[..., Outcome], scripted_openai: ScriptedOpenAI
) -> None:
    done = measured("  - {id: a, query: b, state: {tool: shelf:burn, says: ash}}")
    assert done.code == 2
    assert "task 'a' needs the tool shelf:burn, which no MCP server offers." in done.stderr
    assert scripted_openai.requests == []
    dead = measured("  - {id: a, query: b}", "--endpoint", "dead=http://127.0.0.1:9/v1")
    assert dead.code == 4
