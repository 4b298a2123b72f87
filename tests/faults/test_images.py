"""Images of a real server, as the endpoint is sent them and as it refuses them."""

import base64
import io
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.faults.conftest import Ask
from tests.faults.places import Place
from tests.faults.test_content import kept_file
from tests.scripted_openai import Call, Reply, ScriptedOpenAI

Body = dict[str, Any]

pytestmark = pytest.mark.slow  # each starts the program; tests/chat and tests/graphs have the quick ones


def picture(width: int = 64, height: int = 48) -> Reply:
    return Reply(calls=[Call("picture", {"size": [width, height]})])


def parts(body: Body) -> list[dict[str, Any]]:
    """The parts of messages that are made of parts."""
    return [part for message in body["messages"] if isinstance(message["content"], list) for part in message["content"]]


def images(body: Body) -> list[Image.Image]:
    urls = [part["image_url"]["url"] for part in parts(body) if part["type"] == "image_url"]
    return [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) for url in urls]


def size_on_disk(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def words(body: Body) -> str:
    """All that can be read in a request."""
    texts = [message["content"] for message in body["messages"] if isinstance(message["content"], str)]
    return "\n".join([*texts, *(part["text"] for part in parts(body) if part["type"] == "text")])


def last(scripted_openai: ScriptedOpenAI) -> Body:
    return scripted_openai.requests[-1].body


def test_a_large_image_is_sent_small_and_stays_large_on_disk(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(picture(1920, 1080), "Red.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert outcome.report["answer"] == "Red."
    assert [image.size for image in images(last(scripted_openai))] == [(640, 360)]
    assert size_on_disk(kept_file(outcome)) == (1920, 1080)


def test_images_of_one_step_follow_its_results_in_one_user_message(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    shots = [Call("picture", {"size": [size, 10]}) for size in (20, 30, 40)]
    scripted_openai.enqueue(Reply(calls=shots), "Red.")
    assert ask(arm=place.entry).code == 0
    body = last(scripted_openai)
    assert [message["role"] for message in body["messages"][-5:]] == ["assistant", "tool", "tool", "tool", "user"]
    assert all(isinstance(message["content"], str) for message in body["messages"][-4:-1])
    assert [image.width for image in images(body)] == [20, 30, 40]


def test_older_images_leave_in_batches_so_that_most_prompts_only_grow(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL__IMAGES_KEPT", "3")
    scripted_openai.enqueue(*[picture(64, 10 + step) for step in range(12)], "Done.")
    assert ask(arm=place.entry).code == 0
    bodies = [request.body for request in scripted_openai.requests]
    assert [len(images(body)) for body in bodies] == [0, 1, 2, 3, 4, 5, 3, 4, 5, 3, 4, 5, 3]
    prompts = [body["messages"] for body in bodies]
    grew = [after[: len(before)] == before for before, after in pairwise(prompts)]
    assert grew == [True] * 5 + [False] + [True] * 2 + [False] + [True] * 2 + [False]
    assert words(bodies[-1]).count("older images are no longer shown") == 9
    assert images(bodies[-1])[-1].height == 21


def test_a_model_that_cannot_see_is_told_the_size_and_the_place(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL__IMAGES", "off")
    scripted_openai.enqueue(picture(640, 480), "I cannot see.")
    outcome = ask(arm=place.entry)
    kept = re.search(r"/\S+/outputs/[^\s\];]+", words(last(scripted_openai)))
    assert kept
    assert f"[image 640x480 saved at {kept.group()}; this model cannot see it]" in words(last(scripted_openai))
    assert size_on_disk(Path(kept.group())) == (640, 480)
    assert outcome.code == 0
    assert images(last(scripted_openai)) == []


def test_one_endpoint_of_several_may_be_blind(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = f'{{"base_url": "{scripted_openai.base_url}", "images": "off"}}'
    monkeypatch.setenv("MODEL__ENDPOINTS", f'{{"blind": {entry}}}')
    scripted_openai.enqueue(picture(), "I cannot see.")
    assert ask("--model", "blind", arm=place.entry).code == 0
    assert "this model cannot see it" in words(last(scripted_openai))


@pytest.mark.parametrize("limit", [1, 2])
def test_the_endpoints_limit_of_images_is_believed_instead_of_ending_the_turn(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, limit: int
) -> None:
    error = {"message": f"At most {limit} image(s) may be provided in one prompt.", "type": "BadRequestError"}
    replies = iter([*[picture(64, 10 + step) for step in range(5)], "Done."])

    def answer(body: Body) -> Reply | str:
        return Reply(status=400, error=error) if len(images(body)) > limit else next(replies)

    scripted_openai.always(answer)
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert outcome.report["answer"] == "Done."
    assert outcome.stderr.count(f"scripted takes at most {limit} in one request: older ones are left out") == 1
    refused = [request for request in scripted_openai.requests if len(images(request.body)) > limit]
    assert len(refused) == 1
    assert images(last(scripted_openai))[-1].height == 14


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(status=400, error={"message": "some-model is not a multimodal model", "type": "BadRequestError"}),
        Reply(status=500, error={"message": "image input is not supported - hint: mmproj", "type": "server_error"}),
    ],
    ids=["vLLM", "llama.cpp"],
)
def test_a_model_that_turns_out_blind_goes_on_without_images(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, refusal: Reply
) -> None:
    replies = iter([picture(), "I cannot see it."])
    scripted_openai.always(lambda body: refusal if images(body) else next(replies))
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert outcome.report["answer"] == "I cannot see it."
    assert "scripted sees none: they are left out" in outcome.stderr
    assert "[image 64x48 saved at " in words(last(scripted_openai))


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (Call("broken_picture"), "it is broken, or no picture"),
        (Call("picture", {"claims": [9_000, 9_000]}), "it has more than 50 million pixels"),
        (Call("picture", {"claims": [12_000, 12_000]}), "it has more than 50 million pixels"),
        (Call("picture", {"claims": [60_000, 60_000]}), "it has more than 50 million pixels"),
    ],
    ids=["broken", "large", "larger", "a bomb"],
)
def test_an_image_that_cannot_be_shown_is_told_of(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, call: Call, why: str
) -> None:
    scripted_openai.enqueue(Reply(calls=[call]), "I see nothing.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert outcome.report["answer"] == "I see nothing."
    assert f"cannot be shown: {why}]" in words(last(scripted_openai))
    assert "Warning" not in outcome.stderr


def test_an_image_that_somebody_deleted_is_missed_in_words(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, own_folders: Path
) -> None:
    def delete(body: Body) -> Reply:
        for path in own_folders.rglob("outputs/*.png"):
            path.unlink()
        return Reply(calls=[Call("echo", {"n": 1})])

    scripted_openai.enqueue(picture(), delete, "It is gone.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert outcome.report["answer"] == "It is gone."
    assert "is no longer there]" in words(last(scripted_openai))
