import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import RunApp

NOTES = {"command": "python", "args": ["-m", "mcp_servers.notes"]}

Servers = Callable[..., Path]


def test_tools_are_listed_with_arguments_and_verdict(run_app: RunApp, servers: Servers) -> None:
    outcome = run_app("list-tools", "--mcp-config", servers(notes=NOTES))
    assert outcome.code == 0
    assert "notes (ready)" in outcome.stdout
    assert "[ask] add_note(text: string)" in outcome.stdout
    assert "[allow] list_notes(limit?: integer)" in outcome.stdout


def test_a_failed_server_is_listed_with_its_cause_and_hides_no_other(run_app: RunApp, servers: Servers) -> None:
    outcome = run_app("list-tools", "--json", "--mcp-config", servers(gone={"command": "no-such-program"}, notes=NOTES))
    gone, notes = json.loads(outcome.stdout)
    assert (gone["server"], gone["state"], gone["tools"]) == ("gone", "failed", [])
    assert "no-such-program" in gone["cause"]
    assert (notes["state"], len(notes["tools"])) == ("ready", 4)


def test_one_server_can_be_picked_and_a_wrong_name_lists_the_others(run_app: RunApp, servers: Servers) -> None:
    config = servers(notes=NOTES)
    assert len(json.loads(run_app("list-tools", "--json", "-s", "notes", "--mcp-config", config).stdout)) == 1
    wrong = run_app("list-tools", "-s", "notse", "--mcp-config", config)
    assert wrong.code == 2
    assert "Configured: notes." in wrong.stderr


def test_tools_can_be_narrowed_by_a_glob(run_app: RunApp, servers: Servers) -> None:
    outcome = run_app("list-tools", "--json", "--tools", "notes:list_*", "--mcp-config", servers(notes=NOTES))
    assert [tool["name"] for tool in json.loads(outcome.stdout)[0]["tools"]] == ["list_notes"]


def test_an_unknown_key_of_mcp_json_is_warned_about(run_app: RunApp, servers: Servers) -> None:
    outcome = run_app("list-tools", "--mcp-config", servers(notes={**NOTES, "colour": "red"}))
    assert outcome.code == 0
    assert "colour" in outcome.stderr
