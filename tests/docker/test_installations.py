"""What the Dockerfiles run: each installation in an empty folder, and then what it installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docker.conftest import DOCKER, Started, answers, chat, free_port, who_answered
from tests.scripted_openai import ScriptedOpenAI
from tests.source_tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command: object, folder: Path) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=os.environ, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copied_by_the_dockerfile(folder: Path) -> Path:
    """The source as the Dockerfile's COPY lines bring it into the image."""
    source = folder / "source"
    lines = (DOCKER / "agent/Dockerfile").read_text().splitlines()
    for line in lines:
        words = line.split()
        if words[:1] != ["COPY"] or words[1].startswith("--"):
            continue
        for name in words[1:-1]:
            target = source / (name if words[-1] == "./" else words[-1])
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, target)
    return source


def test_the_agent_is_installed_from_what_the_image_copies_and_runs_without_it(tmp_path: Path) -> None:
    source, target = copied_by_the_dockerfile(tmp_path), tmp_path / "opt" / "switchyard"
    assert "switchyard" in run(source / "docker/agent/install.sh", source, target, folder=tmp_path)
    shutil.rmtree(source)
    work = tmp_path / "work"
    work.mkdir()
    answer = run(target / "bin/switchyard", "run", "--quiet", "What time is it in Asia/Tokyo?", folder=work)
    assert "Asia/Tokyo" in answer
    assert list(work.iterdir()) == []


def test_ros_mcp_is_installed(tmp_path: Path) -> None:
    run(DOCKER / "ros-mcp/install.sh", tmp_path / "ros-mcp", folder=tmp_path)
    assert "streamable-http" in run(tmp_path / "ros-mcp/bin/ros-mcp", "--help", folder=tmp_path)


@pytest.fixture
def router(tmp_path: Path) -> Path:
    run(DOCKER / "router/install.sh", tmp_path / "router", folder=tmp_path)
    return tmp_path / "router/bin/vllm-router"


def test_the_router_is_installed_and_keeps_a_thread_with_its_replica(
    router: Path, started: Started, replicas: tuple[ScriptedOpenAI, ScriptedOpenAI]
) -> None:
    port, metrics = free_port(), free_port()
    urls = [replica.root_url for replica in replicas]
    options = ["--policy", "consistent_hash", "--prometheus-host", "127.0.0.1", "--prometheus-port", metrics]
    started(router, "--host", "127.0.0.1", "--port", port, *options, "--worker-urls", *urls)
    url = f"http://127.0.0.1:{port}"
    answers(f"{url}/health")
    threads = [f"thread-{number}" for number in range(16)]
    places = {thread: {who_answered(chat(url, thread)) for _ in range(3)} for thread in threads}
    assert all(len(place) == 1 for place in places.values()), places
    assert {next(iter(place)) for place in places.values()} == {"0", "1"}
    answers(f"http://127.0.0.1:{metrics}/metrics")
