"""A server's question is asked field by field, and can be declined at any point."""

import pytest

from app.mcp_client.handlers import Elicitation, ElicitationAnswer, SamplingRequest
from app.repl.elicitation_form import ElicitationForm
from app.repl.sampling_question import SamplingQuestion
from tests.repl.paper import Paper

SCHEMA = {
    "type": "object",
    "properties": {
        "speed": {"type": "number", "maximum": 2, "description": "metres per second"},
        "loud": {"type": "boolean", "default": True},
        "name": {"type": "string"},
    },
    "required": ["speed"],
}


async def asked(paper: Paper, schema: dict[str, object], url: str = "") -> ElicitationAnswer:
    question = Elicitation(server="arm", message="How should I \x1b[2Jmove?", schema=schema, url=url)
    return await ElicitationForm(paper.transcript, paper.line).ask(question)


async def test_a_form_is_filled_field_by_field_until_each_fits() -> None:
    paper = Paper("y", "fast", "3", "1.5", "no", "")
    answer = await asked(paper, SCHEMA)
    assert answer == ElicitationAnswer(action="accept", content={"speed": 1.5, "loud": False})
    assert "arm asks" in paper.text.replace("\x1b[0m", "").replace("\x1b[1m", "")
    assert "metres per second" in paper.text
    assert "\x1b[2J" not in paper.text
    assert ("loud: ", "yes") in paper.line.asked


@pytest.mark.parametrize(("answers", "action"), [(["n"], "decline"), ([None], "cancel"), (["y", "1", None], "cancel")])
async def test_a_form_can_be_declined_or_left(answers: list[str | None], action: str) -> None:
    answer = await asked(Paper(*answers), SCHEMA)
    assert (answer.action, answer.content) == (action, {})
    assert answer.reason


async def test_a_question_without_fields_is_agreed_to() -> None:
    paper = Paper("y")
    assert (await asked(paper, {})).action == "accept"
    assert paper.line.asked == [("[y] agree  [n] decline: ", "")]


@pytest.mark.parametrize(("typed", "action"), [("y", "accept"), ("n", "decline"), (None, "cancel")])
async def test_an_address_is_shown_and_never_opened(typed: str | None, action: str) -> None:
    paper = Paper(typed)
    assert (await asked(paper, {}, "https://example.org/pay")).action == action
    assert "https://example.org/pay" in paper.text


@pytest.mark.parametrize(
    ("typed", "reason"), [("y", ""), ("n too long", "the person refused: too long"), (None, "the person refused")]
)
async def test_words_of_the_model_are_asked_about(typed: str | None, reason: str) -> None:
    paper = Paper(typed)
    content = {"type": "text", "text": "Name a colour."}
    request = SamplingRequest(server="arm", messages=[{"role": "user", "content": content}], max_tokens=1000)
    assert await SamplingQuestion(paper.transcript, paper.line).ask(request) == reason
    assert "Name a colour." in paper.text
    assert "1,000 tokens" in paper.text
