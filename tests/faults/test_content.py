"""Results that are large, or no text at all, end to end."""

import base64
import re
from pathlib import Path

import pytest

from tests.conftest import Outcome
from tests.faults.conftest import Ask, every_transport, told
from tests.faults.places import Place
from tests.scripted_openai import Call, Reply, ScriptedOpenAI

pytestmark = pytest.mark.slow


def database(home: Path) -> list[Path]:
    """The files of the thread database."""
    files = list((home / "state" / "switchyard").glob("threads.sqlite*"))
    assert files
    return files


def kept_file(outcome: Outcome) -> Path:
    """The file that the result of the only call names."""
    found = re.search(r"/\S+/outputs/[^\s\]]+", outcome.report["tool_calls"][0]["result"])
    assert found
    return Path(found.group())


@every_transport
def test_five_megabytes_of_output_are_cut_and_kept_in_a_file(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, own_folders: Path
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("big", {"size": 5_000_000})]), "That is much.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert len(told(scripted_openai)) < 17_000
    assert "[cut after 16,000 of 5,000,000 characters" in told(scripted_openai)
    assert kept_file(outcome).stat().st_size == 5_000_000
    assert sum(path.stat().st_size for path in database(own_folders)) < 1_000_000


@every_transport
def test_an_image_reaches_the_model_and_stays_out_of_the_checkpoint(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, own_folders: Path
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("picture")]), "A picture.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    sent = kept_file(outcome).read_bytes()
    assert sent.startswith(b"\x89PNG")
    image = base64.b64encode(sent).decode()
    assert f"data:image/png;base64,{image}" in told(scripted_openai)
    assert not any(sent in path.read_bytes() for path in database(own_folders))
    assert not any(image.encode() in path.read_bytes() for path in database(own_folders))


@every_transport
def test_audio_becomes_a_file_that_the_model_is_told_of(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("sound")]), "A sound.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert kept_file(outcome).read_bytes() == b"RIFF"
    assert str(kept_file(outcome)) in told(scripted_openai)
