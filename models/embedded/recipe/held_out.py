"""How a converted model does on wordings and words that training never shows, by kind of conversation.

`python -m models.embedded.recipe.held_out DIRECTORY`: for improving the recipe, so that the cases of
`models.embedded.evaluation` stay untouched by it. Needs no torch.
"""

import argparse
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.chat.embedded_constraint import CallConstraint
from app.chat.embedded_engine import EmbeddedEngine
from app.chat.embedded_prompt import read_prompt
from app.chat.embedded_quotes import Quotes
from models.embedded.recipe.codec import Codec, turns
from models.embedded.recipe.conversations import MIX, Conversations


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One assistant turn, wanted and generated."""

    kind: str
    """Kind of conversation."""
    prompt: str
    wanted: str
    got: str


def held_out_turns(
    directory: Path, kind: str, count: int, *, constrained: bool = False, seed: int = 12345
) -> Iterator[Turn]:
    """All assistant turns of `count` held-out conversations of a kind, each after the right turns before it."""
    engine, codec, stream = EmbeddedEngine(directory), Codec(directory), Conversations(seed, "test")
    for _ in range(count):
        sample = stream.sample(kind)
        ids, mask = codec.encode(sample)
        for start, end in turns(mask):
            prompt = codec.decode(ids[:start])
            shown, limit, never = read_prompt(prompt), end - start + 8, threading.Event()
            given = Quotes(shown.results) if constrained else None
            constraint = CallConstraint(sample.tools, shown.parts) if constrained else None
            pieces = engine.generate(ids[:start], limit=limit, stop=never, given=given, constraint=constraint)
            got = "".join(piece.text for piece in pieces)
            yield Turn(kind=kind, prompt=prompt, wanted=codec.decode(ids[start : end - 1]), got=got)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("-n", type=int, default=60, help="conversations of a kind")
    parser.add_argument("--kinds", nargs="*", default=list(MIX), choices=list(MIX))
    parser.add_argument("--constrained", action="store_true", help="decode as the agent does, results quoted")
    parser.add_argument("--show", type=int, default=0, help="wrong turns of a kind to print")
    a = parser.parse_args()
    right: dict[str, list[bool]] = defaultdict(list)
    for kind in a.kinds:
        wrong: list[Turn] = []
        for turn in held_out_turns(a.directory, kind, a.n, constrained=a.constrained):
            right[kind].append(turn.got == turn.wanted)
            wrong += [] if right[kind][-1] else [turn]
        print(
            f"{kind:14} {sum(right[kind]):4} of {len(right[kind])}  {100 * sum(right[kind]) / len(right[kind]):.1f} %"
        )
        for turn in wrong[: a.show]:
            print(f"--- {turn.prompt}\n  want {turn.wanted!r}\n  got  {turn.got!r}")


if __name__ == "__main__":
    main()
