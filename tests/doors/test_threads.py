import json

import pytest

from tests.conftest import RunApp
from tests.scripted_openai import ScriptedOpenAI

pytestmark = pytest.mark.slow


def test_threads_are_listed_shown_and_deleted(asking: RunApp, run_app: RunApp, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue("Hello.")
    asking("Good morning", "--thread", "morning", "--tools", "none:*")
    assert "morning" in run_app("threads", "list").stdout
    (listed,) = json.loads(run_app("threads", "list", "--json").stdout)
    assert (listed["id"], listed["title"]) == ("morning", "Good morning")
    assert run_app("threads", "show", "morning").stdout == "you: Good morning\nagent: Hello.\n"
    shown = json.loads(run_app("threads", "show", "morning", "--json").stdout)
    assert [message["role"] for message in shown] == ["human", "ai"]
    assert run_app("threads", "delete", "morning").code == 0
    assert run_app("threads", "list").stdout == ""


def test_an_unknown_thread_is_named(run_app: RunApp) -> None:
    for command in (("show", "nope"), ("delete", "nope"), ("resume", "nope", "--approve")):
        outcome = run_app("threads", *command)
        assert outcome.code == 2, command
        assert "there is no thread nope" in outcome.stderr


def test_a_thread_that_waits_for_nothing_is_not_resumed(
    asking: RunApp, run_app: RunApp, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue("Hello.")
    asking("Good morning", "--thread", "done", "--tools", "none:*")
    outcome = run_app("threads", "resume", "done", "--approve", "--base-url", scripted_openai.base_url)
    assert outcome.code == 2
    assert "not waiting" in outcome.stderr


def test_approve_and_reject_exclude_each_other(run_app: RunApp) -> None:
    assert run_app("threads", "resume", "x", "--approve", "--reject").code == 2
