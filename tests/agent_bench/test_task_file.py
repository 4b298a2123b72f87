import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.agent_bench.task_file import load_tasks
from app.errors import UsageError
from tests.conftest import RunApp

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "tasks.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_the_tasks_that_come_along_can_be_read_and_prove_something() -> None:
    task_set = load_tasks()
    assert len(task_set.tasks) >= 10
    assert task_set.harmless
    assert all(task.says or task.calls is not None or task.state for task in task_set.tasks)
    assert "{folder}" in task_set.variables["NOTES_DB"]


def test_a_list_a_table_and_json_lines_are_read_alike(write: Write) -> None:
    listed = load_tasks(write("- {id: a, query: Hello, says: hi}"))
    table = load_tasks(write("variables: {X: '{folder}/x'}\ntasks:\n  - {id: a, query: Hello, says: hi}"))
    lines = load_tasks(write(json.dumps({"id": "a", "query": "Hello", "says": "hi"}) + "\n\n", "tasks.jsonl"))
    assert listed.tasks == table.tasks == lines.tasks
    assert (dict(table.variables), listed.harmless) == ({"X": "{folder}/x"}, False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "tasks: List should have at least 1 item"),
        ("hello", "valid dictionary or instance"),
        ("- {id: a, query: b, seys: c}", "task 'a': seys: Extra inputs are not permitted."),
        ("- {query: b}", "task 1: id: Field required."),
        ("- just words", "task 1: Input should be a valid dictionary"),
        ("- {id: a, query: b}\n- {id: a, query: c}", "two tasks"),
        ("- {id: a, query: b, says: '('}", "task 'a' has a pattern that is none: ("),
        ("- {id: a, query: b, state: {tool: x, says: '['}}", "task 'a' has a pattern that is none: ["),
        ("- {id: a, query: b, order: random}", "task 'a': order: Input should be 'any', 'same' or 'among_others'."),
        ("- [", "cannot be parsed"),
    ],
)
def test_a_file_of_another_form_is_told_in_one_sentence(write: Write, text: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        load_tasks(write(text))
    assert told in error.value.message
    assert "\n" not in error.value.message
    assert error.value.hint


def test_the_command_ends_with_2_before_anything_is_started(run_app: RunApp, write: Write) -> None:
    done = run_app("bench", "agent", "--tasks", write("- {id: a}"))
    assert (done.code, done.stdout) == (2, "")
    assert "task 'a': query: Field required." in done.stderr
    missing = run_app("bench", "agent", "--tasks", "nowhere.yaml")
    assert (missing.code, "nowhere.yaml cannot be read" in missing.stderr) == (2, True)
    unknown = run_app("bench", "agent", "--task", "nothing")
    assert (unknown.code, "there is no task 'nothing'" in unknown.stderr) == (2, True)
    twice = run_app("bench", "agent", "-m", "embedded", "-m", "embedded")
    assert (twice.code, "'embedded' is named twice" in twice.stderr) == (2, True)
    foreign = run_app("bench", "agent", "--mcp-config", "mcp.json")
    assert (foreign.code, "Name tasks of yours with --tasks." in foreign.stderr) == (2, True)
