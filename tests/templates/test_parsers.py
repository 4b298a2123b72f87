"""What each template asks a model to write comes back as structured calls through vLLM's own parser.

What a parser cannot read is in the second half: the table says what it makes of it, and the agent
executes nothing but what the model meant.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk

from tests.graphs.bench import Bench
from tests.graphs.scripted import ending
from tests.templates.broken_replies import ASKED, BROKEN, Broken
from tests.templates.cases import IMAGE_CASES, NOTE, TEXT_CASES, Case
from tests.templates.render_server import Answer, RenderServer, render_server
from tests.templates.rendering import PARSERS, prompt_of, source_of, written
from tests.templates.tokenizer_folder import build_model_folder

pytestmark = [pytest.mark.slow, pytest.mark.vllm, pytest.mark.timeout(600)]

LOSSES = {("llama3_json", "text before a call")}
"""The one combination that loses something: this parser drops the text, or when streaming misses the call."""


@dataclass
class Outcomes:
    """Everything that was sent through the servers; each pair is at once, streamed."""

    prompts: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[Answer, Answer]] = field(default_factory=dict)
    broken: dict[tuple[str, str], tuple[Answer, Answer]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def outcomes(vllm_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    folder = tmp_path_factory.mktemp("served")
    model = build_model_folder(folder)
    collected = Outcomes()
    for parser in sorted(set(PARSERS.values())):
        with render_server(vllm_environment, model, parser, folder / f"{parser}.log") as server:
            for template in (name for name, its in PARSERS.items() if its == parser):
                _collect(server, template, collected)
    return collected


def _collect(server: RenderServer, template: str, outcomes: Outcomes) -> None:
    source = source_of(template)
    for case in TEXT_CASES:
        outcomes.prompts[template, case.name], prompt = server.prompt(case, source)
        text = written(template, case)
        outcomes.answers[template, case.name] = (
            server.whole(case, source, text, prompt),
            server.streamed(case, source, text, prompt),
        )
    _, prompt = server.prompt(ASKED, source)
    for reply in (reply for reply in BROKEN if reply.template == template):
        outcomes.broken[template, reply.name] = (
            server.whole(ASKED, source, reply.whole, prompt, reply.finish),
            server.streamed(ASKED, source, reply.text, prompt, reply.finish),
        )


def expected(case: Case) -> tuple[str, list[tuple[str, Any]]]:
    functions = [call["function"] for call in case.reply.get("tool_calls", [])]
    return case.reply["content"] or "", [(f["name"], json.loads(f["arguments"])) for f in functions]


def came_back(case: Case, answer: Answer) -> bool:
    return (answer.content.strip(), answer.sound_calls()) == expected(case)


def test_the_server_renders_what_we_render(outcomes: Outcomes) -> None:
    for template in PARSERS:
        for case in TEXT_CASES:
            assert outcomes.prompts[template, case.name] == prompt_of(template, case)


def test_every_call_comes_back_whole_and_streamed(outcomes: Outcomes, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\n" + "\n".join(_table(outcomes)))
    failed = {key for key, pair in outcomes.answers.items() if not all(came_back(_case(key[1]), a) for a in pair)}
    assert failed == LOSSES


def _case(name: str) -> Case:
    return next(case for case in TEXT_CASES if case.name == name)


def _table(outcomes: Outcomes) -> Iterator[str]:
    width = max(len(case.name) for case in TEXT_CASES + IMAGE_CASES)
    yield "at once / streamed".ljust(width) + "".join(f"{name:>15}" for name in PARSERS)
    for case in TEXT_CASES:
        cells = (outcomes.answers[template, case.name] for template in PARSERS)
        marks = (" / ".join("ok" if came_back(case, answer) else "LOSS" for answer in pair) for pair in cells)
        yield case.name.ljust(width) + "".join(f"{mark:>15}" for mark in marks)
    for case in IMAGE_CASES:
        yield case.name.ljust(width) + "".join(f"{'golden':>15}" for _ in PARSERS)
    yield "golden: rendering and content format only, since the CPU build has no image processor"


async def test_the_agent_executes_only_what_was_meant(outcomes: Outcomes, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["", "what a parser makes of a reply it cannot read, and what the agent then executes"]
    wrong: list[str] = []
    for reply in BROKEN:
        for way, answer in zip(("at once", "streamed"), outcomes.broken[reply.template, reply.name], strict=True):
            executed = await _executed(answer, reply.finish)
            lines.append(f"{reply.template}, {reply.name}, {way}: {_told(answer)}, {reply.finish} -> {executed}")
            if executed not in _allowed(reply):
                wrong.append(lines[-1])
    with capsys.disabled():
        print("\n".join(lines))
    assert wrong == []


def _allowed(reply: Broken) -> list[list[tuple[str, dict[str, str]]]]:
    return [[]] if reply.meant is None else [[], [("write_note", reply.meant)]]


def _told(answer: Answer) -> str:
    calls = ", ".join(f"{call['name']}({call['arguments']})" for call in answer.calls)
    return f"content {answer.content!r}, calls [{calls}]"


async def _executed(answer: Answer, finish: str) -> list[tuple[str, dict[str, Any]]]:
    """The calls that the agent runs when the model's server answers so.

    `finish` is the engine's word. vLLM's chat endpoint passes `length` on when it streams; the render server, which
    has no engine, calls every stream with a call in it `tool_calls`.
    """
    bench = Bench()
    bench.toolset.add(write_note, schema=NOTE["function"]["parameters"])
    bench.model.enqueue(*_chunks(answer), ending(finish), finish=None)
    for _ in range(3):
        bench.model.enqueue("Done.")
    await bench.send("Note it.")
    return bench.toolset.calls


def write_note(text: str) -> str:
    return "kept"


def _chunks(answer: Answer) -> list[AIMessageChunk]:
    if answer.deltas:
        return [_chunk(delta.get("content") or "", delta.get("tool_calls") or []) for delta in answer.deltas]
    calls = [{"index": index, "id": f"c{index}", "function": call} for index, call in enumerate(answer.calls)]
    return [_chunk(answer.content, calls)]


def _chunk(content: str, calls: list[dict[str, Any]]) -> AIMessageChunk:
    pieces = [
        {
            "type": "tool_call_chunk",
            "index": call["index"],
            "id": call.get("id"),
            "name": call["function"].get("name"),
            "args": call["function"].get("arguments"),
        }
        for call in calls
    ]
    return AIMessageChunk(content=content, tool_call_chunks=pieces)
