"""Prometheus with the shipped configuration; every expression of dashboard and alerts asked for real."""

import json
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml

from tests.docker.conftest import DOCKER, Started, answers, free_port, program
from tests.docker.expressions import DASHBOARDS, expressions, metric_names

pytestmark = pytest.mark.slow

PROVISIONING = DOCKER / "grafana/provisioning"


def test_configuration_and_alerts_are_valid() -> None:
    command = [program("promtool"), "check", "config", str(DOCKER / "prometheus/prometheus.yml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert "6 rules found" in done.stdout


def test_prometheus_runs_on_it_and_understands_every_expression(tmp_path: Path, started: Started) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    shutil.copytree(DOCKER / "prometheus", tmp_path / "prometheus")
    started(
        program("prometheus"),
        f"--config.file={tmp_path / 'prometheus/prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address={url.removeprefix('http://')}",
    )
    answers(f"{url}/-/ready")
    asked = expressions()
    assert len(asked) > 35
    for name, expression in asked.items():
        answer = httpx.get(f"{url}/api/v1/query", params={"query": expression}, trust_env=False).json()
        assert answer["status"] == "success", f"{name}: {answer}"


def test_prometheus_asks_the_services_that_compose_starts() -> None:
    services = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]
    jobs = yaml.safe_load((DOCKER / "prometheus/prometheus.yml").read_text())["scrape_configs"]
    hosts = {
        target.split(":")[0] for job in jobs for static in job.get("static_configs", ()) for target in static["targets"]
    }
    assert hosts == {"gpu", "cpu", "replica-0", "replica-1", "router", "agent"}
    assert hosts <= set(services)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_the_dashboard_asks_the_provisioned_datasources(dashboard: Path) -> None:
    sources = yaml.safe_load((PROVISIONING / "datasources/datasources.yaml").read_text())["datasources"]
    panels = json.loads(dashboard.read_text())["panels"]
    asked = {
        (target["datasource"]["type"], target["datasource"]["uid"]) for panel in panels for target in panel["targets"]
    }
    assert asked == {(source["type"], source["uid"]) for source in sources}
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.parametrize(
    "topic",
    ["time_to_first_token", "inter_token_latency", "num_requests_waiting", "kv_cache_usage", "prefix_cache_hits"]
    + ["tool_call_parser_invocations"],
)
def test_the_dashboard_shows(topic: str) -> None:
    assert any(topic in name for name in metric_names("vllm"))
