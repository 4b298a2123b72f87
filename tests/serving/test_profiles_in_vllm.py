"""Every profile before vLLM's own argument parser, registries and template reader, in one process for all."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.serving.command_line import Wish, plan_launch
from app.serving.dropped_flags import DROPPED
from app.serving.environment import python_of
from app.serving.profiles import FOLDER, Profile, load_profile, profile_names
from tests.serving.vllm_server import INSTALL_AND_BOOT_SECONDS
from tests.source_tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.vllm, pytest.mark.timeout(INSTALL_AND_BOOT_SECONDS)]


def profile(name: str) -> Profile:
    return load_profile(FOLDER / f"{name}.yaml")


def asked(name: str) -> dict[str, Any]:
    template = profile(name).options.get("chat-template")
    return {
        "config": str(FOLDER / f"{name}.yaml"),
        "flags": plan_launch(Wish(name)).command(["python", "-m", "vllm"])[3:],
        "template": Path(template).read_text() if template else None,
    }


@pytest.fixture(scope="module")
def vllm_says(vllm_environment: Path) -> dict[str, Any]:
    question = {"profiles": {name: asked(name) for name in profile_names()}, "dropped": sorted(DROPPED)}
    done = subprocess.run(
        [python_of(vllm_environment), Path(__file__).parent / "in_vllm.py"],
        input=json.dumps(question),
        cwd=ROOT,
        env={**os.environ, "VLLM_LOGGING_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", profile_names())
def test_vllm_understands_a_profile_in_both_forms_alike(name: str, vllm_says: dict[str, Any]) -> None:
    said = vllm_says["profiles"][name]
    paths = {"chat_template", "model", "model_tag", "host"}
    from_config = {key: value for key, value in said["from_config"].items() if key not in paths}
    from_flags = {key: value for key, value in said["from_flags"].items() if key not in paths}
    assert from_config == from_flags
    assert said["from_flags"]["model"] == repr(profile(name).model)
    assert from_flags["enable_auto_tool_choice"] == "True"


@pytest.mark.parametrize("name", profile_names())
def test_vllm_has_the_parsers_a_profile_names(name: str, vllm_says: dict[str, Any]) -> None:
    options = profile(name).options
    assert options["tool-call-parser"] in vllm_says["tool_parsers"]
    assert options.get("reasoning-parser", "qwen3") in vllm_says["reasoning_parsers"]


@pytest.mark.parametrize("name", [name for name in profile_names() if "chat-template" in profile(name).options])
def test_vllm_hands_a_template_contents_in_the_form_its_profile_states(name: str, vllm_says: dict[str, Any]) -> None:
    assert vllm_says["profiles"][name]["content"] == profile(name).notes["content"]


def test_every_flag_we_call_dropped_is_one_that_vllm_refuses(vllm_says: dict[str, Any]) -> None:
    assert vllm_says["not_refused"] == []
