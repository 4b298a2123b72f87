import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage, HumanMessage

from graphs.chat_models import ModelChoice
from graphs.compaction import shorten
from graphs.events import Notice
from graphs.history import History
from graphs.state import Context
from graphs.token_budget import estimate_prompt, estimate_text, is_over, prompt_limit
from tests.graphs.bench import Bench
from tests.graphs.scripted import ScriptedModel

WINDOW = 4000


def read(page: int) -> str:
    return f"page {page}: " + "words " * 400


@pytest.fixture
def reader(bench: Bench) -> Bench:
    """An agent with a small window and a tool whose every result takes about 600 tokens of it."""
    bench.toolset.add(read)
    bench.context_window = WINDOW
    bench.context = Context(max_steps=100)
    return bench


def plan_reading(bench: Bench, pages: int) -> None:
    for page in range(pages):
        bench.model.enqueue_calls(("read", {"page": page}))
    bench.model.enqueue("Read.")


async def test_old_outputs_are_cleared_when_the_window_is_nearly_full(reader: Bench):
    plan_reading(reader, 7)
    state = await reader.send("Read all")
    assert [notice.text for notice in reader.of(Notice)] == [
        "The conversation got long: older tool outputs were cleared for the model."
    ]
    assert "summary" not in state["compaction"]
    last = reader.model.requests[-1].messages
    assert "cleared" in last[3].text
    assert last[-1].text == read(6)
    assert state["messages"][2].text == read(0)


async def test_prompts_change_only_at_a_compaction(reader: Bench):
    plan_reading(reader, 14)
    await reader.send("Read all")
    prompts = [request.prompt() for request in reader.model.requests]
    rewritten = [a for a, b in itertools.pairwise(prompts) if b[: len(a)] != a]
    compactions = len(reader.of(Notice))
    assert compactions >= 2
    assert len(rewritten) == compactions
    assert len(prompts) >= 3 * compactions


async def test_every_prompt_stays_within_the_limit(reader: Bench):
    plan_reading(reader, 30)
    await reader.send("Read all")
    sizes = [estimate_prompt(r.messages, r.tools or [], measured=False) for r in reader.model.requests]
    assert max(sizes) <= prompt_limit(WINDOW)


async def talk(bench: Bench, turns: int) -> None:
    """Turns whose answers take about 450 tokens each."""
    bench.context_window = WINDOW
    for turn in range(turns):
        bench.model.enqueue(f"Answer {turn}: " + "words " * 300)
        await bench.send(f"Question {turn}")


async def test_when_clearing_is_not_enough_the_model_summarises_the_middle(bench: Bench):
    await talk(bench, 6)
    bench.model.summary = "They asked six questions."
    bench.model.enqueue("Last answer.")
    state = await bench.send("Question 6 " + "words " * 400)
    [summary_request], request = bench.model.summaries, bench.model.requests[-1]
    assert "Question 0" in summary_request.messages[1].text
    assert summary_request.tools is None
    assert state["compaction"]["summary"] == "They asked six questions."
    assert "They asked six questions." in request.messages[1].text
    assert "Question 6" in request.messages[-1].text
    assert len(request.messages) < 8
    assert [message.text for message in state["messages"]][:1] == ["Question 0"]
    assert [notice.text for notice in bench.of(Notice)] == [
        "The conversation got long: its older part was summarised for the model."
    ]


async def test_a_later_summary_builds_on_the_earlier_one(bench: Bench):
    bench.model.summary = "They asked many questions."
    await talk(bench, 20)
    assert len(bench.model.summaries) >= 2
    for later in bench.model.summaries[1:]:
        assert later.messages[1].text.startswith("Summary of what came before: They asked many questions.")
        assert estimate_text(later.messages[1].text) < prompt_limit(WINDOW)


async def test_an_empty_summary_changes_nothing(bench: Bench):
    bench.model.summary = ""
    await talk(bench, 9)
    assert bench.model.summaries
    assert len(bench.model.requests[-1].messages) == 2 + 2 * 8


async def test_a_summary_in_the_middle_of_a_turn_keeps_the_request_word_for_word(reader: Bench):
    plan_reading(reader, 6)
    reader.toolset.change("read", description="words " * 800)
    await reader.send("Find the word that never comes")
    assert reader.model.summaries
    last = reader.model.requests[-1].messages
    assert "Find the word that never comes" in last[1].text
    assert [message.type for message in last[:3]] == ["system", "human", "ai"]


async def test_an_overflow_compacts_once_and_tries_again(reader: Bench):
    reader.context_window = None
    for page in range(4):
        reader.model.enqueue_calls(("read", {"page": page}))
    reader.model.enqueue(ContextOverflowError("too long")).enqueue("Read.")
    state = await reader.send("Read all")
    before, after = reader.model.requests[-2:]
    assert len("".join(after.prompt())) < len("".join(before.prompt()))
    assert state["messages"][-1].text == "Read."
    assert state["compaction"]


async def test_an_overflow_that_cannot_shrink_further_is_raised(bench: Bench):
    bench.model.enqueue(ContextOverflowError("too long"))
    with pytest.raises(ContextOverflowError):
        await bench.send("words " * 9000)
    assert len(bench.model.requests) == 1


async def test_nothing_is_summarised_twice():
    model = ScriptedModel()
    messages = [HumanMessage("One", id="h"), AIMessage("words " * 400, id="a"), HumanMessage("Two " * 400, id="i")]
    history = History(messages=messages, system_prompt="", compaction={"summarised_through": "a", "summary": "One."})
    assert await shorten(history, ModelChoice(name="m", model=model), []) is history
    assert model.summaries == []


async def test_a_second_overflow_is_raised(reader: Bench):
    reader.context_window = None
    for page in range(3):
        reader.model.enqueue_calls(("read", {"page": page}))
    reader.model.enqueue(ContextOverflowError("too long")).enqueue(ContextOverflowError("still too long"))
    with pytest.raises(ContextOverflowError, match="still"):
        await reader.send("Read all")


@pytest.mark.parametrize(("tokens", "asked"), [(800, False), (900, True), (1100, True), (1200, False)])
async def test_the_endpoint_counts_only_within_15_percent_of_the_limit(tokens: int, asked: bool):
    counted: list[int] = []

    async def count(messages: Sequence[Any], tools: Sequence[Any]) -> int:
        counted.append(len(messages))
        return 1001

    choice = ModelChoice(name="m", model=ScriptedModel(), count_tokens=count)
    over = await is_over(1000, [HumanMessage("x" * 4 * (tokens - 5))], [], choice, measured=False)
    assert bool(counted) is asked
    assert over is (asked or tokens > 1000)


def test_the_last_usage_counts_and_only_what_came_after_is_estimated():
    usage = {"input_tokens": 700, "output_tokens": 50, "total_tokens": 750}
    messages = [HumanMessage("x" * 40_000), AIMessage("ok", usage_metadata=usage), HumanMessage("y" * 400)]
    assert 700 < estimate_prompt(messages, [], measured=True) < 830
    assert estimate_prompt(messages, [], measured=False) > 10_000


def test_a_chinese_character_is_about_a_token():
    assert estimate_text("中" * 200) == 200
    assert estimate_text("word" * 50) == 50
