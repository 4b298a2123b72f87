"""What the journal alone knows: killed between its entry and the call, and between the answer and its entry."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Outcome, RunApp
from tests.crash.trial import SERVER
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.source_tree import ROOT


class Job:
    """One call of one tool, cut short at one point."""

    def __init__(self, run_app: RunApp, endpoint: ScriptedOpenAI, folder: Path) -> None:
        self._run_app, self._folder, config = run_app, folder, folder / "mcp.json"
        entry = {"command": "python", "args": [str(SERVER), str(folder)]}
        config.write_text(json.dumps({"mcpServers": {"ledger": entry}}))
        self._flags = ["--base-url", endpoint.base_url, "--mcp-config", str(config)]

    def die(self, point: str) -> None:
        words = ["run", "Do it", "--thread", "t1", "--yes", *self._flags]
        command = [sys.executable, "-m", "tests.crash.dying_app", point, *words]
        assert subprocess.run(command, cwd=ROOT, capture_output=True, timeout=50, check=False).returncode == -9

    def resume(self, *flags: str) -> Outcome:
        return self._run_app("threads", "resume", "t1", "--output", "json", *flags, *self._flags)

    @property
    def ledger(self) -> list[str]:
        path = self._folder / "ledger"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def job(run_app: RunApp, scripted_openai: ScriptedOpenAI, tmp_path: Path) -> Job:
    return Job(run_app, scripted_openai, tmp_path)


def waiting(outcome: Outcome) -> list[Any]:
    assert outcome.code == 3
    return [(call["kind"], call["arguments"]) for call in outcome.report["waiting"]]


@pytest.mark.slow
@pytest.mark.timeout(150)
@pytest.mark.parametrize(
    ("point", "flag", "ledger"),
    [
        ("started", "--approve", ["act x"]),
        ("started", "--reject", []),
        ("answered", "--approve", ["act x", "act x"]),
        ("answered", "--reject", ["act x"]),
    ],
)
def test_a_call_of_unknown_outcome_is_sent_again_only_after_a_person_said_so(
    job: Job, scripted_openai: ScriptedOpenAI, point: str, flag: str, ledger: list[str]
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("act", {"token": "x"})]), "Done.")
    job.die(point)
    before = list(job.ledger)
    asked = job.resume()
    assert waiting(asked) == [("outcome_unknown", {"token": "x"})]
    assert job.ledger == before
    assert job.resume(flag).code == 0
    assert job.ledger == ledger
    told = scripted_openai.requests[-1].body["messages"][-1]["content"]
    assert ("did x" in told) == (flag == "--approve")
    assert ("outcome is unknown" in told) == (flag == "--reject")


@pytest.mark.slow
@pytest.mark.timeout(150)
@pytest.mark.parametrize(("point", "times"), [("started", 1), ("answered", 2)])
def test_a_call_that_only_reads_is_repeated_without_asking(
    job: Job, scripted_openai: ScriptedOpenAI, point: str, times: int
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("look", {"token": "x"})]))
    job.die(point)
    scripted_openai.enqueue("Seen.")
    resumed = job.resume()
    assert resumed.code == 0
    assert resumed.report["answer"] == "Seen."
    assert job.ledger == ["look x"] * times


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_a_result_on_disk_is_used_though_its_step_was_not_saved(job: Job, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("act", {"token": "x"})]), "Done.")
    job.die("kept")
    resumed = job.resume()
    assert resumed.code == 0
    assert resumed.report["answer"] == "Done."
    assert job.ledger == ["act x"]
    assert scripted_openai.requests[-1].body["messages"][-1]["content"] == "did x"
