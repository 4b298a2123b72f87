"""The command as a person uses it: what it prints and writes, and how it ends."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.tool_eval.parser_counter import ParserCount, read_count
from tests.conftest import RunApp
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.tool_eval.conftest import AskEval, Evaluate

Write = Callable[[str], Path]
TWO = (
    "- {id: rome, tools: [get_weather], user: Rome., calls: [{get_weather: {city: [Rome]}}]}\n"
    "- {id: hello, tools: [get_weather], language: ko, user: Hello., none: true}\n"
)
ROME = Reply(calls=[Call("get_weather", {"city": "Rome"})])


def right(body: dict[str, Any]) -> Reply | str:
    return ROME if body["messages"][-1]["content"] == "Rome." else "Hello!"


def test_scores_failures_and_files_are_shown(
    ask_eval: AskEval, cases: Write, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    scripted_openai.always("It is <b>sunny</b>.")
    done = ask_eval("--cases", cases(TWO), "--out", tmp_path / "report")
    assert done.code == 0
    assert "own / rome: failed, no call" in done.stdout
    assert 'get_weather(city="Rome")' in done.stdout
    assert "'It is <b>sunny</b>.'" in done.stdout
    page = (tmp_path / "report/report.html").read_text()
    assert "own / rome: failed, no call" in page
    assert "It is &lt;b&gt;sunny&lt;/b&gt;" in page
    data = json.loads((tmp_path / "report/report.json").read_text())
    assert data["evaluations"][0]["scores"]["own"] == 0.5
    assert {path.suffix for path in (tmp_path / "report").iterdir()} == {".html", ".json", ".md", ".csv"}


def test_endpoints_are_asked_side_by_side(run_app: RunApp, cases: Write, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always(right)
    with ScriptedOpenAI("small", "big") as other:
        other.always("I do not know.")
        named = ["-e", f"good={scripted_openai.base_url}", "-e", f"bad={other.base_url},model=big"]
        done = run_app("eval", *named, "--cases", cases(TWO), "--output", "json")
        assert {request.body["model"] for request in other.requests} == {"big"}
    good, bad = json.loads(done.stdout)["evaluations"]
    assert [one["scores"]["own"] for one in (good, bad)] == [1.0, 0.5]


def test_repeats_give_pass_hat_k(evaluate: Evaluate, cases: Write, scripted_openai: ScriptedOpenAI) -> None:
    """Right three times of four: pass^1 is 3/4, pass^2 3/6, pass^3 1/4, pass^4 0, by the binomials."""
    scripted_openai.enqueue(ROME, ROME, "No.", ROME)
    one = evaluate("--cases", cases(TWO), "--case", "rome", "--repeat", 4, "--concurrency", 1)
    assert one["pass_hat"] == [0.75, 0.5, 0.25, 0.0]
    assert [outcome["attempt"] for outcome in one["outcomes"]] == [1, 2, 3, 4]


def test_as_many_cases_run_at_once_as_was_said(
    ask_eval: AskEval, cases: Write, scripted_openai: ScriptedOpenAI
) -> None:
    gate = threading.Barrier(2, timeout=10)

    def together(body: dict[str, Any]) -> Reply | str:
        gate.wait()
        return right(body)

    scripted_openai.always(together)
    assert ask_eval("--cases", cases(TWO), "--concurrency", 2, "--min-score", 100).code == 0


def test_a_score_under_the_least_one_is_exit_code_1(
    ask_eval: AskEval, cases: Write, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always("No.")
    done = ask_eval("--cases", cases(TWO), "--min-score", 60)
    assert done.code == 1
    assert "scripted has 50.0 %, under the 60 %" in done.stderr


def test_filters_choose_cases(evaluate: Evaluate, cases: Write, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always("Hello!")
    folder = cases(TWO)
    assert [one["case"] for one in evaluate("--cases", folder, "--language", "ko")["outcomes"]] == ["hello"]
    assert [one["case"] for one in evaluate("--cases", folder, "--case", "ro*")["outcomes"]] == ["rome"]
    assert len(evaluate("--cases", folder, "--limit", 1)["outcomes"]) == 1


def test_an_endpoint_that_dies_ends_the_run_with_exit_code_4(
    ask_eval: AskEval, cases: Write, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always(Reply(drop_after=0))
    done = ask_eval("--cases", cases(TWO), "--repeat", 4, "--concurrency", 1)
    assert done.code == 4
    assert "stopped answering" in done.stderr
    assert "hint:" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--base-url", "http://127.0.0.1:9/v1"], 4, "no answer from http://127.0.0.1:9/v1"),
        (["--endpoint", "nonsense"], 2, "--endpoint takes NAME=http"),
        (["--model", "embedded", "--category", "nonsense"], 2, "There are: error_recovery"),
        (["--model", "embedded", "--language", "xx"], 2, "no case has the language 'xx'"),
        (["--cases", "nowhere"], 2, "has no YAML files with cases"),
        (["--cases", "here", "--bfcl", "there"], 2, "name two sets of cases"),
    ],
)
def test_bad_input_is_one_sentence_and_a_hint(arguments: list[str], code: int, said: str, run_app: RunApp) -> None:
    done = run_app("eval", *arguments)
    assert (done.code, done.stdout) == (code, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert done.stderr.splitlines()[1].startswith("hint: ")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("- {id: a, tools: [nothing], none: true}\n", "case 'a': there is no tool 'nothing'"),
        ("- {id: a, tools: [add_note]}\n", "case 'a': it needs exactly one of calls, one_of, some and none"),
        ("- {id: a, tools: [add_note], none: true, sky: 1}\n", "cases.0.sky: Extra inputs are not permitted"),
        ("- {id: a, tools: [add_note], none: true\n", "is not YAML"),
        ("- {id: a, tools: [add_note], none: true}\n" * 2, "two cases of"),
    ],
)
def test_a_wrong_case_file_is_told_where(line: str, said: str, ask_eval: AskEval, cases: Write) -> None:
    done = ask_eval("--cases", cases(line))
    assert done.code == 2
    assert said in done.stderr
    assert done.stderr.splitlines()[1].startswith("hint: ")


@pytest.mark.slow
def test_the_embedded_model_is_asked_in_process(run_app: RunApp) -> None:
    case = ["--case", "simple-en-time", "--case", "choice-en-required"]
    done = run_app("eval", "--model", "embedded", *case, "--output", "json")
    assert done.code == 0, done.stderr
    [one] = json.loads(done.stdout)["evaluations"]
    asked, skipped = one["outcomes"]
    assert asked["replies"][0]["calls"][0]["name"] == "get_current_time"
    assert (asked["model"], skipped["model"]) == (True, None)
    assert (one["scores"]["asked"], one["scores"]["skipped"]) == (1, 1)


def test_what_a_request_carries_is_what_the_case_says(ask_eval: AskEval, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always("No.")
    ask_eval("--category", "tool_choice", "--concurrency", 1)
    bodies = [request.body for request in scripted_openai.requests]
    choices = [body.get("tool_choice") for body in bodies]
    named = {"type": "function", "function": {"name": "get_air_quality"}}
    assert choices[:5] == ["required", "required", named, "none", None]
    assert [body.get("parallel_tool_calls") for body in bodies[:5]] == [None, None, None, None, False]
    assert all(body["stream"] and body["temperature"] == 0 and body["max_tokens"] == 512 for body in bodies)


def test_the_parsers_counter_is_read_by_outcome_over_all_its_series() -> None:
    name, rest = "vllm:tool_call_parser_invocations", 'model_name="m",request_type="chat"'
    page = (
        f'{name}_total{{mode="stream",outcome="tool_call",{rest}}} 7.0\n'
        f'{name}_total{{mode="full",outcome="tool_call",{rest}}} 2.0\n'
        f'{name}_total{{mode="full",outcome="no_tool_call",{rest}}} 1.0\n'
        f'{name}_created{{mode="full",outcome="tool_call",{rest}}} 1.7e9\n'
    )
    assert read_count(page) == ParserCount(9.0, 1.0)
    assert read_count(page).since(ParserCount(4.0, 1.0)) == ParserCount(5.0, 0.0)
