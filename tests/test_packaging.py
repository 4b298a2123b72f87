"""The wheel works alone: in an environment without the lock, from a folder that holds nothing of ours."""

import os
import shutil
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.source_tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

INSTALL_SECONDS = 400
SHIPPED = {
    "app/defaults/mcp.json",
    "app/defaults/policy.toml",
    "app/defaults/models/embedded/weights/model.safetensors",
    "app/defaults/prompts/system.md",
    "app/defaults/prompts/templates/qwen2_5.jinja",
    "app/serving/environments/cpu.txt",
    "app/serving/profiles/qwen2.5-7b.yaml",
    "graphs/agent.py",
    "mcp_servers/notes.py",
    "app/defaults/robots/turtlesim.yaml",
    "robot/guard/__main__.py",
}


def uv(*arguments: str | Path) -> None:
    """Run uv; its output is the failure."""
    program = shutil.which("uv")
    assert program is not None
    done = subprocess.run(
        [program, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--out-dir", folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel and what it asks for, chosen without the lock."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    uv("venv", "--python", sys.executable, environment)
    python = environment / "bin" / "python"
    uv("pip", "install", "--python", python, wheel)
    return python


def test_the_wheel_holds_the_program_and_its_defaults_and_nothing_else(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {
        "app",
        "graphs",
        "mcp_servers",
        "robot",
    }
    assert [name for name in names if "__pycache__" in name or "test" in name.lower()] == []
    assert names >= SHIPPED
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)
    model = ROOT / "models" / "embedded" / "model"
    expected = {f"app/defaults/models/embedded/model/{path.relative_to(model)}" for path in model.rglob("*.*")}
    assert expected
    assert names >= expected


def test_the_installed_wheel_answers_from_an_empty_folder(installed: Path, tmp_path: Path):
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    command = [str(installed), "-m", "app", "run", "What time is it in Asia/Tokyo?"]
    before = datetime.now(ZoneInfo("Asia/Tokyo"))
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    after = datetime.now(ZoneInfo("Asia/Tokyo"))
    assert done.returncode == 0, done.stderr
    assert any(f"{moment:%H:%M}" in done.stdout for moment in (before, after)), done.stdout
    assert list(tmp_path.iterdir()) == []
