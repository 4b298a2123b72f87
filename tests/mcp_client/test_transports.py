"""The same promises over stdio, streamable http and sse, each against one real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.errors import SwitchyardError, UsageError
from app.mcp_client.handlers import (
    Elicitation,
    ElicitationAnswer,
    SamplingReply,
    SamplingRequest,
    ServerHandlers,
)
from app.mcp_client.hub import Hub
from tests.mcp_client.conftest import HttpServer, full, hub_of, until

writer: ContextVar[str] = ContextVar("writer", default="nobody's")
pytestmark = pytest.mark.asyncio(loop_scope="module")


class Desk:
    """Answers servers in the tests, and remembers what they said."""

    def __init__(self) -> None:
        self.questions: list[Elicitation] = []
        self.samples: list[SamplingRequest] = []
        self.logs: list[tuple[str, str, str]] = []
        self.answer = ElicitationAnswer(action="accept", content={"speed": 0.3})
        self.hold: asyncio.Event | None = None

    async def elicit(self, question: Elicitation) -> ElicitationAnswer:
        self.questions.append(question)
        if self.hold is not None:
            await self.hold.wait()
        return self.answer

    async def sample(self, request: SamplingRequest) -> SamplingReply:
        self.samples.append(request)
        return SamplingReply(text="blue", model="qwen")

    def on_log(self, server: str, level: str, text: str) -> None:
        self.logs.append((server, level, text))


class Place:
    """A hub over one server of one transport, with its folder and its desk."""

    def __init__(self, hub: Hub, folder: Path, desk: Desk, transport: str) -> None:
        self.hub, self.folder, self.desk, self.transport = hub, folder, desk, transport

    async def call(self, name: str, /, **arguments: Any) -> str:
        result = await self.hub.call(name, arguments, call_id="c")
        assert result.status == "success", result
        return result.text


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["stdio", "http", "sse"])
async def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    transport, folder, desk = request.param, tmp_path_factory.mktemp("place"), Desk()
    handlers = ServerHandlers(elicit=desk.elicit, sample=desk.sample, on_log=desk.on_log)
    async with AsyncExitStack() as stack:
        if transport == "stdio":
            entry = full(folder)
        else:
            server = HttpServer(transport, folder)
            await server.start()
            stack.push_async_callback(server.kill)
            entry = {"type": transport, "url": server.url, "headers": {"Authorization": "Bearer s3cret-word"}}
        hub = await stack.enter_async_context(hub_of(folder, {"full": entry}, handlers=handlers))
        yield Place(hub, folder, desk, transport)


async def test_a_server_is_ready_with_its_tools_and_instructions(place: Place) -> None:
    (status,) = place.hub.statuses()
    assert (status.state, status.cause, status.instructions) == ("ready", "", "Ask before you move.")
    assert status.tool_count == len(place.hub.specs()) >= 17
    echo = place.hub.specs()[0]
    assert (echo.name, echo.title, echo.read_only, echo.idempotent, echo.open_world) == (
        "echo",
        "Echo",
        True,
        True,
        False,
    )
    assert place.hub.specs()[1].destructive


async def test_arguments_of_any_name_reach_the_server(place: Place) -> None:
    arguments = {"config": 1, "runtime": "r", "self": [2], "run_manager": {"a": None}, "name": "n"}
    said = (await place.hub.call("echo", arguments, call_id="1")).text
    assert said == "[('config', 1), ('name', 'n'), ('run_manager', {'a': None}), ('runtime', 'r'), ('self', [2])]"


async def test_eight_calls_are_inside_one_session_together(place: Place) -> None:
    meet = [place.call("meet", guests=8) for _ in range(8)]
    assert await asyncio.gather(*meet) == ["8"] * 8


async def test_a_cancelled_call_is_cancelled_inside_the_server(place: Place) -> None:
    call = asyncio.create_task(place.call("wait"))
    await until((place.folder / "waiting").exists)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await until((place.folder / "cancelled").exists)
    (place.folder / "cancelled").unlink()
    assert await place.call("echo") == "[]"


async def test_a_refusal_is_an_error_result_with_the_servers_words(place: Place) -> None:
    result = await place.hub.call("refuse", {}, call_id="1")
    assert (result.status, result.text) == ("error", "the gripper is closed")


async def test_images_and_audio_become_files(place: Place) -> None:
    picture = await place.hub.call("picture", {}, call_id="1")
    assert picture.artifact is not None
    (image,) = picture.artifact["images"]
    assert image["mime_type"] == "image/png"
    assert Path(image["path"]).read_bytes().startswith(b"\x89PNG")
    assert picture.text == f"Here it is:\n[image/png, 2 kB: {image['path']}]"
    sound = await place.hub.call("sound", {}, call_id="2")
    assert sound.artifact is not None
    (path,) = sound.artifact["files"]
    assert Path(path).read_bytes() == b"RIFF"
    assert sound.text == f"[audio/wav, 4 bytes: {path}]"


async def test_structured_content_is_kept_beside_the_text(place: Place) -> None:
    result = await place.hub.call("structured", {}, call_id="1")
    assert result.artifact == {"structured_content": {"result": {"x": 1.5}}}
    assert '"x": 1.5' in result.text


async def test_links_and_embedded_resources_become_text(place: Place) -> None:
    assert await place.call("linked") == "[resource manual: demo://manual (text/plain)]\nthe note's text"


async def test_progress_comes_back_to_the_caller(place: Place) -> None:
    seen: list[tuple[float, float | None, str | None]] = []
    await place.hub.call("progress", {}, call_id="1", on_progress=lambda *step: seen.append(step))
    assert seen == [(1, 2, "step 1"), (2, 2, "step 2")]


async def test_progress_is_reported_in_the_callers_context(place: Place) -> None:
    writer.set("the caller's")
    seen: list[str] = []
    await place.hub.call("progress", {}, call_id="1", on_progress=lambda *_: seen.append(writer.get()))
    assert seen == ["the caller's"] * 2


async def test_log_messages_go_to_the_log_file_and_to_the_door(place: Place) -> None:
    await place.call("log")
    assert place.desk.logs[-1] == ("full", "warning", "battery low")
    log = place.hub.statuses()[0].log_file
    assert log is not None
    assert "warning: battery low" in log.read_text()


async def test_a_question_is_answered_by_the_person(place: Place) -> None:
    assert await place.call("confirm") == "accept {'speed': 0.3}"
    question = place.desk.questions[-1]
    assert (question.server, question.message) == ("full", "How fast?")
    assert question.schema["required"] == ["speed"]


async def test_a_declined_question_is_explained_to_the_model(place: Place) -> None:
    place.desk.answer = ElicitationAnswer(action="decline", reason="too dangerous")
    said = await place.call("confirm")
    place.desk.answer = ElicitationAnswer(action="accept", content={"speed": 0.3})
    assert said == 'decline None\nThe server asked "How fast?"; this was not answered: too dangerous.'


async def test_a_cancelled_call_takes_its_question_with_it(place: Place) -> None:
    place.desk.hold = asyncio.Event()
    asked = len(place.desk.questions)
    call = asyncio.create_task(place.call("confirm"))
    await until(lambda: len(place.desk.questions) > asked)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    place.desk.hold = None
    assert await place.call("confirm") == "accept {'speed': 0.3}"


async def test_a_completion_comes_from_the_chat_model(place: Place) -> None:
    assert await place.call("think") == "qwen said blue"
    request = place.desk.samples[-1]
    assert request.messages == [{"role": "user", "content": {"type": "text", "text": "Name a color."}}]
    assert (request.system_prompt, request.max_tokens, request.temperature) == ("Be brief.", 7, 0.5)


async def test_resources_are_listed_and_read(place: Place) -> None:
    manual, page = await place.hub.resources()
    assert (manual.server, manual.uri, manual.description, manual.is_template) == (
        "full",
        "demo://manual",
        "How to",
        False,
    )
    assert (page.uri, page.is_template) == ("demo://page/{number}", True)
    assert await place.hub.read_resource("full", "demo://manual") == "Turn it on."
    with pytest.raises(SwitchyardError, match="full: no such page"):
        await place.hub.read_resource("full", "demo://nothing")
    with pytest.raises(UsageError, match="no MCP server named nobody"):
        await place.hub.read_resource("nobody", "demo://manual")


async def test_prompts_are_listed_and_rendered(place: Place) -> None:
    (prompt,) = await place.hub.prompts()
    assert (prompt.name, prompt.arguments[0].name, prompt.arguments[0].required) == ("greet", "who", True)
    (message,) = await place.hub.get_prompt("full", "greet", {"who": "Ada"})
    assert (message.role, message.text) == ("user", "Greet Ada.")


async def test_a_ping_is_answered(place: Place) -> None:
    assert 0 < await place.hub.ping("full") < 10


async def test_headers_reach_the_server_and_nobody_else(place: Place) -> None:
    if place.transport == "stdio":
        assert await place.call("header") == "None"
    else:
        assert await place.call("header") == "Bearer s3cret-word"
    assert "s3cret" not in repr(place.hub.statuses())
    logs = "".join(path.read_text() for path in (place.folder / "logs").iterdir())
    assert "s3cret" not in logs


async def test_another_event_loop_may_call(place: Place) -> None:
    steps: list[float] = []

    async def elsewhere() -> str:
        result = await place.hub.call("progress", {}, call_id="1", on_progress=lambda *step: steps.append(step[0]))
        return result.text

    assert await asyncio.to_thread(asyncio.run, elsewhere()) == "done"
    assert steps == [1, 2]
