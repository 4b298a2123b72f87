"""Which texts training may say, as the evaluation tells new wordings from known ones."""

import pytest

from models.embedded.recipe import phrases
from models.embedded.recipe.wordings import matches_training

PATTERNS = [p for p in phrases.patterns("en", "current_weather") if p.endswith(" {city}")]
ASK = PATTERNS[0].format(city="Xanten an der Lippe")
OTHER = PATTERNS[1].format(city="Bray")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        ASK.capitalize() + "?",
        f"Please {ASK}",
        f"ok, {ASK}, please?",
        f"{ASK}. Also, {OTHER}",
        f"Could you {ASK} and then {OTHER} for me",
    ],
)
def test_a_wording_is_recognized_whatever_stands_in_it_and_around_it(text: str) -> None:
    assert matches_training(text)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["whichever marmalade sings about Xanten", f"{ASK} and whichever marmalade sings"])
def test_what_nobody_wrote_down_is_new(text: str) -> None:
    assert not matches_training(text)
