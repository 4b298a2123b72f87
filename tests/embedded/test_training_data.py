"""The stream of batches and the schedule of a training: the same for the same seed, wherever it continues."""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.embedded.recipe.batches import LENGTHS, Batch, Batches, Place, Plan, cut, make_pool
from models.embedded.recipe.schedule import Schedule

TOKENIZER = Path(__file__).parents[2] / "models" / "embedded" / "weights"
PLAN = Plan(TOKENIZER, seed=3, schedule=Schedule(budget=100_000), batch_tokens=1024, pool_size=24)


def same(one: list[Batch], other: list[Batch]) -> bool:
    return [content(batch) for batch in one] == [content(batch) for batch in other]


def content(batch: Batch) -> tuple[list[Any], ...]:
    return batch.ids.tolist(), batch.positions.tolist(), batch.targets.tolist(), batch.weights.tolist()


def test_a_pool_depends_on_seed_and_place_alone() -> None:
    place = Place(pool=4, tokens=50_000)
    pool = make_pool(PLAN, place)
    make_pool(PLAN, Place())
    assert same(pool, make_pool(PLAN, place))
    assert not same(pool, make_pool(PLAN, Place(pool=5, tokens=50_000)))


@pytest.mark.slow
def test_a_stream_continued_at_a_place_gives_what_would_have_come() -> None:
    with Batches(PLAN, Place()) as stream:
        batches = iter(stream)
        begin = list(islice(batches, 9))
        place, rest = stream.place, list(islice(batches, 9))
    with Batches(PLAN, place) as stream:
        assert same(rest, list(islice(stream, 9)))
    assert not same(begin, rest)


def test_a_batch_predicts_what_the_assistant_writes_and_nothing_else() -> None:
    samples = [([1, 2, 3, 4], [0.0, 0.0, 1.0, 0.5]), ([5, 6, 7], [0.0, 1.0, 0.0])]
    (batch,) = cut(samples, batch_tokens=2 * LENGTHS[0], pad=0)
    assert batch.ids.shape == (2, LENGTHS[0])
    assert sorted(zip(batch.targets.tolist(), batch.weights.tolist(), strict=True)) == [(3, 1.0), (4, 0.5), (6, 1.0)]
    assert sorted(batch.ids.reshape(-1)[batch.positions].tolist()) == [2, 3, 5]


def test_all_samples_but_the_longest_are_in_a_batch_of_one_of_the_lengths() -> None:
    samples = [([9] * length, [1.0] * length) for length in (3, 70, 100, 400, 900, LENGTHS[-1] + 1)]
    batches = list(cut(samples, batch_tokens=512, pad=0))
    assert sum(np.count_nonzero(batch.ids) for batch in batches) == 3 + 70 + 100 + 400 + 900
    assert {batch.ids.shape[1] for batch in batches} <= set(LENGTHS)


def test_the_rate_warms_up_holds_and_falls_to_nothing() -> None:
    schedule = Schedule(budget=1000, warm_up=0.1, decay=0.5)
    rates = [schedule.rate(tokens) for tokens in range(0, 1000, 50)]
    assert 0 < rates[0] < 0.1
    assert rates[2:11] == [1.0] * 9
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.11
    assert schedule.is_over(1000)


def test_without_a_decay_the_rate_stays_at_its_top() -> None:
    schedule = Schedule(budget=1000, warm_up=0.1, decay=0)
    assert [schedule.rate(tokens) for tokens in range(100, 1000, 50)] == [1.0] * 18


def test_difficulty_grows_with_the_tokens_seen_and_not_at_all_for_trained_weights() -> None:
    levels = [Schedule(budget=1000, ramp=0.25).level(tokens) for tokens in (0, 125, 250, 900)]
    assert levels == [0.0, 0.5, 1.0, 1.0]
    assert Schedule(budget=1000, ramp=0).level(0) == 1.0
