"""What can be written on the command line and in files, and the sentence that answers what cannot."""

from pathlib import Path

import pytest

from app.bench.plan import PlanOptions, plan_phases
from app.bench.prompt_set import load_prompts
from app.bench.target import load_targets, parse_target
from app.errors import UsageError
from tests.conftest import RunApp
from tests.scripted_openai import ScriptedOpenAI
from tests.source_tree import ROOT


def test_an_endpoint_has_a_name_an_address_and_more():
    target = parse_target("fast=http://localhost:8000/v1,model=a/b-7B,kind=vllm,key_env=MY_KEY,pid=12")
    assert (target.name, target.url, target.model) == ("fast", "http://localhost:8000/v1", "a/b-7B")
    assert (target.kind, target.key_env, target.pid) == ("vllm", "MY_KEY", 12)


def test_a_key_comes_from_the_variable_that_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MY_KEY", "sesame")
    assert parse_target("a=http://h/v1,key_env=MY_KEY").key == "sesame"
    assert parse_target("a=http://h/v1").key == "EMPTY"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("http://localhost:8000/v1", "--endpoint takes NAME="),
        ("a=localhost:8000", "--endpoint takes NAME="),
        ("a=http://h/v1,7B", "'7B' of --endpoint a is no name=value"),
        ("a=http://h/v1,modle=x", "unknown field 'modle'"),
        ("a=http://h/v1,kind=tgi", "no kind 'tgi'"),
        ("a=http://h/v1,pid=self", "no process 'self'"),
        ("=http://h/v1", "needs a name"),
    ],
)
def test_an_endpoint_that_cannot_be_read_is_one_sentence(text: str, sentence: str):
    with pytest.raises(UsageError, match=sentence) as failure:
        parse_target(text)
    assert failure.value.hint


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "lists no servers"),
        ("a: [", "is not YAML"),
        ("- name: a", "server 1 of .* needs a name and a url"),
        ("- {name: a, url: 'http://h/v1', body: 3}", "body of server 1"),
        ("- {name: a, url: 'http://h/v1'}\n- {name: a, url: 'http://g/v1'}", "two servers are called 'a'"),
    ],
)
def test_a_file_of_servers_that_cannot_be_read_is_one_sentence(text: str, sentence: str, tmp_path: Path):
    file = tmp_path / "servers.yaml"
    file.write_text(text)
    with pytest.raises(UsageError, match=sentence):
        load_targets(file)


def test_the_shipped_files_can_be_read():
    assert [target.name for target in load_targets(ROOT / "benchmarks" / "endpoints.yaml")][0] == "vLLM"
    assert {prompt.language for prompt in load_prompts()} == {"en", "zh", "ko"}
    assert len(load_prompts(ROOT / "benchmarks" / "embedded-prompts.yaml")) == 5


def test_prompts_may_be_lines_of_json(tmp_path: Path):
    file = tmp_path / "prompts.jsonl"
    file.write_text('"Hello"\n{"messages": [{"role": "system", "content": "Be brief."}], "language": "ko"}\n')
    first, second = load_prompts(file)
    assert first.messages == [{"role": "user", "content": "Hello"}]
    assert (second.messages[0]["role"], second.language) == ("system", "ko")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "has no prompts"),
        ("- 3", "neither a text"),
        ("- txt: a", "unknown field 'txt'"),
        ("- language: en", "either text"),
    ],
)
def test_prompts_that_cannot_be_read_are_one_sentence(text: str, sentence: str, tmp_path: Path):
    file = tmp_path / "prompts.yaml"
    file.write_text(text)
    with pytest.raises(UsageError, match=sentence):
        load_prompts(file)


def test_the_phases_are_the_protocols_and_the_steps_of_the_sweep():
    phases = plan_phases(PlanOptions(sweep="1, 8"))
    assert [(phase.protocol, phase.concurrency, phase.requests) for phase in phases] == [
        ("single", 1, 5),
        ("concurrent", 5, 5),
        ("sweep", 1, 5),
        ("sweep", 8, 32),
    ]


@pytest.mark.parametrize(("sweep", "protocol"), [("1,x", "both"), ("0", "both"), ("", "none")])
def test_a_plan_of_nothing_is_refused(sweep: str, protocol: str):
    with pytest.raises(UsageError):
        plan_phases(PlanOptions(sweep=sweep, protocol=protocol))


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--endpoint", "nonsense"], 2, "--endpoint takes"),
        (["--endpoint", "a=http://127.0.0.1:9/v1"], 4, "a: no answer from"),
        ([], 4, "there is no server to measure"),
        (["--endpoints", "nowhere.yaml"], 2, "nowhere.yaml cannot be read"),
        (["compare", "one", "two"], 2, "there is no run 'one'"),
        (["--offline", "nonsense"], 2, "there is no profile 'nonsense'"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence_and_a_hint(
    run_app: RunApp, arguments: list[str], code: int, sentence: str
):
    outcome = run_app("bench", *arguments)
    assert (outcome.code, outcome.stdout) == (code, "")
    said = outcome.stderr.strip().splitlines()
    assert said[-2].startswith("error: ")
    assert sentence in said[-2]
    assert said[-1].startswith("hint: ")


def test_evalscope_that_is_not_installed_says_how_to_install_it(run_app: RunApp, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)  # where the extra is installed
    outcome = run_app("bench", "--engine", "evalscope", "--endpoint", "a=http://127.0.0.1:9/v1")
    assert outcome.code == 2
    assert "uv sync --extra bench" in outcome.stderr


def test_a_model_that_is_not_served_is_said_before_anything_is_sent(run_app: RunApp, scripted_openai: ScriptedOpenAI):
    outcome = run_app("bench", "--endpoint", f"a={scripted_openai.base_url},model=other")
    assert outcome.code == 4
    assert "serves no model called 'other'" in outcome.stderr
    assert scripted_openai.requests == []
