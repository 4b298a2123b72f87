import pytest

from tests.conftest import RunApp
from tests.scripted_openai import ScriptedOpenAI
from tests.storage.postgres_server import running_postgres


@pytest.mark.slow
def test_threads_live_in_postgres_when_it_is_named(
    asking: RunApp, run_app: RunApp, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_openai.enqueue("Hello Ada.", "You are Ada.")
    with running_postgres() as connection_string:
        monkeypatch.setenv("STORAGE__POSTGRES", connection_string)
        asking("I am Ada", "--thread", "t1", "--tools", "none:*")
        assert asking("Who am I?", "--thread", "t1", "--tools", "none:*").stdout == "You are Ada.\n"
        assert "agent: Hello Ada." in run_app("threads", "show", "t1").stdout
    assert [message["role"] for message in scripted_openai.requests[-1].body["messages"]] == [
        *("system", "user", "assistant", "user")
    ]
