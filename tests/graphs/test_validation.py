from pathlib import Path

import pytest

from graphs.toolset import ToolSpec
from graphs.validation import check_arguments, describe_unknown_tool

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 7},
        "at": {"$ref": "#/$defs/point"},
    },
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {"point": {"type": "object", "required": ["x", "y"]}},
}


def spec(schema, name: str = "forecast") -> ToolSpec:
    return ToolSpec(name=name, server="weather", tool=name, input_schema=schema)


def test_arguments_that_fit_have_no_complaint():
    assert check_arguments(spec(SCHEMA), {"city": "Oslo", "unit": "celsius", "days": 3, "at": {"x": 1, "y": 2}}) is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "Missing: city (string)."),
        ({"city": 5}, "city must be of type string, not 5."),
        ({"city": "Oslo", "unit": "kelvin"}, 'unit must be one of "celsius", "fahrenheit", not "kelvin".'),
        ({"city": "Oslo", "days": 9}, "days must be at most 7, not 9."),
        ({"city": "Oslo", "town": 1}, "Unknown argument: town; allowed are: city, unit, days, at."),
        ({"city": "Oslo", "at": {"x": 1}}, "Missing in at: y."),
    ],
)
def test_a_complaint_says_which_field_and_what_is_allowed(arguments, sentence):
    assert check_arguments(spec(SCHEMA), arguments) == sentence


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"properties": {"a": {"pattern": "("}}},
        {"properties": {"a": {"$ref": "#/$defs/lost"}}},
        {"properties": {"a": {"$ref": "http://127.0.0.1:9/schema.json"}}},
        {"$ref": "#"},
        {"properties": 5},
        [],
    ],
)
def test_a_broken_schema_counts_as_none_and_fetches_nothing(schema):
    assert check_arguments(spec(schema), {"a": "x"}) is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what jsonschema says when it does fetch
def test_a_schema_elsewhere_is_never_read(tmp_path: Path):
    elsewhere = tmp_path / "strict.json"
    elsewhere.write_text('{"type": "integer"}')
    assert check_arguments(spec({"properties": {"a": {"$ref": elsewhere.as_uri()}}}), {"a": "x"}) is None


def test_a_long_value_is_quoted_in_part():
    complaint = check_arguments(spec(SCHEMA), {"city": "Oslo", "days": "x" * 5000})
    assert complaint is not None
    assert len(complaint) < 250


def test_an_unknown_tool_is_answered_with_the_nearest_names():
    specs = [spec({}, name) for name in ("get_time", "add_note", "list_notes")]
    assert describe_unknown_tool("gettime", specs) == "There is no tool 'gettime'. The nearest names: get_time."
    assert "get_time, add_note, list_notes" in describe_unknown_tool("zzzz", specs)
    assert "no tools are available" in describe_unknown_tool("zzzz", [])
