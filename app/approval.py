"""A person's word on a call, typed as one letter and perhaps a reason; the same at every door."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from graphs.interrupts import ActionRequest, CallNote, Decision, HITLRequest

Choice = Literal["once", "thread", "always", "no", "edit", "abort"]

WORDS: dict[str, Choice] = {
    "y": "once",
    "yes": "once",
    "t": "thread",
    "thread": "thread",
    "a": "always",
    "always": "always",
    "n": "no",
    "no": "no",
    "e": "edit",
    "edit": "edit",
    "q": "abort",
    "quit": "abort",
}
MENU = "[y] once  [t] this thread  [a] always  [n] no, because …  [e] edit arguments  [q] abort"
LIMITED_MENU = "[y] once  [t] this thread, within limits  [n] no, because …  [e] edit arguments  [q] abort"
"""Without `always`: where a tool says how far a word should reach, no door lets it reach further."""
OUTCOME_MENU = "[y] send it again  [n] skip it, because …  [q] abort"


@dataclass(frozen=True)
class TypedAnswer:
    """What a person typed: a choice and, with `no`, a reason."""

    choice: Choice
    reason: str = ""


def parse_answer(line: str, request: HITLRequest, note: CallNote | None = None) -> TypedAnswer | None:
    """The answer in a typed line such as `y` or `n wrong room`; None when it is none of the menu."""
    word, _, rest = line.strip().partition(" ")
    choice = WORDS.get(word.lower())
    if request["kind"] == "outcome_unknown" and choice not in ("once", "no", "abort"):
        return None
    if choice == "always" and note and note["reach"]:
        return None
    return TypedAnswer(choice, rest.strip()) if choice else None


def menu(request: HITLRequest, note: CallNote | None = None) -> str:
    """The choices to show under a request."""
    if request["kind"] == "outcome_unknown":
        return OUTCOME_MENU
    return LIMITED_MENU if note and note["reach"] else MENU


def notes_of(request: HITLRequest) -> list[CallNote]:
    """What is known of each call, in order; nothing where a checkpoint is older than notes."""
    return request.get("notes") or [CallNote(facts="", reach="") for _ in request["action_requests"]]


def plain_description(action: ActionRequest, note: CallNote, qualified: str = "") -> str:
    """What stands in the description beside the facts; with facts only the first line of what the tool says."""
    *lines, last = action["description"].removeprefix(f"{qualified}: ").split("\n")
    if not note["facts"]:
        return action["description"].removeprefix(f"{qualified}: ")
    return "\n".join([*lines[:1], last])


def render_action(action: ActionRequest) -> str:
    """The call as one line of JSON-like text: `add_note(text="buy milk")`."""
    return f"{action['name']}({render_arguments(action['args'])})"


def render_arguments(arguments: dict[str, Any]) -> str:
    """`name=value` pairs with JSON values."""
    return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items())


def approve(*, grant: bool = False) -> Decision:
    """Let the call run; with `grant` also all later ones of this tool in the thread."""
    return {"type": "approve", "grant": True} if grant else {"type": "approve"}


def reject(reason: str = "") -> Decision:
    """Refuse the call; the model reads the reason."""
    return {"type": "reject", "message": reason} if reason else {"type": "reject"}


def edit(action: ActionRequest, arguments: dict[str, Any]) -> Decision:
    """Let the call run with other arguments."""
    return {"type": "edit", "edited_action": {"name": action["name"], "args": arguments}}
