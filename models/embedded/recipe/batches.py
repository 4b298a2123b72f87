"""The training data in batches: the same batches for the same seed, whoever asks and wherever it continues.

The stream is cut into pools of conversations. A pool depends on the seed, its number and the level
alone; it is sorted by length and cut into batches of few fixed shapes, which saves padding and
compilations. While one pool is trained on, a second process makes the next.
"""

import os
import random
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread

import numpy as np
from numpy.typing import NDArray

from models.embedded.recipe.codec import Codec
from models.embedded.recipe.conversations import Conversations
from models.embedded.recipe.schedule import Schedule

LENGTHS = (64, 96, 128, 160, 192, 224, 256, 320, 384, 512, 768, 1024, 2048)
"""Fixed lengths of a batch: one compilation each."""

Encoded = tuple[list[int], list[float]]
"""Ids, and how much the prediction of each counts."""


@dataclass(frozen=True)
class Plan:
    """What a stream of batches is made from."""

    tokenizer: Path
    """The directory of the tokenizer."""
    seed: int
    schedule: Schedule
    batch_tokens: int
    """Padded tokens of a batch; a batch has a little less where its length does not divide them."""
    pool_size: int = 1024
    """Conversations."""


@dataclass(frozen=True)
class Place:
    """Where the stream stands: the next batch."""

    pool: int = 0
    batch: int = 0
    """Within the pool."""
    tokens: int = 0
    """Padded tokens of the pools before this one."""


@dataclass(frozen=True)
class Batch:
    """Rows of one length, and which of their positions predict what."""

    ids: NDArray[np.int64]
    """(rows, length)"""
    positions: NDArray[np.int64]
    """Of those that count, in the flattened rows."""
    targets: NDArray[np.int64]
    """The token that follows each of them."""
    weights: NDArray[np.float32]
    """How much each of them counts."""


def make_pool(plan: Plan, place: Place, split: str = "train") -> list[Batch]:
    """All batches of the pool at a place, shuffled; what is trained on is of the split `train`."""
    codec, stream = _codec(plan.tokenizer), Conversations(plan.seed, split)
    level, first = plan.schedule.level(place.tokens), place.pool * plan.pool_size
    samples = [_encoded(codec, stream, plan.seed, first + number, level) for number in range(plan.pool_size)]
    batches = list(cut(samples, plan.batch_tokens, codec.pad))
    random.Random(f"{plan.seed} {place.pool}").shuffle(batches)
    return batches


def _encoded(codec: Codec, stream: Conversations, seed: int, index: int, level: float) -> Encoded:
    return codec.train_on(stream.at(index, level), f"{seed} {index}")


def cut(samples: list[Encoded], batch_tokens: int, pad: int) -> Iterator[Batch]:
    """Batches from the longest samples to the shortest; what is longer than all lengths is left out.

    Every batch has all its rows, the last one empty rows where samples are missing.
    """
    rest = sorted((s for s in samples if len(s[0]) <= LENGTHS[-1]), key=lambda s: len(s[0]))
    while rest:
        length = next(length for length in LENGTHS if len(rest[-1][0]) <= length)
        rows = max(1, batch_tokens // length)
        yield _padded(rest[-rows:], rows, length, pad)
        del rest[-rows:]


def _padded(samples: list[Encoded], rows: int, length: int, pad: int) -> Batch:
    ids = np.full((rows, length), pad, dtype=np.int64)
    counts = np.zeros((rows, length), dtype=np.float32)
    for row, (tokens, weights) in enumerate(samples):
        ids[row, : len(tokens)] = tokens
        counts[row, : len(weights) - 1] = weights[1:]
    positions = np.flatnonzero(counts)
    return Batch(ids, positions, ids.reshape(-1)[positions + 1], counts.reshape(-1)[positions])


@cache
def _codec(directory: Path) -> Codec:
    return Codec(directory)


def _end_with_parent() -> None:
    """A training that is killed cannot stop its second process, which would wait for orders for ever."""
    parent = parent_process()
    assert parent is not None
    Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


class Batches:
    """The stream from a place on; a context manager, because a second process works for it."""

    def __init__(self, plan: Plan, place: Place) -> None:
        self.plan, self.place = plan, place

    def __enter__(self) -> "Batches":
        self._maker = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_parent)
        return self

    def __exit__(self, *error: object) -> None:
        self._maker.shutdown(cancel_futures=True)

    def __iter__(self) -> Iterator[Batch]:
        """Endless; `place` is that of the next batch as soon as one is handed out."""
        coming = self._order(self.place)
        while True:
            batches = coming.result()
            here = self.place
            after = Place(here.pool + 1, 0, here.tokens + sum(batch.ids.size for batch in batches))
            coming = self._order(after)
            for number in range(here.batch, len(batches)):
                self.place = replace(here, batch=number + 1)
                yield batches[number]
            self.place = after

    def _order(self, place: Place) -> "Future[list[Batch]]":
        return self._maker.submit(make_pool, self.plan, place)
