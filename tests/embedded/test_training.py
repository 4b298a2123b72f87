"""A tiny run of the recipe, as a person would start it: in one go, and interrupted and resumed."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from models.embedded.recipe.__main__ import command

pytestmark = [pytest.mark.slow, pytest.mark.vllm, pytest.mark.timeout(1500)]  # it may have to install torch first

TINY = (
    *("--hidden", "64", "--layers", "2", "--tokens", "100k", "--batch-tokens", "2048", "--pool-size", "96"),
    *("--tokenizer-samples", "400", "--vocabulary", "1024", "--eager", "--threads", "1", "--seed", "5"),
    *("--report-every", "10", "--check-every", "1000", "--save-every", "10"),
)
PROMPTS = 20


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, vllm_environment: Path) -> list[dict[str, Any]]:
    """What a run in one go said, converted without rounding."""
    return make(tmp_path_factory.mktemp("whole"), "--precision", "fp32")


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory, vllm_environment: Path) -> list[dict[str, Any]]:
    """What the same run said that was stopped between two checkpoints, then stopped again, then finished."""
    out = tmp_path_factory.mktemp("resumed")
    assert "fingerprint" not in str(make(out, "--stop-at", "15"))
    (out / "checkpoints" / "step-00000015.pt").unlink()  # as if it had been killed there
    return make(out, "--resume")


def make(out: Path, *options: str) -> list[dict[str, Any]]:
    program, environment = command(["--out", str(out), *TINY, *options])
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=700)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def test_resumed_from_a_checkpoint_equals_uninterrupted(
    whole: list[dict[str, Any]], resumed: list[dict[str, Any]]
) -> None:
    fingerprints = [row["fingerprint"] for row in (*whole, *resumed) if "fingerprint" in row]
    assert len(fingerprints) == 2
    assert fingerprints[0] == fingerprints[1]
    assert resumed[0]["step"] == 20  # it did not start anew
    last = [row for row in resumed if "loss" in row]
    assert [row["loss"] for row in last] == [row["loss"] for row in whole if "loss" in row][1:]


def test_training_learns(whole: list[dict[str, Any]]) -> None:
    losses = [row["loss"] for row in whole if "loss" in row]
    assert losses[-1] < losses[0] - 1


def test_a_run_can_go_on_from_another_one_that_was_not_finished(whole: list[dict[str, Any]], going_on: float) -> None:
    losses = [row["loss"] for row in whole if "loss" in row]
    assert going_on < losses[0] - 1


def test_more_layers_change_nothing_at_first(begun: Path, going_on: float, tmp_path: Path) -> None:
    assert first_loss(begun, tmp_path, "--layers", "5") == pytest.approx(going_on, abs=0.01)


def test_the_mean_of_a_model_and_itself_is_that_model(begun: Path, going_on: float, tmp_path: Path) -> None:
    assert first_loss(begun, tmp_path, "--init", str(begun), str(begun)) == going_on


def test_fewer_layers_than_there_are_is_an_error(begun: Path, tmp_path: Path) -> None:
    program, environment = command(["--out", str(tmp_path), *TINY, "--init", str(begun), "--layers", "1"])
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=700)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ValueError: the model has 2 layers, more than 1"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, vllm_environment: Path) -> Path:
    """A run that was not finished."""
    out = tmp_path_factory.mktemp("begun")
    make(out, "--stop-at", "30")
    return out


@pytest.fixture(scope="module")
def going_on(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    return first_loss(begun, tmp_path_factory.mktemp("next"))


def first_loss(begun: Path, out: Path, *options: str) -> float:
    """Of a run that goes on from another one, before its first step."""
    [first, *_] = make(out, "--init", str(begun), "--stop-at", "1", "--report-every", "1", *options)
    return first["loss"]


def test_both_exports_give_the_same_tokens(whole: list[dict[str, Any]], resumed: list[dict[str, Any]]) -> None:
    assert whole[-1]["prompts"] == whole[-1]["same"] == PROMPTS
    assert resumed[-1]["prompts"] == PROMPTS
    assert resumed[-1]["same"] >= PROMPTS / 2  # so little training leaves many near ties, which 8 bits decide anew
