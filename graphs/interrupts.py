"""The question a run stops with, in LangChain's human-in-the-loop form.

Studio and agent-chat-ui render this shape. It is spelled out here because importing it from
``langchain.agents`` costs several hundred milliseconds.
"""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

AllowedDecision = Literal["approve", "edit", "reject"]


class ActionRequest(TypedDict):
    """One call that waits for a person."""

    name: str
    args: dict[str, Any]
    description: str


class ReviewConfig(TypedDict):
    """What a person may answer about the action of that name."""

    action_name: str
    allowed_decisions: list[AllowedDecision]


class CallNote(TypedDict):
    """What is known of a call beyond its tool, for doors that can show it apart from the description."""

    facts: str
    """Lines that a person should read before anything else, such as how fast and how far; they stand in the
    description, too. Empty when nothing is known."""
    reach: str
    """How far "for this thread" reaches where that is less than the whole tool, in words; empty otherwise."""


class HITLRequest(TypedDict):
    """The value of the interrupt; what stands below `review_configs` is ours, in the order of `action_requests`."""

    action_requests: list[ActionRequest]
    review_configs: list[ReviewConfig]
    call_ids: list[str]
    notes: NotRequired[list[CallNote]]
    kind: Literal["approval", "outcome_unknown"]
    """`outcome_unknown`: the call was sent before a crash; approve means send it again, reject means skip."""


class EditedAction(TypedDict):
    """A call as a person changed it."""

    name: str
    args: dict[str, Any]


class Decision(TypedDict):
    """A person's word on one action."""

    type: AllowedDecision
    message: NotRequired[str]
    """Why a call was rejected; the model reads it."""
    edited_action: NotRequired[EditedAction]
    grant: NotRequired[bool]
    """With approve: allow this tool for the rest of the thread."""


class HITLResponse(TypedDict):
    """The answer to a HITLRequest: one decision per action, in order."""

    decisions: list[Decision]
