"""Tool calls that a model left in its text: found, taken out, and kept off the screen while undecided.

Models that are not trained on tools (RoboBrain2.0) or served without a tool-call parser write
``<tool_call>{...}</tool_call>``, a fenced JSON block, or bare JSON. One incremental reader serves
both streaming and whole texts, so that what was shown and what was lifted can never disagree.

A tagged block is a call whatever it names: the model then learns which tools there are. Bare and
fenced JSON is a call only if it names a known tool, because JSON is also what people ask for.
"""

import json
import re
from collections.abc import Collection

from langchain_core.messages import ToolCall

from graphs.call_shapes import read_calls

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_ANSWER_TAGS = ("<answer>", "</answer>")
_TAGS = (_OPEN, *_ANSWER_TAGS)
_FENCE = "```"
_CALL_LANGUAGES = ("", "json", "tool_call", "tool_calls")
_CLOSING_FENCE = re.compile(r"\n[ \t]*```[ \t]*(?=\n|$)")
_SEPARATORS = (";", ",")
_DECODER = json.JSONDecoder()
_LONGEST_PARTIAL_LITERAL = 8


def parse_tool_text(text: str, known_names: Collection[str] | None) -> tuple[str, list[ToolCall]]:
    """The text without its calls, and the calls in order, their ids not yet given.

    Args:
        text: what the model wrote.
        known_names: the tools there are; None lifts tagged calls only.
    """
    gate = TextGate(known_names)
    shown = gate.feed(text) + gate.finish()
    kept = shown + "".join(gate.malformed)
    return (kept.strip() if gate.lifted else kept), gate.calls


class TextGate:
    """Lets ordinary text through as it streams and holds back what may be a call.

    Afterwards `calls` has what was lifted and `malformed` the tagged blocks that are not JSON.
    """

    def __init__(self, known_names: Collection[str] | None) -> None:
        self.calls: list[ToolCall] = []
        self.malformed: list[str] = []
        self._known = known_names
        self._held = ""
        self._line_start = True
        self._in_code = False
        self._after_call = False
        self._final = False

    @property
    def lifted(self) -> bool:
        """Whether markup was taken out of the text."""
        return bool(self.calls or self.malformed)

    def feed(self, piece: str) -> str:
        """Take a piece of the stream.

        Returns:
            The text that may be shown now.
        """
        self._held += piece
        return self._drain()

    def finish(self) -> str:
        """The stream is over: decide about everything that is still held.

        Returns:
            The rest of the text that may be shown.
        """
        self._final = True
        return self._drain()

    def _drain(self) -> str:
        shown: list[str] = []
        while self._held:
            self._skip_separator()
            size = self._plain_size()
            if size:
                shown.append(self._release(size))
                continue
            step = self._settle()
            if step is None:
                break
            shown.append(step)
        return "".join(shown)

    def _release(self, size: int) -> str:
        text, self._held = self._held[:size], self._held[size:]
        line = text.rsplit("\n", 1)
        self._line_start = not line[-1].strip() and (len(line) == 2 or self._line_start)
        return text

    def _plain_size(self) -> int:
        """How much of the held text cannot be part of a call; trailing white space waits for what follows."""
        line_start = self._line_start
        for index, char in enumerate(self._held):
            if self._may_open(index, char, line_start):
                return len(self._held[:index].rstrip()) if self._opens_call(index) else index
            line_start = char == "\n" or (line_start and char.isspace())
        return len(self._held) if self._final else len(self._held.rstrip())

    def _may_open(self, index: int, char: str, line_start: bool) -> bool:
        rest = self._held[index : index + len(_CLOSE)]
        if char == "<" and not self._in_code:
            return any(rest.startswith(tag) or (tag.startswith(rest) and not self._final) for tag in _TAGS)
        if char == "`" and line_start:
            return rest.startswith(_FENCE) or (_FENCE.startswith(rest) and not self._final)
        return char in "{[" and line_start and not self._in_code

    def _opens_call(self, index: int) -> bool:
        return not self._in_code and not self._held.startswith(_ANSWER_TAGS, index)

    def _settle(self) -> str | None:
        """Decide what the held text begins with; None waits for more."""
        text = self._held.lstrip()
        if not text:
            return self._release(len(self._held)) if self._final else None
        if text.startswith(_ANSWER_TAGS):
            self._held = text.removeprefix(_ANSWER_TAGS[0]).removeprefix(_ANSWER_TAGS[1])
            return ""
        if text.startswith(_OPEN):
            return self._settle_tagged(text)
        if text.startswith(_FENCE):
            return self._settle_fence(text)
        return self._settle_json(text) if text[0] in "{[" else self._wait_or_release(text)

    def _wait_or_release(self, text: str) -> str | None:
        return self._release(len(self._held) - len(text) + 1) if self._final else None

    def _lift(self, calls: list[ToolCall], rest: str) -> str:
        self.calls.extend(calls)
        self._held = rest
        self._line_start = self._after_call = True
        return ""

    def _skip_separator(self) -> None:
        following = self._held.lstrip()
        if self._after_call and following:
            self._after_call = False
            self._held = following[1:] if following.startswith(_SEPARATORS) else self._held

    def _settle_tagged(self, text: str) -> str | None:
        """A tagged block ends at the first closing tag that leaves valid JSON before it."""
        ends = [match.start() for match in re.finditer(_CLOSE, text)]
        for end in [*ends, len(text)] if self._final else ends:
            if calls := _calls_in(text[len(_OPEN) : end]):
                return self._lift(calls, text[end + len(_CLOSE) :])
        if not self._final:
            return None
        end = ends[0] + len(_CLOSE) if ends else len(text)
        self.malformed.append(text[:end])
        return self._lift([], text[end:])

    def _settle_fence(self, text: str) -> str | None:
        indent = len(self._held) - len(text)
        language, newline, body = text[len(_FENCE) :].partition("\n")
        if not newline and not self._final:
            return None
        if self._in_code or language.strip().lower() not in _CALL_LANGUAGES or body.lstrip()[:1] not in ("", "{", "["):
            self._in_code = not self._in_code
            return self._release(indent + len(_FENCE))
        closing = _CLOSING_FENCE.search(text, len(_FENCE))
        if closing is None and not self._final:
            return None
        end = closing.end() if closing else len(text)
        inside = body[: closing.start() - (len(text) - len(body))] if closing else body
        if self._known is not None and (calls := _calls_of_json(inside, self._known)):
            return self._lift(calls, text[end:])
        return self._release(indent + end)

    def _settle_json(self, text: str) -> str | None:
        indent = len(self._held) - len(text)
        if _cannot_be_json(text):
            return self._release(indent + 1)
        try:
            value, end = _DECODER.raw_decode(text)
        except ValueError as error:
            return None if not self._final and _is_incomplete(error, text) else self._release(indent + 1)
        if self._known is not None and (calls := read_calls(value, self._known)):
            return self._lift(calls, text[end:])
        return self._release(indent + end)


def _cannot_be_json(text: str) -> bool:
    following = text[1:].lstrip()[:1]
    return following not in (("", '"') if text[0] == "{" else ("", "{"))


def _is_incomplete(error: ValueError, text: str) -> bool:
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= len(text) - _LONGEST_PARTIAL_LITERAL


def _calls_of_json(text: str, known_names: Collection[str] | None) -> list[ToolCall]:
    try:
        return read_calls(json.loads(text), known_names)
    except ValueError:
        return []


def _calls_in(block: str) -> list[ToolCall]:
    """The calls of a tagged block: one JSON value, or one a line."""
    if calls := _calls_of_json(block, None):
        return calls
    lines = [line for line in block.splitlines() if line.strip()]
    calls = [call for line in lines for call in _calls_of_json(line, None)]
    return calls if len(lines) > 1 and len(calls) >= len(lines) else []
