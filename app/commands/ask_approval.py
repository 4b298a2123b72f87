"""Asks for approval line by line in a plain terminal; the REPL has a card of its own."""

import json
from collections.abc import Mapping

from app.approval import (
    approve,
    edit,
    menu,
    notes_of,
    parse_answer,
    plain_description,
    reject,
    render_action,
)
from app.commands.line_input import read_line
from app.console import printable, say, styled
from app.errors import Interrupted
from app.events import PendingRequest
from app.policy_file import allow_always
from graphs.interrupts import ActionRequest, CallNote, Decision, HITLRequest, HITLResponse


async def ask_approval(requests: list[PendingRequest], qualified: Mapping[str, str]) -> dict[str, HITLResponse]:
    """A person's decision on every waiting call, by interrupt id.

    Args:
        requests: what the thread waits for.
        qualified: `server:tool` by the name the model uses; what "always" writes down.

    Raises:
        Interrupted: the person aborted; the calls go on waiting.
    """
    return {
        pending.interrupt_id: {
            "decisions": [
                await _decide(action, note, pending.request, qualified)
                for action, note in zip(pending.request["action_requests"], notes_of(pending.request), strict=True)
            ]
        }
        for pending in requests
    }


async def _decide(
    action: ActionRequest, note: CallNote, request: HITLRequest, qualified: Mapping[str, str]
) -> Decision:
    _show(action, note)
    while True:
        answer = parse_answer(await _typed(f"{menu(request, note)}: "), request, note)
        if answer is None:
            say("Please answer with one of the letters.")
        elif answer.choice == "abort":
            raise Interrupted("aborted; the calls still wait.", hint="threads resume answers them later.")
        elif answer.choice == "no":
            return reject(answer.reason)
        elif answer.choice == "edit":
            if (arguments := await _edited(action)) is not None:
                return edit(action, arguments)
        else:
            if answer.choice == "always":
                say(f"Noted in {allow_always(qualified[action['name']])}.")
            return approve(grant=answer.choice in ("thread", "always"))


def _show(action: ActionRequest, note: CallNote) -> None:
    say(f"{styled('approve?', 'yellow')} {printable(render_action(action))}")
    for row in printable(note["facts"]).splitlines():
        say(styled(f"  {row}", "yellow"))
    if action["description"]:
        say(styled(f"  {printable(plain_description(action, note))}", "dim"))
    if note["reach"]:
        say(styled(f"  [t] allows it for this thread as long as: {printable(note['reach'])}.", "dim"))


async def _edited(action: ActionRequest) -> dict[str, object] | None:
    line = await _typed("arguments: ", default=json.dumps(action["args"], ensure_ascii=False))
    try:
        arguments = json.loads(line)
    except ValueError as error:
        say(f"That is not JSON: {error}.")
        return None
    if not isinstance(arguments, dict):
        say("Arguments are a JSON object.")
        return None
    return arguments


async def _typed(prompt: str, default: str = "") -> str:
    line = await read_line(prompt, default)
    if line is None:
        raise Interrupted("aborted; the calls still wait.", hint="threads resume answers them later.")
    return line
