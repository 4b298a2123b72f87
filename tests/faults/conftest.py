"""What every fault test stands on: the command line against scripted words and real servers, and no orphans."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import Outcome, RunApp
from tests.faults.places import MARK, Place
from tests.scripted_openai import ScriptedOpenAI

Ask = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def no_orphans(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every process that a test started, or that these started, is gone afterwards: they inherit a mark."""
    mark = secrets.token_hex(8)
    monkeypatch.setenv(MARK, mark)
    yield
    end = time.monotonic() + 5
    while (left := _marked(mark)) and time.monotonic() < end:
        time.sleep(0.02)
    assert left == []


def _marked(mark: str) -> list[str]:
    found: list[str] = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="session")
def shared_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Place]]:
    """One server of each transport for all tests, started when the first asks for it."""
    places: dict[str, Place] = {}

    def get(transport: str) -> Place:
        if transport not in places:
            places[transport] = Place(transport, tmp_path_factory.mktemp(transport))
            places[transport].start()
        return places[transport]

    yield get
    for place in places.values():
        place.stop()


@pytest.fixture
def place(request: pytest.FixtureRequest, shared_places: Callable[[str], Place]) -> Place:
    """The server over http, which runs already, or over the transport that the test is given."""
    place = shared_places(getattr(request, "param", "http"))
    place.forget()
    return place


@pytest.fixture
def own_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A server that the test may kill."""
    place = Place(request.param, tmp_path)
    place.start()
    yield place
    place.stop()


every_transport = pytest.mark.parametrize("place", ["stdio", "http", "sse"], indirect=True)


@pytest.fixture
def ask(run_app: RunApp, servers: Callable[..., Path], scripted_openai: ScriptedOpenAI) -> Ask:
    """``run --output json`` over the entries given by name."""

    def run(*flags: object, **entries: dict[str, Any]) -> Outcome:
        words = ("run", "Do it", "--output", "json", "--base-url", scripted_openai.base_url)
        return run_app(*words, "--mcp-config", servers(**entries), *flags)

    return run


def told(scripted_openai: ScriptedOpenAI) -> str:
    """What the model read last."""
    content = scripted_openai.requests[-1].body["messages"][-1]["content"]
    return content if isinstance(content, str) else str(content)
