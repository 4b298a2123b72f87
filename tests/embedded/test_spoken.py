"""What people put around a request changes nothing of its values."""

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.spoken import spoken, with_big_i


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
    seen = {with_big_i(draw, "i'm in {i} and i/o, am i late") for _ in range(50)}
    assert seen == {"i'm in {i} and i/o, am i late", "I'm in {i} and i/o, am I late"}
