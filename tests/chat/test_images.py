import base64
import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from PIL import Image

from app.chat.embedded import EmbeddedChatModel
from app.chat.embedded_template import render_prompt
from app.chat.images import image_block
from app.chat.models import ConfiguredModels
from app.settings import ModelSettings
from graphs.history import History
from tests.chat.served import served, streamed
from tests.scripted_openai import ScriptedOpenAI


def _png(path: Path, shade: int) -> Path:
    """A picture of one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes([0, shade]))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
    return path


def _url(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def _step(*paths: Path) -> list:
    """A step with one call per picture."""
    calls = [{"name": "camera", "args": {}, "id": f"c{n}"} for n, _ in enumerate(paths)]
    results = [
        ToolMessage(
            f"taken {n}",
            tool_call_id=f"c{n}",
            name="camera",
            artifact={"images": [{"path": str(path), "mime_type": "image/png"}]},
        )
        for n, path in enumerate(paths)
    ]
    return [HumanMessage("look"), AIMessage("", tool_calls=calls), *results]


async def _sent(server: ScriptedOpenAI, messages: list, **settings: object) -> list[dict]:
    server.always("ok")
    async with served(server, **settings) as model:
        await streamed(model, messages)
    return server.requests[-1].body["messages"]


async def test_pictures_of_a_step_follow_all_its_results_in_one_user_message(
    scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    first, second = _png(tmp_path / "a.png", 1), _png(tmp_path / "b.png", 2)
    sent = await _sent(scripted_openai, [*_step(first, second), AIMessage("Seen."), HumanMessage("and now?")])
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "tool", "user", "assistant", "user"]
    assert [message["content"] for message in sent[2:4]] == ["taken 0", "taken 1"]
    urls = [part["image_url"]["url"] for part in sent[4]["content"] if part["type"] == "image_url"]
    assert urls == [_url(first), _url(second)]


async def test_pictures_can_stay_in_the_tool_message(scripted_openai: ScriptedOpenAI, tmp_path: Path) -> None:
    picture = _png(tmp_path / "a.png", 1)
    *_, last = await _sent(scripted_openai, _step(picture), images="tool")
    assert last["role"] == "tool"
    assert last["content"] == [
        {"type": "text", "text": "taken 0"},
        {"type": "image_url", "image_url": {"url": _url(picture)}},
    ]


async def test_switched_off_the_model_reads_that_a_picture_was_left_out(
    scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    *_, last = await _sent(scripted_openai, _step(_png(tmp_path / "a.png", 1)), images="off")
    assert last["role"] == "tool"
    assert last["content"] == f"taken 0\n[image saved at {tmp_path / 'a.png'}; this model cannot see it]"


@pytest.mark.parametrize("images", ["user", "tool", "off"])
async def test_a_persons_picture_is_always_sent(scripted_openai: ScriptedOpenAI, tmp_path: Path, images: str) -> None:
    picture = _png(tmp_path / "mine.png", 3)
    message = HumanMessage([{"type": "text", "text": "what is this?"}, image_block(picture)])
    [sent] = await _sent(scripted_openai, [message], images=images)
    assert sent["content"] == [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": _url(picture)}},
    ]
    assert message.content[1] == {"type": "image_file", "path": str(picture), "mime_type": "image/png"}


@pytest.mark.parametrize(("side", "sent"), [(640, (640, 480)), (100, (100, 75))])
async def test_images_of_tools_are_scaled_down_as_the_request_is_built(
    scripted_openai: ScriptedOpenAI, tmp_path: Path, side: int, sent: tuple[int, int]
) -> None:
    photo = tmp_path / "a.jpg"
    Image.effect_noise((1024, 768), 50).save(photo)
    *_, last = await _sent(scripted_openai, _step(photo), image_side=side)
    url = last["content"][-1]["image_url"]["url"]
    assert url.startswith("data:image/jpeg;base64,")
    assert Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).size == sent


async def test_a_persons_photograph_keeps_more_of_its_detail(scripted_openai: ScriptedOpenAI, tmp_path: Path) -> None:
    Image.effect_noise((1600, 80), 50).save(tmp_path / "a.png")
    [sent] = await _sent(scripted_openai, [HumanMessage([image_block(tmp_path / "a.png")])])
    url = sent["content"][0]["image_url"]["url"]
    assert Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).size == (1536, 77)


async def test_an_image_that_changes_on_disk_is_sent_as_it_is_now(
    scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    picture = _png(tmp_path / "a.png", 1)
    before = await _sent(scripted_openai, _step(picture))
    _png(picture, 200)
    os.utime(picture, ns=(1, 1))
    assert (await _sent(scripted_openai, _step(picture)))[-1] != before[-1]


async def test_the_embedded_model_reads_where_the_images_are_that_it_cannot_see(tmp_path: Path) -> None:
    models = ConfiguredModels(ModelSettings())
    [choice] = await models.choose("embedded")
    mine = HumanMessage([{"type": "text", "text": "And this?"}, image_block(_png(tmp_path / "mine.png", 1))])
    messages = [*_step(tmp_path / "a.png"), AIMessage("Seen."), mine]
    view = History(messages=messages, system_prompt="", images=choice.images).view()
    assert isinstance(choice.model, EmbeddedChatModel)
    prompt = render_prompt(choice.model.template, view[:3], [])
    assert f"[image saved at {tmp_path / 'a.png'}; this model cannot see it]" in prompt
    prompt = render_prompt(choice.model.template, view, [])
    assert f"[image saved at {tmp_path / 'mine.png'}; this model cannot see it]" in prompt


async def test_a_vanished_file_becomes_a_note(scripted_openai: ScriptedOpenAI, tmp_path: Path) -> None:
    sent = await _sent(
        scripted_openai, [HumanMessage([image_block(tmp_path / "gone.png")]), *_step(tmp_path / "b.png")]
    )
    assert sent[0]["content"] == [{"type": "text", "text": "[the image gone.png is no longer there]"}]
    assert sent[-1]["content"][-1] == {"type": "text", "text": "[the image b.png is no longer there]"}
