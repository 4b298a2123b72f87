"""Promises about calls that need a hub of their own: limits, queues, changed lists, servers that come back."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.mcp_client.handlers import Elicitation, ElicitationAnswer, ServerHandlers
from app.mcp_client.hub import Hub
from tests.mcp_client.conftest import HttpServer, bare, full, hub_of, is_alive, state_of, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def answer_late(question: Elicitation) -> ElicitationAnswer:
    """Longer than the call may take."""
    await asyncio.sleep(1.5)
    return ElicitationAnswer(action="accept", content={"speed": 1})


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calls")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def hub(folder: Path) -> AsyncIterator[Hub]:
    """Two servers: one that takes turns, one whose calls may take a second and whose questions are answered late."""
    servers = {
        "turns": full(folder, serial=True),
        "hasty": full(folder, timeout=1.0, include=["wait", "confirm", "think", "grow", "dance"]),
    }
    async with hub_of(folder, servers, handlers=ServerHandlers(elicit=answer_late)) as opened:
        yield opened


async def test_a_serial_server_gets_one_call_at_a_time_in_order(hub: Hub, folder: Path) -> None:
    calls = [hub.call("count", {"turn": turn}, call_id=str(turn)) for turn in range(6)]
    assert {result.text for result in await asyncio.gather(*calls)} == {"1"}
    assert (folder / "order").read_text() == "0 1 2 3 4 5 "


async def test_a_call_out_of_time_is_cancelled_inside_the_server(hub: Hub, folder: Path) -> None:
    result = await hub.call("hasty_wait", {}, call_id="1")
    assert (result.status, result.text) == ("error", "hasty: no answer within 1 s; the server was told to stop")
    await until((folder / "cancelled").exists)


async def test_the_clock_stands_still_while_a_person_is_asked(hub: Hub) -> None:
    result = await hub.call("hasty_confirm", {}, call_id="1")
    assert (result.status, result.text) == ("success", "accept {'speed': 1}")


async def test_sampling_is_not_offered_when_nobody_does_it(hub: Hub) -> None:
    assert (await hub.call("hasty_think", {}, call_id="1")).text == "this client does not sample"


async def test_a_server_knows_the_working_directory(hub: Hub, folder: Path) -> None:
    assert (await hub.call("roots", {}, call_id="1")).text == folder.as_uri()


async def test_a_grown_tool_list_is_there_when_the_call_returns(hub: Hub) -> None:
    before = hub.specs()
    assert hub.specs() is before
    await hub.call("turns_grow", {"name": "fresh"}, call_id="1")
    assert [spec.name for spec in hub.specs() if spec not in before] == ["fresh"]
    assert (await hub.call("fresh", {"a": 1}, call_id="2")).text == "[('a', 1)]"


async def test_a_tool_that_comes_later_renames_no_other(hub: Hub) -> None:
    for server in ("turns", "hasty"):
        await hub.call(f"{server}_grow", {"name": "dance"}, call_id="1")
    names = {spec.name: spec.server for spec in hub.specs() if spec.tool == "dance"}
    assert names == {"dance": "turns", "hasty_dance": "hasty"}


async def test_a_question_nobody_can_answer_is_declined_with_the_reason(folder: Path) -> None:
    async with hub_of(folder, {"full": full(folder)}) as alone:
        result = await alone.call("confirm", {}, call_id="1")
    assert result.text == 'decline None\nThe server asked "How fast?"; this was not answered: nobody is here to answer.'


@pytest.mark.parametrize("transport", ["http", "sse"])
async def test_a_web_server_that_dies_fails_its_calls_and_is_found_again(transport: str, tmp_path: Path) -> None:
    server = HttpServer(transport, tmp_path)
    await server.start()
    try:
        async with hub_of(tmp_path, {"web": {"type": transport, "url": server.url}}) as hub:
            call = asyncio.create_task(hub.call("wait", {}, call_id="1"))
            await until((tmp_path / "waiting").exists)
            await server.kill()
            async with asyncio.timeout(10):
                while True:
                    down = await hub.call("echo", {}, call_id="2")
                    assert down.status == "error"
                    if "no connection to" in down.text:
                        break
            lost = await asyncio.wait_for(call, 10)
            assert lost.status == "error"
            assert lost.text.startswith("web: it was lost during the call")
            await server.start()
            async with asyncio.timeout(15):
                while (await hub.call("echo", {}, call_id="3")).status == "error":  # noqa: ASYNC110 # it is under way
                    await asyncio.sleep(0.1)
            assert state_of(hub, "web") == ("ready", "")
    finally:
        await server.kill()


async def test_a_restarted_web_server_costs_no_call(tmp_path: Path) -> None:
    server = HttpServer("http", tmp_path)
    await server.start()
    try:
        async with hub_of(tmp_path, {"web": {"url": server.url}}) as hub:
            await server.kill()
            await server.start()
            assert (await hub.call("echo", {"a": 1}, call_id="1")).text == "[('a', 1)]"
        async with hub_of(tmp_path, {"lost": {"url": f"http://127.0.0.1:{server.port}/elsewhere"}}) as hub:
            assert state_of(hub, "lost")[1].endswith("answered 404 Not Found, so there is no MCP server at that path")
    finally:
        await server.kill()


async def test_a_call_that_a_dead_process_never_read_goes_to_the_next(tmp_path: Path) -> None:
    async with hub_of(tmp_path, {"arm": bare("ok", tmp_path)}) as hub:
        pid = int((await hub.call("pid", {}, call_id="1")).text)
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while is_alive(pid):
            assert time.monotonic() < deadline, "a killed server lives on"
            time.sleep(0.001)  # noqa: ASYNC251 # a turn of the loop would let it notice the death by itself
        assert (await hub.call("echo", {"n": 2}, call_id="2")).text == '{"n": 2}'
    assert (tmp_path / "calls.txt").read_text() == 'echo{"n": 2}\n'
