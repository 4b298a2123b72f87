"""The card that shows a waiting call in full and asks what to do with it."""

import json
from collections.abc import Mapping

from rich.text import Text

from app.approval import TypedAnswer, approve, edit, menu, notes_of, parse_answer, plain_description, reject
from app.console import printable
from app.events import PendingRequest
from app.policy_file import allow_always
from app.repl.input_line import InputLine
from app.repl.packing import packed
from app.repl.transcript import Transcript
from graphs.interrupts import ActionRequest, CallNote, Decision, HITLRequest, HITLResponse

SHOWN = 1_500
"""Characters of the arguments that a card shows; `e` shows all of them."""
_SAID = {
    "once": "approved once",
    "thread": "approved for this thread",
    "always": "approved from now on",
    "no": "refused",
    "edit": "approved with other arguments",
}
_SAID_AFTER_CRASH = {"once": "sent again", "no": "skipped"}


class ApprovalCard:
    """Asks through the input line."""

    def __init__(self, transcript: Transcript, line: InputLine) -> None:
        self._transcript = transcript
        self._line = line
        self._always: set[str] = set()
        """What was allowed for good; the policy that runs was read before."""

    async def decide(
        self, requests: list[PendingRequest], qualified: Mapping[str, str]
    ) -> dict[str, HITLResponse] | None:
        """A decision on every waiting call, by interrupt id; None when the person aborts: the calls go on waiting.

        Args:
            requests: what the thread waits for.
            qualified: `server:tool` by the name the model uses; what "always" writes down.
        """
        responses: dict[str, HITLResponse] = {}
        for pending in requests:
            decisions: list[Decision] = []
            request = pending.request
            for action, note in zip(request["action_requests"], notes_of(request), strict=True):
                decision = await self._decide(action, note, request, qualified.get(action["name"], ""))
                if decision is None:
                    return None
                decisions.append(decision)
            responses[pending.interrupt_id] = {"decisions": decisions}
        return responses

    async def _decide(
        self, action: ActionRequest, note: CallNote, request: HITLRequest, qualified: str
    ) -> Decision | None:
        if request["kind"] == "approval" and qualified in self._always:
            return approve(grant=True)
        self._show(action, note, request, qualified)
        while True:
            line = await self._line.ask("approve? " if request["kind"] == "approval" else "again? ")
            answer = parse_answer(line, request, note) if line is not None else TypedAnswer("abort")
            if answer is None:
                self._transcript.line("  Please answer with one of the letters.", "yellow")
            elif answer.choice == "abort":
                return None
            elif decision := await self._decision(answer, action, qualified):
                self._say(answer, note, request)
                return decision

    async def _decision(self, answer: TypedAnswer, action: ActionRequest, qualified: str) -> Decision | None:
        """None asks again."""
        if answer.choice == "no":
            return await self._refusal(answer.reason)
        if answer.choice == "edit":
            return await self._edited(action)
        if answer.choice == "always":
            if not qualified:
                self._transcript.line("  This tool is not offered any more; approve it once.", "yellow")
                return None
            self._transcript.line(f"  noted in {allow_always(qualified)}", "dim")
            self._always.add(qualified)
        return approve(grant=answer.choice in ("thread", "always"))

    async def _refusal(self, reason: str) -> Decision | None:
        typed = reason or await self._line.ask("because (may stay empty): ")
        return None if typed is None else reject(typed.strip())

    async def _edited(self, action: ActionRequest) -> Decision | None:
        typed: str | None = json.dumps(action["args"], ensure_ascii=False, indent=2)
        while (typed := await self._line.ask("arguments: ", typed)) is not None:
            try:
                arguments = json.loads(typed)
            except ValueError as error:
                self._transcript.line(f"  That is not JSON: {error}.", "yellow")
                continue
            if isinstance(arguments, dict):
                return edit(action, arguments)
            self._transcript.line("  Arguments are a JSON object.", "yellow")
        return None

    def _show(self, action: ActionRequest, note: CallNote, request: HITLRequest, qualified: str) -> None:
        unknown = request["kind"] == "outcome_unknown"
        what = " was sent before a crash; nobody knows whether it ran" if unknown else " asks to run"
        head = Text.assemble(("? ", "yellow"), (printable(qualified or action["name"]), "bold"), what)
        self._transcript.print(head)
        self._rows(note["facts"], "bold yellow")
        self._rows("\n".join(argument_rows(action)))
        self._rows(plain_description(action, note, qualified), "dim")
        if note["reach"]:
            self._rows(f"[t] allows it for this thread as long as: {note['reach']}.", "dim")
        self._transcript.print(*packed(menu(request, note).split("  "), "  ", self._transcript.width))

    def _rows(self, text: str, style: str = "") -> None:
        for row in text.splitlines():
            self._transcript.line(f"    {row}", style)

    def _say(self, answer: TypedAnswer, note: CallNote, request: HITLRequest) -> None:
        said = _SAID if request["kind"] == "approval" else _SAID_AFTER_CRASH
        limits = ", within limits" if answer.choice == "thread" and note["reach"] else ""
        self._transcript.line(f"  {said[answer.choice]}{limits}", "dim")


def argument_rows(action: ActionRequest) -> list[str]:
    """The arguments, one a row, cut at `SHOWN` characters with a word about it."""
    text = "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in action["args"].items())
    if len(text) > SHOWN:
        text = f"{text[:SHOWN]}\n… {len(text) - SHOWN:,} more characters; [e] shows them"
    return printable(text).split("\n") if text else ["no arguments"]
