"""Asks whether a server may have words of the chat model, where the policy leaves that to the person."""

from rich.text import Text

from app.commands.server_questions import last_text
from app.console import shortened
from app.mcp_client.handlers import SamplingRequest
from app.repl.input_line import InputLine
from app.repl.transcript import Transcript

_SHOWN = 300


class SamplingQuestion:
    """Asks through the input line, also in the middle of a turn."""

    def __init__(self, transcript: Transcript, line: InputLine) -> None:
        self._transcript = transcript
        self._line = line

    async def ask(self, request: SamplingRequest) -> str:
        """The reason against it, empty to allow it; an `app.sampling.AskSampling`."""
        self._transcript.print(
            Text.assemble(
                ("? ", "yellow"),
                (request.server, "bold"),
                f" wants up to {request.max_tokens:,} tokens from the chat model, for:",
            )
        )
        self._transcript.line(f"    {shortened(last_text(request), _SHOWN)}", "dim")
        word, _, reason = (await self._line.ask("[y] once  [n] no, because …: ") or "").strip().partition(" ")
        if word.lower() in ("y", "yes"):
            return ""
        return f"the person refused: {reason.strip()}" if reason.strip() else "the person refused"
