"""A turn's events become text that only grows, in the order in which they came."""

import re
import subprocess
import sys
from collections.abc import AsyncGenerator

from app.events import (
    ApprovalNeeded,
    Event,
    Failed,
    Final,
    Notice,
    PendingRequest,
    Reasoning,
    Token,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from app.repl.live import Live
from app.repl.turn_view import TurnView
from graphs.interrupts import HITLRequest
from tests.repl.paper import Paper
from tests.repl.terminal import ROOT

STARTED = ToolStarted(call_id="1", server="arm", name="move", arguments={"x": 1})
FINISHED = ToolFinished(call_id="1", server="arm", name="move", status="success", seconds=0.5, size=4, result="done")
HEAVY = {"langchain_core", "langgraph", "mcp", "openai", "onnxruntime", "jsonschema", "pygments"}


async def stream(*events: Event) -> AsyncGenerator[Event, None]:
    for event in events:
        yield event


def final(answer: str, stopped_by: str = "answer") -> Final:
    return Final(answer=answer, stopped_by=stopped_by, steps=1, seconds=1.0)


async def shown(*events: Event, live: Live | None = None) -> str:
    paper = Paper()
    await TurnView(paper.transcript, live or Live()).follow(stream(*events))
    return re.sub(r"\x1b\[[\d;]*m", "", paper.text)


async def test_text_and_tools_stand_in_their_order_with_what_they_took() -> None:
    usage = Usage(input_tokens=100, output_tokens=5, context_window=1000)
    live = Live()
    text = await shown(
        *(Token(text="I mo"), Token(text="ve."), usage, STARTED, FINISHED, Token(text="It moved."), usage),
        final("It moved."),
        live=live,
    )
    assert re.sub(r"\d\.\d s ·", "1.0 s ·", text) == (
        "\nI move.\n\n→ move(x=1)\n✓ move 0.50 s, 4 characters: done\n\nIt moved.\n\n  1.0 s · 200 tokens in, 10 out\n"
    )
    assert (live.usage, live.activity, live.tail) == (usage, "", "")


async def test_an_answer_that_was_not_streamed_is_shown_once() -> None:
    assert (await shown(final("Only now."))).count("Only now.") == 1
    assert (await shown(Token(text="Now."), final("Now."))).count("Now.") == 1


async def test_thinking_and_progress_are_seen_while_they_last_and_leave_nothing() -> None:
    live = Live()
    seen: list[list[str]] = []

    async def watched() -> AsyncGenerator[Event, None]:
        for event in (Reasoning(text="hmm"), STARTED, ToolProgress(call_id="1", progress=1, total=2), FINISHED):
            yield event
            seen.append([row for _, row in live.lines(80)])
        yield final("Done.")

    paper = Paper()
    await TurnView(paper.transcript, live).follow(watched())
    assert seen[0][0] == "hmm"
    assert "running move" in seen[1][-1]
    assert "1/2" in seen[2][0]
    assert "hmm" not in paper.text
    assert live.lines(80) == []


async def test_a_failed_turn_says_what_happened_and_what_to_do() -> None:
    failed = Failed(message="the endpoint is down.", hint="Start it.", exit_code=4, shown="Half")
    text = await shown(Notice(text="trying again"), Token(text="Half"), failed)
    assert text.splitlines() == ["trying again", "", "Half", "", "error: the endpoint is down.", "hint: Start it."]


async def test_an_answer_cut_off_says_so() -> None:
    assert "cut off at the model's token limit" in await shown(Token(text="Half"), final("Half", "cut_off"))


async def test_questions_are_given_back_after_the_text_before_them() -> None:
    request = HITLRequest(action_requests=[], review_configs=[], call_ids=[], kind="approval")
    pending = PendingRequest(interrupt_id="i", request=request)
    paper = Paper()
    events = stream(Token(text="May I?"), ApprovalNeeded(requests=[pending]))
    assert await TurnView(paper.transcript, Live()).follow(events) == [pending]
    assert "May I?" in paper.text


def test_servers_need_not_wait_for_the_imports_of_the_door() -> None:
    command = "import sys, app.repl.door; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    assert HEAVY & set(done.stdout.split()) == set()
