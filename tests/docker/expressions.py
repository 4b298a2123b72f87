"""What the dashboard and the alerts ask Prometheus, and the names of metrics therein."""

import json
import re

import yaml

from tests.docker.conftest import DOCKER

DASHBOARD = DOCKER / "grafana/dashboards/serving.json"
ALERTS = DOCKER / "prometheus/alerts.yml"
_METRIC = re.compile(r"vllm:\w+")
_SUFFIX = re.compile(r"_(?:bucket|sum|count)$")


def expressions() -> dict[str, str]:
    """Every expression by a name for it, as Grafana would send it."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {
        f"{panel['title']}, {target['refId']}": target["expr"]
        for panel in panels
        for target in panel["targets"]
        if target["datasource"]["type"] == "prometheus"
    }
    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    alerts = {rule["alert"]: rule["expr"] for rule in rules}
    return {
        name: expression.replace("$__rate_interval", "1m").replace("$instance", ".*")
        for name, expression in (asked | alerts).items()
    }


def metric_names() -> set[str]:
    """The families of metrics that are asked for, as /metrics declares them."""
    return {_SUFFIX.sub("", name) for text in expressions().values() for name in _METRIC.findall(text)}
