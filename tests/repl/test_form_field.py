"""A field of a server's form takes what its schema allows and says what that is."""

from typing import Any

import pytest

from app.repl.form_field import FormField, form_fields

COLORS = {"type": "string", "enum": ["r", "g"], "enumNames": ["red", "green"]}
SIZES = {"type": "string", "oneOf": [{"const": "s", "title": "small"}, {"const": "l", "title": "large"}]}


@pytest.mark.parametrize(
    ("schema", "typed", "value"),
    [
        ({"type": "string"}, " hello ", "hello"),
        ({"type": "integer"}, "7", 7),
        ({"type": "number"}, "0.5", 0.5),
        ({"type": "boolean"}, "Yes", True),
        ({"type": "boolean"}, "n", False),
        (COLORS, "Green", "g"),
        (SIZES, "large", "l"),
        ({"type": "array", "items": COLORS}, "red, g", ["r", "g"]),
        ({"type": "string", "format": "date"}, "2026-11-21", "2026-11-21"),
        ({"type": "string", "format": "email"}, "ada@example.org", "ada@example.org"),
    ],
)
def test_typed_text_becomes_the_value(schema: dict[str, Any], typed: str, value: object) -> None:
    assert FormField("field", schema, True).parse(typed) == value


@pytest.mark.parametrize(
    ("schema", "typed"),
    [
        ({"type": "integer"}, "7.5"),
        ({"type": "integer", "minimum": 1, "maximum": 5}, "6"),
        ({"type": "number"}, "fast"),
        ({"type": "number"}, ""),
        ({"type": "boolean"}, "perhaps"),
        (COLORS, "blue"),
        ({"type": "array", "items": COLORS}, "red, blue"),
        ({"type": "string", "minLength": 3}, "ab"),
        ({"type": "string", "format": "date"}, "tomorrow"),
        ({"type": "string", "format": "date-time"}, "noon"),
        ({"type": "string", "format": "email"}, "ada"),
        ({"type": "string", "format": "uri"}, "nowhere"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(schema: dict[str, Any], typed: str) -> None:
    with pytest.raises(ValueError, match=r".\.$"):
        FormField("field", schema, True).parse(typed)


def test_an_optional_field_may_stay_empty() -> None:
    required, optional = form_fields(
        {"properties": {"a": {"type": "string"}, "b": {"type": "integer", "title": "B"}}, "required": ["a"]}
    )
    assert (required.required, optional.required, optional.title) == (True, False, "B")
    assert optional.parse("") is None


@pytest.mark.parametrize(
    ("schema", "hint"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 5}, "whole number from 1 to 5"),
        ({"type": "boolean"}, "yes or no"),
        (COLORS, "one of: r (red), g (green)"),
        ({"type": "array", "items": COLORS}, "several, with commas, of: r (red), g (green)"),
        ({"type": "string", "format": "email"}, "email"),
    ],
)
def test_the_hint_says_what_may_be_typed(schema: dict[str, Any], hint: str) -> None:
    assert FormField("field", schema, True).hint() == hint


@pytest.mark.parametrize(
    ("default", "shown"), [(None, ""), (True, "yes"), (False, "no"), (3, "3"), (["r", "g"], "r, g")]
)
def test_a_default_is_shown_as_it_would_be_typed(default: object, shown: str) -> None:
    assert FormField("field", {"default": default}, False).default == shown
