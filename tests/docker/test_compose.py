"""The compose file is read by docker-compose, and what it mounts, publishes and runs is what it should."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.serving.command_line import Wish, plan_launch
from app.serving.containers import compose_variables
from app.serving.profiles import load_profile, profile_names
from tests.docker.conftest import DOCKER, program
from tests.source_tree import ROOT

pytestmark = pytest.mark.slow

PROFILES = {
    "gpu": {"gpu"},
    "cpu": {"cpu"},
    "agent": {"agent"},
    "router": {"replica-0", "replica-1", "router"},
    "nginx": {"replica-0", "replica-1", "nginx"},
    "robot": {"guard", "ros-mcp"},
    "observe": {"prometheus", "grafana", "loki", "alloy"},
}


def composed(**variables: str) -> dict[str, Any]:
    """All services as docker-compose understands them."""
    command = [program("docker-compose"), "-f", str(DOCKER / "compose.yaml"), "config"]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)["services"]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return composed()


def test_every_service_belongs_to_a_profile_so_that_nothing_starts_unasked(services: dict[str, Any]) -> None:
    found = {
        profile: {name for name, service in services.items() if profile in service["profiles"]} for profile in PROFILES
    }
    assert found == PROFILES
    assert set().union(*PROFILES.values()) == set(services)


def test_the_images_are_of_the_release_whose_parsers_are_tested(services: dict[str, Any]) -> None:
    pins = {
        kind: re.search(r"^vllm\S*==(\S+)", (ROOT / f"app/serving/environments/{kind}.txt").read_text(), re.MULTILINE)
        for kind in ("gpu", "cpu")
    }
    gpu, cpu = pins["gpu"], pins["cpu"]
    assert gpu is not None
    assert cpu is not None
    assert services["gpu"]["image"] == services["replica-0"]["image"] == f"vllm/vllm-openai:v{gpu[1]}"
    assert services["cpu"]["image"] == f"vllm/vllm-openai-cpu:v{cpu[1]}-x86_64"
    for image in (services["gpu"]["image"], services["cpu"]["image"]):
        assert f"`{image}`" in (DOCKER / "README.md").read_text()


def test_every_file_and_folder_that_is_mounted_exists(services: dict[str, Any]) -> None:
    mounted = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", ())]
    paths = [Path(source) for source in mounted if source.startswith("/") and source != "/var/run/docker.sock"]
    assert len(paths) > 8
    assert [path for path in paths if not path.exists()] == []


def test_nothing_is_published_beyond_this_machine(services: dict[str, Any]) -> None:
    ports = [str(port) for service in services.values() for port in service.get("ports", ())]
    assert len(ports) >= 6
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_what_is_built_has_its_dockerfile_and_installation(services: dict[str, Any]) -> None:
    built = {name: service["build"] for name, service in services.items() if "build" in service}
    assert set(built) == {"agent", "router", "guard", "ros-mcp"}
    for build in built.values():
        text = (Path(build["context"]) / build.get("dockerfile", "Dockerfile")).read_text()
        assert "install.sh" in text
        assert re.search(r"^USER \w+", text, re.MULTILINE)


def test_ros_mcp_reaches_the_guard_alone_and_the_guard_keeps_to_loopback(services: dict[str, Any]) -> None:
    guard, ros_mcp = services["guard"], services["ros-mcp"]
    assert ros_mcp["network_mode"] == "service:guard"
    assert "ports" not in ros_mcp
    assert "--port=9090" in guard["command"]
    assert not any(word.startswith("--host") for word in guard["command"])
    assert [str(port) for port in guard["ports"]] == ["127.0.0.1:9000:9000/tcp"]
    assert "--rosbridge=host.docker.internal:9090" in guard["command"]


def test_the_guard_in_a_container_is_a_command_that_exists(services: dict[str, Any]) -> None:
    from typer.testing import CliRunner

    from app.cli import app

    asked = CliRunner().invoke(app, [*services["guard"]["command"], "--help"])
    assert asked.exit_code == 0, asked.output


def test_the_container_has_the_ros_mcp_that_the_tools_were_tested_with() -> None:
    from tests.robot.ros_mcp import VERSION

    for path in ("docker/ros-mcp/install.sh", "mcp.json"):
        assert f"ros-mcp=={VERSION}" in (ROOT / path).read_text()


def test_vllm_waits_long_for_its_model_and_is_asked_for_its_health(services: dict[str, Any]) -> None:
    for name in ("gpu", "cpu", "replica-0", "replica-1"):
        health = services[name]["healthcheck"]
        assert "/health" in " ".join(health["test"])
        assert health["start_period"] == "15m"


@pytest.mark.parametrize("name", ["gpu", "replica-0", "replica-1", "cpu"])
def test_vllm_is_told_a_template_that_is_mounted_and_a_parser(services: dict[str, Any], name: str) -> None:
    command = services[name]["command"]
    words = shlex.split(" ".join(command) if isinstance(command, list) else command)
    flags = " ".join(words).replace("=", " ")
    template = re.search(r"--chat-template (\S+)", flags)
    assert template is not None
    assert (ROOT / "prompts" / Path(template[1]).relative_to("/")).is_file()
    assert "--enable-auto-tool-choice --tool-call-parser hermes" in flags
    assert "--host 0.0.0.0 --port 8000" in flags


def test_flags_with_json_reach_vllm_as_they_were_given() -> None:
    wanted = ["--limit-mm-per-prompt", json.dumps({"image": 4}), "--served-model-name", "a b"]
    command = composed(VLLM_MODEL="org/model", VLLM_ARGS=shlex.join(wanted))["gpu"]["command"]
    assert shlex.split(command)[:5] == ["org/model", *wanted]


@pytest.mark.parametrize("profile", ["robobrain2.0-7b", "llama-3.1-8b"])
def test_what_serve_says_of_a_profile_is_what_vllm_is_told(profile: str) -> None:
    launch = plan_launch(Wish(target=profile, port=8123))
    service = composed(**compose_variables(launch))["gpu"]
    words = shlex.split(service["command"])
    template = Path(launch.flags[list(launch.flags).index("--chat-template") + 1])
    assert [word if word != str(template) else f"/templates/{template.name}" for word in launch.flags] == words[1:-4]
    assert f"{template.parent}:/templates:ro" in service["volumes"]
    assert words[0] == launch.model
    assert [str(port) for port in service["ports"]] == ["127.0.0.1:8123:8000/tcp"]


def test_the_default_is_a_profile(services: dict[str, Any]) -> None:
    words = shlex.split(services["gpu"]["command"])
    profiles = [load_profile(ROOT / f"app/serving/profiles/{name}.yaml") for name in profile_names()]
    (same,) = [profile for profile in profiles if profile.options["model"] == words[0]]
    assert words[words.index("--tool-call-parser") + 1] == same.options["tool-call-parser"]
    assert Path(words[words.index("--chat-template") + 1]).name == Path(same.options["chat-template"]).name


def test_the_embedded_model_is_told_what_its_profile_says(services: dict[str, Any]) -> None:
    options = load_profile(ROOT / "app/serving/profiles/embedded.yaml").options
    told = dict(flag.removeprefix("--").split("=") for flag in services["cpu"]["command"] if "=" in flag)
    for name in ("served-model-name", "tool-call-parser", "max-model-len"):
        assert told[name] == str(options[name])
