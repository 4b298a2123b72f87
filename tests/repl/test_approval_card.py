"""A waiting call is shown in full, and every answer of the menu does what it says."""

import os
from pathlib import Path

import pytest

from app.events import PendingRequest
from app.repl.approval_card import SHOWN, ApprovalCard
from graphs.interrupts import ActionRequest, Decision, HITLRequest
from tests.repl.paper import Paper

QUALIFIED = {"add_note": "notes:add_note"}
BUY = ActionRequest(
    name="add_note", args={"text": "buy milk"}, description="notes:add_note: Add a note.\nAsks because."
)


def pending(*actions: ActionRequest, crashed: bool = False) -> list[PendingRequest]:
    request = HITLRequest(
        action_requests=list(actions),
        review_configs=[],
        call_ids=[str(number) for number in range(len(actions))],
        kind="outcome_unknown" if crashed else "approval",
    )
    return [PendingRequest(interrupt_id="i", request=request)]


async def decided(paper: Paper, *actions: ActionRequest, crashed: bool = False) -> list[Decision] | None:
    card = ApprovalCard(paper.transcript, paper.line)
    answer = await card.decide(pending(*actions, crashed=crashed), QUALIFIED)
    return None if answer is None else answer["i"]["decisions"]


@pytest.mark.parametrize(
    ("answers", "decision"),
    [
        (["y"], {"type": "approve"}),
        (["t"], {"type": "approve", "grant": True}),
        (["n"] + ["wrong list"], {"type": "reject", "message": "wrong list"}),
        (["n wrong list"], {"type": "reject", "message": "wrong list"}),
        (["n", ""], {"type": "reject"}),
        (["what?", "y"], {"type": "approve"}),
        (["n", None, "y"], {"type": "approve"}),
        (
            ["e", "{bad", "[]", '{"text": "buy tea"}'],
            {"type": "edit", "edited_action": {"name": "add_note", "args": {"text": "buy tea"}}},
        ),
        (["e", None, "y"], {"type": "approve"}),
    ],
)
async def test_an_answer_becomes_a_decision(answers: list[str | None], decision: Decision) -> None:
    assert await decided(Paper(*answers), BUY) == [decision]


@pytest.mark.parametrize("answers", [["q"], [None]])
async def test_aborting_decides_nothing(answers: list[str | None]) -> None:
    assert await decided(Paper("y", *answers), BUY, BUY) is None


async def test_arguments_are_edited_from_what_the_model_wrote() -> None:
    paper = Paper("e", '{"text": "x"}')
    await decided(paper, BUY)
    assert paper.line.asked[1] == ("arguments: ", '{\n  "text": "buy milk"\n}')


async def test_always_is_written_to_the_persons_policy_and_holds_at_once() -> None:
    paper = Paper("a")
    approved: Decision = {"type": "approve", "grant": True}
    assert await decided(paper, BUY, BUY) == [approved, approved]
    policy = Path(os.environ["XDG_CONFIG_HOME"]) / "switchyard" / "policy.toml"
    assert policy.read_text().count('tool = "notes:add_note"') == 1


async def test_a_call_of_unknown_outcome_offers_sending_skipping_and_aborting_only() -> None:
    paper = Paper("a", "n it ran")
    assert await decided(paper, BUY, crashed=True) == [{"type": "reject", "message": "it ran"}]
    assert "nobody knows whether it ran" in paper.text
    assert "[y] send it again" in paper.text
    assert "always" not in paper.text
    assert "skipped" in paper.text


async def test_the_card_shows_arguments_safely_and_says_when_it_cuts_them() -> None:
    evil = ActionRequest(name="add_note", args={"text": "a\x1b[2Jb", "long": "x" * 5000}, description="")
    paper = Paper("y")
    await decided(paper, evil)
    assert "\x1b[2J" not in paper.text
    assert "more characters; [e] shows them" in paper.text
    assert paper.text.count("x") <= SHOWN
