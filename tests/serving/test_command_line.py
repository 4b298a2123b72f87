import json
import shlex
from pathlib import Path

import pytest

from app.errors import UsageError
from app.serving.command_line import Wish, plan_launch
from app.serving.dropped_flags import DROPPED
from tests.conftest import RunApp
from tests.source_tree import ROOT


def flags(wish: Wish) -> dict[str, str]:
    words = list(plan_launch(wish).flags)
    return {word: after for word, after in zip(words, [*words[1:], ""], strict=False) if word.startswith("--")}


def test_print_shows_the_whole_command_and_starts_nothing(run_app: RunApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVING__VLLM", "/bin/echo")
    done = run_app("serve", "qwen2.5-7b", "--print", "--max-model-len", "16k", "--port", 9001, "--", "--seed", 1)
    assert done.code == 0
    words = shlex.split(done.stdout)
    assert words[:3] == ["/bin/echo", "serve", "Qwen/Qwen2.5-7B-Instruct"]
    assert words[-2:] == ["--seed", "1"]
    for pair in (
        ("--chat-template", str(ROOT / "prompts/templates/qwen2_5.jinja")),
        ("--tool-call-parser", "hermes"),
        ("--max-model-len", "16k"),
        ("--port", "9001"),
    ):
        assert words[words.index(pair[0]) + 1] == pair[1]
    assert words.count("--max-model-len") == 1


def test_the_module_form_takes_the_model_by_name() -> None:
    launch = plan_launch(Wish("qwen2.5-7b"))
    assert launch.command(["python", "-m", "entry"])[:5] == ["python", "-m", "entry", "--model", launch.model]
    assert launch.command(["vllm", "serve"])[:3] == ["vllm", "serve", launch.model]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("tensor-parallel-size", "2"),
        ("pipeline-parallel-size", "2"),
        ("data-parallel-size", "2"),
        ("gpu-memory-utilization", "0.5"),
        ("max-num-seqs", "3"),
        ("max-num-batched-tokens", "4096"),
        ("cpu-offload-gb", "8.0"),
        ("served-model-name", "mine"),
    ],
)
def test_an_option_of_vllm_goes_through_under_its_own_name(run_app: RunApp, option: str, value: str) -> None:
    words = shlex.split(run_app("serve", "qwen3-8b", "--print", f"--{option}", value).stdout)
    assert words[words.index(f"--{option}") + 1] == value


def test_several_adapters_are_served_beside_the_model() -> None:
    words = list(plan_launch(Wish("qwen2.5-7b", loras=("kitchen=/k", "garden=org/g"))).flags)
    at = words.index("--lora-modules")
    assert words[at : at + 3] == ["--lora-modules", "kitchen=/k", "garden=org/g"]
    assert "--enable-lora" in words
    assert words[words.index("--max-loras") + 1] == "2"


def test_an_adapter_without_a_path_is_refused() -> None:
    with pytest.raises(UsageError, match="name=path"):
        plan_launch(Wish("qwen2.5-7b", loras=("kitchen",)))


def test_images_are_limited_in_json_as_vllm_wants_it() -> None:
    assert json.loads(flags(Wish("robobrain2.0-7b"))["--limit-mm-per-prompt"]) == {"image": 8}


def test_the_hub_is_chosen_by_a_variable(run_app: RunApp) -> None:
    printed = run_app("serve", "qwen3-8b", "--print", "--hub", "modelscope").stdout
    assert printed.startswith("VLLM_USE_MODELSCOPE=True ")


@pytest.mark.parametrize(
    ("model", "parser", "template"),
    [
        ("Qwen/Qwen2.5-72B-Instruct", "hermes", "qwen2_5.jinja"),
        ("Qwen/QwQ-32B", "hermes", "qwen2_5.jinja"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "hermes", "robobrain2.jinja"),
        ("BAAI/RoboBrain2.0-32B", "hermes", "robobrain2.jinja"),
        ("BAAI/RoboBrain2.5-8B-MT", "hermes", "robobrain2.jinja"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama3_json", "llama3_json.jinja"),
        ("NousResearch/Hermes-3-Llama-3.1-8B", "hermes", "hermes.jinja"),
        ("Qwen/Qwen3-14B", "hermes", ""),
    ],
)
def test_a_model_without_a_profile_is_served_like_its_family(model: str, parser: str, template: str) -> None:
    launch = plan_launch(Wish(model))
    assert launch.model == model
    assert "--max-model-len" not in launch.flags
    found = flags(Wish(model))
    assert (found["--tool-call-parser"], Path(found.get("--chat-template", "")).name) == (parser, template)
    assert model in launch.notice


def test_a_folder_is_known_by_its_architecture(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"architectures": ["Qwen2ForCausalLM"]}')
    assert flags(Wish(str(tmp_path)))["--tool-call-parser"] == "hermes"


def test_a_model_nobody_knows_is_refused_unless_its_parser_is_named() -> None:
    with pytest.raises(UsageError, match="no profile") as refused:
        plan_launch(Wish("someone/Qwen3-Coder-Next"))
    assert "--tool-call-parser NAME" in refused.value.hint
    extra = ("--enable-auto-tool-choice", "--tool-call-parser", "qwen3_xml")
    assert plan_launch(Wish("someone/Qwen3-Coder-Next", extra=extra)).flags[-3:] == list(extra)


def test_a_folder_that_is_not_there_is_said_at_once(run_app: RunApp) -> None:
    done = run_app("serve", "./no/such/folder")
    assert done.code == 2
    assert "there is no ./no/such/folder" in done.stderr


@pytest.mark.parametrize("flag", sorted(DROPPED))
def test_a_flag_that_vllm_dropped_gets_a_hint(run_app: RunApp, flag: str) -> None:
    done = run_app("serve", "qwen2.5-7b", "--", f"{flag.replace('-', '_').replace('__', '--', 1)}=4")
    assert done.code == 2
    assert f"vLLM has no {flag} any more." in done.stderr
    assert f"hint: {DROPPED[flag]}" in done.stderr


def test_an_image_limit_of_the_old_form_gets_todays(run_app: RunApp) -> None:
    done = run_app("serve", "robobrain2.0-7b", "--", "--limit-mm-per-prompt", "image=2")
    assert done.code == 2
    assert '{"image": 2}' in done.stderr


def test_without_vllm_the_ways_to_one_are_named(run_app: RunApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("SWITCHYARD_CACHE", "nowhere")
    done = run_app("serve", "embedded", "--detach")
    assert done.code == 2
    assert "vLLM is not installed" in done.stderr
    assert "--install" in done.stderr


def test_list_shows_every_profile_with_its_memory_and_parser(run_app: RunApp) -> None:
    rows = json.loads(run_app("serve", "list", "--json").stdout)
    assert len(rows) == 12
    assert all({"profile", "model", "memory", "parser", "template", "note"} <= set(row) for row in rows)


def test_docker_shows_the_compose_command_with_what_it_is_to_serve(run_app: RunApp) -> None:
    words = shlex.split(run_app("serve", "qwen2.5-7b", "--docker", "--print", "--port", 9001, "--api-key", "k").stdout)
    at = words.index("docker")
    assert words[at:] == ["docker", "compose", "-f", str(ROOT / "docker/compose.yaml"), "--profile", "gpu", "up"]
    variables = dict(word.split("=", 1) for word in words[:at])
    assert (variables["VLLM_MODEL"], variables["VLLM_PORT"]) == ("Qwen/Qwen2.5-7B-Instruct", "9001")
    assert "--chat-template /templates/qwen2_5.jinja" in variables["VLLM_ARGS"]
    assert "VLLM_API_KEY" not in variables


def test_without_docker_or_with_a_folder_a_container_is_refused(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "does not see the folder" in run_app("serve", "embedded", "--docker").stderr
    monkeypatch.setenv("PATH", "")
    done = run_app("serve", "qwen2.5-7b", "--docker")
    assert done.code == 2
    assert "Docker is not installed" in done.stderr
