"""Constrained decoding for the embedded model: a call is spelled from the tools' schemas and the person's words.

A model this small sometimes begins a name or a value right and ends it as another word. Here a name
that began like a tool's goes on as one, only its arguments follow, with values of the wanted kind; and
a value that began like something that was shown goes on like it and ends where a word ends. What is
called, and with what, stays the model's choice: a name or a value that begins like nothing there is is
let through, so that `embedded_calls` has the person asked instead of calling what was never meant.

Grammars (llguidance, which onnxruntime-genai has) were decided against: one can hold values to parts of a
text, but all or none of them, and a value that the model made up would become somebody's other words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.chat.embedded_copies import Copies
from app.chat.embedded_fields import Field, escaped, fields_of

CALL = b'<tool_call>\n{"name": "'
END_OF_CALL = b"}}\n</tool_call>"
ASKING = b"Please give me a value for "
_NAMED = b'", "arguments": {'
_STRING = re.compile(rb'(?:[^"\\]|\\.|\\\Z)*')
_NAME = re.compile(rb"[\w.-]{0,64}")
_NUMBER = re.compile(rb"-?[\d.]*")


class CallConstraint:
    """Says how an answer may go on, for the tools and the texts that the model was shown."""

    def __init__(self, tools: Sequence[dict[str, Any]], shown: Sequence[str]) -> None:
        functions = [tool["function"] for tool in tools]
        self._tools = {escaped(f["name"]): fields_of(f.get("parameters") or {}) for f in functions}
        self._askable = {name for fields in self._tools.values() for name in fields or ()}
        self._copies = Copies(shown)

    def admits(self, written: bytes, piece: bytes) -> bool:
        """Whether an answer that is `written` so far may go on with `piece`."""
        text = written + piece
        if text.startswith(ASKING):
            return any((ASKING + name + b".").startswith(text) for name in self._askable)
        if not text.startswith(CALL):
            return True
        try:
            _Reader(text, len(written), self._copies).read_calls(self._tools)
        except _Open:
            return True
        except _Wrong:
            return False
        return True

    def may_end(self, written: bytes) -> bool:
        """Whether an answer may end here."""
        return not written.startswith(CALL) or written.endswith(END_OF_CALL)


class _Open(Exception):
    """The text ends, or is not followed further, where nothing is wrong yet."""


class _Wrong(Exception):
    """The text leads to no call."""


class _Reader:
    """Reads a text that begins with a call; up to `settled` it was admitted before."""

    def __init__(self, text: bytes, settled: int, copies: Copies) -> None:
        self._text, self._at, self._settled, self._copies = text, 0, settled, copies

    def read_calls(self, tools: Mapping[bytes, Mapping[bytes, Field] | None]) -> None:
        while True:
            self._one_of([CALL])
            self._read_call({tool + _NAMED: fields for tool, fields in tools.items()})
            self._one_of([b"\n"])

    def _read_call(self, tools: Mapping[bytes, Mapping[bytes, Field] | None]) -> None:
        began = self._text[self._at : self._settled]
        if began and any(tool.startswith(began) or began.startswith(tool) for tool in tools):
            self._read_arguments(tools[self._one_of(tools)])
        else:  # its first token, or the name of no tool, which then has no arguments
            self._through(_NAME)
            self._one_of([_NAMED])
            self._one_of([END_OF_CALL])

    def _read_arguments(self, fields: Mapping[bytes, Field] | None) -> None:
        if fields is None:
            raise _Open
        left = dict(fields)
        next_one = self._one_of([END_OF_CALL, b'"'])
        while next_one != END_OF_CALL:
            name = self._one_of(field + b'": ' for field in left)
            self._read_value(left.pop(name.removesuffix(b'": ')))
            next_one = self._one_of([END_OF_CALL, b', "'] if left else [END_OF_CALL])

    def _read_value(self, field: Field) -> None:
        if field.options:
            self._one_of(sorted(field.options, key=len, reverse=True))  # 10 before 1
        elif field.kind == "string":
            self._one_of([b'"'])
            self._read_string()
            self._one_of([b'"'])
        elif field.kind == "any":
            raise _Open
        else:
            self._read_number(whole=field.kind == "integer")

    def _read_string(self) -> None:
        start, text = self._at, self._through(_STRING)
        began = self._text[start : self._settled]
        if self._at < self._settled or not self._copies.begin_with(began):
            return  # judged before, or like nothing that was shown
        if self._text[self._at : self._at + 1] == b'"':
            fits = self._copies.contain(text)
        else:
            fits = not began or self._copies.begin_with(text)
        if not fits:
            raise _Wrong

    def _read_number(self, *, whole: bool) -> None:
        start, text = self._at, self._through(_NUMBER)
        began, digits = self._text[start : self._settled], text.lstrip(b"-")
        if self._at < self._settled or not self._copies.a_number_begins_with(began.lstrip(b"-")):
            return
        if self._at < len(self._text):
            fits = self._copies.contain_number(digits) and not digits.endswith(b".")
        else:
            fits = (not began or self._copies.a_number_begins_with(digits)) and not (whole and b"." in digits)
        if not fits:
            raise _Wrong

    def _through(self, pattern: re.Pattern[bytes]) -> bytes:
        found = pattern.match(self._text, self._at)
        assert found is not None
        self._at = found.end()
        return found.group()

    def _one_of(self, options: Iterable[bytes]) -> bytes:
        rest, cut = self._text[self._at :], False
        for option in options:
            if rest.startswith(option):
                self._at += len(option)
                return option
            cut = cut or option.startswith(rest)
        raise _Open if cut else _Wrong
