"""Measures the converted model: `python -m models.embedded.recipe.evaluate models/embedded/model`.

Generates every assistant turn greedily through onnxruntime-genai, given the right turns before it, and
counts exact matches of the whole turn. Beside it stands what the agent's checks leave: how often a
call other than the wanted one would be made. Needs no torch.
"""

import argparse
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessageChunk

from app.chat.embedded_answer import Request, stream_answer
from app.chat.embedded_engine import EmbeddedEngine, Piece
from models.embedded.recipe.codec import Codec, load_template, turns
from models.embedded.recipe.conversations import Conversations
from models.embedded.recipe.toolset import Sample

SEED = 12345


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One assistant turn, wanted and generated."""

    kind: str
    """Kind of conversation and of turn, for example `single.call`."""
    asked: str
    wanted: str
    got: str
    acted_wrongly: bool
    """A call that was not wanted passed the checks."""


def evaluate(directory: Path, split: str, count: int, seed: int = SEED) -> Iterator[Turn]:
    """All assistant turns of `count` conversations of a split."""
    engine, codec = EmbeddedEngine(directory), Codec(directory)
    stream = Conversations(seed, split)
    for _ in range(count):
        sample = stream.sample()
        ids, mask = codec.encode(sample)
        places = [at for at, message in enumerate(sample.messages) if message["role"] == "assistant"]
        for place, (start, end) in zip(places, turns(mask), strict=True):
            yield _turn(engine, sample, place, codec.decode(ids[start : end - 1]), limit=end - start + 8)


def _turn(engine: EmbeddedEngine, sample: Sample, place: int, wanted: str, limit: int) -> Turn:
    before = sample.messages[:place]
    text = load_template().render(messages=before, tools=sample.tools, add_generation_prompt=True)
    pieces = list(engine.generate(engine.encode(text), limit=limit, stop=threading.Event()))
    got = "".join(piece.text for piece in pieces)
    message = sample.messages[place]
    what = "call" if message.get("tool_calls") else "answer" if place > 1 else "say"
    return Turn(
        kind=f"{sample.kind}.{what}",
        asked=sample.messages[0]["content"],
        wanted=wanted,
        got=got,
        acted_wrongly=_acted_wrongly(pieces, sample, before, message),
    )


def _acted_wrongly(pieces: list[Piece], sample: Sample, before: list[dict[str, Any]], wanted: dict[str, Any]) -> bool:
    shown = "\n".join(message["content"] for message in before if message["role"] in ("user", "tool"))
    request = Request(shown=shown, tools=sample.tools)
    answer = sum(stream_answer(iter(pieces), request, prompt_tokens=0), AIMessageChunk(content=""))
    made = [(call["name"], call["args"]) for call in answer.tool_calls]
    functions = [call["function"] for call in wanted.get("tool_calls", [])]
    return bool(made) and made != [(function["name"], function["arguments"]) for function in functions]


def summarize(turns_of_split: list[Turn]) -> dict[str, Any]:
    """Exact match in percent and number of turns by kind, and wrong calls that pass, in percent of all turns."""
    right: dict[str, list[bool]] = defaultdict(list)
    for turn in turns_of_split:
        for key in (turn.kind, turn.kind.split(".")[1], "all"):
            right[key].append(turn.got == turn.wanted)
    scores = {key: f"{_percent(values)} % of {len(values)}" for key, values in sorted(right.items())}
    return {**scores, "wrong calls that pass": f"{_percent([t.acted_wrongly for t in turns_of_split])} %"}


def _percent(values: list[bool]) -> float:
    return round(100 * sum(values) / max(1, len(values)), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("-n", type=int, default=300, help="conversations a split")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--show", type=int, default=0, help="wrong turns to print")
    a = parser.parse_args()
    for split in ("train", "test"):
        done = list(evaluate(a.directory, split, a.n, a.seed))
        print(split, json.dumps(summarize(done), indent=1))
        for turn in [turn for turn in done if turn.got != turn.wanted][: a.show]:
            print(f"{turn.kind} | {turn.asked!r}\n  want {turn.wanted!r}\n  got  {turn.got!r}")


if __name__ == "__main__":
    main()
