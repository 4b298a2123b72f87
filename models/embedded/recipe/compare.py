"""Compares the two exports: `python -m models.embedded.recipe.compare run/model run/onnx`.

The bf16 weights answer through the decoder that was trained, the converted ones through
onnxruntime-genai, both greedily; counted is in how many answers all tokens are the same.
"""

import argparse
import json
from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from models.embedded.recipe.codec import Codec, turns
from models.embedded.recipe.conversations import Conversations
from models.embedded.recipe.decoder import Decoder, load

og: Any = import_module("onnxruntime_genai")  # it declares no types

SEED = -3
LIMIT = 32
"""Tokens of an answer."""


def prompts(codec: Codec) -> Iterator[list[int]]:
    """What stands before the first turn of the assistant, in one conversation after the other."""
    stream = Conversations(SEED)
    while True:
        ids, mask = codec.encode(stream.sample())
        yield ids[: turns(mask)[0][0]]


@torch.no_grad()
def from_weights(model: Decoder, prompt: list[int], end: int) -> list[int]:
    """The greedy answer of the decoder, without its end."""
    ids = list(prompt)
    while len(ids) < len(prompt) + LIMIT:
        token = int(model.logits(model(torch.tensor([ids]))[0, -1]).argmax())
        if token == end:
            break
        ids.append(token)
    return ids[len(prompt) :]


def from_onnx(model: Any, prompt: list[int], end: int) -> list[int]:
    """The greedy answer of the converted model, without its end."""
    parameters = og.GeneratorParams(model)
    parameters.set_search_options(max_length=len(prompt) + LIMIT, do_sample=False)
    generator = og.Generator(model, parameters)
    generator.append_tokens(prompt)
    answer: list[int] = []
    while len(answer) < LIMIT:
        generator.generate_next_token()
        token = int(generator.get_next_tokens()[0])
        if token == end:
            break
        answer.append(token)
    return answer


def compare(weights: Path, onnx: Path, count: int) -> dict[str, int]:
    """How many answers were compared, how many are the same, and how many tokens they have."""
    codec, trained, converted = Codec(weights), load(weights).eval(), og.Model(str(onnx))
    pairs = [
        (from_weights(trained, prompt, codec.end), from_onnx(converted, prompt, codec.end))
        for prompt in islice(prompts(codec), count)
    ]
    same = sum(one == other for one, other in pairs)
    return {"prompts": count, "same": same, "tokens": sum(len(one) for one, _ in pairs)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("onnx", type=Path)
    parser.add_argument("--prompts", type=int, default=20)
    a = parser.parse_args()
    print(json.dumps(compare(a.weights, a.onnx, a.prompts)))


if __name__ == "__main__":
    main()
