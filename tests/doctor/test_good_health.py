"""What the doctor says where nothing is wrong, and how."""

from pathlib import Path

import pytest

from app.doctor.finding import exit_code, failed, ok, skipped, warning
from tests.conftest import RunApp
from tests.doctor.conftest import Examined
from tests.scripted_openai import Call, Reply, ScriptedOpenAI

NOTES = {"command": "python", "args": ["-m", "mcp_servers.notes"]}
IN_ORDER = (
    "settings template server model context|tool call|required named streaming|two calls|arguments result reasoning "
    "image|image of a tool|prefix cache|mcp notes|store policy query"
)


def test_everything_that_works_is_ok_and_in_order(examined: Examined, endpoint: ScriptedOpenAI) -> None:
    table = examined("--base-url", endpoint.base_url, "--query", "What time is it in Asia/Tokyo?", notes=NOTES)
    names = [name for part in IN_ORDER.split("|") for name in ([part] if _is_one(part) else part.split())]
    assert list(table.rows) == names
    assert table.of("skipped") == ["prefix cache"]
    assert table.of("failed") == []
    assert table.code == 0
    assert table.rows["arguments"]["said"].endswith('Zoë says "grüezi" to 東京')


def _is_one(part: str) -> bool:
    return part in ("tool call", "two calls", "image of a tool", "prefix cache", "mcp notes")


def test_the_query_goes_through_the_agent_and_leaves_no_thread(
    examined: Examined, endpoint: ScriptedOpenAI, run_app: RunApp
) -> None:
    def answer(body: dict[str, object]) -> Reply:
        called = any(message["role"] == "tool" for message in body["messages"])  # type: ignore[attr-defined]  # wire format
        return Reply(text="You have no notes.") if called else Reply(calls=[Call("list_notes", {})])

    endpoint.always(answer)
    table = examined("--base-url", endpoint.base_url, "--query", "Which notes do I have?", notes=NOTES)
    assert table.rows["query"]["state"] == "ok"
    assert table.rows["query"]["said"] == "You have no notes. (called notes:list_notes)"
    assert run_app("threads", "list", "--json").report == []


def test_a_query_that_needs_approval_says_so_and_runs_nothing(examined: Examined, endpoint: ScriptedOpenAI) -> None:
    table = examined("--base-url", endpoint.base_url, "--query", "Add a note: milk", notes=NOTES)
    assert table.rows["query"]["state"] == "warning"
    assert "approval of add_note" in table.rows["query"]["said"]
    assert table.code == 0


def test_without_an_endpoint_the_rest_is_examined(examined: Examined) -> None:
    table = examined()
    assert table.code == 0
    assert table.rows["server"]["state"] == "skipped"
    assert "embedded.jinja" in table.rows["template"]["said"]
    assert table.rows["store"]["state"] == table.rows["policy"]["state"] == "ok"


def test_a_table_is_printed_row_by_row_with_hints_below(
    run_app: RunApp, endpoint: ScriptedOpenAI, tmp_path: Path
) -> None:
    config = tmp_path / "none.json"
    config.write_text('{"mcpServers": {}}')
    endpoint.max_model_len = 2048
    outcome = run_app("doctor", "--base-url", endpoint.base_url, "--mcp-config", config)
    lines = outcome.stdout.splitlines()
    assert lines[0].split() == ["ok", "settings", f"{endpoint.base_url},", "without", "a", "key."]
    (number,) = [number for number, line in enumerate(lines) if line.startswith("warning  context")]
    assert lines[number + 1].startswith(" " * 26 + "hint: ")
    assert max(map(len, lines)) <= 110
    assert "1 warning" in outcome.stderr


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([ok("a", "."), skipped("b", "."), warning("c", ".", "")], 0),
        ([ok("a", "."), failed("b", ".", "")], 1),
    ],
)
def test_only_a_failure_is_a_failure(findings: list, code: int) -> None:
    assert exit_code(findings) == code
