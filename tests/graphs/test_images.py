"""Which images stay in the prompt, and what is said of the others."""

from itertools import pairwise

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from graphs.chat_models import ModelChoice, TooManyImagesError
from graphs.compaction import shorten
from graphs.history import History
from graphs.images import BLIND, PAST, ImageRoom, images_of
from tests.graphs.bench import Bench
from tests.graphs.scripted import ScriptedModel


def image(number: int) -> dict:
    return {"path": f"/out/{number}.png", "mime_type": "image/png", "width": 640, "height": 480}


def step(*numbers: int) -> list[AnyMessage]:
    """One call with a result of these images, as app.mcp_client words it."""
    call = {"name": "camera", "args": {}, "id": f"c{numbers[0]}", "type": "tool_call"}
    text = "\n".join(f"[image/png, 2 kB: /out/{number}.png]" for number in numbers)
    artifact = {"images": [image(number) for number in numbers]}
    result = ToolMessage(text, tool_call_id=f"c{numbers[0]}", name="camera", artifact=artifact, id=f"r{numbers[0]}")
    return [AIMessage("", tool_calls=[call], id=f"a{numbers[0]}"), result]


def mine() -> HumanMessage:
    return HumanMessage([{"type": "image_file", "path": "/my.png", "mime_type": "image/png"}])


def drive(pictures: int) -> list[AnyMessage]:
    return [HumanMessage("Look around."), *(message for number in range(pictures) for message in step(number))]


def view(messages: list[AnyMessage], **room: int) -> list[AnyMessage]:
    return History(messages=messages, system_prompt="", images=ImageRoom(**room)).view()


def paths(messages: list[AnyMessage]) -> list[str]:
    return [image["path"] for message in messages for image in images_of(message)]


@pytest.mark.parametrize("most", [None, 1, 2, 3, 5])
@pytest.mark.parametrize("kept", [1, 2, 3, 5])
def test_images_leave_in_batches_and_never_come_back(kept: int, most: int | None) -> None:
    room = ImageRoom(kept=kept, most=most)
    gone = [room.left_out(count, newest=1) for count in range(60)]
    assert all(before <= after for before, after in pairwise(gone))
    shown = [count - left for count, left in enumerate(gone)]
    assert max(shown) <= min(2 * kept - 1, most or 99)
    assert min(shown[kept:]) >= min(kept, most or 99) // (1 if most is None or most >= 2 * kept - 1 else 2)
    changes = sum(before != after for before, after in pairwise(gone))
    assert changes <= 60 / (max(shown) // 2 + 1)


def test_of_seven_images_the_last_ones_stay_and_the_others_are_told_of() -> None:
    shown = view(drive(7), kept=2)
    assert paths(shown) == ["/out/4.png", "/out/5.png", "/out/6.png"]
    assert shown[2].content == f"[image 640x480 saved at /out/0.png; {PAST}]"
    assert shown[-1].content == "[image/png, 2 kB: /out/6.png]"


def test_between_two_batches_the_prompt_only_grows() -> None:
    views = [view(drive(count), kept=3) for count in range(1, 20)]
    grown = [after[: len(before)] == before for before, after in pairwise(views)]
    assert grown.count(False) == 5
    assert [count + 2 for count, same in enumerate(grown) if not same] == [6, 9, 12, 15, 18]


def test_all_images_of_the_newest_step_are_shown_until_they_are_answered() -> None:
    messages = [HumanMessage("Look."), *step(1, 2, 3, 4, 5)]
    assert len(paths(view(messages, kept=2))) == 5
    assert len(paths(view([*messages, AIMessage("I see.")], kept=2))) == 3
    assert len(paths(view(messages, kept=2, most=2))) == 2


def test_an_image_that_left_stays_away_when_older_outputs_are_cleared() -> None:
    history = History(messages=drive(9), system_prompt="", images=ImageRoom(kept=2))
    seen = paths(history.view())
    for last in ("r2", "r5", "r6"):
        assert set(paths(history.compacted({"cleared_through": last}).view())) <= set(seen)
    assert paths(history.compacted({"summarised_through": "r5", "summary": "s"}).view()) == seen


def test_clearing_an_output_clears_its_images() -> None:
    history = History(messages=drive(2), system_prompt="", images=ImageRoom(kept=5))
    shown = history.compacted({"cleared_through": "r0"}).view()
    assert paths(shown) == ["/out/1.png"]
    assert "/out/0.png" in shown[2].text


def test_a_model_that_cannot_see_reads_where_every_image_is() -> None:
    shown = view(
        [HumanMessage([{"type": "image_file", "path": "/my.png", "mime_type": "image/png"}]), *step(1)], most=0
    )
    assert shown[0].text == f"[image saved at /my.png; {BLIND}]"
    assert shown[2].content == f"[image 640x480 saved at /out/1.png; {BLIND}]"
    assert paths(shown) == []


def test_switched_off_for_tools_a_person_may_still_show_one() -> None:
    shown = view(
        [HumanMessage([{"type": "image_file", "path": "/my.png", "mime_type": "image/png"}]), *step(1)], kept=0
    )
    assert paths(shown) == ["/my.png"]


def test_a_persons_images_stay_while_the_endpoint_takes_them() -> None:
    for count in range(1, 12):
        shown = paths(view([mine(), *drive(count)], kept=2, most=2))
        assert shown[0] == "/my.png"
        assert len(shown) == 2


def test_the_result_keeps_its_other_words_where_the_place_of_the_image_was_cut_off() -> None:
    message = ToolMessage("cut", tool_call_id="c0", artifact={"images": [image(0)], "files": ["/a"]})
    shown = view([HumanMessage("?"), step(0)[0], message], kept=0)[-1]
    assert shown.content == f"cut\n[image 640x480 saved at /out/0.png; {BLIND}]"
    assert message.content == "cut"
    assert message.artifact == {"images": [image(0)], "files": ["/a"]}


async def test_images_that_are_not_shown_cost_no_room() -> None:
    model = ScriptedModel()
    history = History(messages=drive(1), system_prompt="", images=ImageRoom(kept=0))
    assert await shorten(history, ModelChoice(name="m", model=model, context_window=600), []) is history


async def test_a_refused_number_of_images_is_believed_and_remembered(bench: Bench) -> None:
    bench.model.enqueue(TooManyImagesError("At most 1 image(s)", 1)).enqueue("I see one.").enqueue("The same.")
    agent = bench.agent()
    for given in ([*drive(3), HumanMessage("Look.")], [HumanMessage("Again.")]):
        await agent.ainvoke({"messages": given}, bench.config, context=bench.context)
    assert [len(paths(request.messages)) for request in bench.model.requests] == [3, 1, 1]


async def test_an_endpoint_that_goes_on_refusing_ends_the_turn(bench: Bench) -> None:
    refusal = TooManyImagesError("At most 1 image(s)", 1)
    bench.model.enqueue(refusal).enqueue(refusal)
    with pytest.raises(TooManyImagesError):
        await bench.stream({"messages": [*drive(3), HumanMessage("Look.")]})
