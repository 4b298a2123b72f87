"""Which words of a text a value may be copied from: stretches that begin and end where words do.

In bytes, because a token may hold half a letter.
"""

import re
from collections.abc import Sequence

from app.chat.embedded_calls import LETTER, NUMBER
from app.chat.embedded_fields import escaped

_LETTER = re.compile(LETTER)


class Copies:
    """The stretches of the texts that a model was shown, each within one of them."""

    def __init__(self, shown: Sequence[str]) -> None:
        self._texts = [_Text(text) for text in shown]
        self._numbers = {number.encode() for text in shown for number in NUMBER.findall(text)}

    def begin_with(self, text: bytes) -> bool:
        """Whether a stretch begins like this text of a JSON string."""
        return any(one.begins(text) for one in self._texts)

    def contain(self, text: bytes) -> bool:
        """Whether this text of a JSON string is a stretch."""
        return any(one.holds(text) for one in self._texts)

    def a_number_begins_with(self, digits: bytes) -> bool:
        """Whether a number was shown that begins like this."""
        return any(number.startswith(digits) for number in self._numbers)

    def contain_number(self, digits: bytes) -> bool:
        """Whether this number was shown, however it is written."""
        return any(number == digits or float(number) == _number(digits) for number in self._numbers)


def _number(digits: bytes) -> float | None:
    try:
        return float(digits)
    except ValueError:
        return None


class _Text:
    def __init__(self, text: str) -> None:
        self._text, self._starts, self._ends = b"", set[int](), set[int]()
        for before, letter in zip((" ", *text), text, strict=False):
            if not _LETTER.match(before):
                self._starts.add(len(self._text))
            if not _LETTER.match(letter):
                self._ends.add(len(self._text))
            self._text += escaped(letter)
        self._ends.add(len(self._text))

    def begins(self, text: bytes) -> bool:
        return any(self._text.startswith(text, start) for start in self._starts)

    def holds(self, text: bytes) -> bool:
        found = (start for start in self._starts if self._text.startswith(text, start))
        return bool(text) and any(start + len(text) in self._ends for start in found)
