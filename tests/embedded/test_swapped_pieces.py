from collections import Counter
from pathlib import Path

import pytest

from models.embedded.recipe.codec import Codec
from models.embedded.recipe.conversations import MIX, Conversations
from models.embedded.recipe.swapped_pieces import SwappedPieces

CODEC = Codec(Path(__file__).parents[2] / "models" / "embedded" / "weights")
VOCABULARY = {
    text: number for number, text in enumerate(["garden", "window", "lamp", "door", "Tokyo", "Paris", "true", ",", "7"])
}
SWAPPED = SwappedPieces(VOCABULARY)


@pytest.mark.parametrize("kind", ["single", "box_pair", "none", "box_none"])
def test_equal_pieces_stay_equal_and_others_apart(kind: str) -> None:
    stream, changed = Conversations(9), 0
    for number in range(60):
        sample = stream.sample(kind)
        ids, swapped = CODEC.encode(sample)[0], CODEC.train_on(sample, str(number))[0]
        assert len(set(zip(ids, swapped, strict=True))) == len(set(ids)) == len(set(swapped))
        changed += swapped != ids
    assert 20 < changed < 60


def test_only_what_may_moves_and_words_stay_words() -> None:
    ids = [VOCABULARY[text] for text in ("garden", "lamp", "Tokyo", "true", ",", "garden", "door")]
    movable = {VOCABULARY[text] for text in ("garden", "Tokyo", "true", ",")}
    seen: Counter[tuple[int, int]] = Counter()
    for number in range(200):
        seen.update(zip(ids, SWAPPED.swap(ids, movable, str(number)), strict=True))
    moved = {VOCABULARY[text]: {new for (old, new) in seen if old == VOCABULARY[text]} for text in VOCABULARY}
    assert moved[VOCABULARY["garden"]] == {VOCABULARY["garden"], VOCABULARY["window"]}
    assert moved[VOCABULARY["Tokyo"]] == {VOCABULARY["Tokyo"], VOCABULARY["Paris"]}
    for text in ("lamp", "door", "true", ","):
        assert moved[VOCABULARY[text]] == {VOCABULARY[text]}


@pytest.mark.parametrize("kind", ["known_turn", "known_missing", "foreign", "robot"])
def test_of_known_tools_only_values_and_results_move(kind: str) -> None:
    stream, changed = Conversations(9), 0
    for number in range(60):
        sample = stream.sample(kind)
        before, (after, weights) = CODEC.encode(sample)[0], CODEC.train_on(sample, str(number))
        assert block(before, "tools") == block(after, "tools")
        written = {token for token, weight in zip(before, weights, strict=True) if weight}
        moved = {old for old, new in zip(before, after, strict=True) if old != new}
        assert moved <= written
        changed += bool(moved)
    assert changed > 3


def block(ids: list[int], role: str) -> list[int]:
    """What stands under the heading of a role, the first time."""
    header = CODEC.headers[role]
    start = next(at for at in range(len(ids)) if ids[at : at + len(header)] == header)
    return ids[start : ids.index(CODEC.end, start)]


def test_small_talk_stays_as_it_is() -> None:
    stream = Conversations(9)
    for number in range(20):
        sample = stream.sample("chat")
        assert CODEC.train_on(sample, str(number))[0] == CODEC.encode(sample)[0]


def test_headings_stay() -> None:
    stream = Conversations(9)
    for kind in MIX:
        for number in range(10):
            sample = stream.sample(kind)
            before, after = CODEC.encode(sample)[0], CODEC.train_on(sample, str(number))[0]
            for header in CODEC.headers.values():
                places = [at for at in range(len(before)) if before[at : at + len(header)] == header]
                assert places == [at for at in range(len(after)) if after[at : at + len(header)] == header]


def test_the_same_seed_swaps_the_same() -> None:
    sample = Conversations(9).sample("box_pair")
    assert CODEC.train_on(sample, "4") == CODEC.train_on(sample, "4")


def test_pieces_that_training_never_asked_for_are_asked_for() -> None:
    stream, plain, swapped = Conversations(9), set[int](), set[int]()
    for number in range(300):
        sample = stream.sample("single")
        ids, weights = CODEC.weigh(sample)
        after = CODEC.train_on(sample, str(number))[0]
        plain |= {token for token, weight in zip(ids, weights, strict=True) if weight}
        swapped |= {token for token, weight in zip(after, weights, strict=True) if weight}
    assert len(swapped) > 1.1 * len(plain)
