"""The one line that a person types into: a message, a command, or the answer to a question.

A question takes the line over; a half-written message waits and comes back. Questions come one at a
time, also when two servers ask at once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

PROMPT = "› "


@dataclass
class _Open:
    """A question that waits."""

    label: str
    answer: asyncio.Future[str | None]


class InputLine:
    """The buffer of the application, and who gets what is entered.

    Until `is_open` is set nobody can type, and every question counts as declined.
    """

    def __init__(self, buffer: Buffer, submit: Callable[[str], None]) -> None:
        self.buffer = buffer
        self.is_open = False
        self.on_urgent: Callable[[str], bool] = lambda _: False
        """Takes a line that must not wait, also one typed into a question; says whether it did."""
        self._submit = submit
        self._question: _Open | None = None
        self._turn_to_ask = asyncio.Lock()

    @property
    def label(self) -> str:
        """What stands before the text."""
        return self._question.label if self._question else PROMPT

    @property
    def is_asking(self) -> bool:
        """Whether a question waits for its answer."""
        return self._question is not None

    async def ask(self, label: str, default: str = "") -> str | None:
        """What a person answers; None when they decline to, or cannot."""
        if not self.is_open:
            return None
        async with self._turn_to_ask:
            draft = self.buffer.document
            self._question = _Open(label, asyncio.get_running_loop().create_future())
            self._fill(default)
            try:
                return await self._question.answer
            finally:
                self._question = None
                self.buffer.set_document(draft)

    def enter(self) -> None:
        """The person pressed Enter."""
        text = self.buffer.text
        if self.on_urgent(text):
            self.buffer.reset()
        elif self._question:
            self._answer(text)
        elif text.strip():
            self.buffer.append_to_history()
            self.buffer.reset()
            self._submit(text)

    def decline(self) -> bool:
        """Leave the question without an answer; False when there is none."""
        if self._question is None:
            return False
        self._answer(None)
        return True

    def fill(self, text: str) -> None:
        """Put a text into the line, before what already stands there."""
        there = self.buffer.text
        self._fill(text + ("\n" + there if there.strip() else ""))

    def _fill(self, text: str) -> None:
        self.buffer.set_document(Document(text, len(text)))
        self.buffer.cancel_completion()

    def _answer(self, text: str | None) -> None:
        assert self._question is not None
        if not self._question.answer.done():
            self._question.answer.set_result(text)
