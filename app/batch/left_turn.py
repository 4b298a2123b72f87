"""What an earlier run left of a turn: an answer that was not written down yet, or questions nobody answered.

A question is put to the policy again, because a person who reads why an item failed may have changed it since. A call
whose outcome is unknown is never sent again by a batch, not even with ``--yes``: that needs somebody who looks.
"""

from collections.abc import AsyncGenerator

from app.approval import approve
from app.events import ApprovalNeeded, Event, Failed, Final, Usage
from app.runtime import Runtime
from app.session import Session
from graphs.interrupts import HITLRequest, HITLResponse


async def read_answer(session: Session, mark: str) -> AsyncGenerator[Event, None]:
    """The end of a turn that was over already, told as if it had just happened; people may have gone on since.

    Args:
        session: its thread.
        mark: id of the message that began it.
    """
    from langchain_core.messages import AIMessage, HumanMessage

    messages = await session.messages()
    turn = messages[1 + next(number for number, message in enumerate(messages) if message.id == mark) :]
    later = next((number for number, message in enumerate(turn) if isinstance(message, HumanMessage)), None)
    replies = [message for message in turn[:later] if isinstance(message, AIMessage)]
    for reply in replies:
        if usage := reply.usage_metadata:
            yield Usage(input_tokens=usage["input_tokens"], output_tokens=usage["output_tokens"])
    if later is None:
        yield await session.ending()
    elif replies and replies[-1].text.strip():
        yield Final(answer=replies[-1].text, stopped_by="answer", steps=len(replies), seconds=0.0)
    else:
        yield Failed(message="the model gave no answer.", hint="Try another model.", exit_code=1, shown="")


def answers_by_policy(runtime: Runtime, asked: ApprovalNeeded, *, approve_all: bool) -> dict[str, HITLResponse]:
    """Approvals for all that is asked, where policy or ``--yes`` give them; else none at all."""
    if not all(_may_run(runtime, pending.request, approve_all) for pending in asked.requests):
        return {}
    return {
        pending.interrupt_id: {"decisions": [approve() for _ in pending.request["action_requests"]]}
        for pending in asked.requests
    }


def _may_run(runtime: Runtime, request: HITLRequest, approve_all: bool) -> bool:
    from graphs.call_check import check_call

    if request["kind"] != "approval":
        return False
    specs = runtime.hub.specs()
    checks = [
        check_call(action["name"], action["args"], specs=specs, policy=runtime.policy, grants=())
        for action in request["action_requests"]
    ]
    wanted = ("allow", "ask") if approve_all else ("allow",)
    return all(check.verdict["decision"] in wanted for check in checks)
