import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Outcome, RunApp
from tests.scripted_openai import ScriptedOpenAI

Evaluate = Callable[..., dict[str, Any]]
AskEval = Callable[..., Outcome]


@pytest.fixture
def ask_eval(run_app: RunApp, scripted_openai: ScriptedOpenAI) -> AskEval:
    """``eval`` against the scripted endpoint."""

    def run(*args: object) -> Outcome:
        return run_app("eval", "--base-url", scripted_openai.base_url, *args)

    return run


@pytest.fixture
def evaluate(ask_eval: AskEval) -> Evaluate:
    """The only evaluation of a run, as data."""

    def run(*args: object) -> dict[str, Any]:
        done = ask_eval("--output", "json", *args)
        assert done.code == 0, done.stderr
        [one] = json.loads(done.stdout)["evaluations"]
        return one

    return run


TOOLBOX = """
get_weather: {about: Weather., properties: {city: {type: string}, days: {type: integer}}, required: [city]}
set_heat: {about: Heat., properties: {room: {type: string}, degrees: {type: number}}, required: [room, degrees]}
add_note: {about: Note., properties: {text: {type: string}, pinned: {type: boolean}}, required: [text]}
"""


@pytest.fixture
def cases(tmp_path: Path) -> Callable[[str], Path]:
    """Write cases of one category beside a toolbox and give their folder."""

    def write(lines: str) -> Path:
        folder = tmp_path / "own"
        folder.mkdir(exist_ok=True)
        (folder / "toolbox.yaml").write_text(TOOLBOX)
        (folder / "own.yaml").write_text("category: own\ncases:\n" + lines)
        return folder

    return write
