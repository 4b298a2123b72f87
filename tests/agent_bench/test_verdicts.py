import re
from collections.abc import Sequence
from typing import Any

import pytest

from app.agent_bench.attempt import Attempt, Ending
from app.agent_bench.stopwatch import ModelTime, Stopwatch, ToolTime, together
from app.agent_bench.task import AgentTask, StateCheck
from app.agent_bench.task_file import load_tasks
from app.agent_bench.verdict import judge
from app.bench.pass_hat import pass_hat
from app.events import Event, ModelRequest, ToolFinished, ToolStarted, Usage
from app.tool_eval.case import ExpectedCall, Tools
from app.tool_eval.wire_reply import ReceivedCall

TOOLS = Tools(
    tuple(
        {"type": "function", "function": {"name": name, "parameters": {"properties": {"city": {"type": "string"}}}}}
        for name in ("go", "see")
    )
)
NAMES = {"travel:go": "go", "go": "go", "travel:see": "see", "see": "see"}
GO_ROME, SEE_ROME = (
    ReceivedCall(name="go", raw_arguments='{"city": "Rome"}'),
    ReceivedCall(name="see", raw_arguments='{"city": "Rome"}'),
)
WANTED = (ExpectedCall("travel:go", {"city": ["Rome"]}), ExpectedCall("see", {"city": ["Rome", "Roma"]}))


def attempt(
    task: AgentTask, calls: Sequence[ReceivedCall] = (), *, failed: Sequence[ReceivedCall] = (), **fields: Any
) -> Attempt:
    """An attempt that made these calls, of which some failed."""
    made = [
        ToolTime(start=0, seconds=0, server="travel", call=call, ok=call not in failed, repaired=False)
        for call in calls
    ]
    given = {"ending": Ending(answer="I went to Rome."), "seconds": 1.0, "model": [], "number": 1} | fields
    return Attempt(task=task, tools=made, asked=calls, **given)


def kinds(task: AgentTask, *calls: ReceivedCall, **fields: Any) -> list[str]:
    return [fault.kind for fault in judge(attempt(task, calls, **fields), TOOLS, NAMES)]


def test_the_answer_must_contain_the_pattern_whatever_its_case() -> None:
    assert kinds(AgentTask(id="a", query="?", says="ROME\\.$")) == []
    assert kinds(AgentTask(id="a", query="?", says="Paris")) == ["wrong text"]


@pytest.mark.parametrize(
    ("answer", "right"),
    [("It is 06:00.", True), ("datetime: 2026-11-22T06:00:00+05:30", True), ("6:00 am", True)]
    + [("It is 16:00.", False), ("datetime: 2026-11-22T13:06:00+05:30", False)],
)
def test_a_converted_time_is_found_however_it_is_written(answer: str, right: bool) -> None:
    [convert] = [task for task in load_tasks().tasks if task.id == "convert"]
    assert bool(re.search(convert.says, answer)) is right


def test_calls_in_any_order_are_right_unless_the_order_counts() -> None:
    free = AgentTask(id="a", query="?", calls=WANTED)
    assert kinds(free, SEE_ROME, GO_ROME) == []
    assert kinds(free, GO_ROME) == ["number of calls"]
    ordered = AgentTask(id="a", query="?", calls=WANTED, order="same")
    assert kinds(ordered, GO_ROME, SEE_ROME) == []
    assert kinds(ordered, SEE_ROME, GO_ROME) == ["wrong tool", "wrong tool"]


def test_other_calls_are_wrong_unless_they_are_allowed() -> None:
    one = WANTED[:1]
    assert kinds(AgentTask(id="a", query="?", calls=one), GO_ROME, SEE_ROME) == ["number of calls"]
    among = AgentTask(id="a", query="?", calls=one, order="among_others")
    assert kinds(among, SEE_ROME, GO_ROME) == []
    assert kinds(among, GO_ROME, failed=[GO_ROME]) == ["no call"]
    assert kinds(AgentTask(id="a", query="?", calls=()), GO_ROME) == ["number of calls"]
    assert kinds(AgentTask(id="a", query="?"), GO_ROME) == []


def test_what_the_turn_left_behind_is_looked_at() -> None:
    task = AgentTask(id="a", query="?", state=StateCheck(tool="see", arguments={}, says="flag"))
    assert kinds(task, state="A Flag in Rome") == []
    assert kinds(task, state="nothing") == ["wrong state"]


def test_a_failure_and_a_limit_are_faults_of_their_own() -> None:
    task = AgentTask(id="a", query="?", says="Rome")
    assert kinds(task, ending=Ending(error="the endpoint is gone.")) == ["no answer"]
    assert kinds(task, ending=Ending(answer="Rome", stopped_by="max_steps")) == ["limit"]


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [([], 0), ([(0, 2), (5, 1)], 3), ([(0, 2), (1, 2)], 3), ([(0, 5), (1, 1)], 5), ([(4, 1), (0, 1)], 2)],
)
def test_tools_side_by_side_count_once(spans: list[tuple[float, float]], seconds: float) -> None:
    assert together(spans) == pytest.approx(seconds)


def test_the_stopwatch_reads_the_runs_own_events() -> None:
    watch = Stopwatch()
    call = {"call_id": "1", "server": "travel", "name": "go"}
    told: list[Event] = [
        ModelRequest(model="m", endpoint="e", outcome="ok", seconds=0.5, first_token=0.2),
        Usage(input_tokens=7, output_tokens=3),
        ToolStarted(**call, arguments={"city": "Rome"}),
        ToolFinished(**call, status="error", seconds=0.1, size=2, result="no"),
    ]
    for event in told:
        watch.note(event)
    [model], [tool] = watch.model, watch.tools
    assert (model.seconds, model.first_token, model.input_tokens, model.output_tokens) == (0.5, 0.2, 7, 3)
    assert (tool.seconds, tool.ok, tool.call.arguments) == (0.1, False, {"city": "Rome"})
    assert watch.asked == [tool.call]


def test_what_neither_model_nor_tools_explain_is_ours() -> None:
    spent = attempt(
        AgentTask(id="a", query="?"),
        model=[
            ModelTime(start=0, seconds=0.4, first_token=None, ok=True),
            ModelTime(start=0.6, seconds=0.3, first_token=None, ok=False),
        ],
    )
    assert (spent.own_seconds, spent.own_per_step) == (pytest.approx(0.3), pytest.approx(0.15))
    assert spent.input_tokens is None


def test_pass_hat_k_is_the_chance_that_k_attempts_are_all_right() -> None:
    assert pass_hat([[True, True, False, True]]) == [0.75, 0.5, 0.25, 0.0]
    assert pass_hat([[True, True], [False, False]]) == [0.5, 0.5]
    assert pass_hat([]) == []
