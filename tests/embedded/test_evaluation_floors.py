"""The shipped weights stay as good as they were: a fixed part of the evaluation, in the agent and behind vLLM.

The whole evaluation is `python -m models.embedded.evaluation`; its scores stand in models/embedded/README.md.
"""

from collections.abc import Sequence
from contextlib import closing

import pytest

from models.embedded.evaluation.cases import load_cases, subset
from models.embedded.evaluation.measuring import Outcome, measure
from models.embedded.evaluation.onnx_runtime import OnnxRuntime
from models.embedded.evaluation.report import percent, scores, wrong
from models.embedded.evaluation.vllm_runtime import VllmRuntime
from tests.serving.vllm_server import INSTALL_AND_BOOT_SECONDS, ServedEmbedded

pytestmark = pytest.mark.slow

FLOORS = {
    "bundled": {"alone": 93.0, "checked": 94.0, "constrained": 94.0},
    "unseen": {"alone": 82.0, "checked": 82.0, "constrained": 85.0},
    "no_call": {"alone": 94.0, "checked": 94.0, "constrained": 95.0},
    "robot": {"alone": 91.0, "checked": 91.0, "constrained": 91.0},
    "languages": {"alone": 95.0, "checked": 95.0, "constrained": 95.0},
}
"""Percent of the subset, a little below what was measured. Raised when the weights get better, never lowered."""
SAME_ANSWERS = 85.0
"""Percent of the subset that both runtimes answer alike; int8 and bf16 round differently."""


@pytest.fixture(scope="module")
def in_the_agent() -> list[Outcome]:
    return measure(OnnxRuntime(), subset(load_cases()))


@pytest.mark.timeout(600)
def test_the_agent_reaches_the_floors(in_the_agent: list[Outcome]) -> None:
    assert scores(in_the_agent).keys() == FLOORS.keys()
    assert all(measured.keys() == FLOORS[kind].keys() for kind, measured in scores(in_the_agent).items())
    assert below(in_the_agent) == [], report(in_the_agent)


@pytest.mark.vllm
@pytest.mark.timeout(INSTALL_AND_BOOT_SECONDS + 900)
def test_vllm_reaches_the_floors_and_says_the_same(
    served_embedded: ServedEmbedded, in_the_agent: list[Outcome]
) -> None:
    with closing(VllmRuntime(served_embedded.base_url, served_embedded.model)) as runtime:
        served = measure(runtime, subset(load_cases()))
    assert below(served) == [], report(served)
    alike = [said(one) == said(other) for one, other in zip(in_the_agent, served, strict=True)]
    assert percent(alike) >= SAME_ANSWERS


def below(outcomes: Sequence[Outcome]) -> list[str]:
    measured = scores(outcomes)
    return [
        f"{kind} {what}: {measured[kind][what]} < {floor}"
        for kind, floors in FLOORS.items()
        for what, floor in floors.items()
        if what in measured[kind] and measured[kind][what] < floor
    ]


def report(outcomes: Sequence[Outcome]) -> str:
    return "\n".join(["the cases that are wrong:", *wrong(outcomes)])


def said(outcome: Outcome) -> list[object]:
    return [one.reply.alone for one in outcome.asked]
