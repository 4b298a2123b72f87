"""Dashboards and alerts ask for metrics, labels and values that a real vLLM has."""

import re

import httpx
import pytest

from tests.docker.expressions import expressions_about, metric_names
from tests.serving.vllm_server import INSTALL_AND_BOOT_SECONDS, ServedEmbedded

pytestmark = [pytest.mark.slow, pytest.mark.vllm, pytest.mark.timeout(INSTALL_AND_BOOT_SECONDS + 60)]
OF_PROMETHEUS = {"instance", "le"}


@pytest.fixture(scope="module")
def page(served_embedded: ServedEmbedded) -> str:
    """What vLLM shows Prometheus after one answer."""
    question = {"model": served_embedded.model, "messages": [{"role": "user", "content": "Hello!"}]}
    served_embedded.post("/v1/chat/completions", question)
    return httpx.get(f"{served_embedded.root_url}/metrics", trust_env=False, timeout=10).text


def test_every_metric_that_is_asked_for_exists(page: str) -> None:
    declared = set(re.findall(r"^# TYPE (vllm:\w+)", page, re.MULTILINE))
    assert len(metric_names("vllm")) > 10
    assert sorted(metric_names("vllm") - declared) == []


def test_every_label_that_is_asked_for_exists(page: str) -> None:
    labels = set(re.findall(r'[{,](\w+)="', page))
    for name, expression in expressions_about("vllm").items():
        asked = set(re.findall(r'(\w+)=~?"', expression))
        for group in re.findall(r"by \(([^)]*)\)", expression):
            asked |= {label.strip() for label in group.split(",")}
        assert asked - OF_PROMETHEUS - labels == set(), name


@pytest.mark.parametrize("mode", ["streaming", "non_streaming"])
def test_the_parsers_counter_has_the_mode(page: str, mode: str) -> None:
    assert re.search(rf'^vllm:tool_call_parser_invocations_total\{{[^}}]*mode="{mode}"', page, re.MULTILINE)
