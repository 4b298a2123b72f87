"""What docs/serving.md tells people to type and to expect, done as it is written there."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from app.serving.command_line import OPTION_NAMES
from app.serving.profiles import FOLDER, load_profile, profile_names
from tests.serving.vllm_server import INSTALL_AND_BOOT_SECONDS, ServedEmbedded
from tests.source_tree import ROOT

PAGE = (ROOT / "docs" / "serving.md").read_text()
CHECKS = re.findall(r"<!-- run -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
EXPECTED = ('"max_model_len":', '"finish_reason":"tool_calls"', "tool_calls Function(", 'outcome="tool_call"')


def test_every_profile_stands_in_the_table_as_it_is() -> None:
    rows = re.findall(r"^\| `([\w.-]+)` \| (\S+|comes with Switchyard) \| (\w+)[^|]*\| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert sorted(row[0] for row in rows) == profile_names()
    for name, model, parser, template in rows:
        profile = load_profile(FOLDER / f"{name}.yaml")
        assert model in (profile.model, "comes with Switchyard")
        assert parser == profile.notes["parser"]
        assert template.strip("`") == Path(profile.options.get("chat-template", "the model's own")).stem


@pytest.mark.parametrize("option", OPTION_NAMES)
def test_every_option_of_vllm_that_serve_names_is_explained(option: str) -> None:
    assert f"| `--{option}" in PAGE


@pytest.mark.slow
@pytest.mark.vllm
@pytest.mark.timeout(INSTALL_AND_BOOT_SECONDS + 60)
@pytest.mark.parametrize(("check", "expected"), list(zip(CHECKS, EXPECTED, strict=True)), ids=range(1, 5))
def test_a_check_of_the_page_shows_what_it_says(served_embedded: ServedEmbedded, check: str, expected: str) -> None:
    command = check.replace("127.0.0.1:8000", f"127.0.0.1:{served_embedded.port}")
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


def test_the_commands_of_the_page_are_ones_that_serve_has() -> None:
    lines = re.findall(r"^uv run python -m app serve (.+)$", PAGE, re.MULTILINE)
    words = {shlex.split(line)[0] for line in lines}
    assert words <= {*profile_names(), "status", "stop", "list", "logs", "someone/model"}
    assert "embedded" in words
