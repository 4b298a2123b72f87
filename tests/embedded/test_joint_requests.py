"""Two requests that are written as one sentence, as training and the held-out split see them."""

import pytest

from models.embedded.recipe import phrases
from models.embedded.recipe.conversations import Conversations
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.joint_requests import AND, THEN, draw_joint, files
from models.embedded.recipe.known_requests import INTENTS
from tests.embedded.sayings import is_said

JOINTS = (AND, THEN)


@pytest.mark.parametrize(("joint", "name"), [(joint, name) for joint in JOINTS for name in files(joint)])
def test_every_sentence_has_the_slots_of_its_two_intents(joint: str, name: str) -> None:
    first, second = (INTENTS[part] for part in name.split(joint))
    for pattern in phrases.load_lines("en", name):
        found = phrases.slots(pattern)
        assert len(found) == len(set(found)), pattern
        wanted = [*first.slots.values(), *(f"{s}2" if s in first.slots.values() else s for s in second.slots.values())]
        if "town" in found:
            wanted = ["town", *(slot for slot in wanted if slot not in ("place", "city", "city2"))]
        assert sorted(found) == sorted(wanted), pattern


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("split", ["train", "test"])
def test_every_value_of_both_calls_is_said_in_the_sentence(joint: str, split: str) -> None:
    draw = Draw(11, split)
    drawn = [made for _ in range(300) if (made := draw_joint(draw, joint))]
    assert len(drawn) > 200
    for text, _, (first, second) in drawn:
        assert (first.tool, first.arguments) != (second.tool, second.arguments)
        for request in (first, second):
            for value in request.arguments.values():
                assert is_said(value, text), (text, value)


@pytest.mark.parametrize("kind", ["known_pair", "known_turn"])
def test_a_note_without_quotes_often_stands_before_another_request(kind: str) -> None:
    conversations = Conversations(seed=3)
    first_notes = 0
    for _ in range(300):
        request, answer, *_ = conversations.sample(kind).messages
        call = answer["tool_calls"][0]["function"]
        if call["name"] == "add_note" and f"{call['arguments']['text']}. " in request["content"]:
            first_notes += 1
    assert first_notes >= 24
