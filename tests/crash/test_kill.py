"""kill -9 at twenty moments: every call is executed once or asked about, and no message is lost."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import RunApp
from tests.crash import SEED
from tests.crash.moments import Moment, draw
from tests.crash.trial import Finished, Trial
from tests.scripted_openai import ScriptedOpenAI

MOMENTS = draw(SEED, 20)


@pytest.mark.slow
@pytest.mark.timeout(150)
@pytest.mark.parametrize("moment", MOMENTS, ids=[f"{number}-{moment}" for number, moment in enumerate(MOMENTS)])
def test_a_killed_job_ends_with_every_call_executed_once_or_asked_about(
    moment: Moment, run_app: RunApp, scripted_openai: ScriptedOpenAI, tmp_path: Path, own_folders: Path
) -> None:
    def run(words: Sequence[str]) -> Finished:
        outcome = run_app(*words)
        return outcome.code, outcome.stdout, outcome.stderr

    database = own_folders / "state" / "switchyard" / "threads.sqlite"
    verdict = Trial("job", moment, tmp_path, database, scripted_openai, run).play()
    assert verdict.faults == []
