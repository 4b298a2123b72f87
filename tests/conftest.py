"""Fixtures that several parts share."""

from collections.abc import Iterator

import pytest

from tests.scripted_openai import ScriptedOpenAI


@pytest.fixture
def scripted_openai() -> Iterator[ScriptedOpenAI]:
    """A scripted OpenAI-compatible server of this test's own."""
    with ScriptedOpenAI() as server:
        yield server
