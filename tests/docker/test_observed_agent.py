"""Dashboards, alerts and the log shipper ask for what the agent really has."""

import json
import logging
import re

import pytest
from prometheus_client import CollectorRegistry

from app.logs.json_lines import FIELDS, JsonLines
from app.logs.run_ids import RunIds
from app.logs.run_log import RunLog
from app.metrics.families import Families
from graphs.events import ToolFinished
from tests.docker.conftest import DOCKER
from tests.docker.expressions import expressions_about, metric_names

OF_PROMETHEUS = {"instance", "le"}
ALLOY = (DOCKER / "alloy/config.alloy").read_text()


@pytest.fixture
def labels() -> dict[str, set[str]]:
    """The labels of every metric of the agent, by the name that is asked for."""
    registry = CollectorRegistry()
    found: dict[str, set[str]] = {}
    for family in vars(Families(registry)).values():
        (described,) = family.describe()
        name = described.name + ("_total" if described.type == "counter" else "")
        found[name] = set(family._labelnames)
    return found


def test_every_metric_that_is_asked_for_exists(labels: dict[str, set[str]]) -> None:
    assert sorted(metric_names("agent") - set(labels)) == []


def test_every_metric_of_the_agent_is_shown(labels: dict[str, set[str]]) -> None:
    assert sorted(set(labels) - metric_names("agent")) == []


def test_every_label_that_is_asked_for_exists(labels: dict[str, set[str]]) -> None:
    for name, expression in expressions_about("agent").items():
        known = {label for metric in labels if metric in expression for label in labels[metric]}
        asked = set(re.findall(r"(\w+)(?:=~?|!=)\"", expression))
        for group in re.findall(r"by \(([^)]*)\)", expression):
            asked |= {label.strip() for label in group.split(",")}
        assert asked - OF_PROMETHEUS - known == set(), name


def test_the_documentation_names_every_metric(labels: dict[str, set[str]]) -> None:
    page = (DOCKER.parent / "docs/observability.md").read_text()
    rows = dict(re.findall(r"^\| `(agent_\w+)` \| ([^|]*) \|", page, re.MULTILINE))
    assert set(rows) == set(labels)
    assert {name: set(re.findall(r"`(\w+)`", row)) for name, row in rows.items()} == labels


def test_the_log_shipper_asks_for_fields_that_lines_have(caplog: pytest.LogCaptureFixture) -> None:
    called = ToolFinished(call_id="1", server="arm", name="move", status="success", seconds=0.5, size=4, result="done")
    with caplog.at_level(logging.INFO, logger="app.run"):
        RunLog(RunIds("r1", "t1")).add(called)
    assert hasattr(caplog.records[-1], FIELDS)
    line = json.loads(JsonLines().format(caplog.records[-1]))
    asked = set(re.findall(r"(\w+) = \"\"", ALLOY))
    assert asked == {"level", "run", "thread", "server", "tool"}
    assert asked <= set(line)
