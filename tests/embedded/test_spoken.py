"""What people put around a request changes nothing of its values."""

import pytest

from models.embedded.recipe.dialogue import joinable, joined
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.spoken import AT_ONCE, IN_TURN, spoken, with_capitals
from models.embedded.recipe.toolset import Request, Tool


def test_a_value_at_the_beginning_stays_as_it_is_written() -> None:
    draw = Draw(3, "train")
    texts = [spoken(draw, "big red chair goes to the attic", statement=True, value_first=True) for _ in range(200)]
    assert all("big red chair goes" in text for text in texts)
    assert len(set(texts)) > 5


def test_other_requests_begin_with_a_capital_now_and_then() -> None:
    draw = Draw(3, "train")
    begun = {spoken(draw, "drop the anchor")[0].isupper() for _ in range(200)}
    assert begun == {True, False}


def test_only_the_pronoun_is_written_large() -> None:
    draw = Draw(3, "train")
    seen = {with_capitals(draw, "i'm in {i} and i/o, am i late") for _ in range(50)}
    assert seen == {"i'm in {i} and i/o, am i late", "I'm in {i} and i/o, am I late"}


def test_further_sentences_begin_with_a_capital_now_and_then() -> None:
    draw = Draw(3, "train")
    seen = {with_capitals(draw, "off to {city}. is it cold? how cold. {city} is far") for _ in range(100)}
    lower, upper = (
        "off to {city}. is it cold? how cold. {city} is far",
        "off to {city}. Is it cold? How cold. {city} is far",
    )
    assert seen == {lower, upper}


@pytest.mark.parametrize("joiners", [AT_ONCE, IN_TURN])
def test_a_text_without_quotes_ends_with_a_full_stop_where_another_request_follows(joiners: tuple[str, ...]) -> None:
    add, show = (Tool(name, "", (), frozenset({name})) for name in ("add_note", "list_notes"))
    first = Request(add, "add a note: buy milk", {"text": "buy milk"}, open_end=True)
    second, draw = Request(show, "list my notes", {}), Draw(3, "train")
    assert joinable(first, second)
    assert not joinable(Request(add, "add a note: milk!", {"text": "milk!"}, open_end=True), second)
    for _ in range(100):
        request = joined(draw, first, second, joiners)[0]["content"]
        assert "buy milk. " in request
        assert "list my notes" in request
