"""Our rendering is transformers' rendering, and vLLM detects the content format that images need."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.serving.environment import python_of
from tests.templates.cases import CASES
from tests.templates.rendering import PARSERS, as_template_sees, render, source_of
from tests.templates.tokenizer_folder import build_model_folder

pytestmark = [pytest.mark.slow, pytest.mark.vllm, pytest.mark.timeout(600)]
SCRIPT = Path(__file__).parent / "in_vllm.py"
PROMPTS = [(template, as_template_sees(case.messages), case.tools) for template in PARSERS for case in CASES]


@pytest.fixture(scope="module")
def told(vllm_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What transformers renders and vLLM detects."""
    asked = {
        "model": str(build_model_folder(tmp_path_factory.mktemp("model"))),
        "templates": {template: source_of(template) for template in PARSERS},
        "prompts": PROMPTS,
    }
    command = [str(python_of(vllm_environment)), str(SCRIPT)]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_prompts_are_those_of_transformers(told: dict[str, Any]) -> None:
    assert len(told["prompts"]) == len(PROMPTS)
    for (template, messages, tools), prompt in zip(PROMPTS, told["prompts"], strict=True):
        assert prompt == render(template, messages, tools)


def test_every_template_takes_content_in_parts(told: dict[str, Any]) -> None:
    assert told["formats"] == dict.fromkeys(PARSERS, "openai")


def test_images_cannot_go_through_this_build(vllm_environment: Path) -> None:
    """Qwen's processor needs torchvision; once the build has it, send the image cases through the render server."""
    assert not list(vllm_environment.glob("lib/python3*/site-packages/torchvision"))
