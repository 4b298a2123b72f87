"""Constrained decoding keeps every right answer possible, and ends what began right as what it began."""

import threading
from pathlib import Path
from typing import Any

import pytest

from app.chat.embedded import EmbeddedChatModel
from app.chat.embedded_constraint import ASKING, CALL, CallConstraint
from app.chat.embedded_prompt import read_prompt
from models.embedded.recipe.codec import Codec, turns
from models.embedded.recipe.conversations import MIX, Conversations

SHOWN = ('pour 12.5 liters of "Rosé de Provence" into barrel A7 for Zoë\nand ring', "half = 0.5", "barrel 40 is full")


def tool(name: str, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"properties": properties}}}


TEXT, NUMBER, WHOLE, NULL = ({"type": kind} for kind in ("string", "number", "integer", "null"))
TOOLS = [
    tool("pour", what=TEXT, liters=NUMBER, barrel=WHOLE),
    tool("pour_out", how={"enum": ["slow", "fast"]}, all={"type": "boolean"}, maybe={"anyOf": [WHOLE, NULL]}),
    tool("tip", how={"type": "object"}),
    tool("count"),
]
POUR = '<tool_call>\n{"name": "pour", "arguments": {'
OUT = '<tool_call>\n{"name": "pour_out", "arguments": {'
END = "}}\n</tool_call>"


def admits(written: str, piece: str) -> bool:
    return CallConstraint(TOOLS, SHOWN).admits(written.encode(), piece.encode())


@pytest.mark.parametrize(
    ("written", "right", "wrong"),
    [
        (CALL.decode() + "po", "ur", "or"),
        (CALL.decode() + "pour", '", "arguments": {"', "ed"),
        (CALL.decode() + "pour", "_", '"}'),
        (CALL.decode() + "count", '", "arguments": {', '", "arguments": {"'),
        (POUR + '"', "lit", "how"),
        (POUR + '"what": "A7", "', "barrel", "what"),
        (POUR + '"what": ', '"', "1"),
        (POUR + '"what": "Ros', "é", "e"),
        (POUR + '"what": "Rosé de', " Provence", "nver"),
        (POUR + '"what": "Rosé de', '"', "s"),
        (POUR + '"what": "Zo', "ë", '"'),
        (POUR + '"what": "of ', '\\"Rosé', "Rosé"),
        (POUR + '"what": "Zoë', "\\nand", " and"),
        (POUR + '"what": "and ring', '"', "\\nhalf"),
        (POUR + '"what": "A7"', END, ', "pour'),
        (POUR + '"liters": ', "1", '"'),
        (POUR + '"liters": 1', "2", "3"),
        (POUR + '"liters": 12.', "5", END),
        (POUR + '"liters": 0', ".5", "7"),
        (POUR + '"liters": -4', "0", ", "),
        (POUR + '"barrel": 12', "", "."),
        (OUT + '"how": ', '"slow"', '"slowly"'),
        (OUT + '"how": "', "fast", "full"),
        (OUT + '"all": ', "true", '"'),
        (OUT + '"maybe": 4', "0", "1"),
        (POUR + '"what": "A7"' + END, "\n<tool_call>", "<tool_call>"),
        (ASKING.decode(), "liters.", "litre"),
        (ASKING.decode() + "bar", "rel", "."),
    ],
)
def test_an_answer_goes_on_as_what_it_began(written: str, right: str, wrong: str) -> None:
    assert admits(written, right)
    assert not admits(written, wrong)


@pytest.mark.parametrize(
    ("beginning", "pieces"),
    [('"what": "', ["Mer", "lot", f'"{END}']), ('"liters": ', ["9", "9", END]), ('"barrel": ', ["-", "7", END])],
)
def test_a_value_that_begins_like_nothing_shown_is_left_to_the_checks(beginning: str, pieces: list[str]) -> None:
    written = POUR + beginning
    for piece in pieces:
        assert admits(written, piece)
        written += piece


def test_a_name_that_begins_like_no_tool_is_left_to_the_checks() -> None:
    assert admits(CALL.decode(), "mix")
    assert admits(CALL.decode() + "mix", "_drinks")
    assert admits(CALL.decode() + "mix", '", "arguments": {')
    assert admits(CALL.decode() + 'mix", "arguments": {', END)
    assert not admits(CALL.decode() + "mix", '", "arguments": {"')
    assert not admits(CALL.decode() + "m" * 64, "m")


def test_what_is_nested_is_not_followed() -> None:
    assert admits('<tool_call>\n{"name": "tip", "arguments": {"how": ', '{"a": [1')


def test_words_are_free() -> None:
    assert admits("The result of ", "anything")
    assert admits("", "Hello")


def test_without_tools_a_call_is_left_to_the_checks_and_not_turned_into_words() -> None:
    assert CallConstraint([], SHOWN).admits(b"", CALL)
    assert CallConstraint([], SHOWN).admits(CALL, b"drive")


def test_an_answer_ends_behind_a_call_and_not_inside() -> None:
    constraint = CallConstraint(TOOLS, SHOWN)
    assert constraint.may_end(b"None of my tools fits.")
    assert constraint.may_end((POUR + END).encode())
    assert not constraint.may_end((POUR + '"what": "A7').encode())


def test_half_a_letter_is_judged_by_its_bytes() -> None:
    constraint, written = CallConstraint(TOOLS, SHOWN), (POUR + '"what": "Ros').encode()
    assert constraint.admits(written, "é".encode()[:1])
    assert constraint.admits(written + "é".encode()[:1], "é".encode()[1:])
    assert not constraint.admits(written + "é".encode()[:1], "è".encode()[1:])


@pytest.mark.parametrize("kind", MIX)
def test_every_right_answer_can_be_written(kind: str, model: EmbeddedChatModel) -> None:
    codec, stream = Codec(model.directory), Conversations(seed=4)
    engine = model.load()
    for _ in range(12):
        sample = stream.sample(kind)
        ids, mask = codec.encode(sample)
        for start, end in turns(mask):
            constraint = CallConstraint(sample.tools, read_prompt(codec.decode(ids[:start])).parts)
            written = b""
            for token in ids[start : end - 1]:
                piece = engine.bytes_of(token)
                assert constraint.admits(written, piece), (written, piece, codec.decode(ids))
                written += piece
            assert constraint.may_end(written)


class Dictation:
    """Admits one text only."""

    def __init__(self, text: str) -> None:
        self._text = text.encode()

    def admits(self, written: bytes, piece: bytes) -> bool:
        return bool(piece) and self._text.startswith(written + piece)

    def may_end(self, written: bytes) -> bool:
        return written == self._text


@pytest.mark.parametrize("text", ["None of", "größer als 东京", '<tool_call>\n{"name": "x'])
def test_the_engine_writes_only_what_is_admitted(text: str, model: EmbeddedChatModel) -> None:
    engine = model.load()
    pieces = engine.generate(
        engine.encode("<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n"),
        limit=60, stop=threading.Event(), constraint=Dictation(text),
    )  # fmt: skip
    assert "".join(piece.text for piece in pieces) == text


@pytest.mark.parametrize("constrained", [True, False])
def test_the_agent_decodes_under_constraints_unless_told_otherwise(
    constrained: bool, model: EmbeddedChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = EmbeddedChatModel.from_directory(Path(model.directory), **({} if constrained else {"constrained": False}))
    engine, used = one.load(), list[Any]()
    generate = engine.generate

    def watched(*arguments: Any, constraint: Any, **options: Any) -> Any:
        used.append(constraint)
        return generate(*arguments, constraint=constraint, **options)

    monkeypatch.setattr(engine, "generate", watched)
    assert one.invoke("hello").text
    assert [isinstance(constraint, CallConstraint) for constraint in used] == [constrained]
