"""What MCP servers ask a person in the middle of a call, line by line in a plain terminal.

The server is named first, because the answers go to it. One question at a time: calls run side by side, but
there is one keyboard. The REPL has forms of its own.
"""

import asyncio
from typing import Any

from app.commands.line_input import read_line
from app.console import printable, say, shortened, styled
from app.mcp_client.handlers import Elicitation, ElicitationAnswer, SamplingRequest
from app.repl.form_field import FormField, Value, form_fields

_DECLINED = ElicitationAnswer(action="decline", reason="the person declined")
_CANCELLED = ElicitationAnswer(action="cancel", reason="the person left the form")
_SHOWN = 300


class ServerQuestions:
    """Asks in the terminal."""

    def __init__(self) -> None:
        self._keyboard = asyncio.Lock()

    async def elicit(self, question: Elicitation) -> ElicitationAnswer:
        """The filled form, or that the person declined or left it; a `ServerHandlers.elicit`."""
        async with self._keyboard:
            say(f"{styled('?', 'yellow')} {question.server} asks: {printable(question.message)}")
            if question.url:
                say(f"  it wants you to visit {printable(question.url)}")
            fields = form_fields(question.schema)
            refusal = await _refusal("answer" if fields else "agree")
            return refusal or await _filled(fields)

    async def allow_sampling(self, request: SamplingRequest) -> str:
        """The reason against a completion, empty to allow it; an `app.sampling.AskSampling`."""
        async with self._keyboard:
            asked = f"{request.server} wants up to {request.max_tokens} tokens from the chat model, for:"
            say(f"{styled('?', 'yellow')} {asked}")
            say(styled(f"  {shortened(printable(last_text(request)), _SHOWN)}", "dim"))
            word, _, reason = (await read_line("[y] once  [n] no, because …: ") or "").strip().partition(" ")
            if word.lower() in ("y", "yes"):
                return ""
            return f"the person refused: {reason.strip()}" if reason.strip() else "the person refused"


async def _refusal(word: str) -> ElicitationAnswer | None:
    typed = await read_line(f"[y] {word}  [n] decline: ")
    if typed is None:
        return _CANCELLED
    return None if typed.strip().lower() in ("y", "yes") else _DECLINED


async def _filled(fields: list[FormField]) -> ElicitationAnswer:
    content: dict[str, str | int | float | bool | list[str] | None] = {}
    for field in fields:
        answered, value = await _value(field)
        if not answered:
            return _CANCELLED
        if value is not None:
            content[field.name] = value
    return ElicitationAnswer(action="accept", content=content)


async def _value(field: FormField) -> tuple[bool, Value | None]:
    optional = "" if field.required else ", may stay empty"
    say(styled(f"  {printable(field.title)} ({printable(field.hint())}{optional})", "dim"))
    typed = field.default
    while (line := await read_line(f"{printable(field.title)}: ", typed)) is not None:
        typed = line
        try:
            return True, field.parse(line)
        except ValueError as error:
            say(f"  {error}")
    return False, None


def last_text(request: SamplingRequest) -> str:
    """What the model is to answer, as far as it is text."""
    content: Any = request.messages[-1]["content"] if request.messages else ""
    blocks = content if isinstance(content, list) else [content]
    return " ".join(block.get("text") or f"[{block.get('type')}]" for block in blocks if isinstance(block, dict))
