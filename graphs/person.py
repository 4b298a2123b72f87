"""Asking the person: one interrupt, whose answer is checked before it counts.

A bad answer (a missing decision, an edit without arguments) is refused by LangGraph without saving
anything, so the same question can be answered again.
"""

from typing import Annotated, cast

from langgraph.types import interrupt
from pydantic import AfterValidator

from graphs.interrupts import AllowedDecision, Decision, HITLRequest, HITLResponse


def ask_person(request: HITLRequest) -> list[Decision]:
    """One decision per action, in their order. Ends the run until a person has answered.

    Raises:
        pydantic.ValidationError: when the answer does not fit the request.
    """
    allowed = [config["allowed_decisions"] for config in request["review_configs"]]

    def check(response: HITLResponse) -> HITLResponse:
        _check_decisions(response["decisions"], allowed)
        return response

    schema = cast(type[HITLResponse], Annotated[HITLResponse, AfterValidator(check)])
    return interrupt(request, response_schema=schema)["decisions"]


def _check_decisions(decisions: list[Decision], allowed: list[list[AllowedDecision]]) -> None:
    if len(decisions) != len(allowed):
        raise ValueError(f"{len(allowed)} calls wait for a decision, {len(decisions)} were given; give one per call.")
    for decision, kinds in zip(decisions, allowed, strict=True):
        if decision["type"] not in kinds:
            raise ValueError(f"{decision['type']} is not possible here; possible: {', '.join(kinds)}.")
        if decision["type"] == "edit" and "edited_action" not in decision:
            raise ValueError("An edit needs edited_action with name and args.")
