import pytest

from graphs.tool_text import TextGate, parse_tool_text

KNOWN = frozenset({"get_time", "add"})
TIME = ("get_time", {"tz": "Asia/Tokyo"})
CLOSING = ("add", {"a": "</tool_call>"})
TWO = [("add", {}), ("add", {"a": 1})]

CALLS = [
    ('<tool_call>\n{"name": "get_time", "arguments": {"tz": "Asia/Tokyo"}}\n</tool_call>', "", [TIME]),
    ('Sure.\n<tool_call>{"name": "get_time", "arguments": {"tz": "Asia/Tokyo"}}</tool_call>', "Sure.", [TIME]),
    ('<tool_call>{"name": "get_time", "arguments": {"tz": "Asia/Tokyo"}}', "", [TIME]),
    ('<tool_call>{"name": "other", "arguments": {}}</tool_call>', "", [("other", {})]),
    ('<tool_call>{"name": "add"}</tool_call>', "", [("add", {})]),
    ('<tool_call>{"name": "add", "arguments": {"a": "</tool_call>"}}</tool_call>', "", [CLOSING]),
    ('<tool_call>{"name": "add"}\n{"name": "get_time"}</tool_call>', "", [("add", {}), ("get_time", {})]),
    ('```json\n{"name": "get_time", "parameters": {"tz": "Asia/Tokyo"}}\n```\nDone.', "Done.", [TIME]),
    ('```\n[{"name": "add", "arguments": {}}, {"name": "add", "arguments": {"a": 1}}]\n```', "", TWO),
    ('{"name": "get_time", "arguments": {"tz": "Asia/Tokyo"}}', "", [TIME]),
    ('{"name": "get_time", "arguments": "{\\"tz\\": \\"Asia/Tokyo\\"}"}', "", [TIME]),
    ('{"type": "function", "function": {"name": "add", "arguments": "{}"}}', "", [("add", {})]),
    ('I look.\n\n{"name": "add", "arguments": {}}; {"name": "add", "arguments": {"a": 1}}', "I look.", TWO),
    ('<answer>{"name": "add", "arguments": {}}</answer>', "", [("add", {})]),
]

TEXTS = [
    "It is noon.",
    "a < b, {x} and `code`, [1] and [text](link)",
    '{"name": "other", "arguments": {}}',
    '{"name": "add"}',
    '{"name": "add", "arguments": [1]}',
    '[{"name": "add", "arguments": {}}, {"name": "other", "arguments": {}}]',
    '```json\n{"temperature": 20}\n```\n',
    '```python\n{"name": "add", "arguments": {}}\n```\nThat was code.',
    '```xml\n<tool_call>{"name": "add"}</tool_call>\n```\nAn example.',
    '{"a": {"b": [1, 2]}}\nwas the answer',
    "{'name': 'add', 'arguments': {}}",
    '{"name": "add", "arguments": {',
    "  indented\n\n",
    "<think>\nhm</think> yes",
]


def plain(calls) -> list[tuple[str, dict]]:
    return [(call["name"], call["args"]) for call in calls]


def streamed(text: str, size: int) -> tuple[str, TextGate]:
    gate = TextGate(KNOWN)
    shown = [gate.feed(text[i : i + size]) for i in range(0, len(text), size)]
    return "".join([*shown, gate.finish()]), gate


@pytest.mark.parametrize(("text", "rest", "calls"), CALLS)
def test_calls_in_the_text_are_lifted(text, rest, calls):
    remaining, found = parse_tool_text(text, KNOWN)
    assert (remaining, plain(found)) == (rest, calls)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_call_stays_as_it_was(text):
    assert parse_tool_text(text, KNOWN) == (text, [])


@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize("text", [text for text, _, _ in CALLS] + TEXTS)
def test_a_stream_shows_and_lifts_the_same_as_the_whole_text(text, size):
    shown, gate = streamed(text, size)
    remaining, calls = parse_tool_text(text, KNOWN)
    assert plain(gate.calls) == plain(calls)
    assert (shown.strip() if gate.lifted else shown) == remaining


@pytest.mark.parametrize(("text", "rest", "_calls"), CALLS)
def test_nothing_of_a_call_is_ever_shown(text, rest, _calls):
    assert streamed(text, 1)[0].strip() == rest


def test_ordinary_text_is_released_at_once():
    gate = TextGate(KNOWN)
    assert [gate.feed(piece) for piece in ("It", " is", " noon", ".")] == ["It", " is", " noon", "."]


@pytest.mark.parametrize("text", ["[1] says so", "{x}", "`code` first", "<b>bold"])
def test_text_that_only_begins_like_a_call_is_released_as_soon_as_that_is_clear(text):
    gate = TextGate(KNOWN)
    assert "".join(gate.feed(char) for char in text) == text


def test_answer_tags_are_dropped():
    assert parse_tool_text("<answer>42</answer>", KNOWN) == ("42", [])
    assert streamed("<answer>42</answer>", 1)[0] == "42"


def test_a_tagged_block_that_is_not_json_is_kept_off_the_screen_and_known_as_malformed():
    shown, gate = streamed('Well: <tool_call>{"name": add}</tool_call> so.', 4)
    assert shown.split() == ["Well:", "so."]
    assert gate.malformed == ['<tool_call>{"name": add}</tool_call>']


def test_without_known_names_only_tagged_calls_are_lifted():
    tagged = '<tool_call>{"name": "anything", "arguments": {"a": 1}}</tool_call>'
    assert plain(parse_tool_text(tagged, None)[1]) == [("anything", {"a": 1})]
    bare = '{"name": "anything", "arguments": {}}'
    assert parse_tool_text(bare, None) == (bare, [])
