"""What the dashboards and the alerts ask Prometheus, and the names of metrics therein."""

import json
import re

import yaml

from tests.docker.conftest import DOCKER

DASHBOARDS = [DOCKER / "grafana/dashboards/serving.json", DOCKER / "grafana/dashboards/agent.json"]
ALERTS = DOCKER / "prometheus/alerts.yml"
_METRIC = re.compile(r"vllm:\w+|\bagent_\w+")
_SUFFIX = re.compile(r"_(?:bucket|sum|count)$")


def expressions() -> dict[str, str]:
    """Every expression by a name for it, as Grafana would send it."""
    panels = [panel for dashboard in DASHBOARDS for panel in json.loads(dashboard.read_text())["panels"]]
    asked = {
        f"{panel['title']}, {target['refId']}": target["expr"]
        for panel in panels
        for target in panel["targets"]
        if target["datasource"]["type"] == "prometheus"
    }
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    alerts = {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}
    return {
        name: expression.replace("$__rate_interval", "1m").replace("$instance", ".*")
        for name, expression in (asked | alerts).items()
    }


def metric_names(of: str) -> set[str]:
    """The families of metrics that are asked for, as /metrics declares them; `of` is `vllm` or `agent`."""
    names = {_SUFFIX.sub("", name) for text in expressions().values() for name in _METRIC.findall(text)}
    return {name for name in names if name.startswith(of)}


def expressions_about(of: str) -> dict[str, str]:
    """The expressions that ask for metrics of `vllm` or of `agent`."""
    return {name: text for name, text in expressions().items() if any(m.startswith(of) for m in _METRIC.findall(text))}
