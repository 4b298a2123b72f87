"""A server's question to the person: a form, asked field by field.

The server is named before anything is asked, because the answers go to it and not to the model.
"""

from rich.text import Text

from app.console import printable
from app.mcp_client.handlers import Elicitation, ElicitationAnswer
from app.repl.form_field import FormField, Value, form_fields
from app.repl.input_line import InputLine
from app.repl.transcript import Transcript

_DECLINED = ElicitationAnswer(action="decline", reason="the person declined")
_CANCELLED = ElicitationAnswer(action="cancel", reason="the person left the form")


class ElicitationForm:
    """Asks through the input line, also in the middle of a turn."""

    def __init__(self, transcript: Transcript, line: InputLine) -> None:
        self._transcript = transcript
        self._line = line

    async def ask(self, question: Elicitation) -> ElicitationAnswer:
        """The person's answer: the filled form, a refusal, or that they left it."""
        self._transcript.print(
            Text.assemble(("? ", "yellow"), (question.server, "bold"), f" asks: {printable(question.message)}")
        )
        if question.url:
            return await self._visit(question)
        fields = form_fields(question.schema)
        word = "answer" if fields else "agree"
        go_on = await self._line.ask(f"[y] {word}  [n] decline: ")
        if go_on is None:
            return _CANCELLED
        if go_on.strip().lower() not in ("y", "yes"):
            return _DECLINED
        return await self._filled(fields)

    async def _visit(self, question: Elicitation) -> ElicitationAnswer:
        self._transcript.line(f"  it wants you to visit {question.url}")
        done = await self._line.ask("[y] I did  [n] decline: ")
        if done is None:
            return _CANCELLED
        return ElicitationAnswer(action="accept") if done.strip().lower() in ("y", "yes") else _DECLINED

    async def _filled(self, fields: list[FormField]) -> ElicitationAnswer:
        content: dict[str, str | int | float | bool | list[str] | None] = {}
        for field in fields:
            self._describe(field)
            answered, value = await self._value(field)
            if not answered:
                return _CANCELLED
            if value is not None:
                content[field.name] = value
                self._transcript.line(f"    {value}")
        return ElicitationAnswer(action="accept", content=content)

    def _describe(self, field: FormField) -> None:
        optional = "" if field.required else ", may stay empty"
        self._transcript.print(
            Text.assemble("  ", (printable(field.title), "bold"), (f" ({printable(field.hint())}{optional})", "dim"))
        )
        if description := field.schema.get("description"):
            self._transcript.line(f"    {description}", "dim")

    async def _value(self, field: FormField) -> tuple[bool, Value | None]:
        typed = field.default
        while (typed := await self._line.ask(f"{field.title}: ", typed)) is not None:
            try:
                return True, field.parse(typed)
            except ValueError as error:
                self._transcript.line(f"    {error}", "yellow")
        return False, None
