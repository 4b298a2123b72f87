"""Studio's own way to the agent: a real ``langgraph dev``, asked through the SDK."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient

from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.studio.conftest import environment
from tests.studio.dev_server import DevServer, free_port, start, stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

NOTES = "mcp_servers.notes"
EDITED = {"type": "edit", "edited_action": {"name": "add_note", "args": {"text": "buy oat milk"}}}


async def run(client: LangGraphClient, thread: str, **given: Any) -> list[tuple[str, Any]]:
    """Stream one run to its end: (event, data)."""
    parts = client.runs.stream(thread, "agent", stream_mode=["updates", "messages-tuple", "custom"], **given)
    return [(part.event, part.data) async for part in parts]


def said(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


async def new_thread(client: LangGraphClient) -> str:
    return (await client.threads.create())["thread_id"]


async def last_message(client: LangGraphClient, thread: str) -> dict[str, Any]:
    state: Any = await client.threads.get_state(thread)
    return state["values"]["messages"][-1]


def stored_notes(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "notes.sqlite") as notes:
        return [text for (text,) in notes.execute("select text from notes order by id")]


async def test_the_drawn_graph_has_every_edge(client: LangGraphClient):
    graph = await client.assistants.get_graph("agent")
    edges = {(edge["source"], edge["target"]) for edge in graph["edges"]}
    assert edges == {
        ("__start__", "model"),
        ("model", "tool_router"),
        ("tool_router", "model"),
        ("tool_router", "approval"),
        ("tool_router", "tool_execution"),
        ("tool_router", "__end__"),
        ("approval", "model"),
        ("approval", "tool_execution"),
        ("tool_execution", "model"),
    }


async def test_the_form_of_a_run_explains_its_fields_and_shows_the_settings(client: LangGraphClient):
    [assistant] = await client.assistants.search(graph_id="agent")
    schemas: Any = await client.assistants.get_schemas(assistant["assistant_id"])
    fields = schemas["context_schema"]["properties"]
    assert set(fields) == {"model", "system_prompt", "max_steps", "approve"}
    assert all(field["description"] for field in fields.values())
    assert fields["max_steps"]["default"] == 3
    assert fields["approve"]["enum"] == ["ask", "all"]


async def test_a_server_that_fails_costs_its_own_tools_and_one_warning(
    studio: DevServer, client: LangGraphClient, model: ScriptedOpenAI
):
    model.enqueue("Hello.")
    await run(client, await new_thread(client), input=said("Hello"))
    names = {tool["function"]["name"] for tool in model.requests[-1].body["tools"]}
    assert names == {"list_notes", "search_notes", "add_note", "delete_note"}
    assert studio.log.count("MCP server broken failed") == 1


async def test_a_run_streams_text_and_a_tool_call_that_the_journal_knows(
    folder: Path, client: LangGraphClient, model: ScriptedOpenAI
):
    thread = await new_thread(client)
    model.enqueue(Reply(text="Let me see.", calls=[Call("search_notes", {"query": "tea"})]), "There is none.")
    events = await run(client, thread, input=said("Any tea?"))
    assert [data for event, data in events if event == "error"] == []
    text = "".join(data.get("text", "") for event, data in events if event == "custom")
    assert text == "Let me see.There is none."
    nodes = [node for event, data in events if event == "updates" for node in data]
    assert nodes == ["model", "tool_router", "tool_execution", "model", "tool_router"]
    with sqlite3.connect(folder / "state" / "threads.sqlite") as journal:
        rows = journal.execute("select name, arguments, result from calls where thread = ?", (thread,)).fetchall()
    [(name, arguments, result)] = rows
    assert (name, json.loads(arguments), json.loads(result)["status"]) == ("search_notes", {"query": "tea"}, "success")


async def test_an_interrupt_is_answered_with_an_edited_argument_by_the_same_server_process(
    studio: DevServer, folder: Path, client: LangGraphClient, model: ScriptedOpenAI
):
    [before] = studio.mcp_servers(NOTES)
    thread = await new_thread(client)
    model.enqueue(Reply(calls=[Call("add_note", {"text": "buy milk"})]), "Noted.")
    events = await run(client, thread, input=said("Remember the milk"))
    [[interrupt]] = [data["__interrupt__"] for event, data in events if event == "updates" and "__interrupt__" in data]
    [action] = interrupt["value"]["action_requests"]
    assert (action["name"], action["args"]) == ("add_note", {"text": "buy milk"})
    assert interrupt["value"]["review_configs"][0]["allowed_decisions"] == ["approve", "edit", "reject"]
    assert (await client.threads.get(thread))["status"] == "interrupted"
    assert "buy milk" not in stored_notes(folder)

    await run(client, thread, command={"resume": {"decisions": [EDITED]}})
    assert (await last_message(client, thread))["content"] == "Noted."
    assert model.requests[-1].body["messages"][-1]["content"].endswith("buy oat milk")
    assert stored_notes(folder)[-1] == "buy oat milk"
    assert "buy milk" not in stored_notes(folder)
    assert [process.pid for process in studio.mcp_servers(NOTES)] == [before.pid]


async def test_an_answer_that_does_not_fit_leaves_the_question_open(client: LangGraphClient, model: ScriptedOpenAI):
    thread = await new_thread(client)
    model.enqueue(Reply(calls=[Call("add_note", {"text": "buy tea"})]), "Then not.")
    await run(client, thread, input=said("Remember the tea"))
    events = await run(client, thread, command={"resume": {"decisions": []}})
    [error] = [data for event, data in events if event == "error"]
    assert "1 calls wait for a decision, 0 were given" in error["message"]
    await run(client, thread, command={"resume": {"decisions": [{"type": "reject", "message": "we have tea"}]}})
    assert "we have tea" in model.requests[-1].body["messages"][-1]["content"]
    assert (await last_message(client, thread))["content"] == "Then not."


async def test_a_granted_tool_is_not_asked_about_again_and_a_fork_does_not_send_it_twice(
    folder: Path, client: LangGraphClient, model: ScriptedOpenAI
):
    thread = await new_thread(client)
    calls = [Reply(calls=[Call("add_note", {"text": text})]) for text in ("granted one", "granted two")]
    model.enqueue(*calls, "Both noted.", "Noted as before.")
    await run(client, thread, input=said("Remember both"))
    await run(client, thread, command={"resume": {"decisions": [{"type": "approve", "grant": True}]}})
    assert (await last_message(client, thread))["content"] == "Both noted."
    assert [text for text in stored_notes(folder) if "granted" in text] == ["granted one", "granted two"]

    history = await client.threads.get_history(thread)
    before_call = next(state for state in history if state["next"] == ["tool_execution"])
    await run(client, thread, input=None, checkpoint=before_call["checkpoint"])
    assert (await last_message(client, thread))["content"] == "Noted as before."
    assert "granted two" in model.requests[-1].body["messages"][-1]["content"]
    assert [text for text in stored_notes(folder) if "granted" in text] == ["granted one", "granted two"]


@pytest.mark.parametrize(("context", "allowed"), [({"max_steps": 1}, 1), (None, 3)])
async def test_a_run_obeys_its_form_and_else_the_settings(
    client: LangGraphClient, model: ScriptedOpenAI, context: dict[str, Any] | None, allowed: int
):
    before = len(model.requests)
    model.always(
        lambda body: Reply(text="Still looking.", calls=[Call("search_notes", {"query": str(len(body["messages"]))})])
    )
    thread = await new_thread(client)
    await run(client, thread, input=said("Look on"), context=context)
    model.always(None)
    choices = [request.body.get("tool_choice") for request in model.requests[before:]]
    assert choices == [None] * allowed + ["none"]
    state: Any = await client.threads.get_state(thread)
    assert state["values"]["stopped_by"] == "max_steps"


async def test_a_killed_server_is_back_for_the_next_call(
    studio: DevServer, client: LangGraphClient, model: ScriptedOpenAI
):
    [victim] = studio.mcp_servers(NOTES)
    victim.kill()
    victim.wait(10)
    model.enqueue(Reply(calls=[Call("list_notes")]), "Here.")
    await run(client, await new_thread(client), input=said("Which notes?"))
    tool_message = model.requests[-1].body["messages"][-1]
    assert tool_message["role"] == "tool"
    assert "note" in tool_message["content"]
    assert not tool_message["content"].startswith("ERROR")
    [successor] = studio.mcp_servers(NOTES)
    assert successor.pid != victim.pid


def test_an_untrusted_mcp_json_of_the_folder_is_refused_with_a_hint(tmp_path: Path):
    (tmp_path / "mcp.json").write_text('{"mcpServers": {"mine": {"command": "touch", "args": ["started"]}}}')
    process, log_file = start(tmp_path, environment(tmp_path), free_port())
    try:
        assert process.wait(60) != 0
    finally:
        stop(process)
    log = log_file.read_text()
    assert "starts programs and was not trusted yet" in log
    assert "MCP__CONFIG" in log
    assert not (tmp_path / "started").exists()
